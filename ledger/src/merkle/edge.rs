//! A growing tree whose upper nodes are stored as tiles.

use std::collections::BTreeMap;

use meterpost_signing::RootHash;

use super::tile::{NodeSource, Reader, TILE_HEIGHT, TILE_WIDTH, Tile, TreeError, perfect_root};
use super::{Frontier, LeafHash, NodeHash};

/// The state that appending needs and that follows from the stored tiles: the roots along the right edge, and of each
/// stored level the tile that is not full.
///
/// Tiles of level 0, the leaf hashes, are not among the changes: they follow from the entries. One of level 4 changes
/// every 16 leaves, one of level 8 every 256, and so on; each change is the whole tile, and writing it again is harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    frontier: Frontier,
    /// Of each stored level, upwards, the hashes behind the last full tile: at most fifteen.
    open: Vec<Vec<NodeHash>>,
}

/// The tiles of level 4 and above that a number of leaves changed, each once and as it is after the last of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileChanges(BTreeMap<(u8, u64), Vec<NodeHash>>);

impl TileChanges {
    /// Whether no tile changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for TileChanges {
    type Item = Tile;
    type IntoIter = std::vec::IntoIter<Tile>;

    /// The tiles, by level and index.
    fn into_iter(self) -> Self::IntoIter {
        let tiles = self.0.into_iter().map(|((level, index), hashes)| Tile {
            level,
            index,
            hashes,
        });
        tiles.collect::<Vec<_>>().into_iter()
    }
}

impl Edge {
    /// The edge of a stored tree. One tile of each level is read, at most sixteen leaf hashes among them. The hashes are
    /// taken as they are: whoever loads compares [`Edge::root`] with a signed root.
    pub fn load<S: NodeSource>(size: u64, source: &mut S) -> Result<Edge, TreeError<S::Error>> {
        let mut reader = Reader::new(size, source)?;
        let mut open = Vec::new();
        let mut level = 0;
        while size >> level > 0 {
            let nodes = size >> level;
            let width = nodes % u64::from(TILE_WIDTH);
            open.push(match width {
                0 => Vec::new(),
                _ => {
                    let tile = reader.tile(level, nodes / u64::from(TILE_WIDTH))?;
                    tile.hashes.clone()
                }
            });
            level += TILE_HEIGHT;
            if u32::from(level) >= u64::BITS {
                break;
            }
        }
        let frontier = Frontier::from_parts(size, roots(&open));
        Ok(Edge { frontier, open })
    }

    /// Appends a leaf and adds the tiles it changes to `changes`.
    pub fn push(&mut self, leaf: LeafHash, changes: &mut TileChanges) {
        let place = self.frontier.size();
        let open = &mut self.open;
        self.frontier.push_reporting(leaf, |level, hash| {
            if level % TILE_HEIGHT != 0 {
                return;
            }
            let stored = usize::from(level / TILE_HEIGHT);
            if open.len() <= stored {
                open.resize_with(stored + 1, Vec::new);
            }
            let hashes = &mut open[stored];
            hashes.push(*hash);
            if level > 0 {
                let index = (place >> level) / u64::from(TILE_WIDTH);
                changes.0.insert((level, index), hashes.clone());
            }
            if hashes.len() == usize::from(TILE_WIDTH) {
                hashes.clear();
            }
        });
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root over all leaves.
    pub fn root(&self) -> RootHash {
        self.frontier.root()
    }

    /// The tiles along the edge that are neither empty nor full, the one of level 0 included.
    pub fn open_tiles(&self) -> impl Iterator<Item = Tile> + '_ {
        let tiles = self.open.iter().zip((0_u8..).step_by(4));
        tiles
            .filter(|(hashes, _)| !hashes.is_empty())
            .map(|(hashes, level)| Tile {
                level,
                index: (self.size() >> level) / u64::from(TILE_WIDTH),
                hashes: hashes.clone(),
            })
    }

    /// The same source with the open tiles taken from here, so that a proof for the latest size reads nothing along
    /// the edge.
    pub fn over<S: NodeSource>(&self, source: S) -> EdgeSource<'_, S> {
        EdgeSource { edge: self, source }
    }
}

/// A source behind an [`Edge`]; see [`Edge::over`].
pub struct EdgeSource<'e, S> {
    edge: &'e Edge,
    source: S,
}

impl<S: NodeSource> NodeSource for EdgeSource<'_, S> {
    type Error = S::Error;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, S::Error> {
        let nodes = self.edge.size().checked_shr(level.into()).unwrap_or(0);
        if index == nodes / u64::from(TILE_WIDTH)
            && let Some(open) = self.edge.open.get(usize::from(level / TILE_HEIGHT))
            && let Some(hashes) = open.get(..usize::from(width))
        {
            return Ok(hashes.to_vec());
        }
        self.source.tile(level, index, width)
    }
}

/// The roots of the perfect subtrees a size is the sum of, largest first, from the open tiles, lowest level first.
fn roots(open: &[Vec<NodeHash>]) -> Vec<NodeHash> {
    let mut roots = Vec::new();
    for hashes in open.iter().rev() {
        let mut rest = &hashes[..];
        while !rest.is_empty() {
            let (subtree, behind) = rest.split_at(1 << rest.len().ilog2());
            roots.push(perfect_root(subtree));
            rest = behind;
        }
    }
    roots
}
