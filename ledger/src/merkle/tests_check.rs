use super::testing::{StoredTree, number_leaf};
use super::*;
use proptest::prelude::*;

struct Inclusion {
    leaf: LeafHash,
    index: u64,
    size: u64,
    proof: Vec<NodeHash>,
    root: RootHash,
}

impl Inclusion {
    fn of(index: u64, size: u64) -> Inclusion {
        let mut tree = StoredTree::of(size);
        Inclusion {
            leaf: number_leaf(index),
            index,
            size,
            proof: inclusion_proof(index, size, &mut tree).unwrap(),
            root: tree.edge.root(),
        }
    }

    fn check(&self) -> Result<(), CheckError> {
        verify_inclusion(self.leaf, self.index, self.size, &self.proof, &self.root)
    }
}

struct Consistency {
    old: u64,
    new: u64,
    proof: Vec<NodeHash>,
    old_root: RootHash,
    new_root: RootHash,
}

impl Consistency {
    fn of(old: u64, new: u64) -> Consistency {
        let mut tree = StoredTree::of(new);
        Consistency {
            old,
            new,
            proof: consistency_proof(old, new, &mut tree).unwrap(),
            old_root: StoredTree::of(old).edge.root(),
            new_root: tree.edge.root(),
        }
    }

    fn check(&self) -> Result<(), CheckError> {
        verify_consistency(
            self.old,
            self.new,
            &self.proof,
            &self.old_root,
            &self.new_root,
        )
    }
}

fn flip(hash: &mut NodeHash, bit: usize) {
    hash[bit / 8] ^= 1 << (bit % 8);
}

fn shapes() -> impl Iterator<Item = (u64, u64)> {
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33]
        .into_iter()
        .flat_map(|size| (0..size).map(move |index| (index, size)))
}

#[test]
fn every_changed_bit_of_an_inclusion_is_refused() {
    for (index, size) in shapes() {
        let mut case = Inclusion::of(index, size);
        assert_eq!(case.check(), Ok(()));
        for bit in 0..256 {
            flip(&mut case.leaf.0, bit);
            assert!(case.check().is_err());
            flip(&mut case.leaf.0, bit);
            flip(&mut case.root.0, bit);
            assert!(case.check().is_err());
            flip(&mut case.root.0, bit);
            for at in 0..case.proof.len() {
                flip(&mut case.proof[at], bit);
                assert!(case.check().is_err());
                flip(&mut case.proof[at], bit);
            }
        }
        for bit in 0..64 {
            case.index ^= 1 << bit;
            assert!(case.check().is_err(), "index {index} of {size}, bit {bit}");
            case.index ^= 1 << bit;
        }
        assert_eq!(case.check(), Ok(()));
    }
}

#[test]
fn an_inclusion_does_not_fit_another_size_where_the_shape_differs() {
    // A path does not commit to the size: where two sizes give it the same shape, it is the signed root that tells them
    // apart. What must never pass is a size that is signed with another root.
    for (index, size) in shapes() {
        let case = Inclusion::of(index, size);
        for other in (0..70).filter(|other| *other != size) {
            let root = StoredTree::of(other).edge.root();
            let claim = Inclusion {
                size: other,
                root,
                proof: case.proof.clone(),
                ..case
            };
            assert!(claim.check().is_err(), "{index} of {size} as {other}");
        }
    }
}

#[test]
fn every_changed_bit_of_a_consistency_is_refused() {
    for (index, new) in shapes() {
        let mut case = Consistency::of(index + 1, new);
        assert_eq!(case.check(), Ok(()));
        for bit in 0..256 {
            flip(&mut case.old_root.0, bit);
            assert!(case.check().is_err());
            flip(&mut case.old_root.0, bit);
            flip(&mut case.new_root.0, bit);
            assert!(case.check().is_err());
            flip(&mut case.new_root.0, bit);
            for at in 0..case.proof.len() {
                flip(&mut case.proof[at], bit);
                assert!(case.check().is_err());
                flip(&mut case.proof[at], bit);
            }
        }
        assert_eq!(case.check(), Ok(()));
    }
}

#[test]
fn a_consistency_does_not_fit_other_sizes_with_their_roots() {
    let roots: Vec<_> = (0..70)
        .map(|size| StoredTree::of(size).edge.root())
        .collect();
    for (index, new) in shapes() {
        let mut case = Consistency::of(index + 1, new);
        let old = case.old;
        for other in (0..70).filter(|other| *other != old) {
            (case.old, case.old_root) = (other, roots[other as usize]);
            // An empty proof between equal sizes is right wherever it comes from.
            let right = case.proof.is_empty() && other == new;
            assert_eq!(
                case.check().is_ok(),
                right,
                "{old} to {new} as from {other}"
            );
        }
        (case.old, case.old_root) = (old, roots[old as usize]);
        for other in (0..70).filter(|other| *other != new) {
            (case.new, case.new_root) = (other, roots[other as usize]);
            let right = case.proof.is_empty() && other == old;
            assert_eq!(case.check().is_ok(), right, "{old} to {new} as to {other}");
        }
    }
}

