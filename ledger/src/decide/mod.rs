//! Whether a ledger may be opened: the table of what the database says against what the second head says, what a witness
//! has cosigned, and what is stored of the tree.
//!
//! Pure: the views are taken by the store, the decision is made here, and nothing is repaired without being told. Every
//! row ends in open, replay or refuse.

mod refusal;

use meterpost_signing::RootHash;
use thiserror::Error;

pub use refusal::Refusal;

/// What the database looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseView {
    /// There is none, or one in which no log was ever created.
    Absent,
    /// It cannot be read as a ledger.
    Damaged(String),
    /// Its tables are not those of its format; the text lists them.
    HalfMigrated(String),
    /// It cannot be written, so nothing could be sold.
    NotWritable(Unwritable),
    /// It holds a log.
    Present(DatabaseState),
}

/// Why a disk takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// No room is left.
    Full,
    /// It is mounted read-only, or the files may not be written.
    ReadOnly,
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
    /// The largest size a witness is known to have cosigned, if any.
    pub cosigned: Option<Cosigned>,
}

/// What a witness has seen of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The size it cosigned.
    pub size: u64,
    /// The root it cosigned.
    pub root: RootHash,
    /// The log's own root at that size, where it reaches it.
    pub own: Option<RootHash>,
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
    /// The entries have the checkpoint's root.
    Sound,
    /// The entries have the checkpoint's root, but what is stored beside them, and can be made anew from them, does not
    /// fit; the text says what.
    DerivedDiffers(String),
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
    /// Opened after everything stored beside the entries is made anew from them.
    Replay {
        /// What did not fit.
        why: String,
        /// Why the second head is written anew too, if it is.
        second: Option<SecondNote>,
    },
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

/// The table. Each row has its test.
pub fn decide(database: &DatabaseView, second: &SecondView) -> Decision {
    let state = match (database, second) {
        (DatabaseView::Absent, SecondView::Absent) => return Decision::Create,
        (DatabaseView::Absent, _) => return Decision::Refuse(Refusal::DatabaseMissing),
        (DatabaseView::Damaged(why), _) => {
            return Decision::Refuse(Refusal::DatabaseDamaged(why.clone()));
        }
        (DatabaseView::HalfMigrated(why), _) => {
            return Decision::Refuse(Refusal::HalfMigrated(why.clone()));
        }
        (DatabaseView::NotWritable(Unwritable::Full), _) => {
            return Decision::Refuse(Refusal::DiskFull);
        }
        (DatabaseView::NotWritable(Unwritable::ReadOnly), _) => {
            return Decision::Refuse(Refusal::DiskReadOnly);
        }
        (DatabaseView::Present(state), _) => state,
    };
    let decided = sound(state)
        .and_then(|()| against_second(state, second))
        .and_then(|note| against_witness(state).map(|()| note));
    match (decided, &state.tree) {
        (Err(refusal), _) => Decision::Refuse(refusal),
        (Ok(second), TreeState::DerivedDiffers(why)) => Decision::Replay {
            why: why.clone(),
            second,
        },
        (Ok(None), _) => Decision::Open,
        (Ok(Some(note)), _) => Decision::OpenAndRewriteSecond(note),
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
        TreeState::Sound | TreeState::DerivedDiffers(_) => Ok(()),
        TreeState::EntryFault(which) => Err(Refusal::EntryFault(which.clone())),
        TreeState::Differs { entries } => Err(Refusal::TreeDiffers {
            entries: *entries,
            signed: state.size,
        }),
    }
}

/// A sound database against the second head: why that is written anew, if it is.
fn against_second(
    state: &DatabaseState,
    second: &SecondView,
) -> Result<Option<SecondNote>, Refusal> {
    let (size, root) = match second {
        SecondView::Absent => return Ok(Some(SecondNote::Missing)),
        SecondView::Damaged(why) => return Ok(Some(SecondNote::Damaged(why.clone()))),
        SecondView::Foreign(why) => return Err(Refusal::SecondForeign(why.clone())),
        SecondView::Present { size, root } => (*size, *root),
    };
    if size > state.size {
        return Err(Refusal::DatabaseBehind {
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
        return Err(Refusal::Fork { size });
    }
    Ok(match state.size - size {
        0 => None,
        behind => Some(SecondNote::Trails(behind)),
    })
}

/// A sound database against what a witness has seen of it.
fn against_witness(state: &DatabaseState) -> Result<(), Refusal> {
    let Some(cosigned) = &state.cosigned else {
        return Ok(());
    };
    if cosigned.size > state.size {
        return Err(Refusal::BehindWitness {
            database: state.size,
            cosigned: cosigned.size,
        });
    }
    if cosigned.own == Some(cosigned.root) {
        Ok(())
    } else {
        Err(Refusal::ForkWithWitness {
            size: cosigned.size,
        })
    }
}

#[cfg(test)]
mod tests;
