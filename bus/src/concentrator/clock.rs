//! The concentrator's own idea of the time: the system's local time and what a master has set, with a quality.

use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use jiff::Zoned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::frame::wall_time::WallTime;

/// Whole seconds of local time since 2000-01-01 00:00:00: what schedules are reckoned in and the store keeps.
pub type LocalSeconds = i64;

/// Seconds of a day.
pub const DAY: LocalSeconds = 86_400;

/// How far a clock can be believed; better ones compare greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClockQuality {
    /// It shows a time that cannot be: nobody has set it.
    Unset,
    /// It goes on from the last time it was told before the power went.
    Restored,
    /// A battery kept it.
    Rtc,
    /// The system says that it is synchronised.
    Ntp,
    /// A master has set it.
    Server,
}

impl ClockQuality {
    /// Whether other clocks may be set by it.
    pub fn trusted(self) -> bool {
        self >= ClockQuality::Rtc
    }

    /// The number in the store.
    pub fn code(self) -> u8 {
        match self {
            ClockQuality::Unset => 0,
            ClockQuality::Restored => 1,
            ClockQuality::Rtc => 2,
            ClockQuality::Ntp => 3,
            ClockQuality::Server => 4,
        }
    }

    /// The quality of a number; an unknown one is the worst.
    pub fn from_code(code: u8) -> Self {
        match code {
            1 => ClockQuality::Restored,
            2 => ClockQuality::Rtc,
            3 => ClockQuality::Ntp,
            4 => ClockQuality::Server,
            _ => ClockQuality::Unset,
        }
    }
}

/// A time with its quality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Local time.
    pub at: LocalSeconds,
    /// How far it can be believed.
    pub quality: ClockQuality,
}

/// No system that runs this program was built before this: 2025-01-01.
const NOT_BEFORE: LocalSeconds = 25 * 365 * DAY + 7 * DAY;

/// Where seconds come from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The system's clock in its own zone.
    System,
    /// A time that went on with tokio's clock since then.
    Since(LocalSeconds, Instant),
}

/// The clock of one concentrator. The system's clock is never set: what a master says is kept as an offset.
#[derive(Debug)]
pub struct NodeClock {
    source: Source,
    offset: AtomicI64,
    quality: AtomicU8,
}

impl NodeClock {
    /// By the system's clock, moved by an `offset` that a master has set earlier (`None` = never).
    pub fn system(offset: Option<LocalSeconds>) -> Self {
        let clock = NodeClock {
            source: Source::System,
            offset: AtomicI64::new(offset.unwrap_or(0)),
            quality: AtomicU8::new(ClockQuality::Unset.code()),
        };
        let quality = match (clock.raw() < NOT_BEFORE, offset) {
            (true, _) => ClockQuality::Unset,
            (false, _) if synchronised() => ClockQuality::Ntp,
            (false, _) if std::path::Path::new("/dev/rtc0").exists() => ClockQuality::Rtc,
            (false, _) => ClockQuality::Restored,
        };
        clock.quality.store(quality.code(), Ordering::Relaxed);
        clock
    }

    /// A clock that shows `start` now and goes with tokio's clock, for simulations.
    pub fn simulated(start: WallTime, quality: ClockQuality) -> Self {
        NodeClock {
            source: Source::Since(seconds_of(start), Instant::now()),
            offset: AtomicI64::new(0),
            quality: AtomicU8::new(quality.code()),
        }
    }

    fn raw(&self) -> LocalSeconds {
        match self.source {
            Source::System => WallTime::from_civil(Zoned::now().datetime()).map_or(0, seconds_of),
            Source::Since(start, began) => {
                start + i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX / 2)
            }
        }
    }

    /// The time now.
    pub fn now(&self) -> Stamp {
        Stamp {
            at: self.raw() + self.offset.load(Ordering::Relaxed),
            quality: ClockQuality::from_code(self.quality.load(Ordering::Relaxed)),
        }
    }

    /// A master says what time it is. Returns the new offset, to be kept.
    pub fn set(&self, time: WallTime) -> LocalSeconds {
        let offset = seconds_of(time) - self.raw();
        self.offset.store(offset, Ordering::Relaxed);
        let quality = ClockQuality::Server.code();
        self.quality.store(quality, Ordering::Relaxed);
        offset
    }

    /// How far the time that is told is from the system's.
    pub fn offset(&self) -> LocalSeconds {
        self.offset.load(Ordering::Relaxed)
    }
}

/// Whether the system's time service says that the clock is synchronised.
fn synchronised() -> bool {
    std::path::Path::new("/run/systemd/timesync/synchronized").exists()
}

fn epoch() -> Option<WallTime> {
    WallTime::new(2000, 1, 1, 0, 0, 0)
}

/// Local seconds of a wall time.
pub fn seconds_of(time: WallTime) -> LocalSeconds {
    epoch().map_or(0, |epoch| time.seconds_since(epoch))
}

/// The wall time of local seconds; `None` outside the years 2000 to 2099.
pub fn wall_time_of(seconds: LocalSeconds) -> Option<WallTime> {
    epoch().and_then(|epoch| epoch.plus_seconds(seconds))
}

/// A day by its number since 2000-01-01.
pub fn day_of(seconds: LocalSeconds) -> i64 {
    seconds.div_euclid(DAY)
}

/// The number `year * 12 + month - 1` of the month in which `seconds` are; `None` outside the years 2000 to 2099.
pub fn month_of(seconds: LocalSeconds) -> Option<i64> {
    let date = wall_time_of(seconds)?.to_civil();
    Some(i64::from(date.year()) * 12 + i64::from(date.month()) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_wall_times_are_the_same_thing() {
        let time = WallTime::new(2026, 11, 25, 0, 0, 1).unwrap();
        let seconds = seconds_of(time);
        assert_eq!(wall_time_of(seconds), Some(time));
        assert_eq!(seconds - day_of(seconds) * DAY, 1);
        assert_eq!(month_of(seconds), Some(2026 * 12 + 10));
        assert_eq!(
            NOT_BEFORE,
            seconds_of(WallTime::new(2025, 1, 1, 0, 0, 0).unwrap())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_master_sets_it_and_the_offset_is_kept() {
        let start = WallTime::new(2026, 1, 1, 0, 0, 0).unwrap();
        let clock = NodeClock::simulated(start, ClockQuality::Restored);
        assert!(!clock.now().quality.trusted());
        tokio::time::advance(std::time::Duration::from_secs(10)).await;
        let right = start.plus_seconds(100).unwrap();
        assert_eq!(clock.set(right), 90);
        assert_eq!(clock.now().at, seconds_of(right));
        assert!(clock.now().quality.trusted());
    }

    #[test]
    fn codes_come_back() {
        for code in 0..5 {
            assert_eq!(ClockQuality::from_code(code).code(), code);
        }
    }
}
