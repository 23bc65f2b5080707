//! The time, passed in, and what it is where meters are.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

/// Tells the time in seconds since 1970.
pub type Clock = fn() -> u64;

/// The system's time.
pub fn system() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// The district's time.
pub fn zone(utc_offset_minutes: Option<i16>) -> TimeZone {
    match utc_offset_minutes {
        Some(minutes) => Offset::from_seconds(i32::from(minutes) * 60)
            .map_or_else(|_| TimeZone::system(), TimeZone::fixed),
        None => TimeZone::system(),
    }
}

/// The local time at so many seconds since 1970.
pub fn local(zone: &TimeZone, now: u64) -> DateTime {
    let seconds = i64::try_from(now).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    zone.to_datetime(now)
}