#[test]
fn a_proof_has_exactly_the_length_that_the_sizes_give() {
    for (index, size) in shapes() {
        let mut case = Inclusion::of(index, size);
        case.proof.push([0; 32]);
        assert!(matches!(case.check(), Err(CheckError::Length { .. })));
        case.proof.pop();
        if case.proof.pop().is_some() {
            assert!(matches!(case.check(), Err(CheckError::Length { .. })));
        }
        let mut case = Consistency::of(index + 1, size);
        case.proof.insert(0, [0; 32]);
        assert!(matches!(case.check(), Err(CheckError::Length { .. })));
        case.proof.remove(0);
        if case.proof.pop().is_some() {
            assert!(matches!(case.check(), Err(CheckError::Length { .. })));
        }
    }
}

#[test]
fn equal_sizes_need_equal_roots_and_no_proof() {
    let (one, two) = (RootHash([1; 32]), RootHash([2; 32]));
    assert_eq!(verify_consistency(5, 5, &[], &one, &one), Ok(()));
    assert_eq!(verify_consistency(0, 0, &[], &one, &one), Ok(()));
    assert_eq!(
        verify_consistency(5, 5, &[], &one, &two),
        Err(CheckError::Root)
    );
    assert_eq!(
        verify_consistency(5, 5, &[[0; 32]], &one, &one),
        Err(CheckError::Length {
            expected: 0,
            found: 1
        })
    );
}

#[test]
fn a_proof_from_nothing_or_to_less_says_nothing() {
    let root = RootHash([1; 32]);
    assert_eq!(
        verify_consistency(0, 5, &[], &empty_root(), &root),
        Err(CheckError::FromNothing)
    );
    assert_eq!(
        verify_consistency(6, 5, &[], &root, &root),
        Err(CheckError::Shrunk { old: 6, new: 5 })
    );
    assert_eq!(
        verify_inclusion(number_leaf(0), 5, 5, &[], &root),
        Err(CheckError::NoEntry { index: 5, size: 5 })
    );
    assert_eq!(
        verify_inclusion(number_leaf(0), 0, 0, &[], &root),
        Err(CheckError::NoEntry { index: 0, size: 0 })
    );
}

#[test]
fn an_inner_node_does_not_pass_for_an_entry() {
    let mut case = Inclusion::of(2, 8);
    // The parent of entries 2 and 3 claimed to be a leaf, in a tree of half the size.
    case.leaf = LeafHash(node_hash(&number_leaf(2).0, &number_leaf(3).0));
    (case.index, case.size) = (1, 4);
    case.proof.remove(0);
    // The arithmetic holds; what forbids it is that nobody has bytes whose leaf hash is a node's.
    assert_eq!(case.check(), Ok(()));
    case.leaf = leaf_hash(&[number_leaf(2).0, number_leaf(3).0].concat());
    assert_eq!(case.check(), Err(CheckError::Root));
}

proptest! {
    #[test]
    fn any_numbers_and_hashes_never_panic(
        numbers in any::<[u64; 2]>(),
        small in any::<[u8; 2]>(),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        length in 0_usize..70,
    ) {
        let proof = &proof[..length.min(proof.len())];
        let root = RootHash([7; 32]);
        let small = small.map(u64::from);
        for [a, b] in [numbers, small, [numbers[0], u64::MAX], [u64::MAX, u64::MAX], [small[0], numbers[1]]] {
            prop_assert!(verify_inclusion(LeafHash([1; 32]), a, b, proof, &root).is_err());
            let _ = verify_consistency(a, b, proof, &root, &root);
        }
    }

    #[test]
    fn a_forked_log_has_no_proof(old in 1_u64..200, more in 1_u64..200, changed in any::<prop::sample::Index>()) {
        let mut tree = StoredTree::default();
        let changed = changed.index(old as usize) as u64;
        let leaf = |number| if number == changed { number_leaf(u64::MAX) } else { number_leaf(number) };
        tree.extend((0..old + more).map(leaf));
        let proof = consistency_proof(old, old + more, &mut tree).unwrap();
        let honest = StoredTree::of(old).edge.root();
        prop_assert_eq!(
            verify_consistency(old, old + more, &proof, &honest, &tree.edge.root()).is_err(),
            true
        );
    }
}
