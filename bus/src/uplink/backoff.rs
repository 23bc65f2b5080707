//! How long to wait before a connection is tried again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// Growing pauses between attempts: doubled after every failure, reset by a connection that held for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    last: Duration,
    stable: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `first` to `last`; a connection that held for `stable` makes the next pause the first one again.
    pub fn new(first: Duration, last: Duration, stable: Duration) -> Self {
        Backoff {
            first,
            last,
            stable,
            next: first,
        }
    }

    /// The pause before the next attempt, after a connection that held for `held` (zero when there was none). `scatter` is
    /// a random number: the pause is shortened by up to a quarter, so that a district that lost its power does not come
    /// back in one instant.
    pub fn pause(&mut self, held: Duration, scatter: u8) -> Duration {
        if held >= self.stable {
            self.next = self.first;
        }
        let pause = self.next;
        self.next = (self.next * 2).min(self.last);
        pause - pause / 4 * u32::from(scatter) / 255
    }
}

/// A random number for [`Backoff::pause`]; no secret may depend on it.
pub fn scatter() -> u8 {
    // Every such state has keys of its own, from the system.
    let [low, ..] = RandomState::new().hash_one(0_u8).to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_last_and_a_connection_that_held_starts_them_anew() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5), seconds(10));
        let pauses: Vec<u64> = (0..5)
            .map(|_| backoff.pause(Duration::ZERO, 0).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        assert_eq!(
            backoff.pause(seconds(9), 0),
            seconds(5),
            "it held too short"
        );
        assert_eq!(backoff.pause(seconds(10), 0), seconds(1));
    }

    #[test]
    fn scatter_shortens_a_pause_by_a_quarter_at_most() {
        for scatter in 0..=255 {
            let mut backoff = Backoff::new(
                Duration::from_secs(4),
                Duration::from_secs(4),
                Duration::MAX,
            );
            let pause = backoff.pause(Duration::ZERO, scatter);
            assert!(pause >= Duration::from_secs(3) && pause <= Duration::from_secs(4));
        }
    }
}
