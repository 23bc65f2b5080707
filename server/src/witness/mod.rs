//! The server as the witness of each terminal's log: its entries and tree, what it remembers, and what it says to a head.
//!
//! Entries come first and are stored without being believed; a head that covers them is judged, the change made durable, and
//! only then cosigned. Everything about a log happens under the lock of its row, so two servers on one database, or a request
//! that comes twice, see one order.

mod accept;
mod conflicts;
mod cosign;
mod follow;
mod log_row;
mod memory_json;
mod receipt;
mod tree;
mod verify;

use thiserror::Error;

pub use accept::{Stored, store_entries};
pub use conflicts::{Conflict, conflicts};
pub use cosign::{Cosigning, cosign};
pub use follow::Following;
pub use log_row::{LogRow, add, find, lock};
pub(crate) use log_row::{count_call, note_claim, store_memory};
pub use receipt::{OnRecord, compare, convict, entries_before};
pub use verify::{Checked, verify};

use crate::database::DatabaseError;
use meterpost_ledger::signing::CosignatureError;

/// Why a log could not be served. The first two are not the terminal's fault.
#[derive(Debug, Error)]
pub enum WitnessError {
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// The stored tree does not hold together.
    #[error("the stored tree of the log is damaged: {0}")]
    Tree(String),
    /// The cosignature could not be made.
    #[error("{0}")]
    Cosign(#[from] CosignatureError),
}

impl From<tokio_postgres::Error> for WitnessError {
    fn from(error: tokio_postgres::Error) -> WitnessError {
        WitnessError::Database(error.into())
    }
}
