//! The terminal's online half: enrolment, and bringing the log to the server that cosigns it. It waits for nobody: a thread of
//! its own asks the engine for what it needs of the ledger, and selling goes on whatever the server does.
//!
//! | file | what |
//! |---|---|
//! | `line` | one HTTP request, and what can go wrong with it |
//! | `counter` | the number of the next signed call, never used twice, across power cuts too |
//! | `round` | one talk with the server, from a head to its cosignature: what to say next |
//! | `bulletins` | fetching what the server tells, and applying it |
//! | `task` | the thread: when to talk, and what to do when it fails |
//! | `enrol` | from a new key to a certificate and an empty ledger |

mod bulletins;
mod counter;
mod enrol;
mod line;
mod round;
mod task;

pub use counter::{CallCounter, CounterError};
pub use enrol::{EnrolError, Enrolment, Progress};
pub use line::{Line, LineError};
pub use round::{Round, RoundError, Say};
pub use task::{LedgerJob, spawn};

use meterpost_ledger::Folder;
use meterpost_ledger::signing::{WitnessKey, read_at_most};

/// The file in the data folder that holds the server's key as a witness.
const WITNESS_FILE: &str = "witness";
/// The file in the data folder that holds the certificate.
const CERTIFICATE_FILE: &str = "certificate";

/// The server's key as a witness, as enrolment left it; `None` where the terminal was never enrolled.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn witness(folder: &Folder) -> Result<Option<WitnessKey>, String> {
    let path = folder.directory().join(WITNESS_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let bytes = read_at_most(&path, 4096).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
    let key = WitnessKey::parse(text.trim_end()).map_err(|error| wrong(&error))?;
    Ok(Some(key))
}
