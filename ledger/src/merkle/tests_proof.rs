use super::testing::{StoredTree, number_leaf};
use super::*;
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

fn oracle(size: u64) -> Oracle {
    let mut tree = Oracle::new();
    (0..size).for_each(|number| tree.push(number.to_be_bytes().to_vec()));
    tree
}

fn root(size: u64) -> RootHash {
    let mut tree = Frontier::default();
    (0..size).for_each(|number| tree.push(number_leaf(number)));
    tree.root()
}

#[test]
fn all_inclusion_proofs_are_those_of_another_implementation() {
    let mut tree = StoredTree::of(300);
    for size in 1..=300_u64 {
        let oracle = oracle(size);
        let root = root(size);
        // All places for small trees, then those around the borders of tiles.
        let all = 0..size;
        for index in all.filter(|i| size < 70 || i % 16 < 2 || i % 16 > 14 || i + 3 > size) {
            let proof = inclusion_proof(index, size, &mut tree).unwrap();
            let expected = oracle.prove_inclusion(index as usize);
            assert_eq!(proof.concat(), expected.as_bytes(), "{index} of {size}");
            verify_inclusion(number_leaf(index), index, size, &proof, &root).unwrap();
        }
    }
}

#[test]
fn all_consistency_proofs_are_those_of_another_implementation() {
    let mut tree = StoredTree::of(300);
    let roots: Vec<_> = (0..=300).map(root).collect();
    for new in 1..=300_u64 {
        let oracle = oracle(new);
        for old in 1..=new {
            let proof = consistency_proof(old, new, &mut tree).unwrap();
            if old < new {
                let expected = oracle.prove_consistency((new - old) as usize);
                assert_eq!(proof.concat(), expected.as_bytes(), "{old} to {new}");
            }
            let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
            verify_consistency(old, new, &proof, old_root, new_root).unwrap();
        }
    }
}

#[test]
fn a_past_proof_names_both_roots_whatever_one_was_told() {
    let mut tree = StoredTree::of(70);
    for new in 2..=70_u64 {
        for old in 1..new {
            let proof = past_proof(old, new, &mut tree).unwrap();
            assert_eq!(roots_of_past(old, new, &proof), Ok((root(old), root(new))));
            let short = consistency_proof(old, new, &mut tree).unwrap();
            let given = roots_of_consistency(old, new, &short, &root(old));
            assert_eq!(given, Ok((root(old), root(new))));
            let longer = proof.len() - short.len();
            assert_eq!(longer, usize::from(old.is_power_of_two()), "{old} to {new}");
        }
    }
    assert_eq!(roots_of_past(0, 5, &[]), Err(CheckError::FromNothing));
    assert_eq!(
        roots_of_past(5, 5, &[]),
        Err(CheckError::Shrunk { old: 5, new: 5 })
    );
}

/// RFC 6962 §2.1.3: the tree of seven leaves d0 to d6 with its nodes a to l.
#[test]
fn the_example_of_the_rfc_comes_out() {
    let mut tree = StoredTree::of(7);
    let [a, b, c, d, e, f, j] = [0, 1, 2, 3, 4, 5, 6].map(|number| number_leaf(number).0);
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &d), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    assert_eq!(root(7).0, node_hash(&k, &l));

    let mut path = |index| inclusion_proof(index, 7, &mut tree).unwrap();
    assert_eq!(path(0), [b, h, l]);
    assert_eq!(path(3), [c, g, l]);
    assert_eq!(path(4), [f, j, k]);
    assert_eq!(path(6), [i, k]);

    let mut proof = |old| consistency_proof(old, 7, &mut tree).unwrap();
    assert_eq!(proof(3), [c, d, g, l]);
    assert_eq!(proof(4), [l]);
    assert_eq!(proof(6), [i, j, k]);
    assert_eq!(proof(7), [[0; 32]; 0]);
}

#[test]
fn there_is_no_proof_for_what_is_not_there() {
    let mut tree = StoredTree::of(5);
    let no_entry = |index, size| Err(TreeError::NoEntry { index, size });
    assert_eq!(inclusion_proof(5, 5, &mut tree), no_entry(5, 5));
    assert_eq!(inclusion_proof(0, 0, &mut tree), no_entry(0, 0));
    let no_proof = |old, new| Err(TreeError::NoProof { old, new });
    assert_eq!(consistency_proof(0, 5, &mut tree), no_proof(0, 5));
    assert_eq!(consistency_proof(4, 3, &mut tree), no_proof(4, 3));
}

#[test]
fn a_proof_reads_each_tile_once_and_never_one_for_each_entry() {
    let size = 69_999;
    let mut tree = StoredTree::of(size);
    for index in [0, 1, 16, 4095, 4096, 35_000, 65_535, 65_536, 69_998] {
        tree.reads.clear();
        let proof = inclusion_proof(index, size, &mut tree).unwrap();
        assert!(proof.len() <= 17);
        let mut reads = tree.reads.clone();
        reads.sort_unstable();
        reads.dedup();
        assert_eq!(reads.len(), tree.reads.len(), "{index}");
        // The way up is one tile a level; the right edge is another.
        assert!(reads.len() <= 10, "{index}: {reads:?}");

        let edge = tree.edge.clone();
        tree.reads.clear();
        assert_eq!(
            inclusion_proof(index, size, &mut edge.over(&mut tree)),
            Ok(proof)
        );
        // With the edge in memory only the way up is read.
        assert!(tree.reads.len() <= 5, "{index}: {:?}", tree.reads);
    }
}

#[test]
fn a_million_entries_need_twenty_hashes() {
    let mut tree = StoredTree::of(1_000_000);
    let edge = tree.edge.clone();
    let mut longest = 0;
    for index in (0..1_000_000).step_by(9973).chain([999_999]) {
        let proof = inclusion_proof(index, 1_000_000, &mut edge.over(&mut tree)).unwrap();
        longest = longest.max(proof.len());
        let leaf = number_leaf(index);
        verify_inclusion(leaf, index, 1_000_000, &proof, &edge.root()).unwrap();
    }
    assert_eq!(longest, 20);
}

proptest! {
    #[test]
    fn larger_trees_agree_too(new in 300_u64..6000, places in any::<[prop::sample::Index; 6]>()) {
        let mut tree = StoredTree::of(new);
        let oracle = oracle(new);
        for place in places {
            let index = place.index(new as usize) as u64;
            let proof = inclusion_proof(index, new, &mut tree).unwrap();
            let expected = oracle.prove_inclusion(index as usize);
            prop_assert_eq!(proof.concat(), expected.as_bytes());

            let old = index + 1;
            let proof = consistency_proof(old, new, &mut tree).unwrap();
            verify_consistency(old, new, &proof, &root(old), &tree.edge.root()).unwrap();
            if old < new {
                let expected = oracle.prove_consistency((new - old) as usize);
                prop_assert_eq!(proof.concat(), expected.as_bytes());
            }
        }
    }

    #[test]
    fn a_larger_store_proves_earlier_sizes(size in 1_u64..900, more in 0_u64..600, place in any::<prop::sample::Index>()) {
        let mut exact = StoredTree::of(size);
        let mut larger = StoredTree::of(size + more);
        let index = place.index(size as usize) as u64;
        let edge = larger.edge.clone();
        let expected = inclusion_proof(index, size, &mut exact);
        prop_assert_eq!(&inclusion_proof(index, size, &mut larger), &expected);
        prop_assert_eq!(&inclusion_proof(index, size, &mut edge.over(&mut larger)), &expected);
    }
}
