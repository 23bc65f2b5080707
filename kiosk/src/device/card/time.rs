//! Whether a certificate is in force, on a machine whose clock may be wrong (invariant 11). Pure.
//!
//! A clock that nobody can trust says at best how late it is at least. So such a clock never makes a card too early, which
//! would lock everybody out after a flat battery; and it makes a card too late only when the time that is certain to have
//! passed is behind the card's end: the clock's own, if it was restored from the last shutdown, and the last one in the
//! terminal's log.

use meterpost_ledger::ClockQuality;

/// What the terminal knows of the time. Milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardTime {
    /// The wall clock.
    pub wall: u64,
    /// How far it can be trusted.
    pub quality: ClockQuality,
    /// The wall clock of the log's last entry; 0 if there is none.
    pub logged: u64,
}

/// A certificate's time. Milliseconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From here.
    pub from: u64,
    /// Up to here.
    pub to: u64,
}

/// A certificate that is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfForce {
    /// Its time has not come.
    NotYet,
    /// Its time is over.
    Over,
}

impl CardTime {
    /// The time, where it is known.
    fn known(self) -> Option<u64> {
        match self.quality {
            ClockQuality::Ntp | ClockQuality::Server => Some(self.wall),
            // It runs on through a power cut, but a flat battery sends it back.
            ClockQuality::Rtc => Some(self.wall.max(self.logged)),
            ClockQuality::Restored | ClockQuality::Unset => None,
        }
    }

    /// It is at least so late.
    fn at_least(self) -> u64 {
        match self.quality {
            ClockQuality::Ntp | ClockQuality::Server => self.wall,
            ClockQuality::Rtc | ClockQuality::Restored => self.wall.max(self.logged),
            ClockQuality::Unset => self.logged,
        }
    }
}

impl Validity {
    /// Whether it is in force.
    ///
    /// # Errors
    /// When it is known not to be.
    pub fn check(self, time: &CardTime) -> Result<(), OutOfForce> {
        if time.at_least() > self.to {
            return Err(OutOfForce::Over);
        }
        match time.known() {
            Some(now) if now < self.from => Err(OutOfForce::NotYet),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: Validity = Validity {
        from: 1_000,
        to: 2_000,
    };

    fn check(quality: ClockQuality, wall: u64, logged: u64) -> Result<(), OutOfForce> {
        CARD.check(&CardTime {
            wall,
            quality,
            logged,
        })
    }

    #[test]
    fn a_good_clock_decides_alone() {
        for quality in [ClockQuality::Ntp, ClockQuality::Server] {
            assert_eq!(check(quality, 999, 0), Err(OutOfForce::NotYet));
            assert_eq!(check(quality, 1_000, 0), Ok(()));
            assert_eq!(check(quality, 2_000, 9_999), Ok(()));
            assert_eq!(check(quality, 2_001, 0), Err(OutOfForce::Over));
        }
    }

    #[test]
    fn an_unset_clock_locks_nobody_out() {
        assert_eq!(check(ClockQuality::Unset, 5, 0), Ok(()));
        assert_eq!(check(ClockQuality::Unset, 5, 900), Ok(()));
        assert_eq!(check(ClockQuality::Restored, 900, 0), Ok(()));
    }

    #[test]
    fn a_card_that_was_over_when_the_log_was_last_written_is_over_whatever_the_clock_says() {
        for quality in [
            ClockQuality::Unset,
            ClockQuality::Restored,
            ClockQuality::Rtc,
        ] {
            assert_eq!(check(quality, 5, 2_001), Err(OutOfForce::Over));
        }
        assert_eq!(
            check(ClockQuality::Restored, 2_001, 0),
            Err(OutOfForce::Over)
        );
    }

    #[test]
    fn a_clock_with_a_battery_is_never_before_the_log() {
        assert_eq!(check(ClockQuality::Rtc, 5, 1_500), Ok(()));
        assert_eq!(check(ClockQuality::Rtc, 5, 500), Err(OutOfForce::NotYet));
    }
}
