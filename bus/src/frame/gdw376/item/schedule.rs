//! When a terminal reads its meters: 04 F33, 0A F33.

use super::super::UnitError;
use super::Unit;
use super::time::{number, two};
use super::unit::{Reader, count};

/// The schedules of some ports: their number, then one entry a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(pub Vec<PortSchedule>);

/// A time of day without seconds, format A19: `mm hh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourMinute {
    hour: u8,
    minute: u8,
}

impl HourMinute {
    /// `None` where there is no such time of day.
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 {
            Some(HourMinute { hour, minute })
        } else {
            None
        }
    }

    /// Hours, 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// Minutes, 0 to 59.
    pub fn minute(self) -> u8 {
        self.minute
    }

    fn put(self, unit: &mut Vec<u8>) {
        unit.extend([two(self.minute), two(self.hour)]);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, UnitError> {
        let [minute, hour] = reader.array::<2>()?;
        HourMinute::new(number(hour)?, number(minute)?)
            .ok_or(UnitError::Malformed("a time of day does not exist"))
    }
}

/// One port's schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSchedule {
    /// The port, 1 to 31.
    pub port: u8,
    /// The run control word as it is; D0 = reading is not allowed.
    pub control: u16,
    /// On which days of the month it reads: D0 = the first, D30 = the last.
    pub days: u32,
    /// At what time on these days.
    pub at: HourMinute,
    /// Minutes between two readings.
    pub interval: u8,
    /// When the meters' clocks are set: the day of the month (0 = every day) and the time (format A18: `mm hh DD`).
    pub clock_day: u8,
    /// At what time.
    pub clock_at: HourMinute,
    /// When reading is allowed, from and to; none = always.
    pub allowed: Vec<(HourMinute, HourMinute)>,
}

impl Unit for Schedule {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = vec![count(self.0.len())?];
        for port in &self.0 {
            if port.clock_day > 31 {
                return Err(UnitError::Malformed("a day of the month is at most 31"));
            }
            unit.push(port.port);
            unit.extend(port.control.to_le_bytes());
            unit.extend(port.days.to_le_bytes());
            port.at.put(&mut unit);
            unit.push(port.interval);
            port.clock_at.put(&mut unit);
            unit.push(two(port.clock_day));
            unit.push(count(port.allowed.len())?);
            for (from, to) in &port.allowed {
                from.put(&mut unit);
                to.put(&mut unit);
            }
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let ports = (0..reader.byte()?)
            .map(|_| port(&mut reader))
            .collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(Schedule(ports))
    }
}

fn port(reader: &mut Reader<'_>) -> Result<PortSchedule, UnitError> {
    let (port, control, days) = (reader.byte()?, reader.word()?, reader.double()?);
    let at = HourMinute::take(reader)?;
    let interval = reader.byte()?;
    let clock_at = HourMinute::take(reader)?;
    let clock_day = number(reader.byte()?)?;
    if clock_day > 31 {
        return Err(UnitError::Malformed("a day of the month is at most 31"));
    }
    let periods = reader.byte()?;
    let allowed = (0..periods)
        .map(|_| Ok((HourMinute::take(reader)?, HourMinute::take(reader)?)))
        .collect::<Result<_, UnitError>>()?;
    Ok(PortSchedule {
        port,
        control,
        days,
        at,
        interval,
        clock_day,
        clock_at,
        allowed,
    })
}
