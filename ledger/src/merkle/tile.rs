//! Tiles: the nodes of the tree as they are stored, sixteen in a row.
//!
//! A tile of level L holds up to sixteen neighbouring nodes of that level; level 0 are the leaf hashes, and a node of
//! level L is the root of a perfect subtree of 2^L leaves. Only every fourth level is stored (0, 4, 8, ...): what lies
//! between is hashed from the tile below. It is the scheme of c2sp.org/tlog-tiles with height 4 in the place of 8.

use std::fmt;

use meterpost_signing::RootHash;
use thiserror::Error;

use super::{NodeHash, empty_root, node_hash};

/// How many levels of the tree one tile spans.
pub const TILE_HEIGHT: u8 = 4;

/// How many hashes a full tile has: 2^[`TILE_HEIGHT`].
pub const TILE_WIDTH: u8 = 1 << TILE_HEIGHT;

/// The largest tree: sizes are counted in 63 bits, as on a checkpoint.
pub(super) const MAX_SIZE: u64 = i64::MAX as u64;

/// Where a tile lies, and what is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Tile {
    /// The level of its nodes: 0, 4, 8, ...
    pub level: u8,
    /// Its place among the tiles of its level, from 0. Its first hash is node 16 × index of the level.
    pub index: u64,
    /// One to sixteen hashes.
    pub hashes: Vec<NodeHash>,
}

impl fmt::Debug for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.hashes.len();
        write!(f, "Tile({}, {}, {width} hashes)", self.level, self.index)
    }
}

/// Where stored hashes come from.
pub trait NodeSource {
    /// Why a tile could not be read.
    type Error;

    /// The first `width` hashes of a tile, exactly that many. The level is a multiple of [`TILE_HEIGHT`], the width 1
    /// to [`TILE_WIDTH`]. A source that holds more of the tile returns its beginning: nodes never change.
    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, Self::Error>;
}

impl<S: NodeSource + ?Sized> NodeSource for &mut S {
    type Error = S::Error;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, S::Error> {
        (**self).tile(level, index, width)
    }
}

/// Why a hash of the tree cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TreeError<E> {
    /// There is no such entry in a tree of this size.
    #[error("there is no entry {index} in a log of {size} entries")]
    NoEntry {
        /// Asked for.
        index: u64,
        /// The tree's.
        size: u64,
    },
    /// The older tree is larger than the newer, or empty: there is nothing to prove.
    #[error("there is no proof from size {old} to size {new}")]
    NoProof {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// No log has that many entries.
    #[error("a log has at most 2^63 - 1 entries, not {0}")]
    TooLarge(u64),
    /// The source gave another number of hashes than it was asked for.
    #[error("tile {index} of level {level} has {found} hashes where {expected} are expected")]
    Width {
        /// The tile's level.
        level: u8,
        /// Its place.
        index: u64,
        /// Asked for.
        expected: u8,
        /// Given.
        found: usize,
    },
    /// The source failed.
    #[error("{0}")]
    Source(E),
}

/// Reads nodes of a tree of one size; each tile is read once.
pub(super) struct Reader<'s, S> {
    source: &'s mut S,
    size: u64,
    tiles: Vec<Tile>,
}

impl<'s, S: NodeSource> Reader<'s, S> {
    pub(super) fn new(size: u64, source: &'s mut S) -> Result<Self, TreeError<S::Error>> {
        if size > MAX_SIZE {
            return Err(TreeError::TooLarge(size));
        }
        Ok(Reader {
            source,
            size,
            tiles: Vec::new(),
        })
    }

    /// The hash over the leaves `start..end`, where `start` is a multiple of the largest power of two that fits between
    /// them, as it is for every subtree of RFC 6962.
    pub(super) fn range(&mut self, start: u64, end: u64) -> Result<NodeHash, TreeError<S::Error>> {
        let mut pieces = Vec::with_capacity(8);
        let mut start = start;
        while start < end {
            let level = (end - start).ilog2() as u8;
            pieces.push(self.perfect(level, start >> level)?);
            start += 1 << level;
        }
        let mut pieces = pieces.iter().rev();
        let last = pieces.next().copied().unwrap_or(empty_root().0);
        Ok(pieces.fold(last, |right, left| node_hash(left, &right)))
    }

    /// The root over all leaves.
    pub(super) fn root(&mut self) -> Result<RootHash, TreeError<S::Error>> {
        self.range(0, self.size).map(RootHash)
    }

    /// The root of the perfect subtree of 2^level leaves with this place among those of its level.
    fn perfect(&mut self, level: u8, index: u64) -> Result<NodeHash, TreeError<S::Error>> {
        let span = level % TILE_HEIGHT;
        let first = index << span;
        let offset = (first % u64::from(TILE_WIDTH)) as usize;
        let tile = self.tile(level - span, first / u64::from(TILE_WIDTH))?;
        match tile.hashes.get(offset..offset + (1 << span)) {
            Some(hashes) => Ok(perfect_root(hashes)),
            None => Err(TreeError::Width {
                level: tile.level,
                index: tile.index,
                expected: offset as u8 + (1 << span),
                found: tile.hashes.len(),
            }),
        }
    }

    /// A whole tile, as far as it is filled at this size.
    pub(super) fn tile(&mut self, level: u8, index: u64) -> Result<&Tile, TreeError<S::Error>> {
        let known = |tile: &Tile| tile.level == level && tile.index == index;
        if let Some(at) = self.tiles.iter().position(known) {
            return Ok(&self.tiles[at]);
        }
        let before = index.saturating_mul(u64::from(TILE_WIDTH));
        let nodes = (self.size >> level).saturating_sub(before);
        let width = nodes.min(u64::from(TILE_WIDTH)) as u8;
        let hashes = self
            .source
            .tile(level, index, width)
            .map_err(TreeError::Source)?;
        if hashes.len() != usize::from(width) {
            return Err(TreeError::Width {
                level,
                index,
                expected: width,
                found: hashes.len(),
            });
        }
        let at = self.tiles.len();
        self.tiles.push(Tile {
            level,
            index,
            hashes,
        });
        Ok(&self.tiles[at])
    }
}

/// The root over one, two, four, eight or sixteen hashes.
pub(crate) fn perfect_root(hashes: &[NodeHash]) -> NodeHash {
    match hashes {
        [] => empty_root().0,
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(hashes.len() / 2);
            node_hash(&perfect_root(left), &perfect_root(right))
        }
    }
}

/// The root of a tree of this size, read from its tiles: at most one a level. The source may hold a larger tree, so this
/// also tells the root of an earlier size.
pub fn tree_root<S: NodeSource>(
    size: u64,
    source: &mut S,
) -> Result<RootHash, TreeError<S::Error>> {
    Reader::new(size, source)?.root()
}
