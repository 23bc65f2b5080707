//! The same appends, one durable commit each, by peers: hypercore, which signs and hashes too, and redb, which stores.

use std::path::Path;
use std::time::{Duration, Instant};

use hypercore::{Hypercore, HypercoreBuilder, Storage};
use redb::{Database, TableDefinition};
use tokio::runtime::Runtime;

use crate::append::{Appender, WARM_APPENDS};
use crate::place::{Outcome, Progress};
use crate::table::{Mark, Table};
use crate::times::{Times, ratio, said};

const ROWS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("rows");

/// Fills the rows of the table.
pub fn measure(folder: &Path, appends: usize, table: &mut Table) -> Outcome<()> {
    let mut appender = Appender::new(&folder.join("beside-peers"))?;
    let mut peers = Peers::new(folder)?;
    let mut ledger = Times::default();
    let mut hypercore = Times::default();
    let mut redb = Times::default();
    let mut waiting = appender.append()?.entry;
    let mut progress = Progress::new("appending beside peers,");
    let all = WARM_APPENDS.min(appends) + appends;
    for round in 0..all {
        let at = round as u64;
        let mut next = None;
        let mut times = [Duration::ZERO; 3];
        // Each is first, second and last equally often.
        for turn in 0..3 {
            match (round + turn) % 3 {
                0 => {
                    let appended = appender.append()?;
                    times[0] = appended.time;
                    next = Some(appended.entry);
                }
                1 => times[1] = peers.to_hypercore(&waiting)?,
                _ => times[2] = peers.to_redb(at, &waiting)?,
            }
        }
        waiting = next.ok_or("nothing was appended")?;
        if round >= all - appends {
            ledger.push(times[0]);
            hypercore.push(times[1]);
            redb.push(times[2]);
        }
        progress.at(at, all as u64);
    }
    let measured = ratio(ledger.median(), hypercore.median());
    table.row(
        "durable append of one entry, p50 ÷ hypercore",
        format!("{measured:.2}"),
        "< 1",
        Mark::at_most(measured, 1.0),
    );
    let measured = ratio(ledger.median(), redb.median());
    table.row(
        "durable append of one entry, p50 ÷ redb",
        format!("{measured:.2}"),
        "≤ 1.3",
        Mark::at_most(measured, 1.3),
    );
    for (name, times) in [("ledger", ledger), ("hypercore", hypercore), ("redb", redb)] {
        table.info(
            format!("{name}, p50 / p99"),
            format!("{} / {}", said(times.median()), said(times.percentile(99))),
        );
    }
    Ok(())
}

struct Peers {
    runtime: Runtime,
    hypercore: Hypercore,
    redb: Database,
}

impl Peers {
    fn new(folder: &Path) -> Outcome<Peers> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let path = folder.join("hypercore");
        std::fs::create_dir(&path)?;
        // Its files sync themselves at every write: that is its default, and the only way it has.
        let hypercore = runtime.block_on(async {
            let storage = Storage::new_disk(&path, true).await?;
            HypercoreBuilder::new(storage).build().await
        })?;
        // A commit is durable when it returns: that is its default too.
        let redb = Database::create(folder.join("redb"))?;
        Ok(Peers {
            runtime,
            hypercore,
            redb,
        })
    }

    fn to_hypercore(&mut self, bytes: &[u8]) -> Outcome<Duration> {
        let started = Instant::now();
        self.runtime.block_on(self.hypercore.append(bytes))?;
        Ok(started.elapsed())
    }

    fn to_redb(&mut self, at: u64, bytes: &[u8]) -> Outcome<Duration> {
        let started = Instant::now();
        let transaction = self.redb.begin_write()?;
        transaction.open_table(ROWS)?.insert(at, bytes)?;
        transaction.commit()?;
        Ok(started.elapsed())
    }
}
