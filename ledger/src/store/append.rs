//! Appending: from events to entries, a new root and a signed checkpoint. Pure up to the transaction.

use meterpost_signing::{Checkpoint, KeyName, RootHash, SignedCheckpoint, Signer};
use rusqlite::{Connection, params};

use super::error::CommitError;
use crate::books::Books;
use crate::entry::{Entry, Stamp};
use crate::event::Event;
use crate::merkle::{Frontier, LeafHash, leaf_hash};

/// What a commit made durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The place of the first entry it appended.
    pub first_index: u64,
    /// The log's size with it.
    pub size: u64,
    /// The root at that size.
    pub root: RootHash,
    /// The signed checkpoint, as text.
    pub checkpoint: String,
}

/// The state that moves with each commit.
#[derive(Clone, Debug)]
pub(super) struct Position {
    pub(super) books: Books,
    pub(super) tree: Frontier,
    /// The wall clock of the last entry.
    pub(super) wall: u64,
}

/// Entries ready to be written, and the position after them.
pub(super) struct Batch {
    entries: Vec<(u64, Vec<u8>, LeafHash)>,
    pub(super) after: Position,
}

/// Plays the events on a copy of the position.
pub(super) fn prepare(
    before: &Position,
    stamp: &Stamp,
    events: &[Event],
) -> Result<Batch, CommitError> {
    if events.is_empty() {
        return Err(CommitError::Nothing);
    }
    let mut after = before.clone();
    // A clock that was set back, or not set yet, must not make the log go back in time.
    after.wall = after.wall.max(stamp.wall);
    let mut entries = Vec::with_capacity(events.len());
    for (position, event) in events.iter().enumerate() {
        let postings = after
            .books
            .apply(event)
            .map_err(|source| CommitError::Refused { position, source })?;
        let index = after.tree.size();
        let entry = Entry {
            index,
            stamp: Stamp {
                wall: after.wall,
                ..*stamp
            },
            event: event.clone(),
            postings,
            totals: *after.books.balances(),
        };
        let bytes = entry.encode()?;
        let leaf = leaf_hash(&bytes);
        after.tree.push(leaf);
        entries.push((index, bytes, leaf));
    }
    Ok(Batch { entries, after })
}

impl Batch {
    pub(super) fn sign(
        &self,
        origin: &KeyName,
        signer: &dyn Signer,
    ) -> Result<SignedCheckpoint, CommitError> {
        let checkpoint = Checkpoint {
            origin: origin.clone(),
            size: self.after.tree.size(),
            root: self.after.tree.root(),
        };
        Ok(checkpoint.sign(signer)?)
    }

    /// Writes entries and head within the caller's transaction. `before` is the size that must be stored now.
    pub(super) fn write(
        &self,
        connection: &Connection,
        before: u64,
        head: &SignedCheckpoint,
    ) -> Result<(), rusqlite::Error> {
        let mut insert = connection
            .prepare_cached("INSERT INTO entry (idx, bytes, leaf) VALUES (?1, ?2, ?3)")?;
        for (index, bytes, leaf) in &self.entries {
            insert.execute(params![to_i64(*index)?, bytes, leaf.0])?;
        }
        let size = to_i64(head.checkpoint().size)?;
        let changed = if before == 0 {
            connection.execute(
                "INSERT INTO head (id, size, note) VALUES (1, ?1, ?2)",
                params![size, head.to_text()],
            )?
        } else {
            // Compare and swap: the stored head must be the one this commit continues.
            connection.execute(
                "UPDATE head SET size = ?1, note = ?2 WHERE id = 1 AND size = ?3",
                params![size, head.to_text(), to_i64(before)?],
            )?
        };
        if changed == 1 {
            Ok(())
        } else {
            Err(rusqlite::Error::StatementChangedRows(changed))
        }
    }

    pub(super) fn first_index(&self) -> u64 {
        self.after.tree.size() - self.entries.len() as u64
    }
}

fn to_i64(number: u64) -> Result<i64, rusqlite::Error> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
