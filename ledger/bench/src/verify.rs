//! Verifying a whole log, beside reading its rows and hashing the same bytes.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use meterpost_ledger::Folder;
use rusqlite::params;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sha2::{Digest, Sha256};

use crate::bare;
use crate::place::{Outcome, Progress};
use crate::table::{Mark, Table};
use crate::times::{Times, ratio, said};

const ROUNDS: usize = 5;

/// Fills the rows of the table; the log is closed.
pub fn measure(directory: &Path, table: &mut Table) -> Outcome<()> {
    let cores = thread::available_parallelism()?.get();
    let mut progress = Progress::new("verifying, round");
    let mut all = Round::default();
    let mut one = Round::default();
    for round in 0..ROUNDS {
        all.run(directory, cores)?;
        let before = sched_getaffinity(None)?;
        sched_setaffinity(None, &first_of(&before)?)?;
        let outcome = one.run(directory, 1);
        sched_setaffinity(None, &before)?;
        outcome?;
        progress.at(round as u64, ROUNDS as u64);
    }
    let measured = ratio(all.verify.median(), all.hash_one.median());
    table.row(
        "verify from disk ÷ reading the rows and SHA-256, one thread",
        format!("{measured:.2}"),
        "≤ 1.5",
        Mark::at_most(measured, 1.5),
    );
    table.info(
        format!("the same, reading and hashing with {cores} threads too"),
        format!("{:.2}", ratio(all.verify.median(), all.hash_all.median())),
    );
    table.info(
        "the same with both bound to one core",
        format!("{:.2}", ratio(one.verify.median(), one.hash_one.median())),
    );
    table.info(
        format!("verify, {cores} cores / one core"),
        format!("{} / {}", said(all.verify.median()), said(one.verify.median())),
    );
    table.info(
        format!("reading and hashing, one thread / {cores} threads"),
        format!("{} / {}", said(all.hash_one.median()), said(all.hash_all.median())),
    );
    Ok(())
}

#[derive(Default)]
struct Round {
    verify: Times,
    hash_one: Times,
    hash_all: Times,
}

impl Round {
    fn run(&mut self, directory: &Path, cores: usize) -> Outcome<()> {
        let folder = Folder::new(directory);
        let started = Instant::now();
        let verdict = meterpost_ledger::verify(&folder);
        self.verify.push(started.elapsed());
        if !verdict.is_ok() {
            return Err(format!("the log is not sound: {:?}", verdict.problems).into());
        }
        let size = verdict.size.ok_or("the log has no size")?;
        self.hash_one.push(hash(&folder, size, 1)?);
        if cores > 1 {
            self.hash_all.push(hash(&folder, size, cores)?);
        }
        Ok(())
    }
}

/// The first core of those allowed.
fn first_of(allowed: &CpuSet) -> Outcome<CpuSet> {
    let first = (0..CpuSet::MAX_CPU).find(|cpu| allowed.is_set(*cpu));
    let mut one = CpuSet::new();
    one.set(first.ok_or("no core is allowed")?);
    Ok(one)
}

/// Reads all rows and hashes their bytes, by so many threads, each with its share of the rows.
fn hash(folder: &Folder, size: u64, threads: usize) -> Outcome<Duration> {
    let started = Instant::now();
    let share = size.div_ceil(threads as u64);
    let sums: Vec<Result<u64, String>> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads as u64)
            .map(|n| {
                let range = n * share..((n + 1) * share).min(size);
                scope.spawn(move || hash_rows(folder, range).map_err(|e| e.to_string()))
            })
            .collect();
        let failed = |_| Err("a thread failed".to_owned());
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(failed))
            .collect()
    });
    let hashed: u64 = sums.into_iter().sum::<Result<u64, String>>()?;
    let time = started.elapsed();
    if hashed == size {
        Ok(time)
    } else {
        Err("not all rows were read".into())
    }
}

fn hash_rows(folder: &Folder, range: std::ops::Range<u64>) -> Outcome<u64> {
    let connection = bare::open_ledger(&folder.database())?;
    let mut statement = connection
        .prepare("SELECT idx, bytes FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")?;
    let bounds = params![i64::try_from(range.start)?, i64::try_from(range.end)?];
    let mut rows = statement.query(bounds)?;
    let mut hashed = 0;
    let mut seen = 0_u8;
    while let Some(row) = rows.next()? {
        let _: i64 = row.get(0)?;
        let digest = Sha256::digest(row.get_ref(1)?.as_blob()?);
        seen ^= digest.first().copied().unwrap_or_default();
        hashed += 1;
    }
    std::hint::black_box(seen);
    Ok(hashed)
}
