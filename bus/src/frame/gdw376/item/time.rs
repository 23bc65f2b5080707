//! Times: when something was read, frozen or set.

use super::super::UnitError;
use super::Unit;
use super::unit::Reader;
use crate::frame::bytes::{bcd_to_u64, u64_to_bcd};
use crate::frame::wall_time::WallTime;

const NO_TIME: UnitError = UnitError::Malformed("a time does not exist");

/// Format A1: `ss mm hh DD WM YY`, the weekday (1 = Monday, 7 = Sunday) in the high three bits of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(pub WallTime);

impl Unit for Clock {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut bytes = self.0.to_bcd();
        let weekday = match self.0.weekday() {
            0 => 7,
            day => day,
        };
        if let Some(month) = bytes.get_mut(4) {
            *month |= weekday << 5;
        }
        Ok(bytes.to_vec())
    }

    /// The weekday is not looked at: terminals in the field send zero or a wrong one.
    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let [second, minute, hour, day, month, year] = reader.array::<6>()?;
        reader.end()?;
        WallTime::from_bcd([second, minute, hour, day, month & 0x1F, year])
            .map(Clock)
            .ok_or(NO_TIME)
    }
}

/// Format A15: `mm hh DD MM YY`, a time to the minute. Its seconds are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(WallTime);

impl Minute {
    /// The minute this time lies in.
    pub fn of(time: WallTime) -> Minute {
        let seconds = i64::from(time.to_civil().second());
        Minute(time.plus_seconds(-seconds).unwrap_or(time))
    }

    /// Its first second.
    pub fn time(self) -> WallTime {
        self.0
    }

    pub(super) fn put(self, unit: &mut Vec<u8>) {
        let [_, rest @ ..] = self.0.to_bcd();
        unit.extend(rest);
    }

    pub(super) fn take(reader: &mut Reader<'_>) -> Result<Minute, UnitError> {
        let [minute, hour, day, month, year] = reader.array::<5>()?;
        WallTime::from_bcd([0, minute, hour, day, month, year])
            .map(Minute)
            .ok_or(NO_TIME)
    }
}

/// What a frozen reading is of: a day (format A20: `DD MM YY`) or a month (A21: `MM YY`).
pub trait Period: Copy {
    /// Appends it.
    fn put(self, unit: &mut Vec<u8>);

    /// Reads it from the front and returns what follows.
    ///
    /// # Errors
    /// [`UnitError`] when it is cut short or does not exist.
    fn take(unit: &[u8]) -> Result<(Self, &[u8]), UnitError>;
}

/// A calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// `None` outside the years 2000 to 2099 and for days that do not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Day> {
        WallTime::new(year, month, day, 0, 0, 0).map(|_| Day { year, month, day })
    }

    /// Its first second.
    pub fn begin(self) -> Option<WallTime> {
        WallTime::new(self.year, self.month, self.day, 0, 0, 0)
    }
}

impl Period for Day {
    fn put(self, unit: &mut Vec<u8>) {
        unit.extend([two(self.day), two(self.month), two_of_year(self.year)]);
    }

    fn take(unit: &[u8]) -> Result<(Day, &[u8]), UnitError> {
        let (&[day, month, year], rest) = unit.split_first_chunk::<3>().ok_or(UnitError::Short)?;
        let day = Day::new(
            2000 + u16::from(number(year)?),
            number(month)?,
            number(day)?,
        );
        Ok((day.ok_or(NO_TIME)?, rest))
    }
}

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// `None` outside the years 2000 to 2099 and the months 1 to 12.
    pub fn new(year: u16, month: u8) -> Option<Month> {
        WallTime::new(year, month, 1, 0, 0, 0).map(|_| Month { year, month })
    }

    /// Its first second.
    pub fn begin(self) -> Option<WallTime> {
        WallTime::new(self.year, self.month, 1, 0, 0, 0)
    }
}

impl Period for Month {
    fn put(self, unit: &mut Vec<u8>) {
        unit.extend([two(self.month), two_of_year(self.year)]);
    }

    fn take(unit: &[u8]) -> Result<(Month, &[u8]), UnitError> {
        let (&[month, year], rest) = unit.split_first_chunk::<2>().ok_or(UnitError::Short)?;
        let month = Month::new(2000 + u16::from(number(year)?), number(month)?);
        Ok((month.ok_or(NO_TIME)?, rest))
    }
}

/// Two digits as a packed byte; the numbers were checked when the date was made.
pub(super) fn two(number: u8) -> u8 {
    u64_to_bcd::<1>(u64::from(number)).map_or(0, |[byte]| byte)
}

fn two_of_year(year: u16) -> u8 {
    u8::try_from(year % 100).map_or(0, two)
}

pub(super) fn number(byte: u8) -> Result<u8, UnitError> {
    let number = bcd_to_u64(&[byte]).and_then(|number| u8::try_from(number).ok());
    number.ok_or(NO_TIME)
}
