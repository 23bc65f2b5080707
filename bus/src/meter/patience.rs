//! How long to wait for an answer, from the lengths of both frames and the speed of the wire.

use std::time::Duration;

/// Start bit, eight data bits, parity, stop bit.
const BITS_A_BYTE: u64 = 11;
/// The longest a meter may take before its first byte (DL/T 645-2007, 5.3: 20 to 500 ms).
const SLOWEST_ANSWER: Duration = Duration::from_millis(500);
/// Bytes of preamble a meter may put before its answer.
const PREAMBLE: usize = 4;

/// The speed of the wire, and what the way to it adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Bits a second on the meter's wire; not zero.
    pub(super) baud: u32,
    /// For adapters, drivers and the network on the way.
    pub(super) margin: Duration,
}

impl Pace {
    /// The time to wait for an answer of up to `answer` bytes to a request of `request` bytes.
    pub(super) fn patience(self, request: usize, answer: usize) -> Duration {
        let bytes = (request + answer + PREAMBLE) as u64;
        let baud = u64::from(self.baud.max(1));
        Duration::from_micros(bytes * BITS_A_BYTE * 1_000_000 / baud) + SLOWEST_ANSWER + self.margin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_wire_gets_more_time_than_a_fast_one() {
        let margin = Duration::from_millis(250);
        let slow = Pace { baud: 1200, margin };
        let fast = Pace { baud: 9600, margin };
        assert_eq!(
            fast.patience(20, 20),
            Duration::from_micros(50_416 + 750_000)
        );
        assert_eq!(
            slow.patience(20, 20),
            Duration::from_micros(403_333 + 750_000)
        );
    }
}
