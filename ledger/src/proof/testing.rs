//! A small signed log in memory, with entries that are real ones.

use std::sync::LazyLock;

use meterpost_signing::{
    Checkpoint, Cosignature, KeyName, KeyStore, SignedCheckpoint, Signer, VerifierKey, WitnessKey,
};

use super::ReceiptProof;
use crate::balances::Balances;
use crate::entry::Entry;
use crate::entry::tests::stamp;
use crate::event::Event;
use crate::merkle::testing::StoredTree;
use crate::merkle::{inclusion_proof, leaf_hash};

pub(super) const ORIGIN: &str = "meterpost/test/k1/1";

static KEYS: LazyLock<Vec<KeyStore>> = LazyLock::new(|| {
    let make = |number: u8| {
        let folder = tempfile::tempdir().unwrap();
        let mut entropy = |buffer: &mut [u8]| {
            buffer.fill(number);
            Ok(())
        };
        KeyStore::create(&folder.path().join("key"), &mut entropy).unwrap()
    };
    (1..=8).map(make).collect()
});

/// Key 0 is the log's; the others are witnesses' or strangers'.
pub(crate) fn key(number: usize) -> &'static KeyStore {
    &KEYS[number]
}

pub(crate) fn name(text: &str) -> KeyName {
    KeyName::new(text).unwrap()
}

pub(super) fn vkey(number: usize) -> VerifierKey {
    VerifierKey::new(name(ORIGIN), key(number).public_key())
}

pub(crate) fn witness(number: usize) -> WitnessKey {
    WitnessKey::new(name(&format!("w{number}")), key(number).public_key())
}

pub(super) fn entry(index: u64) -> Vec<u8> {
    let entry = Entry {
        layout: crate::entry::Layout::Two,
        index,
        stamp: stamp(1_790_000_000_000 + index),
        event: Event::Started {
            software: "test 1".into(),
        },
        postings: Vec::new(),
        totals: Balances::default(),
    };
    entry.encode().unwrap()
}

pub(super) struct Log {
    pub(super) tree: StoredTree,
    pub(super) head: SignedCheckpoint,
}

/// A log of that many entries, signed by key 0.
pub(super) fn log(size: u64) -> Log {
    log_of((0..size).map(entry).collect())
}

pub(super) fn log_of(entries: Vec<Vec<u8>>) -> Log {
    let mut tree = StoredTree::default();
    tree.extend(entries.iter().map(|entry| leaf_hash(entry)));
    let checkpoint = Checkpoint {
        origin: name(ORIGIN),
        size: tree.edge.size(),
        root: tree.edge.root(),
    };
    Log {
        head: checkpoint.sign(key(0)).unwrap(),
        tree,
    }
}

impl Log {
    pub(super) fn cosigned(mut self, number: usize, time: u64) -> Log {
        let made = Cosignature::sign(&self.head, witness(number).name(), key(number), time);
        self.head = self.head.with(&made.unwrap()).unwrap();
        self
    }

    pub(super) fn prove(&mut self, index: u64) -> ReceiptProof {
        let size = self.head.checkpoint().size;
        let hashes = inclusion_proof(index, size, &mut self.tree).unwrap();
        ReceiptProof::new(&entry(index), index, hashes, &self.head).unwrap()
    }
}
