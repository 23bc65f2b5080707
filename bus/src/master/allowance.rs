//! How much a concentrator may say before it is taken for broken or hostile.

use tokio::time::Instant;

/// Frames and bytes a second on average, and how many seconds' worth may come at once. Bytes that are no frame count as one
/// for each stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Frames a second.
    pub frames: u32,
    /// Bytes a second.
    pub bytes: u32,
    /// Seconds' worth at once.
    pub burst_seconds: u32,
}

/// What is left of an allowance: two buckets, in thousandths.
#[derive(Debug)]
pub(super) struct Spent {
    most: Allowance,
    frames: u64,
    bytes: u64,
    filled: Instant,
}

impl Spent {
    pub(super) fn new(most: Allowance, now: Instant) -> Spent {
        Spent {
            frames: full(most.frames, most.burst_seconds),
            bytes: full(most.bytes, most.burst_seconds),
            most,
            filled: now,
        }
    }

    /// Takes so much; false when it is more than there is.
    pub(super) fn take(&mut self, now: Instant, frames: usize, bytes: usize) -> bool {
        let passed = now.saturating_duration_since(self.filled).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        self.filled = now;
        let fill = |left: u64, rate: u32| {
            let more = left.saturating_add(passed.saturating_mul(u64::from(rate)));
            more.min(full(rate, self.most.burst_seconds))
        };
        let frames_left = fill(self.frames, self.most.frames).checked_sub(thousands(frames));
        let bytes_left = fill(self.bytes, self.most.bytes).checked_sub(thousands(bytes));
        match (frames_left, bytes_left) {
            (Some(frames), Some(bytes)) => {
                (self.frames, self.bytes) = (frames, bytes);
                true
            }
            _ => false,
        }
    }
}

fn full(rate: u32, seconds: u32) -> u64 {
    u64::from(rate) * u64::from(seconds) * 1000
}

fn thousands(count: usize) -> u64 {
    u64::try_from(count)
        .unwrap_or(u64::MAX)
        .saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn allowance() -> Allowance {
        Allowance {
            frames: 10,
            bytes: 1000,
            burst_seconds: 5,
        }
    }

    #[test]
    fn whoever_says_no_more_than_allowed_may_go_on_for_ever() {
        let mut now = Instant::now();
        let mut spent = Spent::new(allowance(), now);
        for _ in 0..10_000 {
            now += Duration::from_millis(100);
            assert!(spent.take(now, 1, 100));
        }
    }

    #[test]
    fn a_flood_is_noticed_by_its_frames_and_by_its_bytes() {
        let now = Instant::now();
        let mut spent = Spent::new(allowance(), now);
        assert!(spent.take(now, 50, 0) && !spent.take(now, 1, 0));
        let mut spent = Spent::new(allowance(), now);
        assert!(spent.take(now, 0, 5000) && !spent.take(now, 0, 1));
        assert!(spent.take(now + Duration::from_secs(1), 10, 1000));
    }
}
