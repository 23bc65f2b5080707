//! The wire itself: what the host sends reaches every meter after its time, and answers come back byte time by byte time.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Counters, LineConfig, SegmentConfig, SharedMeter};
use crate::meter::Answer;
use crate::pty::PtyPort;

/// Bytes released at once: few enough to look like a line, many enough for the timer's grain.
const CHUNK: usize = 6;

#[derive(Debug)]
struct State {
    port: Option<Arc<PtyPort>>,
    counters: Counters,
    frames: u64,
    sending_until: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Wire {
    config: SegmentConfig,
    meters: Vec<SharedMeter>,
    state: Mutex<State>,
}

impl Wire {
    pub(super) fn new(config: SegmentConfig, meters: Vec<SharedMeter>) -> Self {
        let state = State {
            port: None,
            counters: Counters::default(),
            frames: 0,
            sending_until: None,
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

    fn line(&self) -> &LineConfig {
        &self.config.line
    }

    pub(super) fn plug(&self, tty: &Path) -> io::Result<Arc<PtyPort>> {
        let port = Arc::new(PtyPort::open(tty)?);
        self.state().port = Some(Arc::clone(&port));
        Ok(port)
    }

    pub(super) fn unplug(&self) {
        if let Some(port) = self.state().port.take() {
            port.unlink();
        }
    }

    pub(super) fn counters(&self) -> Counters {
        self.state().counters
    }

    pub(super) fn reset_counters(&self) {
        self.state().counters = Counters::default();
    }

    /// Takes in what the host sends until the cable is pulled.
    pub(super) async fn receive(self: Arc<Self>, port: Arc<PtyPort>) {
        let mut line_free = Instant::now();
        while let Some(mut heard) = port.read().await {
            let count = heard.len();
            let began = line_free.max(Instant::now());
            line_free = began + self.line().scaled(self.line().wire_time(count));
            self.count_from_host(count);
            self.disturb(&mut heard);
            if self.line().scale > 0.0 {
                sleep_until(line_free).await;
            }
            if self.config.echo {
                port.send(&heard);
            }
            let answers = self.ask_meters(&heard);
            self.schedule(&port, answers);
        }
    }

    fn count_from_host(&self, count: usize) {
        let mut state = self.state();
        state.counters.bytes_from_host += count as u64;
        state.counters.busy_ns += nanos(self.line().wire_time(count));
        if state
            .sending_until
            .is_some_and(|until| until > Instant::now())
        {
            state.counters.collisions += 1;
        }
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

    /// Every meter hears everything. Prompt answers of several meters are sent at once and spoil each other.
    fn ask_meters(&self, heard: &[u8]) -> Vec<Answer> {
        let per_meter: Vec<Vec<Answer>> = self
            .meters
            .iter()
            .map(|meter| meter.lock().expect("no panic while held").hear(heard))
            .filter(|answers| !answers.is_empty())
            .collect();
        if per_meter.len() < 2 {
            return per_meter.into_iter().flatten().collect();
        }
        self.state().counters.collisions += 1;
        let together = per_meter.into_iter().map(|answers| concatenated(&answers));
        together
            .reduce(overlap)
            .map(Answer::prompt)
            .into_iter()
            .collect()
    }

    /// Sends the answers one after the other, each not before its time, beside whatever the host does meanwhile.
    fn schedule(self: &Arc<Self>, port: &Arc<PtyPort>, answers: Vec<Answer>) {
        let heard_at = Instant::now();
        for (extra, bytes) in merged(answers) {
            let delay = self.line().scaled(self.line().response_delay() + extra);
            let wire = Arc::clone(self);
            let port = Arc::downgrade(port);
            tokio::spawn(async move {
                if !delay.is_zero() {
                    sleep_until(heard_at + delay).await;
                }
                wire.send(&port, bytes).await;
            });
        }
    }

    /// The port is looked up piece by piece: a cut in the middle of an answer is a cut.
    async fn send(&self, port: &Weak<PtyPort>, mut bytes: Vec<u8>) {
        self.disturb(&mut bytes);
        let began = Instant::now();
        {
            let mut state = self.state();
            state.counters.answers += 1;
            state.counters.bytes_from_meters += bytes.len() as u64;
            state.counters.busy_ns += nanos(self.line().wire_time(bytes.len()));
            state.sending_until =
                Some(began + self.line().scaled(self.line().wire_time(bytes.len())));
        }
        if self.line().scale <= 0.0 {
            put_on_line(port, &bytes);
            return;
        }
        let mut sent = 0;
        for chunk in bytes.chunks(CHUNK) {
            sent += chunk.len();
            sleep_until(began + self.line().scaled(self.line().wire_time(sent))).await;
            put_on_line(port, chunk);
        }
    }
}

fn put_on_line(port: &Weak<PtyPort>, bytes: &[u8]) {
    if let Some(port) = port.upgrade() {
        port.send(bytes);
    }
}

/// Answers that come at the same time leave as one run of bytes, so that their order is kept.
fn merged(answers: Vec<Answer>) -> Vec<(Duration, Vec<u8>)> {
    let mut runs: Vec<(Duration, Vec<u8>)> = Vec::new();
    for answer in answers {
        match runs.last_mut() {
            Some((extra, bytes)) if *extra == answer.extra => bytes.extend(answer.bytes),
            _ => runs.push((answer.extra, answer.bytes)),
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
