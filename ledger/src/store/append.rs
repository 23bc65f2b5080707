//! Appending: from events to entries, a new root and a signed checkpoint. Pure up to the transaction.

use meterpost_signing::{Checkpoint, KeyName, RootHash, SignedCheckpoint, Signer};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::error::CommitError;
use super::tiles::{to_i64, write_tiles};
use crate::books::Books;
use crate::entry::{Entry, Stamp, clock_step};
use crate::event::Event;
use crate::merkle::{Edge, TileChanges, leaf_hash};

/// After how many entries the books are stated anew: what opening has to play at most, give or take one commit.
pub(crate) const STATEMENT_EVERY: u64 = 512;

/// How far two clocks of one machine may drift apart between two entries before it is called a step, in milliseconds.
const CLOCK_TOLERANCE_MS: u64 = 5_000;

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
    pub(super) tree: Edge,
    /// When the last entry was written.
    pub(super) last: Option<Stamp>,
    /// The entry that stated the stored books; 0 where none did yet.
    pub(super) stated: u64,
}

/// Entries ready to be written, and the position after them.
pub(super) struct Batch {
    entries: Vec<(u64, Vec<u8>)>,
    tiles: TileChanges,
    /// Books to be stored, with the entry that states them.
    statement: Option<(u64, Vec<u8>)>,
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
    let mut batch = Batch {
        entries: Vec::with_capacity(events.len() + 1),
        tiles: TileChanges::default(),
        statement: None,
        after: before.clone(),
    };
    let step = before
        .last
        .and_then(|last| clock_step(&last, stamp, CLOCK_TOLERANCE_MS));
    if let Some(step) = step {
        batch.append(stamp, &step, 0)?;
    }
    for (position, event) in events.iter().enumerate() {
        batch.append(stamp, event, position)?;
    }
    if batch.after.tree.size() - before.stated >= STATEMENT_EVERY {
        batch.state_books(stamp, events.len())?;
    }
    Ok(batch)
}

impl Batch {
    fn append(&mut self, stamp: &Stamp, event: &Event, position: usize) -> Result<(), CommitError> {
        let after = &mut self.after;
        let stamp = Stamp {
            wall: wall(after.last.as_ref(), stamp, event),
            ..*stamp
        };
        after.books.pass(&stamp);
        let postings = after
            .books
            .apply(event)
            .map_err(|source| CommitError::Refused { position, source })?;
        let index = after.tree.size();
        let entry = Entry::new(
            index,
            stamp,
            event.clone(),
            postings,
            *after.books.balances(),
        );
        let bytes = entry.encode()?;
        after.tree.push(leaf_hash(&bytes), &mut self.tiles);
        after.last = Some(stamp);
        self.entries.push((index, bytes));
        Ok(())
    }

    /// States the books as they are now in an entry, so that opening need not begin before it.
    fn state_books(&mut self, stamp: &Stamp, position: usize) -> Result<(), CommitError> {
        let at = self.after.tree.size();
        // The clock first: the entry is written at this moment, and reading it begins with these books.
        let wall = stamp.wall.max(self.after.last.map_or(0, |last| last.wall));
        self.after.books.pass(&Stamp { wall, ..*stamp });
        let books = self.after.books.encode();
        let digest = Sha256::digest(&books).into();
        self.append(stamp, &Event::BooksStated { digest }, position)?;
        self.after.stated = at;
        self.statement = Some((at, books));
        Ok(())
    }

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
        let mut insert =
            connection.prepare_cached("INSERT INTO entry (idx, bytes) VALUES (?1, ?2)")?;
        for (index, bytes) in &self.entries {
            insert.execute(params![to_i64(*index)?, bytes])?;
        }
        write_tiles(connection, self.tiles.clone())?;
        if let Some((size, books)) = &self.statement {
            write_statement(connection, *size, books)?;
        }
        let size = to_i64(head.checkpoint().size)?;
        let changed = if before == 0 {
            connection.execute(
                "INSERT INTO head (id, size, note) VALUES (1, ?1, ?2)",
                params![size, head.to_text()],
            )?
        } else {
            // Compare and swap: the stored head must be the one this commit continues.
            connection
                .prepare_cached("UPDATE head SET size = ?1, note = ?2 WHERE id = 1 AND size = ?3")?
                .execute(params![size, head.to_text(), to_i64(before)?])?
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

/// The wall clock for an entry: a clock that was set back, or not set yet, must not make the log go back in time, unless
/// the entry says so.
fn wall(last: Option<&Stamp>, stamp: &Stamp, event: &Event) -> u64 {
    match (last, event) {
        (None, _) => stamp.wall,
        (Some(_), Event::ClockStepped { now, .. }) => *now,
        (Some(last), _) => stamp.wall.max(last.wall),
    }
}

/// Keeps these books and those that the log begins with since it was pruned.
fn write_statement(
    connection: &Connection,
    size: u64,
    books: &[u8],
) -> Result<(), rusqlite::Error> {
    connection.execute(
        "DELETE FROM statement WHERE size NOT IN (SELECT base FROM retention)",
        [],
    )?;
    connection.execute(
        "INSERT INTO statement (size, books) VALUES (?1, ?2)",
        params![to_i64(size)?, books],
    )?;
    Ok(())
}
