//! The scripted day, and the record of it.

use std::collections::BTreeMap;

use meterpost_signing::RootHash;

use super::super::Ledger;
use super::disk::{Image, Op};
use super::terminal::Terminal;
use crate::books::Books;
use crate::books::testing::whole_sale;
use crate::entry::tests::stamp;
use crate::event::Event;

/// One thing the kiosk does.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Commit(Vec<Event>),
    SyncHead,
    /// Closes the ledger and opens it again.
    Restart,
}

/// Frames in the write-ahead log after which it is copied into the database: few, so that it happens within the day.
const CHECKPOINT_AT: i64 = 48;

fn each(events: Vec<Event>) -> impl Iterator<Item = Step> {
    events.into_iter().map(|event| Step::Commit(vec![event]))
}

/// A day with everything a store meets: entries alone and in groups, entries longer than a page, heads synced at the end
/// of a sale and in its middle, restarts, and the write-ahead log copied and begun anew more than once.
pub(super) fn whole_day() -> Vec<Step> {
    let mut steps = vec![Step::SyncHead];
    steps.extend(each(whole_sale(1, "111", 5)));
    steps.push(Step::SyncHead);
    for group in whole_sale(2, "222", 5).chunks(3) {
        steps.push(Step::Commit(group.to_vec()));
    }
    steps.push(Step::SyncHead);
    let long = Event::Started {
        software: "long ".repeat(2_500),
    };
    steps.extend([Step::Commit(vec![long]), Step::Restart]);
    let (before, after) = split(whole_sale(3, "111", 6), 4);
    steps.extend(each(before));
    steps.push(Step::SyncHead);
    steps.extend(each(after));
    steps.extend([Step::SyncHead, Step::Restart]);
    steps.push(Step::Commit(whole_sale(4, "333", 9)));
    steps.extend(each(whole_sale(5, "111", 7)));
    steps.push(Step::SyncHead);
    let (before, after) = split(whole_sale(6, "222", 6), 5);
    steps.extend(each(before));
    // A restart in the middle of a sale.
    steps.push(Step::Restart);
    steps.extend(each(after));
    steps.extend([Step::SyncHead, Step::Restart]);
    steps
}

/// A short one, for what must be repeated at every call.
pub(super) fn short_day() -> Vec<Step> {
    let mut steps: Vec<Step> = each(whole_sale(1, "111", 5)).collect();
    steps.extend([Step::SyncHead, Step::Restart]);
    steps.extend(whole_sale(2, "222", 5).chunks(4).map(|group| Step::Commit(group.to_vec())));
    steps.push(Step::SyncHead);
    steps
}

fn split(mut events: Vec<Event>, at: usize) -> (Vec<Event>, Vec<Event>) {
    let after = events.split_off(at);
    (events, after)
}

/// Entries and what they add up to at each commit.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) entries: Vec<Vec<u8>>,
    pub(super) commits: BTreeMap<u64, (RootHash, Books)>,
}

impl History {
    pub(super) fn note(&mut self, ledger: &Ledger) {
        let known = self.entries.len() as u64;
        for stored in ledger.entries(known..ledger.size()) {
            self.entries.push(stored.unwrap().bytes);
        }
        let state = (ledger.root(), ledger.books().clone());
        self.commits.insert(ledger.size(), state);
    }
}

/// A size, from an operation on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) ops: usize,
    pub(super) size: u64,
}

/// A day as it was played.
#[derive(Clone, Debug, Default)]
pub(super) struct Day {
    pub(super) before: Image,
    pub(super) ops: Vec<Op>,
    pub(super) history: History,
    /// Sizes that somebody was told are durable, from when on.
    pub(super) acknowledged: Vec<Mark>,
    /// Sizes that were tried for, from when on.
    pub(super) attempted: Vec<Mark>,
}

/// The last size that was marked before this many operations were done.
pub(super) fn size_at(marks: &[Mark], ops: usize) -> u64 {
    let before = marks.partition_point(|mark| mark.ops <= ops);
    before.checked_sub(1).map_or(0, |last| marks[last].size)
}

/// Plays a day on an empty disk.
pub(super) fn play(terminal: &Terminal, steps: &[Step]) -> Day {
    terminal.insert(Image::default());
    let mut day = Day::default();
    day.attempted.push(Mark { ops: 0, size: 1 });
    let mut ledger = terminal.create().unwrap();
    day.acknowledge(terminal, &ledger);
    checkpoint_often(&ledger);
    for step in steps {
        match step {
            Step::Commit(events) => {
                let size = ledger.size() + events.len() as u64;
                day.attempted.push(Mark {
                    ops: terminal.ops(),
                    size,
                });
                ledger.commit(&stamp(2000 + size), events).unwrap();
                assert_eq!(ledger.size(), size);
                day.acknowledge(terminal, &ledger);
            }
            Step::SyncHead => ledger.sync_head().unwrap(),
            Step::Restart => {
                drop(ledger);
                ledger = terminal.open().unwrap().0;
                checkpoint_often(&ledger);
            }
        }
    }
    drop(ledger);
    day.ops = terminal.take_log();
    day
}

impl Day {
    fn acknowledge(&mut self, terminal: &Terminal, ledger: &Ledger) {
        self.acknowledged.push(Mark {
            ops: terminal.ops(),
            size: ledger.size(),
        });
        self.history.note(ledger);
    }
}

fn checkpoint_often(ledger: &Ledger) {
    let set = format!("PRAGMA wal_autocheckpoint={CHECKPOINT_AT}");
    ledger.connection.query_row(&set, [], |_| Ok(())).unwrap();
}

#[test]
fn the_day_has_everything_a_store_meets() {
    let terminal = Terminal::new();
    let day = play(&terminal, &whole_day());
    let name = |name: &str| -> Vec<u64> {
        let named = |op: &Op| match op {
            Op::Create(created, inode) if created == name => Some(*inode),
            _ => None,
        };
        day.ops.iter().filter_map(named).collect()
    };
    let (databases, logs) = (name("ledger.db"), name("ledger.db-wal"));
    assert_eq!(databases.len(), 1);
    // One log a run of the program, removed at each clean end.
    assert_eq!(logs.len(), 5);
    let unlinked = |op: &&Op| matches!(op, Op::Unlink(name) if name == "ledger.db-wal");
    assert_eq!(day.ops.iter().filter(unlinked).count(), 5);
    // The head of a log is written again when the log is begun anew.
    let begun = |log: &u64| {
        let head = |op: &&Op| matches!(op, Op::Write(inode, 0, _) if inode == log);
        day.ops.iter().filter(head).count()
    };
    let restarts = logs.iter().filter(|log| begun(log) > 1).count();
    assert!(restarts >= 2, "{restarts}");
    let heads = |op: &&Op| matches!(op, Op::Head(_));
    assert!(day.ops.iter().filter(heads).count() >= 7);
}

#[test]
fn the_same_seed_makes_the_same_day() {
    let terminal = Terminal::new();
    let play = || {
        meterpost_crashdisk::seed_randomness(7);
        play(&terminal, &short_day()).ops
    };
    assert_eq!(play(), play());
}
