//! Verifying a whole log, beside reading its rows and hashing the same bytes.

use std::path::Path;
use std::thread;

use meterpost_ledger::Folder;
use rusqlite::params;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sha2::{Digest, Sha256};

use crate::bare;
use crate::place::{Outcome, Progress};
use crate::table::{Mark, Table};
use crate::times::{Both, Taken, ratio, said, taken_by_all};

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
    let wall = |times: &Both| times.wall.median();
    let measured = ratio(wall(&all.verify), wall(&all.hash_one));
    table.row(
        "verify from disk ÷ reading the rows and SHA-256, one thread",
        format!("{measured:.2}"),
        "≤ 1.5",
        Mark::at_most(measured, 1.5),
    );
    let mut ratios = vec![
        (
            "the same with both bound to one core",
            ratio(wall(&one.verify), wall(&one.hash_one)),
        ),
        (
            "the same in processor time",
            ratio(
                one.verify.processor.median(),
                one.hash_one.processor.median(),
            ),
        ),
    ];
    if cores > 1 {
        let many = ratio(wall(&all.verify), wall(&all.hash_all));
        ratios.push(("the same, reading and hashing on all cores too", many));
    }
    for (name, ratio) in ratios {
        table.info(name, format!("{ratio:.2}"));
    }
    for (name, of) in [
        ("verify", &all.verify),
        ("reading and hashing", &all.hash_one),
    ] {
        table.info(
            format!("{name}, by the clock / processor time, {cores} cores"),
            format!("{} / {}", said(wall(of)), said(of.processor.median())),
        );
    }
    Ok(())
}

#[derive(Default)]
struct Round {
    verify: Both,
    hash_one: Both,
    hash_all: Both,
}

impl Round {
    fn run(&mut self, directory: &Path, cores: usize) -> Outcome<()> {
        let folder = Folder::new(directory);
        let (verdict, time) = taken_by_all(|| meterpost_ledger::verify(&folder));
        self.verify.push(time);
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
fn hash(folder: &Folder, size: u64, threads: usize) -> Outcome<Taken> {
    let share = size.div_ceil(threads as u64);
    let all = || -> Result<u64, String> {
        thread::scope(|scope| {
            let running: Vec<_> = (0..threads as u64)
                .map(|n| {
                    let range = n * share..((n + 1) * share).min(size);
                    scope.spawn(move || hash_rows(folder, range).map_err(|e| e.to_string()))
                })
                .collect();
            let failed = |_| Err("a thread failed".to_owned());
            let hashed = running.into_iter().map(|t| t.join().unwrap_or_else(failed));
            hashed.sum()
        })
    };
    let (hashed, time) = taken_by_all(all);
    if hashed? == size {
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
