//! A tree in memory, stored as the store does: leaves, and the tiles that pushing them gave out.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::{
    Edge, LeafHash, NodeHash, NodeSource, TILE_HEIGHT, TILE_WIDTH, TileChanges, leaf_hash,
};

/// What was read of a tree: level, index, width.
pub(crate) type Read = (u8, u64, u8);

#[derive(Clone, Default)]
pub(crate) struct StoredTree {
    pub(crate) leaves: Vec<LeafHash>,
    pub(crate) tiles: BTreeMap<(u8, u64), Vec<NodeHash>>,
    pub(crate) edge: Edge,
    pub(crate) reads: Vec<Read>,
}

impl StoredTree {
    /// A tree of this many leaves, each the hash of its number.
    pub(crate) fn of(size: u64) -> StoredTree {
        let mut tree = StoredTree::default();
        tree.extend((0..size).map(number_leaf));
        tree
    }

    /// Appends a batch.
    pub(crate) fn extend(&mut self, leaves: impl IntoIterator<Item = LeafHash>) {
        let mut changes = TileChanges::default();
        for leaf in leaves {
            self.edge.push(leaf, &mut changes);
            self.leaves.push(leaf);
        }
        for tile in changes {
            self.tiles.insert((tile.level, tile.index), tile.hashes);
        }
    }
}

pub(crate) fn number_leaf(number: u64) -> LeafHash {
    leaf_hash(&number.to_be_bytes())
}

impl NodeSource for StoredTree {
    type Error = Infallible;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, Infallible> {
        assert!(level.is_multiple_of(TILE_HEIGHT) && (1..=TILE_WIDTH).contains(&width));
        self.reads.push((level, index, width));
        let width = usize::from(width);
        if level == 0 {
            let first = index as usize * usize::from(TILE_WIDTH);
            let leaves = &self.leaves[first..first + width];
            return Ok(leaves.iter().map(|leaf| leaf.0).collect());
        }
        Ok(self.tiles[&(level, index)][..width].to_vec())
    }
}
