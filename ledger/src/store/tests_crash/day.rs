//! A day being played, and the record of it.

use std::collections::BTreeMap;

use meterpost_signing::RootHash;

use super::super::{Backup, CommitError, Ledger};
use super::disk::{Image, Op};
use super::script::{Boot, Step};
use super::terminal::Terminal;
use crate::books::Books;
use crate::entry::{BootId, ClockQuality, Stamp};
use crate::event::Event;

/// Frames in the write-ahead log after which it is copied into the database: few, so that it happens within the day.
const CHECKPOINT_AT: i64 = 24;

/// Entries and what they add up to at each commit.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Their bytes, by place; without those that were pruned before the day.
    pub(super) entries: BTreeMap<u64, Vec<u8>>,
    pub(super) commits: BTreeMap<u64, (RootHash, Books)>,
}

impl History {
    pub(super) fn note(&mut self, ledger: &Ledger) {
        let known = self.entries.last_key_value().map_or(0, |last| last.0 + 1);
        for stored in ledger.entries(known..ledger.size()) {
            let stored = stored.unwrap();
            self.entries.insert(stored.entry.index, stored.bytes);
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
    /// After how many operations the second head was up to date.
    pub(super) synced: Vec<usize>,
    /// How many calls reached the disk, readings included.
    pub(super) calls: u64,
}

/// The last size that was marked before this many operations were done.
pub(super) fn size_at(marks: &[Mark], ops: usize) -> u64 {
    let before = marks.partition_point(|mark| mark.ops <= ops);
    before.checked_sub(1).map_or(0, |last| marks[last].size)
}

/// The wall clock of a day's begin: in September 2026.
const TODAY: u64 = 1_790_000_000_000;

/// A kiosk at work.
pub(super) struct Player<'t> {
    terminal: &'t Terminal,
    pub(super) ledger: Option<Ledger>,
    pub(super) day: Day,
    clock: Stamp,
    target: tempfile::TempDir,
}

impl<'t> Player<'t> {
    /// On the disk that is in the terminal.
    pub(super) fn new(terminal: &'t Terminal) -> Player<'t> {
        let day = Day {
            before: terminal.live(),
            ..Day::default()
        };
        let clock = Stamp {
            boot: BootId([1; 16]),
            monotonic_ms: 60_000,
            wall: TODAY,
            quality: ClockQuality::Ntp,
        };
        Player {
            terminal,
            ledger: None,
            day,
            clock,
            target: tempfile::tempdir().unwrap(),
        }
    }

    /// Creates the log.
    pub(super) fn create(&mut self) -> Result<(), String> {
        self.day.attempted.push(Mark { ops: 0, size: 1 });
        let ledger = self.terminal.create(&self.clock);
        let ledger = ledger.map_err(|error| error.to_string())?;
        self.begin(ledger);
        Ok(())
    }

    /// Opens what there is.
    pub(super) fn open(&mut self) -> Result<(), String> {
        let (ledger, _) = self.terminal.open().map_err(|error| error.to_string())?;
        self.begin(ledger);
        Ok(())
    }

    fn begin(&mut self, ledger: Ledger) {
        let set = format!("PRAGMA wal_autocheckpoint={CHECKPOINT_AT}");
        ledger.connection.query_row(&set, [], |_| Ok(())).unwrap();
        self.ledger = Some(ledger);
        self.acknowledge();
    }

    fn acknowledge(&mut self) {
        let ledger = self.ledger.as_ref().unwrap();
        let mark = Mark {
            ops: self.terminal.ops(),
            size: ledger.size(),
        };
        if self
            .day
            .attempted
            .last()
            .is_none_or(|at| at.size < mark.size)
        {
            self.day.attempted.push(mark);
        }
        self.day.acknowledged.push(mark);
        // Reading the entries back is part of the record and not of the day.
        let plan = self.terminal.drive.disk().plan.take();
        self.day.history.note(ledger);
        self.terminal.drive.disk().plan = plan;
    }

    /// Does one thing; an error is the disk's.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), String> {
        let ops = self.terminal.ops();
        let size = self.ledger.as_ref().map_or(0, Ledger::size);
        self.act(step)?;
        let reached = self.ledger.as_ref().map_or(0, Ledger::size);
        if reached > size {
            self.day.attempted.push(Mark { ops, size: reached });
            self.acknowledge();
        }
        if matches!(step, Step::SyncHead) {
            self.day.synced.push(self.terminal.ops());
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), String> {
        let stamp = self.tick();
        match step {
            Step::Restart => {
                self.ledger = None;
                return self.open();
            }
            Step::Clock(wall, quality, boot) => {
                self.set_clock(*wall, *quality, *boot);
                return Ok(());
            }
            _ => {}
        }
        let ledger = self.ledger.as_mut().unwrap();
        match step {
            Step::Commit(events) => nothing(ledger.commit(&stamp, events)),
            Step::Refused(events) => match ledger.commit(&stamp, events) {
                Err(CommitError::Refused { .. }) => Ok(()),
                told => nothing(told),
            },
            Step::SyncHead => nothing(ledger.sync_head()),
            Step::Collect => {
                let till = ledger.books().till();
                let (period, notes) = (till.period(), till.notes());
                let by = "staff".to_owned();
                nothing(ledger.commit(&stamp, &[Event::Collected { period, by, notes }]))
            }
            _ => self.keep_up(step, &stamp),
        }
    }

    /// What the server and the staff ask for.
    fn keep_up(&mut self, step: &Step, stamp: &Stamp) -> Result<(), String> {
        let ledger = self.ledger.as_mut().unwrap();
        match step {
            Step::Cosign => {
                let (note, witness) = self.terminal.cosigned(ledger.head());
                nothing(ledger.keep_cosigned(stamp, &note, &witness))
            }
            Step::Bulletin => {
                let event = Event::BulletinApplied {
                    kind: "directory".into(),
                    version: 3,
                    digest: [8; 32],
                    limits: None,
                };
                nothing(ledger.keep_bulletin(stamp, &event, &[7; 9_000]))
            }
            Step::Rotate => {
                let (event, next) = self.terminal.rotation();
                nothing(ledger.rotate(stamp, &event, next))
            }
            Step::Prune => nothing(ledger.prune(u64::MAX)),
            Step::Backup => {
                let backup = Backup::start(ledger, self.target.path());
                nothing(backup.and_then(|backup| backup.finish(ledger)))
            }
            Step::Checkpoint => {
                let fold = "PRAGMA wal_checkpoint(RESTART)";
                nothing(ledger.connection.query_row(fold, [], |_| Ok(())))
            }
            other => panic!("{other:?} is no such step"),
        }
    }

    fn tick(&mut self) -> Stamp {
        self.clock.monotonic_ms += 1_000;
        self.clock.wall += 1_000;
        self.clock
    }

    fn set_clock(&mut self, wall: u64, quality: ClockQuality, boot: Boot) {
        self.clock.wall = wall;
        self.clock.quality = quality;
        if boot == Boot::New {
            self.clock.boot.0[0] += 1;
            self.clock.monotonic_ms = 5_000;
        }
    }

    /// Closes the ledger and gives the record of the day.
    pub(super) fn end(mut self) -> Day {
        self.ledger = None;
        self.day.ops = self.terminal.take_log();
        self.day.calls = self.terminal.drive.disk().calls;
        self.day
    }
}

fn nothing<T, E: std::fmt::Display>(told: Result<T, E>) -> Result<(), String> {
    told.map(|_| ()).map_err(|error| error.to_string())
}

/// Plays a day on an empty disk.
pub(super) fn play(terminal: &Terminal, steps: &[Step]) -> Day {
    terminal.insert(Image::default());
    let mut player = Player::new(terminal);
    player.create().unwrap();
    run(player, steps)
}

/// Plays a day on a disk with a ledger.
pub(super) fn play_on(terminal: &Terminal, before: Image, steps: &[Step]) -> Day {
    terminal.insert(before);
    let mut player = Player::new(terminal);
    player.open().unwrap();
    // What was there before the day was committed before it.
    player.day.acknowledged[0].ops = 0;
    player.day.attempted[0].ops = 0;
    run(player, steps)
}

fn run(mut player: Player<'_>, steps: &[Step]) -> Day {
    for step in steps {
        let done = player.step(step);
        assert_eq!(done, Ok(()), "{step:?}");
    }
    player.end()
}
