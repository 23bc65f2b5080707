//! Reading the whole log: every entry decoded and hashed, the stored tree compared, and all of it played into fresh books.
//!
//! The database is read in order by one thread; hashing and decoding, which is most of the work, is spread over the
//! processor's cores in chunks of 256 entries, and a last thread puts the chunks back in order and plays them.

mod chunk;
mod collect;
mod fault;
mod player;
mod replay;

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use meterpost_signing::{RootHash, VerifierKey};
use rusqlite::Connection;

pub(crate) use chunk::pruned_leaves;
use chunk::{Chunk, Digested, digest, read_chunks};
use collect::Collector;
pub use fault::{EntryFault, EntryProblem};
pub(crate) use player::Player;
pub use replay::LogReplay;

use crate::books::Books;

/// Where examining begins, and what it should notice on the way.
pub(crate) struct Scope<'s> {
    /// The log's name and first key.
    pub(crate) log: &'s VerifierKey,
    /// Entries below are pruned; only their leaf hashes are left.
    pub(crate) pruned: u64,
    /// The entry that the base books were stated in, and those books, where entries below it are pruned.
    pub(crate) base: Option<(u64, Books)>,
    /// Whether the database has the tables of hashes, and they are to be compared.
    pub(crate) tiles: bool,
    /// The sizes at which the root is wanted.
    pub(crate) marks: Vec<u64>,
}

/// What reading the whole log gave.
pub(crate) struct Examination {
    /// How many entries there are, pruned ones counted.
    pub(crate) size: u64,
    pub(crate) root: RootHash,
    /// The roots at the sizes asked for, as far as the log reaches them.
    pub(crate) roots: Vec<(u64, RootHash)>,
    pub(crate) books: Books,
    /// The first faults found.
    pub(crate) problems: Vec<EntryProblem>,
    /// The first entries of groups of 16 whose stored hash is another: either these entries were changed or the hash was.
    pub(crate) other_groups: Vec<u64>,
    /// What else is stored beside the entries and is not what they give.
    pub(crate) derived: Option<String>,
}

/// Chunks under way between two threads at most: enough to keep them busy, few enough to stay small.
const IN_FLIGHT: usize = 8;

/// Reads every entry. An error is the database's, not an entry's.
pub(crate) fn examine(
    connection: &Connection,
    scope: &Scope<'_>,
) -> Result<Examination, rusqlite::Error> {
    let workers = thread::available_parallelism().map_or(1, |n| n.get().min(4));
    thread::scope(|threads| {
        let (to_workers, chunks) = sync_channel(IN_FLIGHT);
        let (to_collector, digested) = sync_channel(IN_FLIGHT);
        let chunks = std::sync::Arc::new(Mutex::new(chunks));
        for _ in 0..workers {
            let (chunks, to_collector) = (chunks.clone(), to_collector.clone());
            threads.spawn(move || work(&chunks, &to_collector));
        }
        // Each worker holds a clone; the collector ends when the last of them does.
        drop((to_collector, chunks));
        let collector = threads.spawn(move || {
            let mut collector = Collector::new(scope);
            for chunk in digested {
                collector.take(chunk);
            }
            collector
        });
        let read = read_chunks(connection, scope, |chunk| to_workers.send(chunk).is_ok());
        drop(to_workers);
        let collected = collector.join();
        read?;
        match collected {
            Ok(collector) => collector.finish(connection),
            // A panic there is a defect of the program: passed on rather than taken for a verdict.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Digests chunks until there are no more.
fn work(chunks: &Mutex<Receiver<Chunk>>, to_collector: &SyncSender<Digested>) {
    loop {
        let next = match chunks.lock() {
            Ok(chunks) => chunks.recv(),
            Err(_) => return,
        };
        let Ok(chunk) = next else { return };
        if to_collector.send(digest(chunk)).is_err() {
            return;
        }
    }
}
