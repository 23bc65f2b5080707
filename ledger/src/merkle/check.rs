//! Checking proofs: pure, and strict about lengths, so that one statement has one proof.

use meterpost_signing::RootHash;
use thiserror::Error;

use super::{LeafHash, NodeHash, node_hash};

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckError {
    /// There is no such entry in a tree of this size.
    #[error("there is no entry {index} in a log of {size} entries")]
    NoEntry {
        /// Claimed.
        index: u64,
        /// Claimed.
        size: u64,
    },
    /// A log only grows.
    #[error("a log of {new} entries cannot continue one of {old}")]
    Shrunk {
        /// The older size.
        old: u64,
        /// The newer size.
        new: u64,
    },
    /// Every tree continues the empty one; a proof of it says nothing.
    #[error("a proof from the empty log says nothing")]
    FromNothing,
    /// The number of hashes follows from the sizes and is another one.
    #[error("the proof has {found} hashes, {expected} are needed")]
    Length {
        /// From the sizes.
        expected: u32,
        /// In the proof.
        found: usize,
    },
    /// The hashes do not lead to the older tree's root.
    #[error("the proof does not lead to the older root: the entries before are not the same")]
    OldRoot,
    /// The hashes do not lead to the tree's root, the newer one where there are two.
    #[error("the proof does not lead to the root")]
    Root,
}

/// How many hashes the audit path of an entry has: it follows from its place and the tree's size.
pub fn proof_length(index: u64, size: u64) -> Result<u32, CheckError> {
    if index >= size {
        return Err(CheckError::NoEntry { index, size });
    }
    let (inner, border) = path_lengths(index, size);
    Ok(inner + border)
}

/// The root that an audit path leads to (RFC 9162 §2.1.3.2). That root is what has to be compared with a signed one.
pub fn root_of_inclusion(
    leaf: LeafHash,
    index: u64,
    size: u64,
    proof: &[NodeHash],
) -> Result<RootHash, CheckError> {
    check_length(proof, proof_length(index, size)?)?;
    let (inner, border) = proof.split_at(path_lengths(index, size).0 as usize);
    Ok(RootHash(up_right_edge(
        up_inside(leaf.0, inner, index),
        border,
    )))
}

/// Checks that the entry with this leaf hash is the one at `index` in the tree with this size and root.
pub fn verify_inclusion(
    leaf: LeafHash,
    index: u64,
    size: u64,
    proof: &[NodeHash],
    root: &RootHash,
) -> Result<(), CheckError> {
    if root_of_inclusion(leaf, index, size, proof)? == *root {
        Ok(())
    } else {
        Err(CheckError::Root)
    }
}

/// Checks that the tree of size `old` is a prefix of the one of size `new` (RFC 9162 §2.1.4.2). Equal sizes need equal
/// roots and an empty proof.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[NodeHash],
    old_root: &RootHash,
    new_root: &RootHash,
) -> Result<(), CheckError> {
    if new < old {
        return Err(CheckError::Shrunk { old, new });
    }
    if old == new {
        check_length(proof, 0)?;
        return if old_root == new_root {
            Ok(())
        } else {
            Err(CheckError::Root)
        };
    }
    let (old_found, new_found) = roots_of_consistency(old, new, proof, old_root)?;
    if old_found != *old_root {
        return Err(CheckError::OldRoot);
    }
    if new_found != *new_root {
        return Err(CheckError::Root);
    }
    Ok(())
}

/// The two roots that a consistency proof leads to, for 0 < `old` < `new`. Where it leads to the newer root, but to
/// another older one, the newer tree has another past: that convicts a log that signed both.
///
/// If `old` is a power of two, the older tree is a whole subtree of the newer, and its root is not in the proof but the
/// one given.
pub fn roots_of_consistency(
    old: u64,
    new: u64,
    proof: &[NodeHash],
    old_root: &RootHash,
) -> Result<(RootHash, RootHash), CheckError> {
    if old == 0 {
        return Err(CheckError::FromNothing);
    }
    if new <= old {
        return Err(CheckError::Shrunk { old, new });
    }
    if !old.is_power_of_two() {
        return roots_of_past(old, new, proof);
    }
    let (inner, border) = path_lengths(old - 1, new);
    check_length(proof, inner - old.trailing_zeros() + border)?;
    roots_of_past(old, new, &[&[old_root.0], proof].concat())
}

/// The two roots that a [`super::proof::past_proof`] leads to.
pub(crate) fn roots_of_past(
    old: u64,
    new: u64,
    proof: &[NodeHash],
) -> Result<(RootHash, RootHash), CheckError> {
    if old == 0 {
        return Err(CheckError::FromNothing);
    }
    if new <= old {
        return Err(CheckError::Shrunk { old, new });
    }
    // The path of the old tree's last leaf; below the largest perfect subtree that ends there, both trees agree.
    let (inner, border) = path_lengths(old - 1, new);
    let shift = old.trailing_zeros();
    let inner = inner - shift;
    let expected = 1 + inner + border;
    check_length(proof, expected)?;
    let too_short = CheckError::Length { expected, found: 0 };
    let (seed, path) = proof.split_first().ok_or(too_short)?;
    let place = shifted(old - 1, shift);
    let (inner, border) = path.split_at(inner as usize);
    let older = up_right_edge(up_left_only(*seed, inner, place), border);
    let newer = up_right_edge(up_inside(*seed, inner, place), border);
    Ok((RootHash(older), RootHash(newer)))
}

/// How many hashes an audit path has: below the point where it meets the path of the last leaf, and above it, where
/// only left siblings are left.
fn path_lengths(index: u64, size: u64) -> (u32, u32) {
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    (inner, shifted(index, inner).count_ones())
}

fn shifted(number: u64, by: u32) -> u64 {
    number.checked_shr(by).unwrap_or(0)
}

fn check_length(proof: &[NodeHash], expected: u32) -> Result<(), CheckError> {
    if proof.len() == expected as usize {
        Ok(())
    } else {
        Err(CheckError::Length {
            expected,
            found: proof.len(),
        })
    }
}

fn up_inside(seed: NodeHash, path: &[NodeHash], place: u64) -> NodeHash {
    let mut place = place;
    path.iter().fold(seed, |hash, sibling| {
        let is_left = place & 1 == 0;
        place >>= 1;
        if is_left {
            node_hash(&hash, sibling)
        } else {
            node_hash(sibling, &hash)
        }
    })
}

/// As [`up_inside`], but as if nothing lay to the right.
fn up_left_only(seed: NodeHash, path: &[NodeHash], place: u64) -> NodeHash {
    let mut place = place;
    path.iter().fold(seed, |hash, sibling| {
        let is_left = place & 1 == 0;
        place >>= 1;
        if is_left {
            hash
        } else {
            node_hash(sibling, &hash)
        }
    })
}

fn up_right_edge(seed: NodeHash, path: &[NodeHash]) -> NodeHash {
    path.iter()
        .fold(seed, |hash, sibling| node_hash(sibling, &hash))
}
