//! A durable append of one entry, beside the same bytes in one row of bare SQLite.

use std::path::Path;
use std::time::{Duration, Instant};

use meterpost_ledger::Ledger;
use meterpost_ledger::signing::{Checkpoint, KeyStore};

use crate::day::{Day, next_stamp};
use crate::place::{Outcome, Progress};
use crate::table::{Mark, Table};
use crate::times::{Times, ratio, said};
use crate::{bare, making};

/// How many entries a log holds before appends to it are measured: enough that the books are as full as they get, and
/// that the write-ahead log is reused rather than growing.
pub const WARM: u64 = 4_096;

/// Appends made one by one before measuring, so that every write-ahead log has been folded back once.
pub const WARM_APPENDS: usize = 1_200;

/// A ledger that takes one event a commit.
pub struct Appender {
    pub ledger: Ledger,
    day: Day,
}

/// What one append made durable.
pub struct Appended {
    pub time: Duration,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The signed checkpoint's text.
    pub checkpoint: String,
}

impl Appender {
    pub fn new(directory: &Path) -> Outcome<Appender> {
        let mut ledger = making::create(directory)?;
        making::grow(&mut ledger, WARM)?;
        let day = Day::after(&ledger);
        Ok(Appender { ledger, day })
    }

    pub fn append(&mut self) -> Outcome<Appended> {
        let event = self.day.next_event();
        let stamp = next_stamp(&self.ledger);
        let started = Instant::now();
        let committed = self.ledger.commit(&stamp, &[event])?;
        let time = started.elapsed();
        let first = committed.first_index;
        let entry = self.ledger.entries(first..first + 1).next();
        Ok(Appended {
            time,
            entry: entry.ok_or("the entry is not there")??.bytes,
            checkpoint: committed.checkpoint,
        })
    }
}

/// Fills the rows of the table.
pub fn measure(folder: &Path, appends: usize, table: &mut Table) -> Outcome<()> {
    let directory = folder.join("append");
    let mut appender = Appender::new(&directory)?;
    let connection = bare::create(&folder.join("append-bare.db"))?;
    let mut signed = Times::default();
    let mut plain = Times::default();
    let mut signing = Times::default();
    let key = KeyStore::open(appender.ledger.folder().key().as_path())?;
    let mut waiting = bytes_of(&appender.append()?);
    let mut sum = (0, 0);
    let mut progress = Progress::new("appending,");
    let all = WARM_APPENDS.min(appends) + appends;
    for round in 0..all {
        let at = round as i64;
        // Alternately the one and the other goes first, so that neither always follows the other's sync.
        let (appended, bare_time) = if round % 2 == 0 {
            let appended = appender.append()?;
            (appended, insert(&connection, at, &waiting)?)
        } else {
            let bare_time = insert(&connection, at, &waiting)?;
            (appender.append()?, bare_time)
        };
        waiting = bytes_of(&appended);
        if round >= all - appends {
            signed.push(appended.time);
            plain.push(bare_time);
            signing.push(sign(&appender.ledger, &key)?);
            sum.0 += appended.entry.len();
            sum.1 += appended.checkpoint.len();
        }
        progress.at(round as u64, all as u64);
    }
    let measured = ratio(signed.median(), plain.median());
    table.row(
        "durable append of one entry, p50 ÷ the same bytes by bare SQLite",
        format!("{measured:.2}"),
        "≤ 1.25",
        Mark::at_most(measured, 1.25),
    );
    for (name, times) in [("ledger", &signed), ("bare SQLite", &plain)] {
        table.info(
            format!("{name}, p50 / p99"),
            format!("{} / {}", said(times.median()), said(times.percentile(99))),
        );
    }
    table.info(
        "of which making and checking the signature, p50",
        said(signing.median()),
    );
    table.info(
        "bytes of an entry + its checkpoint, mean",
        format!("{} + {}", sum.0 / appends, sum.1 / appends),
    );
    Ok(())
}

fn bytes_of(appended: &Appended) -> Vec<u8> {
    [appended.entry.as_slice(), appended.checkpoint.as_bytes()].concat()
}

fn insert(connection: &rusqlite::Connection, at: i64, bytes: &[u8]) -> Outcome<Duration> {
    let started = Instant::now();
    bare::insert(connection, at, bytes)?;
    Ok(started.elapsed())
}

/// What a checkpoint's signature costs by itself.
fn sign(ledger: &Ledger, key: &KeyStore) -> Outcome<Duration> {
    let checkpoint: Checkpoint = ledger.head().checkpoint().clone();
    let started = Instant::now();
    checkpoint.sign(key)?;
    Ok(started.elapsed())
}
