//! The wire itself: what one end sends reaches every other end byte time by byte time, and who talks into another spoils both.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::{Counters, LineConfig, SegmentConfig, SharedMeter};
use crate::meter::Answer;
use crate::pty::PtyPort;

/// Bytes released at once: few enough to look like a line, many enough for the timer's grain.
const CHUNK: usize = 6;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A program behind its own tty.
    Host(usize),
    /// A meter; `None` for several that answered at once.
    Meter(Option<usize>),
    /// A repeater's side.
    Bridge(usize),
}

/// What a repeater hears, and when.
pub(super) type Repeated = (Instant, Vec<u8>);

/// Somebody who is sending.
#[derive(Debug)]
struct OnAir {
    id: u64,
    from: End,
    until: Instant,
    /// Somebody talks into what is being sent now.
    garbled: bool,
    /// Somebody has talked into it.
    collided: bool,
}

#[derive(Debug, Default)]
struct State {
    ports: Vec<Option<Arc<PtyPort>>>,
    bridges: Vec<mpsc::UnboundedSender<Repeated>>,
    counters: Counters,
    frames: u64,
    sendings: u64,
    on_air: Vec<OnAir>,
    broken: bool,
}

#[derive(Debug)]
pub(super) struct Wire {
    config: SegmentConfig,
    meters: Vec<SharedMeter>,
    state: Mutex<State>,
}

impl Wire {
    pub(super) fn new(config: SegmentConfig, meters: Vec<SharedMeter>, hosts: usize) -> Self {
        let state = State {
            ports: vec![None; hosts],
            ..State::default()
        };
        Self {
            config,
            meters,
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while held")
    }

    pub(super) fn line(&self) -> &LineConfig {
        &self.config.line
    }

    pub(super) fn plug(&self, host: usize, tty: &Path) -> io::Result<Arc<PtyPort>> {
        let port = Arc::new(PtyPort::open(tty)?);
        self.state().ports[host] = Some(Arc::clone(&port));
        Ok(port)
    }

    pub(super) fn unplug(&self, host: usize) {
        if let Some(port) = self.state().ports[host].take() {
            port.unlink();
        }
    }

    /// A repeater's side: which end it is, and what it hears.
    pub(super) fn bridge(&self) -> (End, mpsc::UnboundedReceiver<Repeated>) {
        let (tell, heard) = mpsc::unbounded_channel();
        let mut state = self.state();
        state.bridges.push(tell);
        (End::Bridge(state.bridges.len() - 1), heard)
    }

    /// Breaks the wire, or mends it: while it is broken nobody hears anybody, and every tty stays.
    pub(super) fn set_broken(&self, broken: bool) {
        self.state().broken = broken;
    }

    pub(super) fn counters(&self) -> Counters {
        self.state().counters
    }

    pub(super) fn reset_counters(&self) {
        self.state().counters = Counters::default();
    }

    /// Sends what a host writes until its cable is pulled.
    pub(super) async fn receive(self: Arc<Self>, host: usize, port: Arc<PtyPort>) {
        while let Some(written) = port.read().await {
            self.send(End::Host(host), written).await;
        }
    }

    /// Puts bytes on the wire, each in its time. Whoever is unplugged meanwhile hears no more of it.
    pub(super) async fn send(self: &Arc<Self>, from: End, mut bytes: Vec<u8>) {
        self.count(from, bytes.len());
        self.disturb(&mut bytes);
        if self.line().scale <= 0.0 {
            return self.deliver(from, &bytes);
        }
        let id = self.next_sending();
        let began = Instant::now();
        let mut sent = 0;
        for chunk in bytes.chunks(CHUNK) {
            sent += chunk.len();
            let until = began + self.line().scaled(self.line().wire_time(sent));
            self.take_the_air(id, from, until);
            sleep_until(until).await;
            if self.was_garbled(id) {
                let garbled: Vec<u8> = chunk.iter().map(|byte| byte ^ 0x24).collect();
                self.deliver(from, &garbled);
            } else {
                self.deliver(from, chunk);
            }
        }
        self.state().on_air.retain(|sending| sending.id != id);
    }

    fn count(&self, from: End, count: usize) {
        let mut state = self.state();
        let counters = &mut state.counters;
        match from {
            End::Host(_) => counters.bytes_from_host += count as u64,
            End::Meter(_) => {
                counters.answers += 1;
                counters.bytes_from_meters += count as u64;
            }
            End::Bridge(_) => counters.bytes_repeated += count as u64,
        }
        counters.busy_ns += nanos(self.line().wire_time(count));
    }

    /// Noise: one wrong bit in every so many pieces.
    fn disturb(&self, bytes: &mut [u8]) {
        let mut state = self.state();
        state.frames += 1;
        let every = self.config.noise_every;
        if every > 0 && state.frames.is_multiple_of(every) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x04;
        }
    }

    fn next_sending(&self) -> u64 {
        let mut state = self.state();
        state.sendings += 1;
        state.sendings
    }

