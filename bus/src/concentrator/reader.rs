//! The task that reads the meters of one wire, cycle after cycle.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::clock::{Stamp, seconds_of, wall_time_of};
use super::event::EventKind;
use super::freeze;
use super::node::stopped;
use super::record::Record;
use super::roster::{Known, Roster};
use super::schedule::{Change, Cycle, Next, Schedule};
use super::segment::{Entrance, Priority};
use super::station::Station;
use super::store::{Period, Write};
use crate::link::{Link, LinkError, SerialSettings};
use crate::meter::{MeterDriver, MeterError};

/// How long a scheduled read waits behind what is more urgent.
const TURN: Duration = Duration::from_secs(120);
/// How long a wire rests on which nobody may speak.
const REST: Duration = Duration::from_secs(2);
/// The schedule is looked at this often even if nothing should be due: the clock may have been set.
const LOOK: Duration = Duration::from_secs(2);
/// What the wire's own drivers and buffers may add to an answer.
const MARGIN: Duration = Duration::from_millis(30);
/// Past periods of one meter that are asked for in one cycle.
const BACK_FILLS: usize = 4;
/// Writes that are collected at most before they go to the store: a power cut in a long cycle loses no more.
const BATCH: usize = 512;

pub(super) struct Reader {
    pub(super) station: Arc<Station>,
    pub(super) entrance: Entrance,
    pub(super) settings: SerialSettings,
    pub(super) schedule: Schedule,
    batch: Vec<Write>,
    began: Option<Instant>,
    serial: u8,
}

/// What became of an attempt.
enum Attempt {
    Answered(Record),
    /// It is there and cannot tell.
    Useless,
    Silent,
    /// Nothing was sent.
    NotAsked,
}

impl Reader {
    pub(super) fn new(
        station: Arc<Station>,
        entrance: Entrance,
        settings: SerialSettings,
        cycle: Cycle,
    ) -> Self {
        Reader {
            station,
            entrance,
            settings,
            schedule: Schedule::new(cycle),
            batch: Vec::new(),
            began: None,
            serial: 0,
        }
    }

