//! What can be wrong with an entry.

use thiserror::Error;

use crate::books::BooksError;
use crate::entry::DecodeError;

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryFault {
    /// Entries before it are missing.
    #[error("entries from {0} on are missing before it")]
    Gap(u64),
    /// It, or one of those after it up to the last one named, has other bytes than were hashed when it was written.
    #[error("it, or one of the entries up to {last}, is not what was hashed when it was written")]
    Group {
        /// The last entry under the same stored hash.
        last: u64,
    },
    /// Its bytes are no entry.
    #[error("its bytes are no entry: {0}")]
    Malformed(#[from] DecodeError),
    /// It says it is another entry.
    #[error("it says it is entry {0}")]
    Index(u64),
    /// Its event breaks a rule.
    #[error("its event breaks a rule: {0}")]
    Rule(#[from] BooksError),
    /// Its postings are not those of its event.
    #[error("its postings are not those of its event")]
    Postings,
    /// Its totals are not what the entries up to it add up to.
    #[error("its totals are not the sum of the postings so far")]
    Totals,
    /// Its wall clock is below that of the entry before.
    #[error("its wall clock is before that of the entry before it")]
    Clock,
    /// It hands signing to a new key without both keys' word.
    #[error("it changes the log's key without both keys' signatures: {0}")]
    Rotation(String),
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("entry {index}: {fault}")]
pub struct EntryProblem {
    /// Which entry.
    pub index: u64,
    /// What is wrong.
    pub fault: EntryFault,
}
