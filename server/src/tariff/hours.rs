//! Local times of day, from one minute up to another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

/// From a minute of the day up to and without another; beyond midnight where the end is not after the beginning.
/// Written `08:00-22:00`; the whole day is `00:00-24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    from: u16,
    to: u16,
}

/// Why a text says no hours.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is no time of day such as 08:00-22:00")]
pub struct HoursError(String);

impl Hours {
    /// Whether they hold in this minute of the day.
    pub fn hold(self, minute: u16) -> bool {
        match self.from < self.to {
            true => (self.from..self.to).contains(&minute),
            false => minute >= self.from || minute < self.to,
        }
    }
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Hours, HoursError> {
        let wrong = || HoursError(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let from = minute(from).filter(|from| *from < DAY);
        match (from, minute(to)) {
            (Some(from), Some(to)) if from != to => Ok(Hours { from, to }),
            _ => Err(wrong()),
        }
    }
}

/// `HH:MM` as a minute of the day, 24:00 among them.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= DAY).then_some(of_day)
}

impl TryFrom<String> for Hours {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Hours, HoursError> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for text in ["08:00-22:00", "22:00-08:00", "00:00-24:00", "23:30-00:00"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for text in [
            "8:00-22:00",
            "08:00",
            "24:00-08:00",
            "08:60-09:00",
            "08:00-08:00",
            "08:00-24:01",
            "+8:00-09:00",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }

    #[test]
    fn hours_beyond_midnight_hold_on_both_sides_of_it() {
        let night: Hours = "22:00-08:00".parse().unwrap();
        assert!(night.hold(22 * 60) && night.hold(0) && night.hold(8 * 60 - 1));
        assert!(!night.hold(8 * 60) && !night.hold(22 * 60 - 1));
        let all: Hours = "00:00-24:00".parse().unwrap();
        assert!((0..DAY).all(|minute| all.hold(minute)));
    }
}
