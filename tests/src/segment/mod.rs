//! One RS-485 wire on a pseudo-terminal: byte timing, meters that all hear everything, collisions, noise, echo, cuts.

mod timing;
mod wire;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::meter::VirtualMeter;

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

/// A running segment. Dropping it pulls the cable.
#[derive(Debug)]
pub struct Segment {
    tty: PathBuf,
    wire: Arc<Wire>,
    receiving: Mutex<Option<JoinHandle<()>>>,
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
        let wire = Arc::new(Wire::new(config, meters));
        let segment = Self {
            tty,
            wire,
            receiving: Mutex::new(None),
        };
        segment.restore()?;
        Ok(segment)
    }

    /// Where the program under test finds the line.
    pub fn tty(&self) -> &PathBuf {
        &self.tty
    }

    /// Pulls the cable out of the computer: the tty is gone.
    pub fn cut(&self) {
        if let Some(task) = self.receiving.lock().expect("no panic while held").take() {
            task.abort();
        }
        self.wire.unplug();
    }

    /// Puts the cable back: a new tty under the same name. Nothing happens when it is in.
    ///
    /// # Errors
    /// What the operating system says when the pseudo-terminal is made.
    pub fn restore(&self) -> io::Result<()> {
        let mut receiving = self.receiving.lock().expect("no panic while held");
        if receiving.is_some() {
            return Ok(());
        }
        let port = self.wire.plug(&self.tty)?;
        *receiving = Some(tokio::spawn(Arc::clone(&self.wire).receive(port)));
        Ok(())
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
