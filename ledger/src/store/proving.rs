//! Making receipts that prove themselves.

use meterpost_signing::SignedCheckpoint;
use rusqlite::{Connection, OptionalExtension};
use thiserror::Error;

use super::ledger::Ledger;
use super::tiles::{StoredTreeError, to_i64};
use crate::merkle::{NodeSource, inclusion_proof};
use crate::proof::{ProofError, ReceiptProof};

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
    /// There is no such entry, or it was pruned.
    #[error("the log does not have entry {0} any more, or not yet")]
    NoEntry(u64),
    /// The head is not believed.
    #[error("the signed head is not believed: {0}")]
    Head(String),
    /// The stored tree is damaged.
    #[error("{0}; check the log with `kiosk ledger verify`")]
    Tree(#[from] StoredTreeError),
    /// What is stored does not give the signed root.
    #[error("{0}; check the log with `kiosk ledger verify`")]
    Proof(#[from] ProofError),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
}

impl Ledger {
    /// What anyone needs to check that the entry at this place is in the log as it is now.
    pub fn prove(&self, index: u64) -> Result<ReceiptProof, ProveError> {
        prove(&self.connection, index, &self.head, &mut self.nodes())
    }
}

pub(crate) fn prove(
    connection: &Connection,
    index: u64,
    head: &SignedCheckpoint,
    nodes: &mut impl NodeSource<Error = rusqlite::Error>,
) -> Result<ReceiptProof, ProveError> {
    let entry: Option<Vec<u8>> = connection
        .prepare_cached("SELECT bytes FROM entry WHERE idx = ?1")?
        .query_row([to_i64(index)?], |row| row.get(0))
        .optional()?;
    let entry = entry.ok_or(ProveError::NoEntry(index))?;
    let size = head.checkpoint().size;
    let hashes = inclusion_proof(index, size, nodes)?;
    Ok(ReceiptProof::new(&entry, index, hashes, head)?)
}
