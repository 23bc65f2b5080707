//! A log for tests.

use std::path::Path;

use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{BootId, ClockQuality, Folder, Ledger, Stamp};

/// Always the same moment.
pub fn stamp() -> Stamp {
    Stamp {
        boot: BootId([1; 16]),
        monotonic_ms: 1,
        wall: 0,
        quality: ClockQuality::Unset,
    }
}

/// A new log.
pub fn new_ledger(folder: &Path, origin: &str) -> Ledger {
    let place = Folder::new(folder);
    let key = KeyStore::create(&place.key(), &mut system_entropy).unwrap();
    Ledger::create(&place, origin, Box::new(key), &stamp(), "test").unwrap()
}
