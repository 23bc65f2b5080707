//! The hash tree of RFC 6962 §2.1 (the same as RFC 9162 §2.1) with SHA-256: hashes, a tree that grows, stored tiles,
//! proofs and their verifiers. Nothing here reads or writes anything; stored hashes come through [`NodeSource`].

mod check;
mod edge;
mod frontier;
mod proof;
mod tile;

use meterpost_signing::RootHash;
use sha2::{Digest, Sha256};

pub(crate) use check::roots_of_past;
pub use check::{
    CheckError, proof_length, root_of_inclusion, roots_of_consistency, verify_consistency,
    verify_inclusion,
};
pub use edge::{Edge, EdgeSource, TileChanges};
pub use frontier::Frontier;
pub(crate) use proof::past_proof;
pub use proof::{consistency_proof, inclusion_proof};
pub(crate) use tile::perfect_root;
pub use tile::{NodeSource, TILE_HEIGHT, TILE_WIDTH, Tile, TreeError, tree_root};

/// A node of the tree: 32 bytes of SHA-256.
pub type NodeHash = [u8; 32];

/// The hash of one entry's exact bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeafHash(pub [u8; 32]);

/// `SHA-256(0x00 || entry)`.
pub fn leaf_hash(entry: &[u8]) -> LeafHash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    LeafHash(hash.finalize().into())
}

/// `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &NodeHash, right: &NodeHash) -> NodeHash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root of a tree without leaves: the hash of nothing.
pub fn empty_root() -> RootHash {
    RootHash(Sha256::digest([]).into())
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests_check;
#[cfg(test)]
mod tests_edge;
#[cfg(test)]
mod tests_known;
#[cfg(test)]
mod tests_proof;
