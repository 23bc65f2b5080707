//! A date and time of day as meters carry them: local, without a zone.

use std::fmt;

use jiff::civil::DateTime;

use super::bytes::{bcd_to_u64, u64_to_bcd};

/// A calendar date and time of day, in the meter's own local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl WallTime {
    /// A time in the years 2000 to 2099, the only ones a two-digit year can tell. `None` for dates that do not exist.
    pub fn new(year: u16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Self> {
        let valid = (2000..=2099).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        valid.then_some(WallTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        })
    }

    /// The six bytes `ss mm hh DD MM YY` in packed decimals (DL/T 645-2007, C=08 and N3 to N8 of C=1C).
    pub fn to_bcd(self) -> [u8; 6] {
        let parts = [
            self.second,
            self.minute,
            self.hour,
            self.day,
            self.month,
            (self.year % 100) as u8,
        ];
        parts.map(|part| u64_to_bcd::<1>(u64::from(part)).map_or(0, |[byte]| byte))
    }

    /// Reads `ss mm hh DD MM YY`. `None` where that is no time.
    pub fn from_bcd(bytes: [u8; 6]) -> Option<Self> {
        let mut parts = [0u8; 6];
        for (part, byte) in parts.iter_mut().zip(bytes) {
            *part = u8::try_from(bcd_to_u64(&[byte])?).ok()?;
        }
        let [second, minute, hour, day, month, year] = parts;
        WallTime::new(2000 + u16::from(year), month, day, hour, minute, second)
    }

    /// The same for calculations. Seconds are whole.
    pub fn to_civil(self) -> DateTime {
        let WallTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        // All parts were checked when the value was made and fit; the zero date only satisfies the types.
        let parts = [month, day, hour, minute, second].map(|part| part as i8);
        let [month, day, hour, minute, second] = parts;
        DateTime::new(year as i16, month, day, hour, minute, second, 0).unwrap_or(DateTime::ZERO)
    }

    /// From a civil time, fractions of a second cut off. `None` outside the years 2000 to 2099.
    pub fn from_civil(time: DateTime) -> Option<Self> {
        let part = |part: i8| u8::try_from(part).ok();
        WallTime::new(
            u16::try_from(time.year()).ok()?,
            part(time.month())?,
            part(time.day())?,
            part(time.hour())?,
            part(time.minute())?,
            part(time.second())?,
        )
    }

    /// The day of the week as meters count it: 0 is Sunday.
    pub fn weekday(self) -> u8 {
        self.to_civil().weekday().to_sunday_zero_offset() as u8
    }

    /// Whole seconds from `earlier` to this time; negative where it comes before.
    pub fn seconds_since(self, earlier: WallTime) -> i64 {
        let span = self.to_civil().duration_since(earlier.to_civil());
        span.as_secs()
    }

    /// The time so many seconds later (earlier if negative). `None` outside the years 2000 to 2099.
    pub fn plus_seconds(self, seconds: i64) -> Option<Self> {
        let span = jiff::SignedDuration::from_secs(seconds);
        self.to_civil()
            .checked_add(span)
            .ok()
            .and_then(WallTime::from_civil)
    }
}

impl fmt::Display for WallTime {
    /// `2025-11-24 12:30:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WallTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        write!(
            f,
            "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
        )
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_from_its_bytes() {
        let time = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
        assert_eq!(time.to_bcd(), [0x59, 0x59, 0x23, 0x31, 0x12, 0x99]);
        assert_eq!(WallTime::from_bcd(time.to_bcd()), Some(time));
    }

    #[test]
    fn calculations_cross_days_and_stop_at_the_century() {
        let eve = WallTime::new(2026, 12, 31, 23, 59, 58).unwrap();
        let later = eve.plus_seconds(3).unwrap();
        assert_eq!(later.to_string(), "2027-01-01 00:00:01");
        assert_eq!(later.seconds_since(eve), 3);
        assert_eq!(eve.seconds_since(later), -3);
        assert_eq!(later.weekday(), 5, "a Friday");
        assert_eq!(WallTime::from_civil(eve.to_civil()), Some(eve));
        let last = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
        assert_eq!(last.plus_seconds(1), None);
        assert_eq!(last.plus_seconds(i64::MAX), None);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert!(WallTime::new(2026, 2, 29, 0, 0, 0).is_none());
        assert!(WallTime::new(2028, 2, 29, 0, 0, 0).is_some());
        assert!(WallTime::new(2026, 4, 31, 0, 0, 0).is_none());
        assert!(WallTime::from_bcd([0x00, 0x00, 0x24, 0x01, 0x01, 0x26]).is_none());
    }
}