    /// Reads until the concentrator stops.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut rosters = self.station.roster.subscribe();
        let mut cycles = self.station.cycles.subscribe();
        self.learn(&rosters.borrow_and_update().clone());
        loop {
            if rosters.has_changed().unwrap_or(false) {
                self.learn(&rosters.borrow_and_update().clone());
            }
            if let Some(cycle) = cycles.borrow_and_update().get(&self.entrance.port()) {
                self.schedule.set_cycle(cycle.clone());
            }
            match self.schedule.next(self.station.clock.now().at) {
                Next::Read(point) => {
                    let read = self.read(point);
                    let went = tokio::select! {
                        biased;
                        () = stopped(&mut stop) => break,
                        went = read => went,
                    };
                    if !went {
                        tokio::select! {
                            biased;
                            () = stopped(&mut stop) => break,
                            () = tokio::time::sleep(REST) => {}
                        }
                    }
                }
                Next::Wait(until) => {
                    self.end_cycle();
                    let left = until - self.station.clock.now().at;
                    let left = Duration::from_secs(u64::try_from(left).unwrap_or(1).max(1));
                    tokio::select! {
                        biased;
                        () = stopped(&mut stop) => break,
                        // To be told of a change is to have seen it: nobody would look again.
                        changed = rosters.changed() => {
                            if changed.is_ok() {
                                self.learn(&rosters.borrow_and_update().clone());
                            }
                        }
                        _ = cycles.changed() => {}
                        () = tokio::time::sleep(left.min(LOOK)) => {}
                    }
                }
            }
        }
        self.flush();
    }

    fn learn(&mut self, roster: &Arc<Roster>) {
        let station = &self.station;
        let points: Vec<u16> = roster.on_port(self.entrance.port()).collect();
        self.schedule
            .set_meters(points, |point| station.answers(point));
    }

    /// One meter's turn. False when nothing could be sent; the meter is then asked again later.
    async fn read(&mut self, point: u16) -> bool {
        let port = self.entrance.port();
        let Some(known) = self.station.roster().get(point).cloned() else {
            return true;
        };
        if self.began.is_none() {
            self.began = Some(Instant::now());
            let began = self.schedule.current().unwrap_or(0);
            self.station.cycle(port, |cycle| {
                (cycle.began, cycle.asked, cycle.answered) = (began, 0, 0);
                cycle.running = true;
            });
        }
        let mut link = self
            .entrance
            .link(Priority::Scheduled, TURN)
            .with_settings(known.settings);
        self.serial = self.serial.wrapping_add(16);
        let attempt = match self.driver(&known) {
            Some(driver) => attempt(&driver, &known, &mut link, &self.station).await,
            None => Attempt::Useless,
        };
        let answered = match attempt {
            Attempt::NotAsked => {
                self.schedule.put_back(point);
                return false;
            }
            Attempt::Answered(record) => {
                let (writes, gone) = self.station.take(point, record);
                self.batch.extend(writes);
                self.station.owe(point, gone);
                self.follow_up(point, &known, &mut link).await;
                true
            }
            Attempt::Useless => true,
            Attempt::Silent => false,
        };
        self.settle(point, answered);
        true
    }

    fn settle(&mut self, point: u16, answered: bool) {
        let change = match self.schedule.done(point, answered) {
            Change::None => None,
            Change::Lost => Some(EventKind::MeterLost),
            Change::Back => Some(EventKind::MeterBack),
        };
        self.batch
            .extend(change.map(|kind| self.station.event(kind, point)));
        if let Some(answers) = self.schedule.answers(point) {
            self.batch.push(self.station.set_answers(point, answers));
        }
        self.station.cycle(self.entrance.port(), |cycle| {
            cycle.asked += 1;
            cycle.answered += usize::from(answered);
        });
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    /// Periods that have gone by unread: the meter's own memory is asked, a few at a time so that no other meter waits for
    /// long; what it does not tell is missed.
    async fn follow_up<L: Link>(&mut self, point: u16, known: &Known, link: &mut L) {
        let owed = self.station.owed(point);
        if owed.is_empty() {
            return;
        }
        let driver = self
            .driver(known)
            .filter(|_| known.profile.frozen.is_some());
        let Some(driver) = driver else {
            let missed = owed
                .into_iter()
                .map(|period| self.station.gone(point, period, None));
            self.batch.extend(missed);
            return;
        };
        let mut later = Vec::new();
        for (at, period) in owed.into_iter().enumerate() {
            if at >= BACK_FILLS {
                later.push(period);
                continue;
            }
            match self.kept(&driver, known, link, period).await {
                Ok(found) => self.batch.push(self.station.gone(point, period, found)),
                Err(error) => {
                    tracing::info!(meter = %known.address, %error, "a past day was not read; later again");
                    later.push(period);
                }
            }
        }
        self.station.owe(point, later);
    }

    /// What the meter kept of a period's end: the record it made on the day after.
    async fn kept<L: Link>(
        &self,
        driver: &MeterDriver,
        known: &Known,
        link: &mut L,
        period: Period,
    ) -> Result<Option<Record>, MeterError> {
        let Some(day) = freeze::day_after(period).and_then(wall_time_of) else {
            return Ok(None);
        };
        match driver.frozen(link, day.to_civil().date()).await {
            Ok(Some(kept)) => {
                let read = Stamp {
                    at: seconds_of(kept.at),
                    quality: self.station.clock.now().quality,
                };
                let record = Record::of_registers(read, &known.profile, &kept.registers);
                Ok((!record.values.is_empty()).then_some(record))
            }
            Ok(None) | Err(MeterError::Refused(_) | MeterError::Unsupported(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn driver(&self, known: &Known) -> Option<MeterDriver> {
        let baud = known.settings.unwrap_or(self.settings).baud;
        let profile = known.profile.as_ref().clone();
        match MeterDriver::new(profile, known.address, baud) {
            Ok(driver) => Some(driver.with_margin(MARGIN).with_first_serial(self.serial)),
            Err(error) => {
                tracing::error!(meter = %known.address, %error, "a meter cannot be read");
                None
            }
        }
    }

    fn end_cycle(&mut self) {
        if let Some(began) = self.began.take() {
            let took = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.station.cycle(self.entrance.port(), |cycle| {
                cycle.took_ms = took;
                cycle.running = false;
            });
            self.flush();
        }
    }

    /// One transaction for everything that was collected; the store's thread does it, the wire does not wait.
    fn flush(&mut self) {
        if !self.batch.is_empty() {
            self.station.write(std::mem::take(&mut self.batch));
        }
    }
}

/// Reads one meter for somebody who waits, keeps what it says, and tells whether it said anything.
pub(super) async fn read_now(
    station: &Station,
    entrance: &Entrance,
    settings: SerialSettings,
    point: u16,
    known: &Known,
    queue: Duration,
) -> bool {
    let baud = known.settings.unwrap_or(settings).baud;
    let driver = match MeterDriver::new(known.profile.as_ref().clone(), known.address, baud) {
        Ok(driver) => driver.with_margin(MARGIN),
        Err(error) => {
            tracing::error!(meter = %known.address, %error, "a meter cannot be read");
            return false;
        }
    };
    let link = entrance.link(Priority::OnDemand, queue);
    let mut link = link.with_settings(known.settings);
    match attempt(&driver, known, &mut link, station).await {
        Attempt::Answered(record) => {
            let (writes, gone) = station.take(point, record);
            // The meter's own memory is asked by the next scheduled reading.
            station.owe(point, gone);
            station.write(writes);
            true
        }
        Attempt::Useless | Attempt::Silent | Attempt::NotAsked => false,
    }
}

/// Reads one meter: its registers, or its books where its profile names no registers.
async fn attempt<L: Link>(
    driver: &MeterDriver,
    known: &Known,
    link: &mut L,
    station: &Station,
) -> Attempt {
    let profile = known.profile.as_ref();
    let read = if profile.registers.is_empty() {
        let books = driver.read(link).await;
        books.map(|reading| Record::of_books(station.clock.now(), &reading))
    } else {
        let registers = driver.read_registers(link).await;
        registers.map(|found| Record::of_registers(station.clock.now(), profile, &found))
    };
    match read {
        Ok(record) => Attempt::Answered(record),
        Err(MeterError::Link(LinkError::NoAnswer(_))) => Attempt::Silent,
        Err(MeterError::Link(error)) => {
            tracing::debug!(meter = %known.address, %error, "not asked");
            Attempt::NotAsked
        }
        Err(error) => {
            tracing::info!(meter = %known.address, %error, "a meter answers and tells nothing");
            Attempt::Useless
        }
    }
}
