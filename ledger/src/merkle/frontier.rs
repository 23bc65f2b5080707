//! The least state that can append to a tree and knows its root.

use meterpost_signing::RootHash;

use super::{LeafHash, NodeHash, empty_root, node_hash};

/// The right edge of a growing tree: the roots of the perfect subtrees that its size is the binary sum of, largest first.
/// It is all that is needed to append and to know the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<NodeHash>,
}

impl Frontier {
    /// Appends a leaf.
    pub fn push(&mut self, leaf: LeafHash) {
        self.push_reporting(leaf, |_, _| {});
    }

    /// Appends a leaf and names each perfect subtree that it completes, from the leaf itself upwards: its level (its
    /// height, 0 for the leaf) and its root.
    pub(super) fn push_reporting(
        &mut self,
        leaf: LeafHash,
        mut completed: impl FnMut(u8, &NodeHash),
    ) {
        let mut hash = leaf.0;
        let mut level = 0;
        let mut rest = self.size;
        completed(level, &hash);
        // Each trailing one of the size is a perfect subtree that the new leaf completes to the next larger one.
        while rest & 1 == 1 {
            if let Some(left) = self.edge.pop() {
                hash = node_hash(&left, &hash);
            }
            rest >>= 1;
            level += 1;
            completed(level, &hash);
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// Appends 2^level leaves by their perfect subtree's root. The size so far must be a multiple of as many; else
    /// nothing is appended and `false` returned.
    pub(crate) fn push_subtree(&mut self, level: u8, root: NodeHash) -> bool {
        let Some(leaves) = 1_u64.checked_shl(level.into()) else {
            return false;
        };
        if !self.size.is_multiple_of(leaves) {
            return false;
        }
        let mut hash = root;
        let mut rest = self.size >> level;
        while rest & 1 == 1 {
            if let Some(left) = self.edge.pop() {
                hash = node_hash(&left, &hash);
            }
            rest >>= 1;
        }
        self.edge.push(hash);
        self.size += leaves;
        true
    }

    /// A frontier from its parts: one root for each one bit of the size, that of the highest bit first.
    pub(super) fn from_parts(size: u64, edge: Vec<NodeHash>) -> Frontier {
        Frontier { size, edge }
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    pub fn root(&self) -> RootHash {
        let mut subtrees = self.edge.iter().rev();
        match subtrees.next() {
            None => empty_root(),
            Some(last) => RootHash(subtrees.fold(*last, |right, left| node_hash(left, &right))),
        }
    }
}
