//! The hash tree as it is stored: tiles of 16 hashes from level 4 up, and the entries themselves below.

use rusqlite::{Connection, params};

use crate::merkle::{self, NodeHash, NodeSource, TileChanges, leaf_hash};

/// Why a hash of the stored tree cannot be had: the database failed, or a tile is missing or cut short.
pub type StoredTreeError = merkle::TreeError<rusqlite::Error>;

/// Hashes from a database.
pub(crate) struct StoredTiles<'c>(pub(crate) &'c Connection);

impl NodeSource for StoredTiles<'_> {
    type Error = rusqlite::Error;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, rusqlite::Error> {
        let width = usize::from(width);
        let mut hashes = match level {
            0 => self.leaves(index, width)?,
            _ => Vec::new(),
        };
        if hashes.len() < width {
            hashes = self.stored(level, index)?;
        }
        hashes.truncate(width);
        Ok(hashes)
    }
}

impl StoredTiles<'_> {
    /// The leaf hashes of entries that are not pruned.
    fn leaves(&self, index: u64, width: usize) -> Result<Vec<NodeHash>, rusqlite::Error> {
        let mut statement = self
            .0
            .prepare_cached("SELECT bytes FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")?;
        let first = to_i64(index.saturating_mul(16))?;
        let mut rows = statement.query(params![first, first.saturating_add(width as i64)])?;
        let mut hashes = Vec::with_capacity(width);
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            hashes.push(leaf_hash(bytes).0);
        }
        Ok(hashes)
    }

    fn stored(&self, level: u8, index: u64) -> Result<Vec<NodeHash>, rusqlite::Error> {
        let mut statement = self
            .0
            .prepare_cached("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2")?;
        let mut rows = statement.query(params![level, to_i64(index)?])?;
        match rows.next()? {
            Some(row) => {
                let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                Ok(bytes.as_chunks::<32>().0.to_vec())
            }
            None => Ok(Vec::new()),
        }
    }
}

/// Writes tiles within the caller's transaction.
pub(crate) fn write_tiles(
    connection: &Connection,
    tiles: TileChanges,
) -> Result<(), rusqlite::Error> {
    let mut statement = connection
        .prepare_cached("INSERT OR REPLACE INTO tile (level, idx, hashes) VALUES (?1, ?2, ?3)")?;
    for tile in tiles {
        let index = to_i64(tile.index)?;
        statement.execute(params![tile.level, index, tile.hashes.as_flattened()])?;
    }
    Ok(())
}

pub(crate) fn to_i64(number: u64) -> Result<i64, rusqlite::Error> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
