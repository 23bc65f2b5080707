//! The time, passed in, and what it is where meters are.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Tells the time in seconds since 1970.
pub type Clock = fn() -> u64;

/// The system's time.
pub fn system() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// A time of day, as the configuration has it: `02:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(pub Time);

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<TimeOfDay, String> {
        let time = Time::strptime("%H:%M", &text);
        time.map(TimeOfDay)
            .map_err(|_| format!("{text} is no time of day, such as 03:10"))
    }
}

/// The local time at so many seconds since 1970.
pub fn local(zone: &TimeZone, now: u64) -> DateTime {
    let seconds = i64::try_from(now).unwrap_or(i64::MAX);
    let now = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    zone.to_datetime(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_or_refused() {
        for (text, good) in [
            ("03:10", true),
            ("23:59", true),
            ("24:00", false),
            ("2.30", false),
            ("3", false),
            ("", false),
        ] {
            assert_eq!(TimeOfDay::try_from(text.to_owned()).is_ok(), good, "{text}");
        }
    }
}
