//! Energy registers of electricity meters by tariff.

use super::super::UnitError;
use super::Unit;
use super::time::Minute;
use super::unit::{Reader, count, put_decimal};

/// A register's total and its tariffs; `None` where the terminal does not have the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariffs {
    /// Over all tariffs.
    pub total: Option<u64>,
    /// Of tariff 1, 2, ...
    pub each: Vec<Option<u64>>,
}

impl Tariffs {
    fn put<const N: usize>(&self, unit: &mut Vec<u8>, tariffs: usize) -> Result<(), UnitError> {
        if self.each.len() != tariffs {
            return Err(UnitError::Malformed(
                "the registers have different numbers of tariffs",
            ));
        }
        put_decimal::<N>(unit, self.total)?;
        for value in &self.each {
            put_decimal::<N>(unit, *value)?;
        }
        Ok(())
    }

    fn take<const N: usize>(reader: &mut Reader<'_>, tariffs: u8) -> Result<Tariffs, UnitError> {
        let total = reader.decimal::<N>()?;
        let each = (0..tariffs)
            .map(|_| reader.decimal::<N>())
            .collect::<Result<_, _>>()?;
        Ok(Tariffs { total, each })
    }
}

/// 0C F129: forward active energy. Format A14: five bytes, 0.0001 kWh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// When the terminal read it.
    pub read_at: Minute,
    /// In 0.0001 kWh.
    pub active: Tariffs,
}

impl Unit for Forward {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = Vec::new();
        self.read_at.put(&mut unit);
        unit.push(count(self.active.each.len())?);
        self.active.put::<5>(&mut unit, self.active.each.len())?;
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let read_at = Minute::take(&mut reader)?;
        let tariffs = reader.byte()?;
        let active = Tariffs::take::<5>(&mut reader, tariffs)?;
        reader.end()?;
        Ok(Forward { read_at, active })
    }
}

/// 0C F33, and behind its date the frozen 0D F1 and F17: forward active energy (A14: five bytes, 0.0001 kWh), forward reactive energy
/// and that of the first and fourth quadrant (A11: four bytes, 0.01 kvarh).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// When the terminal read it.
    pub read_at: Minute,
    /// In 0.0001 kWh.
    pub active: Tariffs,
    /// In 0.01 kvarh.
    pub reactive: Tariffs,
    /// Of the first quadrant, in 0.01 kvarh.
    pub quadrant_1: Tariffs,
    /// Of the fourth quadrant, in 0.01 kvarh.
    pub quadrant_4: Tariffs,
}

impl Totals {
    /// Forward active energy alone; the terminal has nothing of the rest.
    pub fn of_active(read_at: Minute, active: Tariffs) -> Totals {
        let none = Tariffs {
            total: None,
            each: vec![None; active.each.len()],
        };
        Totals {
            read_at,
            active,
            reactive: none.clone(),
            quadrant_1: none.clone(),
            quadrant_4: none,
        }
    }
}

impl Unit for Totals {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let tariffs = self.active.each.len();
        let mut unit = Vec::new();
        self.read_at.put(&mut unit);
        unit.push(count(tariffs)?);
        self.active.put::<5>(&mut unit, tariffs)?;
        for register in [&self.reactive, &self.quadrant_1, &self.quadrant_4] {
            register.put::<4>(&mut unit, tariffs)?;
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let read_at = Minute::take(&mut reader)?;
        let tariffs = reader.byte()?;
        let active = Tariffs::take::<5>(&mut reader, tariffs)?;
        let mut next = || Tariffs::take::<4>(&mut reader, tariffs);
        let (reactive, quadrant_1, quadrant_4) = (next()?, next()?, next()?);
        reader.end()?;
        Ok(Totals {
            read_at,
            active,
            reactive,
            quadrant_1,
            quadrant_4,
        })
    }
}
