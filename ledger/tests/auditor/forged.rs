//! Exports as a forger would write them. They are short enough for one tile a level, so the layout is simple.

use std::fs;
use std::path::PathBuf;

use meterpost_ledger::signing::{
    Checkpoint, KeyName, RootHash, Rotation, Signer, VerifierKey, WitnessKey,
};
use meterpost_ledger::{Entry, Event, Frontier, leaf_hash, rotation_event};
use tempfile::TempDir;

use crate::day::{ORIGIN, Terminal, key};

/// The parts of an export, to be changed at will.
#[derive(Clone)]
pub struct Forged {
    pub entries: Vec<Vec<u8>>,
    pub keys: String,
    pub cosigned: Option<String>,
    checkpoint: String,
    /// The leaf hashes as they were.
    leaves: Vec<u8>,
    folder: std::rc::Rc<TempDir>,
}

/// The log's verifier key, were the seed 32 times this byte.
pub fn vkey(byte: u8) -> VerifierKey {
    let apart = tempfile::tempdir().unwrap();
    let name = KeyName::new(ORIGIN).unwrap();
    VerifierKey::new(name, key(apart.path(), byte).public_key())
}

/// The witness's, were the seed 32 times this byte.
pub fn witness(byte: u8) -> WitnessKey {
    let apart = tempfile::tempdir().unwrap();
    let name = KeyName::new("w4").unwrap();
    WitnessKey::new(name, key(apart.path(), byte).public_key())
}

/// One key hands over to the other, both by their seeds.
pub fn rotated(from: u8, to: u8) -> Event {
    let apart = tempfile::tempdir().unwrap();
    let name = KeyName::new(ORIGIN).unwrap();
    let (old, new) = (key(apart.path(), from), key(apart.path(), to));
    rotation_event(&Rotation::sign(&name, &old, &new).unwrap())
}

impl Forged {
    /// What a ledger's true export has.
    pub fn of(terminal: &Terminal) -> Forged {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("true");
        let ledger = &terminal.ledger;
        ledger.export(&directory).unwrap();
        let size = ledger.size();
        assert!(size < 256);
        let read = |name: &str| fs::read_to_string(directory.join(name));
        let entries = ledger.entries(0..size);
        Forged {
            entries: entries.map(|entry| entry.unwrap().bytes).collect(),
            keys: read("keys").unwrap(),
            cosigned: read("cosigned").ok(),
            checkpoint: read("checkpoint").unwrap(),
            leaves: fs::read(directory.join(format!("tile/0/000.p/{size}"))).unwrap(),
            folder: std::rc::Rc::new(folder),
        }
    }

    /// The first entry with such an event.
    pub fn find(&self, wanted: fn(&Event) -> bool) -> usize {
        let mut events = self
            .entries
            .iter()
            .map(|entry| Entry::decode(entry).unwrap().event);
        events.position(|event| wanted(&event)).unwrap()
    }

    /// Makes another entry of the one at this place.
    pub fn change(&mut self, index: usize, change: impl FnOnce(&mut Entry)) {
        let mut entry = Entry::decode(&self.entries[index]).unwrap();
        change(&mut entry);
        self.entries[index] = entry.encode().unwrap();
    }

    /// With tiles and checkpoint as they were.
    pub fn write_entries_only(&self) -> PathBuf {
        let width = self.leaves.len() / 32;
        self.write(&self.checkpoint, &self.leaves, width)
    }

    /// With tiles made anew, and the checkpoint as it was.
    pub fn write_unsigned(&self) -> PathBuf {
        let (leaves, _) = self.tree();
        self.write(&self.checkpoint, &leaves, self.entries.len())
    }

    /// With tiles made anew, and a checkpoint signed by the key whose seed is 32 times this byte.
    pub fn write_signed(&self, byte: u8) -> PathBuf {
        let (leaves, root) = self.tree();
        let apart = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint {
            origin: KeyName::new(ORIGIN).unwrap(),
            size: self.entries.len() as u64,
            root,
        };
        let signed = checkpoint.sign(&key(apart.path(), byte)).unwrap();
        self.write(&signed.to_text(), &leaves, self.entries.len())
    }

    fn tree(&self) -> (Vec<u8>, RootHash) {
        let (mut tree, mut leaves) = (Frontier::default(), Vec::new());
        for entry in &self.entries {
            let leaf = leaf_hash(entry);
            leaves.extend(leaf.0);
            tree.push(leaf);
        }
        (leaves, tree.root())
    }

    fn write(&self, checkpoint: &str, leaves: &[u8], width: usize) -> PathBuf {
        let parent = self.folder.path();
        let directory = parent.join(fs::read_dir(parent).unwrap().count().to_string());
        let file = |name: &str, bytes: &[u8]| {
            let path = directory.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        let mut bundle = Vec::new();
        for entry in &self.entries {
            bundle.extend((entry.len() as u16).to_be_bytes());
            bundle.extend(entry);
        }
        file(&format!("tile/entries/000.p/{width}"), &bundle);
        file(&format!("tile/0/000.p/{width}"), leaves);
        file("keys", self.keys.as_bytes());
        file("minimum-index", b"0\n");
        file("checkpoint", checkpoint.as_bytes());
        if let Some(cosigned) = &self.cosigned {
            file("cosigned", cosigned.as_bytes());
        }
        directory
    }
}
