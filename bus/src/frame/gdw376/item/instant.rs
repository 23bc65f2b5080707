//! Present power, voltage and current: 0C F25.

use super::super::UnitError;
use super::Unit;
use super::time::Minute;
use super::unit::{Reader, put_decimal, put_signed};

/// 0C F25, 67 bytes. `None` where the terminal does not have the value. Of four values the first is over all phases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instant {
    /// When the terminal read it.
    pub read_at: Minute,
    /// Active power in 0.1 W (A9: three bytes with sign, 0.0001 kW).
    pub active: [Option<i64>; 4],
    /// Reactive power in 0.1 var (A9).
    pub reactive: [Option<i64>; 4],
    /// Power factor in 0.1 % (A5: two bytes with sign).
    pub factor: [Option<i64>; 4],
    /// Voltage of the three phases in 0.1 V (A7: two bytes).
    pub voltage: [Option<u64>; 3],
    /// Current of the three phases in mA (A25: three bytes with sign).
    pub current: [Option<i64>; 3],
    /// Current of the neutral wire in mA (A25).
    pub neutral: Option<i64>,
    /// Apparent power in 0.1 VA (A9).
    pub apparent: [Option<i64>; 4],
}

impl Unit for Instant {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = Vec::with_capacity(67);
        self.read_at.put(&mut unit);
        for value in self.active.iter().chain(&self.reactive) {
            put_signed::<3>(&mut unit, *value)?;
        }
        for value in self.factor {
            put_signed::<2>(&mut unit, value)?;
        }
        for value in self.voltage {
            put_decimal::<2>(&mut unit, value)?;
        }
        for value in self
            .current
            .iter()
            .chain([&self.neutral])
            .chain(&self.apparent)
        {
            put_signed::<3>(&mut unit, *value)?;
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let read_at = Minute::take(&mut reader)?;
        let mut instant = Instant {
            read_at,
            active: [None; 4],
            reactive: [None; 4],
            factor: [None; 4],
            voltage: [None; 3],
            current: [None; 3],
            neutral: None,
            apparent: [None; 4],
        };
        for value in instant.active.iter_mut().chain(&mut instant.reactive) {
            *value = reader.signed::<3>()?;
        }
        for value in &mut instant.factor {
            *value = reader.signed::<2>()?;
        }
        for value in &mut instant.voltage {
            *value = reader.decimal::<2>()?;
        }
        for value in &mut instant.current {
            *value = reader.signed::<3>()?;
        }
        instant.neutral = reader.signed::<3>()?;
        for value in &mut instant.apparent {
            *value = reader.signed::<3>()?;
        }
        reader.end()?;
        Ok(instant)
    }
}
