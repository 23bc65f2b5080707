//! A batch of readings: 10 F12 asks a terminal to read points now, F13 asks how far it is.

use super::super::UnitError;
use super::Unit;
use super::unit::Reader;

/// Points to be read now. The terminal reads each once, however often it is named; the readings are fetched as class 1 data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The task's number, chosen by the master.
    pub number: u16,
    /// Which points; none = all.
    pub points: Vec<u16>,
}

impl Unit for Task {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let count = u16::try_from(self.points.len())
            .map_err(|_| UnitError::Malformed("too many points"))?;
        let mut unit = self.number.to_le_bytes().to_vec();
        unit.extend(count.to_le_bytes());
        unit.extend(self.points.iter().flat_map(|point| point.to_le_bytes()));
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let (number, many) = (reader.word()?, reader.word()?);
        let points = (0..many).map(|_| reader.word()).collect::<Result<_, _>>()?;
        reader.end()?;
        Ok(Task { number, points })
    }
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The task's number.
    pub number: u16,
    /// How many points it has.
    pub points: u16,
    /// How many were read.
    pub read: u16,
    /// How many did not answer or refused.
    pub failed: u16,
}

impl Status {
    /// Whether nothing is left to do.
    pub fn ended(self) -> bool {
        self.read.saturating_add(self.failed) >= self.points
    }
}

impl Unit for Status {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let words = [self.number, self.points, self.read, self.failed];
        Ok(words.iter().flat_map(|word| word.to_le_bytes()).collect())
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let mut word = || reader.word();
        let (number, points, read, failed) = (word()?, word()?, word()?, word()?);
        reader.end()?;
        Ok(Status {
            number,
            points,
            read,
            failed,
        })
    }
}
