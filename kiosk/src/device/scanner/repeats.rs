//! What lies under the scanner is read again and again. It is told once, so that a forgotten paper neither keeps a session open nor begins one
//! after the other.

use std::time::Duration;

/// So long after it was read last, the same code is held there anew.
pub const GONE_AFTER: Duration = Duration::from_secs(2);

/// The code that was read last, and when.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    last: Option<(String, Duration)>,
}

impl Repeats {
    /// Whether this code is held there anew. `now` is the time since any moment that stays the same.
    pub fn is_new(&mut self, code: &str, now: Duration) -> bool {
        let lies_there = self
            .last
            .as_ref()
            .is_some_and(|(last, at)| last == code && now.saturating_sub(*at) < GONE_AFTER);
        self.last = Some((code.to_owned(), now));
        !lies_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_lies_there_is_told_once_however_long_it_lies() {
        let mut repeats = Repeats::default();
        let told =
            (0..100).filter(|turn| repeats.is_new("20260042", Duration::from_millis(turn * 700)));
        assert_eq!(told.count(), 1);
    }

    #[test]
    fn a_code_that_was_taken_away_and_another_one_are_new() {
        let mut repeats = Repeats::default();
        assert!(repeats.is_new("20260042", Duration::ZERO));
        assert!(repeats.is_new("20260043", Duration::from_millis(100)));
        assert!(repeats.is_new("20260042", Duration::from_millis(200)));
        assert!(!repeats.is_new("20260042", Duration::from_millis(2_100)));
        assert!(repeats.is_new("20260042", Duration::from_millis(4_100)));
    }
}
