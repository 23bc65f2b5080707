//! The validator on its wire: sequence flags, lost answers, power, persistence.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::frame::{Packet, Scanner};
use super::note::{Insertion, Machine, NoteGoes};
use super::state::{ValidatorConfig, ValidatorFault, ValidatorState};
use crate::pty::PtyPort;
use crate::store;

const SYNC: u8 = 0x11;
const RESET: u8 = 0x01;
const TICK: Duration = Duration::from_millis(5);

#[derive(Debug)]
struct Inner {
    machine: Machine,
    saved: ValidatorState,
    file: PathBuf,
    began: Instant,
    answers_from: u64,
    last_sequence: Option<u8>,
    last_reply: Vec<u8>,
    silent: bool,
    lose: u32,
    corrupt: u32,
}

/// A running validator. Dropping it takes the tty away.
#[derive(Debug)]
pub struct Validator {
    inner: Arc<Mutex<Inner>>,
    tty: PathBuf,
    tasks: [JoinHandle<()>; 2],
}

impl Validator {
    /// Powers the validator up; the program under test opens `tty`. Needs a Tokio runtime.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn start(config: ValidatorConfig, tty: &Path, file: PathBuf) -> io::Result<Self> {
        let port = PtyPort::open(tty)?;
        let stored = store::load(&file)?.unwrap_or_default();
        let config = config.scaled();
        let boot_ms = config.boot_ms;
        let machine = Machine::power_up(config, stored);
        let mut inner = Inner {
            machine,
            saved: ValidatorState::default(),
            file,
            began: Instant::now(),
            answers_from: boot_ms,
            last_sequence: None,
            last_reply: Vec::new(),
            silent: false,
            lose: 0,
            corrupt: 0,
        };
        inner.save()?;
        let inner = Arc::new(Mutex::new(inner));
        let tasks = [
            tokio::spawn(listen(Arc::clone(&inner), port)),
            tokio::spawn(tick(Arc::clone(&inner))),
        ];
        Ok(Self {
            inner,
            tty: tty.to_path_buf(),
            tasks,
        })
    }

    /// Where the program under test finds it.
    pub fn tty(&self) -> &Path {
        &self.tty
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while held")
    }

    /// Holds a note to the mouth.
    pub fn insert(&self, value: u32) -> Insertion {
        self.inner()
            .change(|machine, now| machine.insert(value, now))
    }

    /// Power goes and comes.
    pub fn power_cycle(&self, note: NoteGoes) {
        let mut inner = self.inner();
        inner.last_sequence = None;
        inner.last_reply.clear();
        inner.answers_from = inner.now() + inner.machine.config.boot_ms;
        inner.change(|machine, _| machine.power_cycle(note));
    }

    /// Breaks or mends something.
    pub fn fault(&self, fault: ValidatorFault) {
        let mut inner = self.inner();
        match fault {
            ValidatorFault::Silent => inner.silent = true,
            ValidatorFault::Answering => inner.silent = false,
            ValidatorFault::LoseReplies { count } => inner.lose = count,
            ValidatorFault::CorruptReplies { count } => inner.corrupt = count,
            mechanical => inner.change(|machine, _| machine.fault(mechanical)),
        }
    }

    /// What is in the box, in the path and waiting to be heard.
    pub fn state(&self) -> ValidatorState {
        let mut inner = self.inner();
        inner.change(|machine, now| machine.tick(now));
        inner.machine.state().clone()
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Inner {
    /// Milliseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn change<T>(&mut self, action: impl FnOnce(&mut Machine, u64) -> T) -> T {
        let now = self.now();
        let result = action(&mut self.machine, now);
        self.save()
            .expect("the virtual validator's state can be written");
        result
    }

    fn save(&mut self) -> io::Result<()> {
        if *self.machine.state() != self.saved {
            self.saved = self.machine.state().clone();
            store::save(&self.file, &self.saved)?;
        }
        Ok(())
    }

    /// The bytes that answer a packet, or nothing.
    fn answer(&mut self, packet: &Packet) -> Option<Vec<u8>> {
        let address = packet.sequence_and_address & 0x7F;
        if address != 0 || self.silent || self.now() < self.answers_from {
            return None;
        }
        let sequence = packet.sequence_and_address & 0x80;
        let is_sync = packet.data == [SYNC];
        if self.last_sequence != Some(sequence) || is_sync {
            let data = self.change(|machine, now| machine.command(&packet.data, now));
            let reply = Packet {
                sequence_and_address: packet.sequence_and_address,
                data,
            }
            .encode();
            self.last_reply = reply;
            // After SYNC the next packet is to have flag 0.
            self.last_sequence = Some(if is_sync { 0x80 } else { sequence });
            if packet.data == [RESET] {
                self.last_sequence = None;
                self.answers_from = self.now() + self.machine.config.boot_ms;
            }
        }
        self.spoiled_reply()
    }

    fn spoiled_reply(&mut self) -> Option<Vec<u8>> {
        if self.lose > 0 {
            self.lose -= 1;
            return None;
        }
        let mut reply = self.last_reply.clone();
        if self.corrupt > 0 {
            self.corrupt -= 1;
            let last = reply.len() - 1;
            reply[last] ^= 0x01;
        }
        Some(reply)
    }
}

async fn listen(inner: Arc<Mutex<Inner>>, port: PtyPort) {
    let mut scanner = Scanner::default();
    while let Some(bytes) = port.read().await {
        for byte in bytes {
            let Some(packet) = scanner.take(byte) else {
                continue;
            };
            let answer = inner.lock().expect("no panic while held").answer(&packet);
            if let Some(answer) = answer {
                port.send(&answer);
            }
        }
    }
}

async fn tick(inner: Arc<Mutex<Inner>>) {
    let mut beat = tokio::time::interval(TICK);
    loop {
        beat.tick().await;
        inner
            .lock()
            .expect("no panic while held")
            .change(|machine, now| machine.tick(now));
    }
}
