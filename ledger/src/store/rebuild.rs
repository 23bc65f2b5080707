//! Making everything that is stored beside the entries anew from them.

use rusqlite::{Connection, OptionalExtension};

use super::schema::{FORMAT, migrate};
use super::tiles::write_tiles;
use crate::merkle::{Edge, LeafHash, TileChanges, leaf_hash};

/// Entries hashed before the tiles they complete are written.
const BATCH: u64 = 4_096;

/// Brings the tables to the newest format, and writes the tree anew, in one transaction: a power cut leaves what was there
/// before. The entries must have been found sound. Books are stated anew with the next commit.
pub(crate) fn rebuild(connection: &Connection, format: i64) -> Result<(), rusqlite::Error> {
    let transaction = connection.unchecked_transaction()?;
    if format < FORMAT {
        migrate(&transaction, format)?;
    }
    // What is left of pruned entries is not made from anything else, nor are the books that a pruned log begins with.
    transaction.execute_batch(
        "DELETE FROM tile WHERE level > 0;
         DELETE FROM statement WHERE size NOT IN (SELECT base FROM retention);",
    )?;
    write_tree(&transaction)?;
    transaction.commit()
}

fn write_tree(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut tree = Growing::default();
    let pruned: Option<i64> = connection
        .query_row("SELECT pruned FROM retention", [], |row| row.get(0))
        .optional()?;
    if let Some(pruned) = pruned {
        let mut statement = connection
            .prepare("SELECT hashes FROM tile WHERE level = 0 AND idx < ?1 ORDER BY idx")?;
        let mut rows = statement.query([pruned / 16])?;
        while let Some(row) = rows.next()? {
            let hashes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            for hash in hashes.as_chunks::<32>().0 {
                tree.push(connection, LeafHash(*hash))?;
            }
        }
    }
    let mut statement = connection.prepare("SELECT bytes FROM entry ORDER BY idx")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        tree.push(connection, leaf_hash(bytes))?;
    }
    write_tiles(connection, tree.changes)
}

/// A tree whose tiles are written now and then.
#[derive(Default)]
struct Growing {
    tree: Edge,
    changes: TileChanges,
}

impl Growing {
    fn push(&mut self, connection: &Connection, leaf: LeafHash) -> Result<(), rusqlite::Error> {
        self.tree.push(leaf, &mut self.changes);
        if self.tree.size().is_multiple_of(BATCH) {
            write_tiles(connection, std::mem::take(&mut self.changes))?;
        }
        Ok(())
    }
}
