//! A ledger in a temporary folder.

use std::fs;
use std::path::Path;

use meterpost_signing::KeyStore;
use tempfile::TempDir;

use super::{Ledger, OpenError, Opened};
use crate::books::testing::whole_sale;
use crate::entry::tests::stamp;
use crate::folder::Folder;

pub(crate) const ORIGIN: &str = "meterpost/test/k1/1";

pub(crate) struct Place {
    pub(crate) folder: Folder,
    pub(crate) temporary: TempDir,
}

impl Place {
    /// An empty folder with a key of this number.
    pub(crate) fn new(key: u8) -> Place {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::new(temporary.path());
        KeyStore::create(&folder.key(), &mut |buffer: &mut [u8]| {
            buffer.fill(key);
            Ok(())
        })
        .unwrap();
        Place { folder, temporary }
    }

    pub(crate) fn key(&self) -> Box<KeyStore> {
        Box::new(KeyStore::open(&self.folder.key()).unwrap())
    }

    pub(crate) fn create(&self) -> Ledger {
        Ledger::create(&self.folder, ORIGIN, self.key(), &stamp(1000), "test 1").unwrap()
    }

    pub(crate) fn open(&self) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open(&self.folder, self.key())
    }

    /// A copy of every file as it lies on the disk now, as a power cut would leave it.
    pub(crate) fn snapshot(&self) -> Place {
        let temporary = tempfile::tempdir().unwrap();
        copy_files(self.temporary.path(), temporary.path());
        let folder = Folder::new(temporary.path());
        Place { folder, temporary }
    }
}

pub(crate) fn copy_files(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Commits one whole sale, an event at a time.
pub(crate) fn sell(ledger: &mut Ledger, purchase: u32) {
    let sale = ledger.books().next_sale().0;
    for event in whole_sale(sale, "111", purchase) {
        ledger.commit(&stamp(2000), &[event]).unwrap();
    }
}