    /// From now on until then these bytes are on the wire; whoever else is sending spoils them, and they spoil that.
    fn take_the_air(&self, id: u64, from: End, until: Instant) {
        let now = Instant::now();
        let mut state = self.state();
        // A cable pulled in the middle of a sending leaves it here.
        state.on_air.retain(|one| one.id == id || one.until > now);
        let mut first_time = false;
        let mut garbled = false;
        for other in state.on_air.iter_mut().filter(|other| other.id != id) {
            first_time |= !other.collided;
            other.garbled = true;
            other.collided = true;
            garbled = true;
        }
        match state.on_air.iter_mut().find(|own| own.id == id) {
            Some(own) => {
                own.until = until;
                own.garbled = garbled;
                own.collided |= garbled;
            }
            None => state.on_air.push(OnAir {
                id,
                from,
                until,
                garbled,
                collided: garbled,
            }),
        }
        if first_time {
            state.counters.collisions += 1;
        }
    }

    fn was_garbled(&self, id: u64) -> bool {
        let state = self.state();
        let own = state.on_air.iter().find(|own| own.id == id);
        own.is_some_and(|own| own.garbled)
    }

    /// Everybody else hears bytes that have ended.
    fn deliver(self: &Arc<Self>, from: End, bytes: &[u8]) {
        let Some(ports) = self.listeners(from, bytes) else {
            return;
        };
        for port in ports {
            port.send(bytes);
        }
        let answers = self.ask_meters(from, bytes);
        self.schedule(answers);
    }

    /// The ttys that hear it; `None` when the wire is broken. Repeaters are told at once. A port that is sending does not hear.
    fn listeners(&self, from: End, bytes: &[u8]) -> Option<Vec<Arc<PtyPort>>> {
        let now = Instant::now();
        let state = self.state();
        if state.broken {
            return None;
        }
        for (index, bridge) in state.bridges.iter().enumerate() {
            if from != End::Bridge(index) {
                // A repeater that was taken away hears nothing.
                let _ = bridge.send((now, bytes.to_vec()));
            }
        }
        let hears = |host: usize| {
            if from == End::Host(host) {
                return self.config.echo;
            }
            let mut sending = state.on_air.iter();
            !sending.any(|one| one.from == End::Host(host) && one.until > now)
        };
        let ports = state.ports.iter().enumerate();
        let plugged = ports.filter(|(host, _)| hears(*host));
        Some(plugged.filter_map(|(_, port)| port.clone()).collect())
    }

    /// Every meter hears everything. Prompt answers of several meters are sent at once and spoil each other.
    fn ask_meters(&self, from: End, heard: &[u8]) -> Vec<(End, Answer)> {
        let talking = |index: usize| from == End::Meter(None) || from == End::Meter(Some(index));
        let mut per_meter = Vec::new();
        for (index, meter) in self.meters.iter().enumerate() {
            if talking(index) {
                continue;
            }
            let answers = meter.lock().expect("no panic while held").hear(heard);
            if !answers.is_empty() {
                per_meter.push((index, answers));
            }
        }
        if per_meter.len() < 2 {
            let one = per_meter.into_iter();
            return one
                .flat_map(|(index, answers)| {
                    answers
                        .into_iter()
                        .map(move |answer| (End::Meter(Some(index)), answer))
                })
                .collect();
        }
        self.state().counters.collisions += 1;
        let together = per_meter.iter().map(|(_, answers)| concatenated(answers));
        together
            .reduce(overlap)
            .map(|bytes| (End::Meter(None), Answer::prompt(bytes)))
            .into_iter()
            .collect()
    }

    /// Sends the answers one after the other, each not before its time, beside whatever the hosts do meanwhile.
    fn schedule(self: &Arc<Self>, answers: Vec<(End, Answer)>) {
        let heard_at = Instant::now();
        for (from, extra, bytes) in merged(answers) {
            let delay = self.line().scaled(self.line().response_delay() + extra);
            let wire = Arc::clone(self);
            tokio::spawn(async move {
                if !delay.is_zero() {
                    sleep_until(heard_at + delay).await;
                }
                wire.send(from, bytes).await;
            });
        }
    }
}

/// Answers that come at the same time leave as one run of bytes, so that their order is kept.
fn merged(answers: Vec<(End, Answer)>) -> Vec<(End, Duration, Vec<u8>)> {
    let mut runs: Vec<(End, Duration, Vec<u8>)> = Vec::new();
    for (from, answer) in answers {
        match runs.last_mut() {
            Some((_, extra, bytes)) if *extra == answer.extra => bytes.extend(answer.bytes),
            _ => runs.push((from, answer.extra, answer.bytes)),
        }
    }
    runs
}

fn concatenated(answers: &[Answer]) -> Vec<u8> {
    answers
        .iter()
        .flat_map(|answer| answer.bytes.iter().copied())
        .collect()
}

/// Two drivers on one pair of wires: the dominant level wins bit by bit.
fn overlap(one: Vec<u8>, other: Vec<u8>) -> Vec<u8> {
    let length = one.len().max(other.len());
    let at = |bytes: &[u8], place: usize| bytes.get(place).copied().unwrap_or(0xFF);
    (0..length)
        .map(|place| at(&one, place) & at(&other, place))
        .collect()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
