//! What a signed commit costs beside a bare durable one: the same number of commits into the same kind of database, one
//! with entry, tree and signature, one with a row of the same size and nothing else. `make bench` runs it.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use meterpost_ledger::signing::{KeyStore, system_entropy};
use meterpost_ledger::{BootId, ClockQuality, Event, Folder, Ledger, Stamp};

const COMMITS: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (signed, row) = signed_commits(&folder.path().join("signed"))?;
    let bare = bare_commits(&folder.path().join("bare.db"), row)?;
    println!("{COMMITS} durable commits of one entry of {row} bytes each:");
    for (name, times) in [("bare", &bare), ("signed", &signed)] {
        println!(
            "  {name:<7} median {:>7.3} ms, 99 % within {:>7.3} ms",
            millis(times[COMMITS / 2]),
            millis(times[COMMITS * 99 / 100])
        );
    }
    println!(
        "  ratio of the medians {:.2}",
        millis(signed[COMMITS / 2]) / millis(bare[COMMITS / 2])
    );
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The times, sorted, and the size of an entry.
fn signed_commits(directory: &Path) -> Result<(Vec<Duration>, usize), Box<dyn Error>> {
    std::fs::create_dir(directory)?;
    let folder = Folder::new(directory);
    let key = KeyStore::create(&folder.key(), &mut system_entropy)?;
    let origin = "meterpost/bench/K1/1";
    let mut ledger = Ledger::create(&folder, origin, Box::new(key), &stamp(0), "bench")?;
    let mut times = Vec::with_capacity(COMMITS);
    for at in 0..COMMITS {
        let event = Event::DeviceChanged {
            device: "printer".into(),
            state: format!("state {at:06}"),
        };
        let started = Instant::now();
        ledger.commit(&stamp(at as u64), &[event])?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    let last = ledger
        .entries(ledger.size() - 1..ledger.size())
        .next()
        .ok_or("no entry")??;
    Ok((times, last.bytes.len()))
}

fn stamp(monotonic_ms: u64) -> Stamp {
    Stamp {
        boot: BootId([1; 16]),
        monotonic_ms,
        wall: 1_790_000_000_000,
        quality: ClockQuality::Rtc,
    }
}

fn bare_commits(path: &Path, row: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE;
         CREATE TABLE rows (at INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
    )?;
    let bytes = vec![7_u8; row];
    let mut times = Vec::with_capacity(COMMITS);
    for at in 0..COMMITS {
        let started = Instant::now();
        connection.execute("INSERT INTO rows VALUES (?1, ?2)", (at as i64, &bytes))?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}
