//! What the server has told this terminal, as far as it is in force: made from the bulletins that the ledger keeps, at the start and
//! whenever one comes.
//!
//! | file | what |
//! |---|---|
//! | `directory` | the accounts of the district, found by meter or card |
//! | `meter` | from a record of the directory to a meter that can be spoken to |

mod directory;
mod meter;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use meterpost_ledger::bulletin::ContentError;
use meterpost_ledger::bulletin::command::{COMMAND_KIND, Command};
use meterpost_ledger::bulletin::deny::{DENY_KIND, DenyList};
use meterpost_ledger::bulletin::directory::Directory as WholeDirectory;
use meterpost_ledger::bulletin::directory::{CHANGES_KIND, DIRECTORY_KIND, DirectoryChanges};
use meterpost_ledger::bulletin::parameters::{PARAMETERS_KIND, Parameters};
use meterpost_ledger::bulletin::tariffs::{TARIFFS_KIND, Tariffs};
use meterpost_ledger::signing::{LogOrigin, VerifierKey, WitnessKey};
use meterpost_ledger::{Bulletin, BulletinContent, Ledger, open_kept_bulletin};

use crate::sync::Witnesses;
pub use directory::{Directory, Found};
pub use meter::{MeterParts, build_meter};

/// The kinds that are kept here, beside the limits, which are the books' own.
pub const KINDS: [&str; 5] = [
    DIRECTORY_KIND,
    CHANGES_KIND,
    DENY_KIND,
    PARAMETERS_KIND,
    TARIFFS_KIND,
];

/// The bulletins that the ledger keeps, by kind.
pub type Kept = BTreeMap<&'static str, Vec<u8>>;

/// Everything in force.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The district's accounts.
    pub directory: Directory,
    /// Cards that are to be refused.
    pub denied: HashSet<String>,
    /// Parameters that take the place of the configuration's.
    pub parameters: Parameters,
    /// What things cost.
    pub tariffs: Tariffs,
    /// Which directory this is.
    pub has: Has,
}

/// Which directory is here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Has {
    /// The version of the whole directory; 0 for none.
    pub base: u64,
    /// The version of the difference to it; 0 for none.
    pub changes: u64,
}

/// All of the server's keys, the one in use last.
pub fn server_keys(witnesses: &Witnesses) -> Vec<VerifierKey> {
    witnesses.all().map(server_key).collect()
}

/// The key that bulletins are signed with: the server's as a witness, under the same name.
pub fn server_key(witness: &WitnessKey) -> VerifierKey {
    VerifierKey::new(witness.name().clone(), *witness.key())
}

/// The bulletins that the ledger keeps. What cannot be read is as if it were not there, and is asked for anew.
pub fn kept(ledger: &Ledger) -> Kept {
    let read = |kind| match ledger.bulletin(kind) {
        Ok(bytes) => Some((kind, bytes?)),
        Err(error) => {
            tracing::error!(kind, %error, "a bulletin that was kept cannot be read");
            None
        }
    };
    KINDS.into_iter().filter_map(read).collect()
}

impl Told {
    /// From the bulletins that the ledger keeps. Their signatures are checked again: a disk can be written to by others.
    pub fn from_kept(kept: &Kept, server: &[VerifierKey], log: &LogOrigin) -> Told {
        let open = |kind: &'static str| {
            let bytes = kept.get(kind)?;
            // What an older key of the server signed holds until something newer comes.
            let opened = server
                .iter()
                .rev()
                .map(|key| open_kept_bulletin(bytes, key, log))
                .reduce(Result::or)?;
            let wrong = |error: &dyn fmt::Display| {
                tracing::error!(kind, %error, "a bulletin that was kept is not the server's any more");
            };
            opened.inspect_err(|error| wrong(error)).ok()
        };
        let mut told = Told {
            denied: open(DENY_KIND)
                .and_then(|b| content(&b, DenyList::from_content))
                .unwrap_or_default()
                .cards
                .into_iter()
                .collect(),
            parameters: open(PARAMETERS_KIND)
                .and_then(|b| content(&b, Parameters::from_content))
                .unwrap_or_default(),
            tariffs: open(TARIFFS_KIND)
                .and_then(|b| content(&b, Tariffs::from_content))
                .unwrap_or_default(),
            ..Told::default()
        };
        if let Some(whole) = open(DIRECTORY_KIND)
            && let Some(read) = content(&whole, WholeDirectory::from_content)
        {
            told.take_directory(whole.version, read, open(CHANGES_KIND).as_ref());
        }
        told
    }

    fn take_directory(&mut self, base: u64, whole: WholeDirectory, changes: Option<&Bulletin>) {
        self.has = Has { base, changes: 0 };
        let difference = changes.and_then(|changes| {
            let read = content(changes, DirectoryChanges::from_content)?;
            // One to an older copy has done its work.
            (read.base == base).then_some((changes.version, read))
        });
        let now = match difference {
            Some((version, changes)) => {
                self.has.changes = version;
                whole.changed(changes)
            }
            None => whole,
        };
        self.directory = Directory::new(now.accounts);
    }
}

fn content<T>(bulletin: &Bulletin, read: impl Fn(&[u8]) -> Result<T, ContentError>) -> Option<T> {
    let BulletinContent::Other { kind, bytes } = &bulletin.content else {
        return None;
    };
    let content = read(bytes);
    content
        .inspect_err(|error| tracing::error!(kind, %error, "a bulletin is not understood"))
        .ok()
}

/// The command that a bulletin of that kind gives.
///
/// # Errors
/// When this program does not know it.
pub fn command(bulletin: &Bulletin) -> Result<Command, ContentError> {
    match &bulletin.content {
        BulletinContent::Other { kind, bytes } if kind == COMMAND_KIND => {
            Command::from_content(bytes)
        }
        _ => Err(ContentError::Senseless("no command".to_owned())),
    }
}

/// Whether a bulletin's content can be applied by this program. What cannot is refused before it comes into force.
///
/// # Errors
/// Why it cannot.
pub fn check(bulletin: &Bulletin) -> Result<(), ContentError> {
    let BulletinContent::Other { kind, bytes } = &bulletin.content else {
        return Ok(());
    };
    match kind.as_str() {
        DIRECTORY_KIND => WholeDirectory::from_content(bytes).map(drop),
        CHANGES_KIND => DirectoryChanges::from_content(bytes).map(drop),
        DENY_KIND => DenyList::from_content(bytes).map(drop),
        PARAMETERS_KIND => Parameters::from_content(bytes).map(drop),
        TARIFFS_KIND => Tariffs::from_content(bytes).map(drop),
        // What is not understood is refused with an outcome, so that whoever gave it hears of it.
        COMMAND_KIND => Ok(()),
        other => Err(ContentError::Senseless(format!(
            "bulletins of kind {other} are not known to this program"
        ))),
    }
}

#[cfg(test)]
mod tests;
