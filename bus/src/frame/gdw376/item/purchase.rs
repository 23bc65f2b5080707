//! Purchase control: 04 F47, a purchase that the terminal itself counts down.

use super::super::UnitError;
use super::Unit;
use super::unit::Reader;

/// Adds to what is left, or replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 55: added.
    Append,
    /// AA: replaced.
    Refresh,
}

/// 17 bytes. The amounts are kept as their four bytes, for their format (kWh or money) is told by another parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// The order's number.
    pub order: u32,
    /// What is done with the amount.
    pub mode: Mode,
    /// What was bought.
    pub amount: [u8; 4],
    /// At what is left an alarm is given.
    pub alarm: [u8; 4],
    /// At what is left the supply is cut.
    pub trip: [u8; 4],
}

const APPEND: u8 = 0x55;
const REFRESH: u8 = 0xAA;

impl Unit for Purchase {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = self.order.to_le_bytes().to_vec();
        unit.push(match self.mode {
            Mode::Append => APPEND,
            Mode::Refresh => REFRESH,
        });
        for amount in [self.amount, self.alarm, self.trip] {
            unit.extend(amount);
        }
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let order = reader.double()?;
        let mode = match reader.byte()? {
            APPEND => Mode::Append,
            REFRESH => Mode::Refresh,
            _ => {
                return Err(UnitError::Malformed(
                    "a purchase is 55 (added) or AA (replaced)",
                ));
            }
        };
        let purchase = Purchase {
            order,
            mode,
            amount: reader.array()?,
            alarm: reader.array()?,
            trip: reader.array()?,
        };
        reader.end()?;
        Ok(purchase)
    }
}
