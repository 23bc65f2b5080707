//! 256 entries at a time: read, hashed and decoded. What a chunk gives depends on nothing before it.

use std::ops::Range;

use rusqlite::{Connection, Statement, params};

use super::Scope;
use crate::entry::{DecodeError, Entry};
use crate::merkle::{LeafHash, NodeHash, leaf_hash, perfect_root};

/// Entries in a chunk: one tile of level 4.
pub(crate) const CHUNK: u64 = 256;

/// Entries under one stored hash.
pub(crate) const GROUP: usize = 16;

/// Some entries as they are stored.
pub(crate) struct Chunk {
    /// Counted from 0.
    pub(crate) number: u64,
    rows: Rows,
    /// The tile of level 4 over these entries, where it is to be compared.
    pub(crate) tile: Option<Vec<u8>>,
}

/// What is left of an entry.
enum Leaves<'r> {
    /// Its bytes, at this place.
    Entry(u64, &'r [u8]),
    /// The hash of a pruned one.
    Hash(LeafHash),
}

/// Rows one after the other in one piece of memory: one piece a chunk passes between threads much faster than 256.
#[derive(Default)]
struct Rows {
    hashes: Vec<LeafHash>,
    /// Where the entries are stored, and where each one's bytes end.
    entries: Vec<(u64, usize)>,
    bytes: Vec<u8>,
}

impl Rows {
    /// Room for a chunk like this one.
    fn like(&self) -> Rows {
        Rows {
            hashes: Vec::new(),
            entries: Vec::with_capacity(CHUNK as usize),
            bytes: Vec::with_capacity(self.bytes.len()),
        }
    }

    fn len(&self) -> usize {
        self.hashes.len() + self.entries.len()
    }

    fn push(&mut self, row: &Leaves<'_>) {
        match row {
            Leaves::Entry(index, bytes) => {
                self.bytes.extend_from_slice(bytes);
                self.entries.push((*index, self.bytes.len()));
            }
            Leaves::Hash(leaf) => self.hashes.push(*leaf),
        }
    }

    /// The entries with their places.
    fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut start = 0;
        self.entries.iter().map(move |(index, end)| {
            let bytes = self.bytes.get(start..*end).unwrap_or_default();
            start = *end;
            (*index, bytes)
        })
    }
}

/// A chunk hashed and decoded.
pub(crate) struct Digested {
    pub(crate) number: u64,
    pub(crate) leaves: Vec<LeafHash>,
    /// The root over them, where they are a whole chunk.
    pub(crate) root: Option<NodeHash>,
    /// With the places; pruned entries are not among them.
    pub(crate) entries: Vec<(u64, Result<Entry, DecodeError>)>,
    /// The groups, counted within the chunk, whose hash is not the stored one.
    pub(crate) other_groups: Vec<usize>,
    /// Whether the stored tile is there and has the right length.
    pub(crate) tile_complete: bool,
}

/// Reads the log in chunks and hands them on while they are wanted.
pub(crate) fn read_chunks(
    connection: &Connection,
    scope: &Scope<'_>,
    mut hand_on: impl FnMut(Chunk) -> bool,
) -> Result<(), rusqlite::Error> {
    let mut tiles = match scope.tiles {
        true => Some(connection.prepare("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2")?),
        false => None,
    };
    let mut chunk = |number, rows| {
        let tile = match &mut tiles {
            Some(tiles) => Some(stored_tile(tiles, 4, number)?.unwrap_or_default()),
            None => None,
        };
        let chunk = Chunk { number, rows, tile };
        Ok::<bool, rusqlite::Error>(hand_on(chunk))
    };
    let mut number = 0;
    let mut rows = Rows::default();
    let mut outcome = Ok(true);
    read_rows(connection, scope.pruned, |row| {
        rows.push(&row);
        if rows.len() as u64 == CHUNK {
            let next = rows.like();
            let full = std::mem::replace(&mut rows, next);
            outcome = chunk(number, full);
            number += 1;
        }
        matches!(outcome, Ok(true))
    })?;
    if outcome? && rows.len() > 0 {
        chunk(number, rows)?;
    }
    Ok(())
}

/// Reads the log, what is left of pruned entries first, while more is wanted.
fn read_rows(
    connection: &Connection,
    pruned: u64,
    mut wanted: impl FnMut(Leaves<'_>) -> bool,
) -> Result<(), rusqlite::Error> {
    for leaf in pruned_leaves(connection, 0..pruned)? {
        if !wanted(Leaves::Hash(leaf)) {
            return Ok(());
        }
    }
    let mut statement = connection.prepare("SELECT idx, bytes FROM entry ORDER BY idx")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        if !wanted(Leaves::Entry(index, bytes)) {
            return Ok(());
        }
    }
    Ok(())
}

/// The hashes left of pruned entries, as far as they are there. The range begins and ends with whole tiles.
pub(crate) fn pruned_leaves(
    connection: &Connection,
    range: Range<u64>,
) -> Result<Vec<LeafHash>, rusqlite::Error> {
    let mut leaves = Vec::new();
    if range.is_empty() {
        return Ok(leaves);
    }
    let mut tiles = connection.prepare("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2")?;
    for index in range.start / GROUP as u64..range.end / GROUP as u64 {
        let Some(tile) = stored_tile(&mut tiles, 0, index)? else {
            break;
        };
        leaves.extend(hashes(&tile).map(LeafHash));
    }
    Ok(leaves)
}

/// A tile's bytes.
pub(crate) fn stored_tile(
    tiles: &mut Statement<'_>,
    level: u8,
    index: u64,
) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    let mut rows = tiles.query(params![level, index])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// A tile's hashes.
pub(crate) fn hashes(tile: &[u8]) -> impl Iterator<Item = NodeHash> + '_ {
    tile.as_chunks::<32>().0.iter().copied()
}

/// Hashes and decodes a chunk.
pub(crate) fn digest(chunk: Chunk) -> Digested {
    // Pruned entries come before all others.
    let mut leaves = Vec::with_capacity(chunk.rows.len());
    leaves.extend_from_slice(&chunk.rows.hashes);
    let mut entries = Vec::with_capacity(chunk.rows.entries.len());
    for (index, bytes) in chunk.rows.entries() {
        leaves.push(leaf_hash(bytes));
        entries.push((index, Entry::decode(bytes)));
    }
    let groups: Vec<NodeHash> = leaves
        .as_chunks::<GROUP>()
        .0
        .iter()
        .map(|group| perfect_root(&group.map(|leaf| leaf.0)))
        .collect();
    let stored: Option<Vec<NodeHash>> = chunk.tile.map(|tile| hashes(&tile).collect());
    let other_groups = stored.iter().flat_map(|stored| {
        let other = |at: &usize| {
            stored
                .get(*at)
                .is_some_and(|hash| groups.get(*at) != Some(hash))
        };
        (0..groups.len()).filter(other).collect::<Vec<_>>()
    });
    let whole = leaves.len() as u64 == CHUNK;
    Digested {
        number: chunk.number,
        root: whole.then(|| perfect_root(&groups)),
        other_groups: other_groups.collect(),
        tile_complete: stored.is_none_or(|stored| stored.len() == groups.len()),
        leaves,
        entries,
    }
}
