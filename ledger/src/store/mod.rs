//! The store: entries, hashes and the signed head in one SQLite database with one writer.

mod append;
mod backup;
mod creating;
mod database;
mod error;
mod export;
mod ledger;
mod lock;
mod medium;
mod opening;
mod proving;
mod quick;
mod reading;
mod rebuild;
mod retention;
mod schema;
mod sending;
mod tiles;
mod view;
mod witnessed;

pub use append::Committed;
pub use backup::{Backup, BackupError};
pub use error::{CommitError, CreateError, OpenError, ReadError, SyncError};
pub use export::{Export, ExportError, ExportPiece, ExportTitle};
pub use ledger::Ledger;
pub use opening::{Opened, OpeningNote};
pub use proving::ProveError;
pub use reading::{Entries, StoredEntry};
pub use retention::{PruneError, Pruned};
pub use sending::PastHeadError;
pub use tiles::StoredTreeError;
pub use witnessed::{CosignedError, RotateError};

pub(crate) use database::open_copy;
pub(crate) use error::{DatabaseTrouble, database_trouble};
pub(crate) use export::export_view;
pub(crate) use lock::Lock;
pub(crate) use proving::prove;
pub(crate) use schema::{Content, content};
pub(crate) use tiles::StoredTiles;
pub(crate) use view::{Depth, LogView, view_log};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_crash;
#[cfg(test)]
mod tests_damage;
#[cfg(test)]
mod tests_kept;
#[cfg(test)]
mod tests_sending;
