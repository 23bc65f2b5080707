//! How long bytes take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The line's speed and the time scale of the emulation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LineConfig {
    /// Bits per second.
    pub baud: u32,
    /// Bits a byte takes: 11 for start, 8 data, parity, stop.
    pub bits_per_byte: u32,
    /// A meter's response delay Td in milliseconds (DL/T 645-2007: 20 to 500).
    pub response_delay_ms: u64,
    /// Emulated time against real time: 1 is real, 0.1 ten times as fast, 0 without any waiting.
    pub scale: f64,
}

impl Default for LineConfig {
    fn default() -> Self {
        Self {
            baud: 2_400,
            bits_per_byte: 11,
            response_delay_ms: 20,
            scale: 1.0,
        }
    }
}

impl LineConfig {
    /// How long `count` bytes occupy the wire, unscaled.
    pub fn wire_time(&self, count: usize) -> Duration {
        let bits = count as u64 * u64::from(self.bits_per_byte);
        Duration::from_nanos(bits * 1_000_000_000 / u64::from(self.baud.max(1)))
    }

    /// Emulated time as time to wait.
    pub fn scaled(&self, time: Duration) -> Duration {
        if self.scale <= 0.0 {
            Duration::ZERO
        } else {
            time.mul_f64(self.scale)
        }
    }

    /// The response delay, unscaled.
    pub fn response_delay(&self) -> Duration {
        Duration::from_millis(self.response_delay_ms)
    }
}

/// What went over a wire. Times are emulated ones, whatever the scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Bytes from the host.
    pub bytes_from_host: u64,
    /// Bytes from the meters.
    pub bytes_from_meters: u64,
    /// Bytes that a repeater brought from another wire.
    #[serde(default)]
    pub bytes_repeated: u64,
    /// Answers sent.
    pub answers: u64,
    /// How often two sent at once.
    pub collisions: u64,
    /// How long bytes occupied the wire, in nanoseconds.
    pub busy_ns: u64,
}
