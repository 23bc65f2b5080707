use std::collections::BTreeSet;
use std::convert::Infallible;

use super::testing::{StoredTree, number_leaf};
use super::*;
use proptest::prelude::*;

#[test]
fn the_edge_has_the_roots_of_the_frontier() {
    let mut edge = Edge::default();
    let mut frontier = Frontier::default();
    for number in 0..5000 {
        edge.push(number_leaf(number), &mut TileChanges::default());
        frontier.push(number_leaf(number));
        assert_eq!(
            (edge.size(), edge.root()),
            (frontier.size(), frontier.root())
        );
    }
}

#[test]
fn an_edge_loaded_from_tiles_is_the_one_that_grew() {
    let mut tree = StoredTree::default();
    for size in 0..1200 {
        let loaded = Edge::load(size, &mut tree).unwrap();
        assert_eq!(loaded, tree.edge, "{size}");
        tree.extend([number_leaf(size)]);
    }
}

#[test]
fn loading_reads_one_tile_of_each_level() {
    let mut tree = StoredTree::of(70_000 - 1);
    Edge::load(70_000 - 1, &mut tree).unwrap();
    assert_eq!(
        tree.reads,
        [
            (0, 4374, 15),
            (4, 273, 6),
            (8, 17, 1),
            (12, 1, 1),
            (16, 0, 1)
        ]
    );
}

#[test]
fn tiles_change_when_a_group_of_sixteen_below_is_complete() {
    let mut edge = Edge::default();
    for number in 0..600_u64 {
        let mut changes = TileChanges::default();
        edge.push(number_leaf(number), &mut changes);
        let changed: Vec<_> = changes
            .into_iter()
            .map(|tile| (tile.level, tile.index, tile.hashes.len()))
            .collect();
        let size = number + 1;
        let mut expected = Vec::new();
        if size % 16 == 0 {
            expected.push((4, (size / 16 - 1) / 16, 1 + (size / 16 - 1) as usize % 16));
        }
        if size % 256 == 0 {
            expected.push((8, 0, size as usize / 256));
        }
        assert_eq!(changed, expected, "{size}");
    }
}

#[test]
fn a_batch_names_each_tile_once_and_as_it_is_at_the_end() {
    let mut edge = Edge::default();
    let mut changes = TileChanges::default();
    for number in 0..1000 {
        edge.push(number_leaf(number), &mut changes);
    }
    assert!(!changes.is_empty());
    let tiles: Vec<_> = changes.into_iter().collect();
    let places: BTreeSet<_> = tiles.iter().map(|tile| (tile.level, tile.index)).collect();
    assert_eq!(places.len(), tiles.len());
    let widths: Vec<_> = tiles.iter().map(|tile| tile.hashes.len()).collect();
    // 62 full groups of sixteen leaves, and 3 of 256.
    assert_eq!(widths, [16, 16, 16, 14, 3]);
}

#[test]
fn every_upper_hash_is_the_root_over_its_leaves() {
    let tree = StoredTree::of(700);
    for ((level, index), hashes) in &tree.tiles {
        for (place, hash) in hashes.iter().enumerate() {
            let first = (index * 16 + place as u64) << level;
            let mut under = Frontier::default();
            (first..first + (1 << level)).for_each(|leaf| under.push(number_leaf(leaf)));
            assert_eq!(under.root().0, *hash, "{level} {index} {place}");
        }
    }
}

#[test]
fn the_open_tiles_are_those_that_loading_reads() {
    for size in [0, 1, 15, 16, 17, 255, 256, 257, 4096, 4097, 5000] {
        let mut tree = StoredTree::of(size);
        Edge::load(size, &mut tree).unwrap();
        let open: Vec<_> = tree
            .edge
            .open_tiles()
            .map(|tile| (tile.level, tile.index, tile.hashes.len() as u8))
            .collect();
        assert_eq!(open, tree.reads, "{size}");
    }
}

#[test]
fn the_root_of_an_earlier_size_is_read_from_the_same_tiles() {
    let mut tree = StoredTree::of(1000);
    let mut grown = Frontier::default();
    for size in 0..1000 {
        tree.reads.clear();
        assert_eq!(tree_root(size, &mut tree), Ok(grown.root()), "{size}");
        assert!(tree.reads.len() <= 3, "{size}: {:?}", tree.reads);
        grown.push(number_leaf(size));
    }
}

/// A source that breaks its promise.
struct Short;

impl NodeSource for Short {
    type Error = Infallible;

    fn tile(&mut self, _: u8, _: u64, width: u8) -> Result<Vec<NodeHash>, Infallible> {
        Ok(vec![[0; 32]; usize::from(width) - 1])
    }
}

#[test]
fn a_source_that_gives_too_few_hashes_is_an_error() {
    let expected = TreeError::Width {
        level: 0,
        index: 0,
        expected: 9,
        found: 8,
    };
    assert_eq!(Edge::load(9, &mut Short), Err(expected.clone()));
    assert_eq!(inclusion_proof(8, 9, &mut Short), Err(expected.clone()));
    assert_eq!(consistency_proof(8, 9, &mut Short), Err(expected.clone()));
    assert_eq!(tree_root(9, &mut Short), Err(expected));
}

#[test]
fn sizes_beyond_63_bits_are_refused() {
    let size = u64::MAX;
    assert_eq!(Edge::load(size, &mut Short), Err(TreeError::TooLarge(size)));
    assert_eq!(
        inclusion_proof(3, size, &mut Short),
        Err(TreeError::TooLarge(size))
    );
    assert_eq!(
        consistency_proof(3, size, &mut Short),
        Err(TreeError::TooLarge(size))
    );
}

/// Gives hashes for a tree of any size; they fit no leaves.
struct Endless;

impl NodeSource for Endless {
    type Error = Infallible;

    fn tile(&mut self, level: u8, index: u64, width: u8) -> Result<Vec<NodeHash>, Infallible> {
        let name = |place: u8| leaf_hash(format!("{level} {index} {place}").as_bytes()).0;
        Ok((0..width).map(name).collect())
    }
}

proptest! {
    #[test]
    fn batches_of_any_lengths_store_the_same(lengths in prop::collection::vec(0_u64..90, 0..12)) {
        let mut tree = StoredTree::default();
        for length in lengths {
            let size = tree.edge.size();
            tree.extend((size..size + length).map(number_leaf));
        }
        let whole = StoredTree::of(tree.edge.size());
        prop_assert_eq!(&tree.tiles, &whole.tiles);
        prop_assert_eq!(&tree.edge, &whole.edge);
    }

    #[test]
    fn the_largest_trees_are_no_different(size in 0..=i64::MAX as u64, share in 0.0..1.0_f64) {
        let loaded = Edge::load(size, &mut Endless).unwrap();
        prop_assert_eq!(loaded.size(), size);
        prop_assert_eq!(Ok(loaded.root()), tree_root(size, &mut Endless));
        let index = (size as f64 * share) as u64;
        if index < size {
            prop_assert!(inclusion_proof(index, size, &mut Endless).unwrap().len() <= 63);
        }
        if (1..=size).contains(&index) {
            prop_assert!(consistency_proof(index, size, &mut Endless).unwrap().len() <= 64);
        }
    }
}
