//! How long the terminal waits after failures before it talks again.

use std::time::Duration;

/// The pause after the first failure, doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pause after so many failures: doubled with each, and by chance down to half of that, so that a district's terminals do not all come back in the
/// same second when the server does.
pub(super) fn pause_after(failures: u32, dice: u8) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let whole = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    whole - whole * u32::from(dice) / 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_differ_by_chance_by_half_at_most() {
        assert_eq!(pause_after(1, 0), FIRST_PAUSE);
        assert_eq!(pause_after(2, 0), 2 * FIRST_PAUSE);
        assert_eq!(pause_after(99, 0), LONGEST_PAUSE);
        for failures in [1, 5, 99] {
            let (longest, shortest) = (pause_after(failures, 0), pause_after(failures, 255));
            assert!(shortest < longest && shortest >= longest / 2, "{failures}");
        }
    }
}
