//! A ledger in a temporary folder.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

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
        for (name, bytes) in contents(self) {
            fs::write(temporary.path().join(name), bytes).unwrap();
        }
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(temporary.path().join("key"), private).unwrap();
        let folder = Folder::new(temporary.path());
        Place { folder, temporary }
    }
}

/// Every file that is not empty, with its bytes: an empty write-ahead log says what none says.
pub(crate) fn contents(place: &Place) -> BTreeMap<OsString, Vec<u8>> {
    fs::read_dir(place.temporary.path())
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            (file.file_name(), fs::read(file.path()).unwrap())
        })
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect()
}

/// Commits one whole sale, an event at a time.
pub(crate) fn sell(ledger: &mut Ledger, purchase: u32) {
    let sale = ledger.books().next_sale().0;
    for event in whole_sale(sale, "111", purchase) {
        ledger.commit(&stamp(2000), &[event]).unwrap();
    }
}
