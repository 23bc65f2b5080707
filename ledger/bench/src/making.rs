//! Making ledgers and letting them grow.

use std::path::Path;

use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{Folder, Ledger};

use crate::day::{Day, next_stamp};
use crate::place::{Outcome, Progress};

const ORIGIN: &str = "meterpost/bench/K1/1";

/// So many events, and a little more, go into one commit while a log is made to grow: the books are stated as often as
/// they are where each entry is a commit of its own.
const BATCH: usize = 512;

/// A new ledger in a new folder of this name.
pub fn create(directory: &Path) -> Outcome<Ledger> {
    std::fs::create_dir(directory)?;
    let folder = Folder::new(directory);
    let key = KeyStore::create(&folder.key(), &mut system_entropy)?;
    let stamp = meterpost_ledger::Stamp {
        boot: meterpost_ledger::BootId([1; 16]),
        monotonic_ms: 0,
        wall: 1_790_000_000_000,
        quality: meterpost_ledger::ClockQuality::Ntp,
    };
    Ok(Ledger::create(
        &folder,
        ORIGIN,
        Box::new(key),
        &stamp,
        "bench",
    )?)
}

/// The ledger of a folder.
pub fn open(directory: &Path) -> Outcome<Ledger> {
    let folder = Folder::new(directory);
    let key = KeyStore::open(&folder.key())?;
    Ok(Ledger::open(&folder, Box::new(key))?.0)
}

/// Sells until there are this many entries at least, many sales to a commit.
pub fn grow(ledger: &mut Ledger, entries: u64) -> Outcome<()> {
    let mut day = Day::after(ledger);
    let mut progress = Progress::new("selling,");
    while ledger.size() < entries {
        let missing = usize::try_from(entries - ledger.size()).unwrap_or(usize::MAX);
        let batch = day.batch(missing.min(BATCH));
        ledger.commit(&next_stamp(ledger), &batch)?;
        progress.at(ledger.size(), entries);
    }
    ledger.sync_head()?;
    Ok(())
}
