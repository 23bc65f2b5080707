//! The terminal's online half: enrolment, and bringing the log to the server that cosigns it. It waits for nobody: a thread of
//! its own asks the engine for what it needs of the ledger, and selling goes on whatever the server does.
//!
//! | file | what |
//! |---|---|
//! | `line` | one HTTP request, and what can go wrong with it |
//! | `call` | a signed call as it travels |
//! | `counter` | the number of the next signed call, never used twice, across power cuts too |
//! | `round` | one talk with the server, from a head to its cosignature: what to say next |
//! | `report` | the sign of life: how the terminal is, and what there is for it |
//! | `bulletins` | recording what the server tells |
//! | `pause` | how long it waits after failures |
//! | `payments` | money at the server: which call comes next, and what an answer means |
//! | `witness` | the server's key, and following it when it changes |
//! | `task` | the thread: when to talk, and what to do when it fails |
//! | `enrol` | from a new key to a certificate and an empty ledger |

mod bulletins;
mod call;
mod counter;
mod enrol;
mod line;
mod loss;
mod pause;
mod payments;
mod report;
mod round;
mod task;
mod witness;

pub use counter::{CallCounter, CounterError};
pub use enrol::{EnrolError, Enrolment, PAUSE as ENROL_PAUSE, Progress};
pub use line::{Answered, Line, LineError};
pub use report::Report;
pub use round::{Round, RoundError, Say};
pub use task::{LedgerJob, SyncJob, Talker, spawn};
pub use witness::{FollowError, Witnesses};

/// The file in the data folder that holds the certificate.
const CERTIFICATE_FILE: &str = "certificate";
