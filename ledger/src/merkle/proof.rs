//! Making proofs from stored tiles (RFC 6962 §2.1.1 and §2.1.2).

use super::NodeHash;
use super::tile::{NodeSource, Reader, TreeError};

/// The audit path of an entry in a tree of the size given: the sibling of the leaf first, at most ceil(log2 size)
/// hashes (RFC 6962 §2.1.1). The source may hold a larger tree.
pub fn inclusion_proof<S: NodeSource>(
    index: u64,
    size: u64,
    source: &mut S,
) -> Result<Vec<NodeHash>, TreeError<S::Error>> {
    if index >= size {
        return Err(TreeError::NoEntry { index, size });
    }
    let mut reader = Reader::new(size, source)?;
    let (mut start, mut end) = (0, size);
    let mut path = Vec::with_capacity(24);
    while end - start > 1 {
        let middle = split(start, end);
        if index < middle {
            path.push(reader.range(middle, end)?);
            end = middle;
        } else {
            path.push(reader.range(start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of size `old` is a prefix of the one of size `new` (RFC 6962 §2.1.2): at most
/// ceil(log2 new) + 1 hashes, none where the sizes are equal. From an empty tree there is none.
pub fn consistency_proof<S: NodeSource>(
    old: u64,
    new: u64,
    source: &mut S,
) -> Result<Vec<NodeHash>, TreeError<S::Error>> {
    subproof(old, new, true, source)
}

/// The same with the root of the largest perfect subtree at the end of the older tree always at its beginning, also
/// where that is the older tree itself. It names the past of the newer tree to somebody who was told another one.
pub(crate) fn past_proof<S: NodeSource>(
    old: u64,
    new: u64,
    source: &mut S,
) -> Result<Vec<NodeHash>, TreeError<S::Error>> {
    subproof(old, new, false, source)
}

/// SUBPROOF of RFC 6962 §2.1.2 with `known` as its b.
fn subproof<S: NodeSource>(
    old: u64,
    new: u64,
    known: bool,
    source: &mut S,
) -> Result<Vec<NodeHash>, TreeError<S::Error>> {
    if old == 0 || old > new {
        return Err(TreeError::NoProof { old, new });
    }
    let mut reader = Reader::new(new, source)?;
    let (mut start, mut end) = (0, new);
    let mut path = Vec::with_capacity(24);
    while end != old {
        let middle = split(start, end);
        if old <= middle {
            path.push(reader.range(middle, end)?);
            end = middle;
        } else {
            path.push(reader.range(start, middle)?);
            start = middle;
        }
    }
    // Where the old tree is one of the new tree's left subtrees, its root is known to the verifier.
    if start > 0 || !known {
        path.push(reader.range(start, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Where RFC 6962 splits the leaves `start..end`, of which there are at least two: behind the largest power of two
/// smaller than their number.
fn split(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}
