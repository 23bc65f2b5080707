//! What the tasks of one concentrator share: clock, store, meters, the newest readings, events.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::clock::{LocalSeconds, NodeClock};
use super::event::{Event, EventKind, between};
use super::freeze;
use super::record::{Record, SupplyState};
use super::roster::Roster;
use super::schedule::{Answers, Cycle};
use super::store::{Frozen, Keeper, Period, StoreError, Write};
use crate::frame::gdw376::item::batch::Status;

/// The shared part.
pub(super) struct Station {
    pub(super) clock: NodeClock,
    pub(super) keeper: Keeper,
    pub(super) roster: watch::Sender<Arc<Roster>>,
    /// How long after midnight a reading is the day's freeze.
    pub(super) window: LocalSeconds,
    /// The cycle of each wire that is read on schedule.
    pub(super) cycles: watch::Sender<BTreeMap<u8, Cycle>>,
    /// Goes up when there may be something new to report.
    pub(super) news: watch::Sender<u64>,
    live: Mutex<Live>,
}

/// What is known without asking the store.
#[derive(Default)]
struct Live {
    readings: BTreeMap<u16, Record>,
    answers: BTreeMap<u16, Answers>,
    /// The last day that a frozen value is known of.
    frozen: BTreeMap<u16, i64>,
    /// Periods that the meter's own memory still has to be asked for.
    owed: BTreeMap<u16, Vec<Period>>,
    /// The state that was last ordered; `Unknown` = any.
    ordered: BTreeMap<u16, SupplyState>,
    events: i64,
    counts: BTreeMap<EventKind, i64>,
    cycles: BTreeMap<u8, CycleState>,
    /// Batches of readings that masters have begun, the newest last.
    tasks: Vec<Status>,
}

/// How many batches are remembered.
const MOST_TASKS: usize = 16;

/// Under which name the cycle of a wire is kept, in seconds.
fn cycle_setting(port: u8) -> String {
    format!("cycle/{port}")
}

/// How a wire's cycle stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CycleState {
    /// When the cycle that is under way or was the last began.
    pub began: LocalSeconds,
    /// How many meters were asked in it.
    pub asked: usize,
    /// How many of them answered.
    pub answered: usize,
    /// How long the last whole cycle took, in milliseconds of a monotonic clock; 0 = there was none.
    pub took_ms: u64,
    /// Whether it is under way.
    pub running: bool,
}

