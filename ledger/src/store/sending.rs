//! What is sent to a witness that keeps the entries too: batches of them, and the request to cosign the head.

use meterpost_signing::{CallError, Checkpoint, CheckpointError, LogOrigin, WitnessKey, sign_call};
use thiserror::Error;

use super::error::ReadError;
use super::ledger::Ledger;
use super::quick::claimed;
use super::tiles::StoredTreeError;
use crate::exchange::{Next, Standing, ask, next_request, push_entry};
use crate::merkle::tree_root;

/// Entries in a batch at most: the server answers such a one well within a second.
const MOST_ENTRIES: u64 = 1000;

/// Why there is no head of a smaller size.
#[derive(Debug, Error)]
pub enum PastHeadError {
    /// The log is shorter.
    #[error("the log has {own} entries, not {size}")]
    Future {
        /// The size asked for.
        size: u64,
        /// The log's.
        own: u64,
    },
    /// A key that is not in use any more signed the log at that size.
    #[error("another key signed the log at size {0}, and it is gone")]
    OtherKey(u64),
    /// The tree cannot be read.
    #[error("{0}")]
    Tree(#[from] StoredTreeError),
    /// It is not signed.
    #[error("{0}")]
    Sign(#[from] CheckpointError),
}

impl Ledger {
    /// How the log stands with a witness, by the cosignature that is kept.
    pub fn standing(&self, witness: &WitnessKey) -> Standing {
        let kept = self.cosigned.as_deref().and_then(claimed);
        match kept {
            Some(checkpoint) => Standing::stored(witness.clone(), checkpoint.size),
            None => Standing::new(witness.clone()),
        }
    }

    /// What to ask the witness for the head of now; nothing where its cosignature is kept.
    pub fn next_request(&self, standing: &Standing) -> Result<Next, StoredTreeError> {
        next_request(standing, self.head(), &mut self.nodes())
    }

    /// The same also where its cosignature is kept: a sign of life.
    pub fn ask(&self, standing: &Standing) -> Result<Next, StoredTreeError> {
        ask(standing, self.head(), &mut self.nodes())
    }

    /// The same for the log as it was at a smaller size: a witness may take no more entries before it has cosigned those that it has. The key
    /// in use signs that head anew; it says nothing but what every later head implies.
    ///
    /// # Errors
    /// [`PastHeadError`].
    pub fn ask_at(&self, standing: &Standing, size: u64) -> Result<Next, PastHeadError> {
        let own = self.size();
        if size > own {
            return Err(PastHeadError::Future { size, own });
        }
        if self.key_at(size).key() != self.vkey.key() {
            return Err(PastHeadError::OtherKey(size));
        }
        let mut nodes = self.nodes();
        let checkpoint = Checkpoint {
            origin: self.vkey.name().clone(),
            size,
            root: tree_root(size, &mut nodes)?,
        };
        let head = checkpoint.sign(self.signer.as_ref())?;
        Ok(ask(standing, &head, &mut nodes)?)
    }

    /// The header of a call to the server with the log's key's word; see [`sign_call`].
    pub fn sign_call(
        &self,
        counter: u64,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> Result<String, CallError> {
        let origin = LogOrigin::parse(self.vkey.name().as_str())?;
        sign_call(&origin, self.signer.as_ref(), counter, method, target, body)
    }

    /// Entries from this place on, as many as a batch takes, and the place behind them.
    ///
    /// # Errors
    /// When entries are pruned or cannot be read.
    pub fn batch(&self, first: u64) -> Result<(Vec<u8>, u64), ReadError> {
        let mut batch = Vec::new();
        let mut next = first;
        let end = self.size().min(first.saturating_add(MOST_ENTRIES));
        for stored in self.entries(first..end) {
            if !push_entry(&mut batch, &stored?.bytes) {
                break;
            }
            next += 1;
        }
        Ok((batch, next))
    }
}
