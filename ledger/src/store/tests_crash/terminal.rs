//! A terminal whose disk can be changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use meterpost_signing::{KeyStore, PublicKey, SignError, Signature, Signer};

use super::super::testing::{ORIGIN, Place};
use super::super::{CreateError, Ledger, OpenError, Opened};
use super::disk::{Disk, Drive, Image, Op, Plan};
use super::medium::Simulated;
use crate::entry::tests::stamp;

/// A key that several openings share.
#[derive(Clone)]
struct SharedKey(Arc<KeyStore>);

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
    /// A real folder for the lock file.
    pub(super) place: Place,
    pub(super) synchronous: &'static str,
    key: SharedKey,
    vfs: String,
}

/// SQLite keeps a file system for ever; each terminal has its own.
static TERMINALS: AtomicU64 = AtomicU64::new(0);

impl Terminal {
    pub(super) fn new() -> Terminal {
        let vfs = format!("crash-{}", TERMINALS.fetch_add(1, Ordering::Relaxed));
        let drive = Drive::default();
        meterpost_crashdisk::register(&vfs, drive.clone()).unwrap();
        let place = Place::new(1);
        let key = SharedKey(Arc::new(KeyStore::open(&place.folder.key()).unwrap()));
        Terminal {
            drive,
            place,
            synchronous: "FULL",
            key,
            vfs,
        }
    }

    /// Puts in another disk. No ledger may be open on the one before.
    pub(super) fn insert(&self, image: Image) {
        *self.drive.disk() = Disk::new(image);
    }

    /// The same, with a disk that will fail.
    pub(super) fn insert_failing(&self, image: Image, plan: Plan) {
        self.insert(image);
        self.drive.disk().plan = Some(plan);
    }

    /// How many operations the disk has done.
    pub(super) fn ops(&self) -> usize {
        self.drive.disk().log.len()
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

    pub(super) fn create(&self) -> Result<Ledger, CreateError> {
        Ledger::create_on(
            self.medium(),
            &self.place.folder,
            ORIGIN,
            Box::new(self.key.clone()),
            &stamp(1000),
            "test 1",
        )
    }

    pub(super) fn open(&self) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_on(
            self.medium(),
            &self.place.folder,
            Box::new(self.key.clone()),
        )
    }
}
