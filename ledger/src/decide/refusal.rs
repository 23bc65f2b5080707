//! The rows that end in "refuse", each with what to do.

use thiserror::Error;

/// Why a ledger is not opened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The database is gone.
    #[error(
        "the database is missing, but the second head says that there was one. Put the data disk or folder back; to start over on purpose, enrol the terminal anew under a new epoch"
    )]
    DatabaseMissing,
    /// SQLite cannot read it, or it is no ledger.
    #[error(
        "the database cannot be read: {0}. Keep the whole folder as evidence, and restore it from a copy that is not older than the second head, or enrol the terminal anew"
    )]
    DatabaseDamaged(String),
    /// Committed entries are gone.
    #[error(
        "the database ends at {database} entries, but {second} were committed: its last entries are lost, or an old copy was restored. Keep the whole folder as evidence, and put the newest copy with its -wal file back, or enrol the terminal anew"
    )]
    DatabaseBehind {
        /// The database's size.
        database: u64,
        /// The second head's size.
        second: u64,
    },
    /// The server has seen more.
    #[error(
        "the database ends at {database} entries, but the server has cosigned {cosigned}: an old copy was restored, both heads with it. Keep the whole folder as evidence, and put the newest copy back, or enrol the terminal anew"
    )]
    BehindWitness {
        /// The database's size.
        database: u64,
        /// The size cosigned.
        cosigned: u64,
    },
    /// The server has seen another history.
    #[error(
        "the server has cosigned other entries at size {size} than the database holds: the log was rewritten. Keep the whole folder as evidence, and call the operator"
    )]
    ForkWithWitness {
        /// The size at which they differ.
        size: u64,
    },
    /// Somebody else's half-done change of the tables.
    #[error(
        "the database's tables are not those of its format ({0}): a change of them was left half done by another program. Keep the whole folder as evidence, and restore it from a copy that is not older than the second head"
    )]
    HalfMigrated(String),
    /// No room on the disk.
    #[error(
        "the disk with the data folder is full, and no sale could be recorded. Make room on it (old logs, other programs' files; never the ledger's own), then start again"
    )]
    DiskFull,
    /// Nothing can be written.
    #[error(
        "the data folder cannot be written: the disk is read-only or the files belong to another user. Check the disk for errors (a failing disk turns read-only by itself), mount it for writing, then start again"
    )]
    DiskReadOnly,
    /// Two histories.
    #[error(
        "database and second head commit to different entries at size {size}: the log was rewritten or two disks were mixed. Keep the whole folder and the second head as evidence, and call the operator"
    )]
    Fork {
        /// The size at which they differ.
        size: u64,
    },
    /// The second head belongs to something else.
    #[error(
        "the second head is not this log's: {0}. Check that both belong to this terminal; remove the second head only if it does not"
    )]
    SecondForeign(String),
    /// An entry was changed or damaged.
    #[error(
        "{0}. The log was changed or the disk is failing. Keep the whole folder as evidence, and restore it from a copy that is not older than the second head, or enrol the terminal anew"
    )]
    EntryFault(String),
    /// The entries are not what was signed.
    #[error(
        "the {entries} entries in the database are not the {signed} that its checkpoint commits to. The log was changed. Keep the whole folder as evidence, and call the operator"
    )]
    TreeDiffers {
        /// How many there are.
        entries: u64,
        /// How many were signed.
        signed: u64,
    },
    /// The checkpoint in the database is not the log's.
    #[error(
        "the checkpoint in the database is not properly signed: {0}. The log was changed. Keep the whole folder as evidence, and call the operator"
    )]
    BadCheckpoint(String),
    /// The key file is another terminal's, or a new one.
    #[error(
        "the key file is not the key of this log. Put this terminal's own key file back; a new key needs a new enrolment"
    )]
    OtherKey,
}
