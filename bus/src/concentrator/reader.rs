//! The task that reads the meters of one wire, cycle after cycle.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::clock::Stamp;
use super::event::EventKind;
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
const LOOK: Duration = Duration::from_secs(30);
/// What the wire's own drivers and buffers may add to an answer.
const MARGIN: Duration = Duration::from_millis(30);
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
        self.learn(&rosters.borrow_and_update().clone());
        loop {
            if rosters.has_changed().unwrap_or(false) {
                self.learn(&rosters.borrow_and_update().clone());
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
                        _ = rosters.changed() => {}
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
        let attempt = attempt(&known, self.settings, &mut link, &self.station, self.serial).await;
        let answered = match attempt {
            Attempt::NotAsked => {
                self.schedule.put_back(point);
                return false;
            }
            Attempt::Answered(record) => {
                let (writes, gone) = self.station.take(point, record);
                self.batch.extend(writes);
                self.follow_up(point, gone);
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

    /// Periods that have gone by unread: what the meter's own memory does not tell is missed.
    fn follow_up(&mut self, point: u16, gone: Vec<Period>) {
        for period in gone {
            self.batch.push(self.station.gone(point, period, None));
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

/// Reads one meter.
async fn attempt<L: Link>(
    known: &Known,
    own: SerialSettings,
    link: &mut L,
    station: &Station,
    serial: u8,
) -> Attempt {
    let baud = known.settings.unwrap_or(own).baud;
    let profile = known.profile.as_ref().clone();
    let driver = match MeterDriver::new(profile, known.address, baud) {
        Ok(driver) => driver.with_margin(MARGIN).with_first_serial(serial),
        Err(error) => {
            tracing::error!(meter = %known.address, %error, "a meter cannot be read");
            return Attempt::Useless;
        }
    };
    match driver.read(link).await {
        Ok(reading) => Attempt::Answered(Record::of_books(now(station), &reading)),
        Err(MeterError::Link(error)) if error.never_sent() => {
            tracing::debug!(meter = %known.address, %error, "not asked");
            Attempt::NotAsked
        }
        Err(MeterError::Link(LinkError::NoAnswer(_))) => Attempt::Silent,
        Err(MeterError::Link(error)) => {
            tracing::info!(meter = %known.address, %error, "not read");
            Attempt::NotAsked
        }
        Err(error) => {
            tracing::info!(meter = %known.address, %error, "a meter answers and tells nothing");
            Attempt::Useless
        }
    }
}

fn now(station: &Station) -> Stamp {
    station.clock.now()
}