impl Station {
    /// Loads what the store knows. Without a store it starts empty.
    pub(super) async fn load(
        clock: NodeClock,
        keeper: Keeper,
        roster: Roster,
        window: LocalSeconds,
    ) -> Self {
        let points: Vec<u16> = roster.points().map(|(point, _)| point).collect();
        let loaded = keeper.call(move |store| {
            let mut live = Live {
                answers: store.answers()?.into_iter().collect(),
                ..Live::default()
            };
            let (events, counts) = store.event_counts()?;
            live.events = events;
            live.counts = counts.into_iter().collect();
            for point in points {
                live.readings
                    .extend(store.reading(point)?.map(|record| (point, record)));
                live.frozen
                    .extend(store.last_day(point)?.map(|day| (point, day)));
                let gaps = store.gaps(point)?;
                if !gaps.is_empty() {
                    live.owed.insert(point, gaps);
                }
            }
            Ok(live)
        });
        let live = loaded.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "starting without what was stored");
            Live::default()
        });
        Station {
            clock,
            keeper,
            roster: watch::Sender::new(Arc::new(roster)),
            window,
            cycles: watch::Sender::new(BTreeMap::new()),
            news: watch::Sender::new(0),
            live: Mutex::new(live),
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        // Every change is a single insertion, so what is there is sound even if a holder died.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The meters as they are now.
    pub(super) fn roster(&self) -> Arc<Roster> {
        Arc::clone(&self.roster.borrow())
    }

    /// An event, counted; to be written.
    pub(super) fn event(&self, kind: EventKind, point: u16) -> Write {
        let seen = self.clock.now();
        let mut live = self.live();
        live.events += 1;
        let number = live.events;
        let count = live.counts.entry(kind).or_insert(0);
        *count += 1;
        let event = Event {
            number,
            kind,
            seen,
            point,
            count: *count,
        };
        tracing::info!(point, number, what = kind.words(), "event");
        Write::Event(event)
    }

    /// An event of the concentrator itself or of an order, written at once.
    pub(super) fn tell(&self, kind: EventKind, point: u16) {
        let write = self.event(kind, point);
        self.write(vec![write]);
    }

    /// Writes, and wakes whoever reports.
    pub(super) fn write(&self, writes: Vec<Write>) {
        let news = writes
            .iter()
            .any(|write| matches!(write, Write::Event(_) | Write::Frozen { .. }));
        self.keeper.write(writes);
        if news {
            self.news.send_modify(|count| *count += 1);
        }
    }

    /// Somebody orders the relay or valve of a point; its next change is expected.
    pub(super) fn expect(&self, point: u16, state: SupplyState) {
        self.live().ordered.insert(point, state);
    }

    /// A meter was read: what is to be written, and which periods only its own memory can still tell.
    pub(super) fn take(&self, point: u16, record: Record) -> (Vec<Write>, Vec<Period>) {
        let stamp = record.read;
        let (events, due) = {
            let mut live = self.live();
            let ordered = match live.ordered.get(&point) {
                Some(SupplyState::Unknown) => Some(record.supply),
                other => other.copied(),
            };
            let events = between(live.readings.get(&point), &record, ordered);
            if ordered == Some(record.supply) {
                live.ordered.remove(&point);
            }
            let due = if stamp.quality.trusted() {
                freeze::due(live.frozen.get(&point).copied(), stamp.at, self.window)
            } else {
                // What day it is cannot be said.
                freeze::Due::default()
            };
            let last = due
                .read
                .iter()
                .chain(&due.gone)
                .filter_map(|period| match period {
                    Period::Day(day) => Some(*day),
                    Period::Month(_) => None,
                });
            if let Some(last) = last.max() {
                live.frozen.insert(point, last);
            }
            live.readings.insert(point, record.clone());
            (events, due)
        };
        let mut writes: Vec<Write> = events
            .into_iter()
            .map(|kind| self.event(kind, point))
            .collect();
        writes.extend(due.read.into_iter().map(|period| Write::Frozen {
            point,
            period,
            value: Frozen::Read(record.clone()),
            at: stamp.at,
        }));
        writes.push(Write::Reading(point, record));
        (writes, due.gone)
    }

    /// Notes periods that the meter's own memory has to be asked for. Nothing of it is stored: after a restart they show as
    /// gaps between the frozen values that are there.
    pub(super) fn owe(&self, point: u16, periods: Vec<Period>) {
        if !periods.is_empty() {
            self.live().owed.entry(point).or_default().extend(periods);
        }
    }

    /// Takes what [`owe`](Self::owe) noted for a point.
    pub(super) fn owed(&self, point: u16) -> Vec<Period> {
        self.live().owed.remove(&point).unwrap_or_default()
    }

    /// A write that says what became of a period that had gone by.
    pub(super) fn gone(&self, point: u16, period: Period, found: Option<Record>) -> Write {
        Write::Frozen {
            point,
            period,
            value: found.map_or(Frozen::Missed, Frozen::BackFilled),
            at: self.clock.now().at,
        }
    }

    /// The newest reading of a point.
    pub(super) fn reading(&self, point: u16) -> Option<Record> {
        self.live().readings.get(&point).cloned()
    }

    /// What is known of a meter's answers.
    pub(super) fn answers(&self, point: u16) -> Option<Answers> {
        self.live().answers.get(&point).copied()
    }

    /// Keeps what is known of a meter's answers.
    pub(super) fn set_answers(&self, point: u16, answers: Answers) -> Write {
        self.live().answers.insert(point, answers);
        Write::Answers(point, answers)
    }

    /// How many of these points count as lost.
    pub(super) fn lost(&self, points: impl Iterator<Item = u16>) -> usize {
        let live = self.live();
        points
            .filter(|point| live.answers.get(point).is_some_and(Answers::lost))
            .count()
    }

    /// Changes how a wire's cycle stands.
    pub(super) fn cycle(&self, port: u8, change: impl FnOnce(&mut CycleState)) {
        change(self.live().cycles.entry(port).or_default());
    }

    /// How a wire's cycle stands.
    pub(super) fn cycle_of(&self, port: u8) -> Option<CycleState> {
        self.live().cycles.get(&port).copied()
    }

    /// How many events there have been, of each kind.
    pub(super) fn counts(&self) -> Vec<(EventKind, i64)> {
        self.live()
            .counts
            .iter()
            .map(|(kind, count)| (*kind, *count))
            .collect()
    }

    /// Takes over the cycles of the configuration, and in their place what masters have set.
    pub(super) async fn load_cycles(&self, configured: BTreeMap<u8, Cycle>) {
        let ports: Vec<u8> = configured.keys().copied().collect();
        let kept = self.keeper.call(move |store| {
            ports
                .into_iter()
                .map(|port| Ok((port, store.setting(&cycle_setting(port))?)))
                .collect::<Result<Vec<_>, _>>()
        });
        let kept = kept.await.unwrap_or_default();
        let mut cycles = configured;
        for (port, text) in kept {
            let seconds = text.and_then(|text| text.parse().ok());
            cycles.extend(seconds.map(|seconds| (port, Cycle::Every(seconds))));
        }
        self.cycles.send_replace(cycles);
    }

    /// The cycle of a wire; `None` where it is not read on schedule.
    pub(super) fn cycle_kept(&self, port: u8) -> Option<Cycle> {
        self.cycles.borrow().get(&port).cloned()
    }

    /// A master sets the cycles of some wires: all, durably, or none.
    ///
    /// # Errors
    /// [`StoreError`]; the cycles are then as before.
    pub(super) async fn set_cycles(&self, cycles: Vec<(u8, Cycle)>) -> Result<(), StoreError> {
        let settings: Vec<Write> = cycles
            .iter()
            .filter_map(|(port, cycle)| match cycle {
                Cycle::Every(seconds) => {
                    Some(Write::Setting(cycle_setting(*port), seconds.to_string()))
                }
                Cycle::At(_) => None,
            })
            .collect();
        self.keeper
            .call(move |store| store.write(&settings))
            .await?;
        self.cycles.send_modify(|known| known.extend(cycles));
        Ok(())
    }

    /// Notes a batch of readings; false when it is known already.
    pub(super) fn begin_task(&self, number: u16, points: u16) -> bool {
        let mut live = self.live();
        if live
            .tasks
            .iter()
            .any(|task| task.number == number && !task.ended())
        {
            return false;
        }
        live.tasks.retain(|task| task.number != number);
        if live.tasks.len() >= MOST_TASKS {
            live.tasks.remove(0);
        }
        live.tasks.push(Status {
            number,
            points,
            read: 0,
            failed: 0,
        });
        true
    }

    /// One point of a batch is done.
    pub(super) fn task_done(&self, number: u16, read: bool) {
        let mut live = self.live();
        if let Some(task) = live.tasks.iter_mut().find(|task| task.number == number) {
            if read {
                task.read = task.read.saturating_add(1);
            } else {
                task.failed = task.failed.saturating_add(1);
            }
        }
    }

    /// How far a batch is.
    pub(super) fn task(&self, number: u16) -> Option<Status> {
        self.live()
            .tasks
            .iter()
            .find(|task| task.number == number)
            .copied()
    }

    /// A master sets the clock.
    ///
    /// # Errors
    /// [`StoreError`] when the new offset cannot be kept; the clock is set all the same.
    pub(super) async fn set_clock(
        &self,
        time: crate::frame::wall_time::WallTime,
    ) -> Result<(), StoreError> {
        let offset = self.clock.set(time);
        self.tell(EventKind::ClockSet, 0);
        self.keeper
            .call(move |store| {
                store.write(&[Write::Setting("offset".to_owned(), offset.to_string())])
            })
            .await
    }
}
