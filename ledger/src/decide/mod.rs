//! Whether a ledger may be opened: the table of what the database says against what the second head says.
//!
//! Pure: the views are taken by the store, the decision is made here, and nothing is repaired without being told.

use meterpost_signing::RootHash;
use thiserror::Error;

/// What the database looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseView {
    /// There is none, or one in which no log was ever created.
    Absent,
    /// It cannot be read as a ledger.
    Damaged(String),
    /// It holds a log.
    Present(DatabaseState),
}

/// The log in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseState {
    /// Whether the signed checkpoint is the key's.
    pub key: KeyFit,
    /// The size its checkpoint commits to.
    pub size: u64,
    /// The root its checkpoint commits to.
    pub root: RootHash,
    /// Whether the entries are those the checkpoint commits to.
    pub tree: TreeState,
    /// The root over the first entries, as many as the second head counts; where it counts fewer.
    pub root_at_second: Option<RootHash>,
}

/// How checkpoint and key file fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFit {
    /// Signed by the key in the key file.
    Ours,
    /// The key file holds another key than the log was created with.
    OtherKey,
    /// The signature or the text of the checkpoint is wrong.
    BadCheckpoint(String),
}

/// How entries and checkpoint fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeState {
    /// Every entry is sound, and together they have the checkpoint's root.
    Sound,
    /// An entry is not; the text names it.
    EntryFault(String),
    /// Each entry is sound by itself, but their number or root is not the checkpoint's.
    Differs {
        /// How many entries there are.
        entries: u64,
    },
}

/// What the second head looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondView {
    /// There is none.
    Absent,
    /// It cannot be read.
    Damaged(String),
    /// It is not signed by this log: another origin, another key, or a wrong signature.
    Foreign(String),
    /// It is this log's.
    Present {
        /// The size it commits to.
        size: u64,
        /// The root it commits to.
        root: RootHash,
    },
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A fresh folder: a log may be created.
    Create,
    /// Opened as it is.
    Open,
    /// Opened, and the second head is written anew from the database's.
    OpenAndRewriteSecond(SecondNote),
    /// Not opened.
    Refuse(Refusal),
}

/// Why the second head is written anew. Shown and logged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SecondNote {
    /// The usual case after a power cut within a sale.
    #[error(
        "the second head is {0} entries behind the database, which continues it; it is brought up to date"
    )]
    Trails(u64),
    /// Somebody removed it, or its partition was replaced.
    #[error(
        "the second head is missing and is written anew: a rollback before this start would not have been seen"
    )]
    Missing,
    /// A disk fault.
    #[error(
        "the second head is damaged ({0}) and is written anew: a rollback before this start would not have been seen"
    )]
    Damaged(String),
}

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

/// The table. Each row has its test.
pub fn decide(database: &DatabaseView, second: &SecondView) -> Decision {
    let state = match (database, second) {
        (DatabaseView::Absent, SecondView::Absent) => return Decision::Create,
        (DatabaseView::Absent, _) => return Decision::Refuse(Refusal::DatabaseMissing),
        (DatabaseView::Damaged(why), _) => {
            return Decision::Refuse(Refusal::DatabaseDamaged(why.clone()));
        }
        (DatabaseView::Present(state), _) => state,
    };
    match sound(state) {
        Err(refusal) => Decision::Refuse(refusal),
        Ok(()) => compare(state, second),
    }
}

/// Whether the database is sound by itself.
fn sound(state: &DatabaseState) -> Result<(), Refusal> {
    match &state.key {
        KeyFit::Ours => {}
        KeyFit::OtherKey => return Err(Refusal::OtherKey),
        KeyFit::BadCheckpoint(why) => return Err(Refusal::BadCheckpoint(why.clone())),
    }
    match &state.tree {
        TreeState::Sound => Ok(()),
        TreeState::EntryFault(which) => Err(Refusal::EntryFault(which.clone())),
        TreeState::Differs { entries } => Err(Refusal::TreeDiffers {
            entries: *entries,
            signed: state.size,
        }),
    }
}

/// A sound database against the second head.
fn compare(state: &DatabaseState, second: &SecondView) -> Decision {
    let (size, root) = match second {
        SecondView::Absent => return Decision::OpenAndRewriteSecond(SecondNote::Missing),
        SecondView::Damaged(why) => {
            return Decision::OpenAndRewriteSecond(SecondNote::Damaged(why.clone()));
        }
        SecondView::Foreign(why) => {
            return Decision::Refuse(Refusal::SecondForeign(why.clone()));
        }
        SecondView::Present { size, root } => (*size, *root),
    };
    if size > state.size {
        return Decision::Refuse(Refusal::DatabaseBehind {
            database: state.size,
            second: size,
        });
    }
    let own = if size == state.size {
        Some(state.root)
    } else {
        state.root_at_second
    };
    if own != Some(root) {
        return Decision::Refuse(Refusal::Fork { size });
    }
    match state.size - size {
        0 => Decision::Open,
        behind => Decision::OpenAndRewriteSecond(SecondNote::Trails(behind)),
    }
}

#[cfg(test)]
mod tests;
