//! Dates and times of records (EN 13757-3, types F, G and I).

use std::fmt;

/// A date, with a time where the record has one. In the meter's local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// 1900 to 2299.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Hour and minute; `None` in a date.
    pub time: Option<(u8, u8)>,
    /// Second; only type I has it.
    pub second: Option<u8>,
}

impl Moment {
    /// Type G, two bytes. `None` where it is no date: zeros and ones stand for "every" or "none".
    pub fn date([low, high]: [u8; 2]) -> Option<Self> {
        Moment::of(low, high, 0)
    }

    /// Type F, four bytes. `None` where it is no time or marked as invalid.
    pub fn minute([minute, hour, low, high]: [u8; 4]) -> Option<Self> {
        let time = (hour & 0x1F, minute & 0x3F);
        if minute & 0x80 != 0 || time.0 > 23 || time.1 > 59 {
            return None;
        }
        let mut moment = Moment::of(low, high, (hour >> 5) & 3)?;
        moment.time = Some(time);
        Some(moment)
    }

    /// Type I, six bytes; the last tells the week and is not used. `None` where it is no time or marked as invalid.
    pub fn second([second, minute, hour, low, high, _]: [u8; 6]) -> Option<Self> {
        let time = (hour & 0x1F, minute & 0x3F);
        let second = second & 0x3F;
        if minute & 0x80 != 0 || second > 59 || time.0 > 23 || time.1 > 59 {
            return None;
        }
        let mut moment = Moment::of(low, high, 0)?;
        moment.time = Some(time);
        moment.second = Some(second);
        Some(moment)
    }

    /// `century` counts from 1900; 0 means that the meter does not tell it, and then 81 to 99 are 1981 to 1999.
    fn of(low: u8, high: u8, century: u8) -> Option<Self> {
        let (day, month) = (low & 0x1F, high & 0x0F);
        let short = u16::from((low >> 5) | ((high & 0xF0) >> 1));
        let year = match (century, short) {
            (_, 100..) => return None,
            (0, 81..) => 1900 + short,
            (0, _) => 2000 + short,
            (century, _) => 1900 + 100 * u16::from(century) + short,
        };
        (day > 0 && (1..=12).contains(&month)).then_some(Moment {
            year,
            month,
            day,
            time: None,
            second: None,
        })
    }

    /// Type G. `None` for a year that the type cannot tell apart (before 1981 or after 2080).
    pub fn to_date(self) -> Option<[u8; 2]> {
        (1981..=2080)
            .contains(&self.year)
            .then(|| self.day_and_month())
    }

    /// Type F. `None` where there is no time, or the year does not fit.
    pub fn to_minute(self) -> Option<[u8; 4]> {
        let (hour, minute) = self.time?;
        let [low, high] = self.day_and_month();
        let century = u8::try_from(self.year.checked_sub(1900)? / 100).ok()?;
        (century < 4 && hour < 24 && minute < 60).then_some([
            minute,
            hour | (century << 5),
            low,
            high,
        ])
    }

    fn day_and_month(self) -> [u8; 2] {
        let year = (self.year % 100) as u8;
        [
            (self.day & 0x1F) | ((year & 7) << 5),
            (self.month & 0x0F) | ((year & 0x78) << 1),
        ]
    }
}

impl fmt::Display for Moment {
    /// `2026-11-25`, `2026-11-25 02:40` or `2026-11-25 02:40:17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)?;
        if let Some((hour, minute)) = self.time {
            write!(f, " {hour:02}:{minute:02}")?;
        }
        match self.second {
            Some(second) => write!(f, ":{second:02}"),
            None => Ok(()),
        }
    }
}
