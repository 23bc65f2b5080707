//! The store: entries, hashes and the signed head in one SQLite database with one writer.

mod append;
mod database;
mod error;
mod ledger;
mod lock;
mod medium;
mod opening;
mod reading;
mod view;

pub use append::Committed;
pub use error::{CommitError, CreateError, OpenError, ReadError, SyncError};
pub use ledger::Ledger;
pub use opening::Opened;
pub use reading::{Entries, StoredEntry};

pub(crate) use database::open_copy;
pub(crate) use error::{DatabaseTrouble, database_trouble};
pub(crate) use lock::Lock;
pub(crate) use view::{LogView, second_view, view_log};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_damage;
