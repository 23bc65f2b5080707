//! A terminal whose disk can be changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use meterpost_signing::{
    Cosignature, KeyName, KeyStore, PublicKey, Rotation, SignError, Signature, SignedCheckpoint,
    Signer, WitnessKey,
};

use super::super::testing::{ORIGIN, Place};
use super::super::view::Depth;
use super::super::{CreateError, Ledger, OpenError, Opened};
use super::disk::{Disk, Drive, Image, Op, Plan};
use super::medium::Simulated;
use crate::decide::Refusal;
use crate::entry::Stamp;
use crate::event::Event;
use crate::rotation::rotation_event;

/// A key that several openings share.
#[derive(Clone)]
pub(super) struct SharedKey(Arc<KeyStore>);

impl SharedKey {
    fn create(place: &Place, name: &str, byte: u8) -> SharedKey {
        let path = place.temporary.path().join(name);
        let key = KeyStore::create(&path, &mut |buffer: &mut [u8]| {
            buffer.fill(byte);
            Ok(())
        });
        SharedKey(Arc::new(key.unwrap()))
    }
}

impl Signer for SharedKey {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.0.sign(message)
    }
}

pub(super) struct Terminal {
    pub(super) drive: Drive,
    pub(super) synchronous: &'static str,
    /// A real folder for the lock file and the keys.
    place: Place,
    /// The log's first key, and the one it hands over to.
    keys: [SharedKey; 2],
    witness: SharedKey,
    vfs: String,
}

/// SQLite keeps a file system for ever; each terminal has its own.
static TERMINALS: AtomicU64 = AtomicU64::new(0);

impl Terminal {
    pub(super) fn new(synchronous: &'static str) -> Terminal {
        let vfs = format!("crash-{}", TERMINALS.fetch_add(1, Ordering::Relaxed));
        let drive = Drive::default();
        meterpost_crashdisk::register(&vfs, drive.clone()).unwrap();
        let place = Place::new(1);
        let first = SharedKey(Arc::new(KeyStore::open(&place.folder.key()).unwrap()));
        let keys = [first, SharedKey::create(&place, "key.next", 2)];
        let witness = SharedKey::create(&place, "witness", 9);
        Terminal {
            drive,
            synchronous,
            place,
            keys,
            witness,
            vfs,
        }
    }

    /// Puts in another disk. No ledger may be open on the one before.
    pub(super) fn insert(&self, image: Image) {
        *self.drive.disk() = Disk::new(image);
    }

    /// From here on the disk fails as planned; calls are counted anew.
    pub(super) fn fail(&self, plan: Option<Plan>) {
        let mut disk = self.drive.disk();
        disk.plan = plan;
        disk.calls = 0;
        disk.failed = 0;
    }

    /// How many operations the disk has done.
    pub(super) fn ops(&self) -> usize {
        self.drive.disk().log.len()
    }

    /// What programs see on the disk now.
    pub(super) fn live(&self) -> Image {
        self.drive.disk().live.clone()
    }

    /// Takes the log of what was done to the disk.
    pub(super) fn take_log(&self) -> Vec<Op> {
        std::mem::take(&mut self.drive.disk().log)
    }

    fn medium(&self) -> Box<Simulated> {
        Box::new(Simulated {
            drive: self.drive.clone(),
            vfs: self.vfs.clone(),
            synchronous: self.synchronous,
            folder: self.place.folder.clone(),
        })
    }

    pub(super) fn create(&self, stamp: &Stamp) -> Result<Ledger, CreateError> {
        let key = Box::new(self.keys[0].clone());
        let folder = &self.place.folder;
        Ledger::create_on(self.medium(), folder, ORIGIN, key, stamp, "test 1")
    }

    pub(super) fn open(&self) -> Result<(Ledger, Opened), OpenError> {
        self.open_to(Depth::Enough)
    }

    /// Opens with whichever of the two keys is the log's.
    pub(super) fn open_to(&self, depth: Depth) -> Result<(Ledger, Opened), OpenError> {
        let open = |key: &SharedKey| {
            let key = Box::new(key.clone());
            Ledger::open_to(self.medium(), &self.place.folder, key, depth)
        };
        match open(&self.keys[0]) {
            Err(OpenError::Refused(Refusal::OtherKey)) => open(&self.keys[1]),
            opened => opened,
        }
    }

    /// The log's head with the witness's cosignature, and the witness.
    pub(super) fn cosigned(&self, head: &SignedCheckpoint) -> (String, WitnessKey) {
        let name = KeyName::new("witness.test").unwrap();
        let cosignature = Cosignature::sign(head, &name, &self.witness, 1_790_000_000).unwrap();
        let note = head.with(&cosignature).unwrap().to_text();
        (note, WitnessKey::new(name, self.witness.public_key()))
    }

    /// The event by which the first key hands over to the next, and that one.
    pub(super) fn rotation(&self) -> (Event, Box<dyn Signer>) {
        let origin = KeyName::new(ORIGIN).unwrap();
        let [first, next] = &self.keys;
        let rotation = Rotation::sign(&origin, first, next).unwrap();
        (rotation_event(&rotation), Box::new(next.clone()))
    }
}
