//! Pruning: old entries go, what proofs need of them stays.
//!
//! An entry may go once a witness has cosigned the log beyond it: then the server holds it. Its leaf hash stays, 32 bytes,
//! so that the tree is whole, every receipt's proof can be made anew, and every checkpoint proven consistent. The books
//! that the remaining entries continue are kept as the entry after them states them.

use meterpost_signing::VerifierKey;
use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;

use super::ledger::Ledger;
use super::quick::claimed;
use super::tiles::{StoredTiles, to_i64};
use crate::books::Books;
use crate::entry::Entry;
use crate::event::Event;
use crate::examine::Player;
use crate::merkle::NodeSource;

/// What pruning did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Entries below this are gone.
    pub below: u64,
    /// How many went this time.
    pub removed: u64,
}

/// Why nothing was pruned.
#[derive(Debug, Error)]
pub enum PruneError {
    /// No witness has the entries.
    #[error("nothing is cosigned yet: entries stay here until the server has them")]
    NothingCosigned,
    /// The log was closed for writing.
    #[error("the ledger is closed for writing until it is reopened, after: {0}")]
    Poisoned(String),
    /// An entry in the way is damaged.
    #[error("entry {0} is not sound: check the log with `kiosk ledger verify`; nothing was pruned")]
    Entry(u64),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
}

impl Ledger {
    /// Removes the entries below `keep_from`, as far as a witness has cosigned beyond them and the books are stated there;
    /// so a little more is kept than was asked. One transaction: a power cut leaves all or none.
    ///
    /// Its time grows with the entries up to `keep_from`; to be called when idle.
    pub fn prune(&mut self, keep_from: u64) -> Result<Pruned, PruneError> {
        if let Some(reason) = &self.poisoned {
            return Err(PruneError::Poisoned(reason.clone()));
        }
        let cosigned = self.cosigned.as_deref().and_then(claimed);
        let cosigned = cosigned.ok_or(PruneError::NothingCosigned)?.size;
        let (pruned, base, books) = retention(&self.connection)?;
        let limit = keep_from.min(cosigned);
        let found = last_statement(&self.connection, &self.first, base, books, limit)?;
        let Some((base, books)) = found else {
            return Ok(Pruned {
                below: pruned,
                removed: 0,
            });
        };
        // Whole groups only: the base's own group keeps the entries that its hash is made from.
        let below = base & !15;
        remove(&mut self.connection, (pruned, below), base, &books).inspect_err(|error| {
            if let PruneError::Database(error) = error {
                // As after a failed commit: only opening anew tells what the disk holds.
                self.poisoned = Some(error.to_string());
            }
        })?;
        Ok(Pruned {
            below,
            removed: below - pruned,
        })
    }

    /// Entries below this were pruned; 0 where none were.
    pub fn pruned(&self) -> Result<u64, PruneError> {
        Ok(retention(&self.connection)?.0)
    }
}

/// Replaces the entries in a range of whole groups by their leaf hashes, and keeps the books that the rest begins with.
fn remove(
    connection: &mut Connection,
    (pruned, below): (u64, u64),
    base: u64,
    books: &[u8],
) -> Result<(), PruneError> {
    let transaction = connection.transaction()?;
    for group in pruned / 16..below / 16 {
        let leaves = StoredTiles(&transaction).tile(0, group, 16)?;
        if leaves.len() < 16 {
            return Err(PruneError::Entry(group * 16));
        }
        transaction
            .prepare_cached("INSERT INTO tile (level, idx, hashes) VALUES (0, ?1, ?2)")?
            .execute(params![to_i64(group)?, leaves.as_flattened()])?;
    }
    transaction.execute("DELETE FROM entry WHERE idx < ?1", [to_i64(below)?])?;
    transaction.execute(
        "INSERT OR REPLACE INTO retention (id, base, pruned) VALUES (1, ?1, ?2)",
        params![to_i64(base)?, to_i64(below)?],
    )?;
    transaction.execute(
        "INSERT OR REPLACE INTO statement (size, books) VALUES (?1, ?2)",
        params![to_i64(base)?, books],
    )?;
    transaction.execute(
        "DELETE FROM statement WHERE size NOT IN (SELECT base FROM retention)
         AND size < (SELECT max(size) FROM statement)",
        [],
    )?;
    Ok(transaction.commit()?)
}

/// Where the entries begin, the entry whose books the rest continues, and these books.
fn retention(connection: &Connection) -> Result<(u64, u64, Option<Vec<u8>>), PruneError> {
    let row: Option<(i64, i64, Option<Vec<u8>>)> = connection
        .query_row(
            "SELECT pruned, base, books FROM retention LEFT JOIN statement ON statement.size = base",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(row.map_or((0, 0, None), |(pruned, base, books)| {
        (number(pruned), number(base), books)
    }))
}

/// The last entry at or below the limit that states the books, and the books it states, encoded.
fn last_statement(
    connection: &Connection,
    log: &VerifierKey,
    base: u64,
    books: Option<Vec<u8>>,
    limit: u64,
) -> Result<Option<(u64, Vec<u8>)>, PruneError> {
    let mut player = match books {
        Some(books) => Player::from(Books::decode(&books).map_err(|_| PruneError::Entry(base))?),
        None => Player::new(),
    };
    let mut found = None;
    let mut statement =
        connection.prepare("SELECT bytes FROM entry WHERE idx BETWEEN ?1 AND ?2 ORDER BY idx")?;
    let mut rows = statement.query(params![to_i64(base)?, to_i64(limit)?])?;
    let mut index = base;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let entry = Entry::decode(bytes).map_err(|_| PruneError::Entry(index))?;
        if index > base && matches!(entry.event, Event::BooksStated { .. }) {
            player.books.pass(&entry.stamp);
            found = Some((index, player.books.encode()));
        }
        player
            .play(index, &entry, log)
            .map_err(|_| PruneError::Entry(index))?;
        index += 1;
    }
    Ok(found)
}
