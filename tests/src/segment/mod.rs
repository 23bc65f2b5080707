//! One RS-485 wire: one or more hosts, each on a pseudo-terminal of its own, and meters. All hear everything, in byte times;
//! collisions, noise, echo, cuts. A [`Repeater`] joins two wires.

mod repeater;
mod timing;
mod wire;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_shared;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::meter::VirtualMeter;

pub use repeater::Repeater;
pub use timing::{Counters, LineConfig};
use wire::Wire;

/// A meter that hangs on a wire and that a test may look into at the same time.
pub type SharedMeter = Arc<Mutex<VirtualMeter>>;

/// How a segment behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentConfig {
    /// Name, also that of the tty's link.
    pub name: String,
    /// Timing of the line.
    pub line: LineConfig,
    /// Whether the adapter hears its own sending.
    pub echo: bool,
    /// Every how many frames on the wire one bit is wrong; 0 never.
    pub noise_every: u64,
}

impl Default for SegmentConfig {
    fn default() -> Self {
        Self {
            name: "segment1".to_owned(),
            line: LineConfig::default(),
            echo: false,
            noise_every: 0,
        }
    }
}

/// A running segment. Dropping it pulls all cables.
#[derive(Debug)]
pub struct Segment {
    wire: Arc<Wire>,
    hosts: Vec<Host>,
}

/// A program's place on the wire.
#[derive(Debug)]
struct Host {
    tty: PathBuf,
    sending: Mutex<Option<JoinHandle<()>>>,
}

impl Segment {
    /// Starts the wire; the program under test opens `tty`. Needs a Tokio runtime.
    ///
    /// # Errors
    /// What the operating system says when the pseudo-terminal is made.
    pub fn start(
        config: SegmentConfig,
        tty: PathBuf,
        meters: Vec<SharedMeter>,
    ) -> io::Result<Self> {
        Self::shared(config, vec![tty], meters)
    }

    /// Starts a wire that several programs share, each through its own tty. Needs a Tokio runtime.
    ///
    /// # Errors
    /// What the operating system says when a pseudo-terminal is made.
    pub fn shared(
        config: SegmentConfig,
        ttys: Vec<PathBuf>,
        meters: Vec<SharedMeter>,
    ) -> io::Result<Self> {
        let wire = Arc::new(Wire::new(config, meters, ttys.len()));
        let host = |tty| Host {
            tty,
            sending: Mutex::new(None),
        };
        let hosts = ttys.into_iter().map(host).collect();
        let segment = Self { wire, hosts };
        segment.restore()?;
        Ok(segment)
    }

    /// Where the first program under test finds the line.
    ///
    /// # Panics
    /// When nobody but meters is on the wire.
    pub fn tty(&self) -> &PathBuf {
        &self.hosts.first().expect("a wire has a host").tty
    }

    /// Where each program finds the line.
    pub fn ttys(&self) -> impl Iterator<Item = &PathBuf> {
        self.hosts.iter().map(|host| &host.tty)
    }

    /// Pulls the cables out of all computers: the ttys are gone.
    pub fn cut(&self) {
        for host in 0..self.hosts.len() {
            self.cut_host(host);
        }
    }

    /// Pulls the cable out of one computer.
    pub fn cut_host(&self, host: usize) {
        if let Some(plugged) = self.hosts.get(host) {
            let task = plugged.sending.lock().expect("no panic while held").take();
            if let Some(task) = task {
                task.abort();
            }
            self.wire.unplug(host);
        }
    }

    /// Puts all cables back: new ttys under the same names. Nothing happens to those that are in.
    ///
    /// # Errors
    /// What the operating system says when a pseudo-terminal is made.
    pub fn restore(&self) -> io::Result<()> {
        for (index, host) in self.hosts.iter().enumerate() {
            let mut sending = host.sending.lock().expect("no panic while held");
            if sending.is_none() {
                let port = self.wire.plug(index, &host.tty)?;
                *sending = Some(tokio::spawn(Arc::clone(&self.wire).receive(index, port)));
            }
        }
        Ok(())
    }

    /// Breaks the wire somewhere in the street: every tty stays, and nobody hears anybody.
    pub fn break_wire(&self) {
        self.wire.set_broken(true);
    }

    /// Mends it.
    pub fn mend_wire(&self) {
        self.wire.set_broken(false);
    }

    /// What went over the wire since the last reset.
    pub fn counters(&self) -> Counters {
        self.wire.counters()
    }

    /// Starts counting anew.
    pub fn reset_counters(&self) {
        self.wire.reset_counters();
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.cut();
    }
}
