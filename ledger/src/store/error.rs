//! What can go wrong with the store, by who is to blame.

use std::io;

use meterpost_signing::{CheckpointError, NameError};
use thiserror::Error;

use crate::books::BooksError;
use crate::decide::{Refusal, Unwritable};
use crate::entry::{DecodeError, EntryError};

/// Why no new ledger was made.
#[derive(Debug, Error)]
pub enum CreateError {
    /// Another process, or another part of this one, has it.
    #[error("the ledger is already in use")]
    InUse,
    /// There is a ledger or a second head already.
    #[error("there is a ledger or a second head here already; it is not overwritten")]
    Exists,
    /// The origin is no log name.
    #[error("origin: {0}")]
    Origin(#[from] NameError),
    /// The first entry could not be written.
    #[error("{0}")]
    Commit(#[from] CommitError),
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
    /// A file could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// Why a ledger was not opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process, or another part of this one, has it.
    #[error("the ledger is already in use: is another kiosk program running?")]
    InUse,
    /// A fresh folder.
    #[error("there is no ledger here yet")]
    NoLedger,
    /// Something is wrong with it; the text says what, and what to do.
    #[error("the ledger is not opened: {0}")]
    Refused(#[from] Refusal),
    /// A newer program wrote it.
    #[error(
        "the ledger has format {found}, this program knows up to {known}: use the newer program"
    )]
    Newer {
        /// The ledger's format.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// The database failed while being read; that need not be its content's fault.
    #[error("database: {0}")]
    Database(String),
    /// A file could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// Why events were not committed.
#[derive(Debug, Error)]
pub enum CommitError {
    /// An earlier error left it open what is on the disk.
    #[error("the ledger is closed for writing until it is reopened, after: {0}")]
    Poisoned(String),
    /// No events.
    #[error("there is nothing to commit")]
    Nothing,
    /// An event that a commit of its own kind writes, together with what belongs to it; nothing was written.
    #[error("this event is written by {0} alone")]
    OtherWay(&'static str),
    /// An event breaks a rule; nothing was written.
    #[error("event {position} of the commit breaks a rule: {source}")]
    Refused {
        /// Which event, counted from 0.
        position: usize,
        /// The rule.
        source: BooksError,
    },
    /// An event does not fit an entry; nothing was written.
    #[error("{0}")]
    Entry(#[from] EntryError),
    /// The checkpoint could not be signed; the ledger is closed for writing.
    #[error("{0}")]
    Sign(#[from] CheckpointError),
    /// No room is left; the ledger is closed for writing.
    #[error(
        "the disk with the data folder is full: make room on it, then start again; nothing committed before is lost"
    )]
    DiskFull,
    /// The disk turned read-only; the ledger is closed for writing.
    #[error(
        "the data folder can no longer be written: check the disk for errors, then start again; nothing committed before is lost"
    )]
    DiskReadOnly,
    /// The database failed; what is on the disk is open, the ledger is closed for writing.
    #[error("database: {0}")]
    Database(String),
}

impl CommitError {
    pub(crate) fn from_database(error: rusqlite::Error) -> CommitError {
        match database_trouble(&error) {
            DatabaseTrouble::NotWritable(Unwritable::Full) => CommitError::DiskFull,
            DatabaseTrouble::NotWritable(Unwritable::ReadOnly) => CommitError::DiskReadOnly,
            _ => CommitError::Database(error.to_string()),
        }
    }
}

/// Why the second head was not written. The old one is still there.
#[derive(Debug, Error)]
pub enum SyncError {
    /// An earlier error left it open what is on the disk.
    #[error("the ledger is closed for writing until it is reopened, after: {0}")]
    Poisoned(String),
    /// The file could not be written.
    #[error("second head: {0}")]
    Io(#[from] io::Error),
}

/// Why an entry could not be read back.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
    /// The bytes are no entry.
    #[error("entry {index}: {source}")]
    Malformed {
        /// Which entry.
        index: u64,
        /// What is wrong.
        source: DecodeError,
    },
}

/// Sorts a database error by what it means for opening.
pub(crate) enum DatabaseTrouble {
    InUse,
    NotWritable(Unwritable),
    Damaged(String),
    Failed(String),
}

pub(crate) fn database_trouble(error: &rusqlite::Error) -> DatabaseTrouble {
    use rusqlite::ErrorCode::{
        DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, ReadOnly,
    };
    match error.sqlite_error_code() {
        Some(DiskFull) => DatabaseTrouble::NotWritable(Unwritable::Full),
        Some(ReadOnly) => DatabaseTrouble::NotWritable(Unwritable::ReadOnly),
        Some(DatabaseBusy | DatabaseLocked) => DatabaseTrouble::InUse,
        Some(DatabaseCorrupt | NotADatabase) => DatabaseTrouble::Damaged(error.to_string()),
        // A column of another type or a missing table or row is damage too: the schema is strict and ours.
        None => DatabaseTrouble::Damaged(error.to_string()),
        Some(rusqlite::ErrorCode::Unknown) => DatabaseTrouble::Damaged(error.to_string()),
        Some(_) => DatabaseTrouble::Failed(error.to_string()),
    }
}
