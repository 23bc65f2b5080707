//! How long to wait for an answer, from the lengths of both frames and the speed of the wire.

use std::time::Duration;

use super::profile::Timing;

/// Start bit, eight data bits, parity, stop bit.
const BITS_A_BYTE: u64 = 11;
/// Bytes of preamble a meter may put before its answer.
const PREAMBLE: usize = 4;

/// The speed of the wire, and what the way to it adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Bits a second on the meter's wire; not zero.
    pub(super) baud: u32,
    /// For adapters, drivers and the network on the way.
    pub(super) margin: Duration,
    /// The longest the meter may take before its first byte.
    pub(super) answer_delay: Duration,
    /// What it leaves between two bytes.
    pub(super) byte_pause: Duration,
    /// The silence it needs before each request.
    pub(super) gap: Duration,
}

impl Pace {
    /// The pace of a kind of meter on a wire of `baud`, with `margin` for the way.
    pub(super) fn new(baud: u32, margin: Duration, timing: &Timing) -> Self {
        Pace {
            baud,
            margin,
            answer_delay: timing.answer_delay,
            byte_pause: timing.byte_pause,
            gap: timing.gap,
        }
    }

    /// Keeps the silence before a request.
    pub(super) async fn rest(self) {
        if !self.gap.is_zero() {
            tokio::time::sleep(self.gap).await;
        }
    }

    /// The time a request takes to go out, for what is never answered.
    pub(super) fn on_the_wire(self, request: usize) -> Duration {
        let bytes = (request + PREAMBLE) as u64;
        Duration::from_micros(bytes * BITS_A_BYTE * 1_000_000 / u64::from(self.baud.max(1)))
            + self.margin
    }

    /// The time to wait for an answer of up to `answer` bytes to a request of `request` bytes.
    pub(super) fn patience(self, request: usize, answer: usize) -> Duration {
        let bytes = (request + answer + PREAMBLE) as u64;
        let baud = u64::from(self.baud.max(1));
        let pauses = self
            .byte_pause
            .saturating_mul(u32::try_from(answer).unwrap_or(u32::MAX));
        Duration::from_micros(bytes * BITS_A_BYTE * 1_000_000 / baud)
            + self.answer_delay
            + pauses
            + self.margin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_wire_gets_more_time_than_a_fast_one() {
        let margin = Duration::from_millis(250);
        let slow = Pace::new(1200, margin, &Timing::default());
        let fast = Pace::new(9600, margin, &Timing::default());
        assert_eq!(
            fast.patience(20, 20),
            Duration::from_micros(50_416 + 750_000)
        );
        assert_eq!(
            slow.patience(20, 20),
            Duration::from_micros(403_333 + 750_000)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_meter_that_needs_silence_gets_it_before_each_request() {
        let timing = Timing {
            gap: Duration::from_millis(700),
            ..Timing::default()
        };
        let begin = tokio::time::Instant::now();
        Pace::new(2400, Duration::ZERO, &timing).rest().await;
        assert_eq!(begin.elapsed(), timing.gap);
    }

    #[test]
    fn a_meter_that_pauses_between_its_bytes_gets_the_time_for_it() {
        let slow = Timing {
            answer_delay: Duration::from_secs(2),
            byte_pause: Duration::from_millis(5),
            ..Timing::default()
        };
        let pace = Pace::new(9600, Duration::ZERO, &slow);
        assert_eq!(
            pace.patience(20, 20),
            Duration::from_micros(50_416 + 2_000_000 + 100_000)
        );
    }
}
