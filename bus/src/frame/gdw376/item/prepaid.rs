//! What the standard has no items for: quantities of water, gas and heat, and the books of a meter that keeps money.

use super::super::UnitError;
use super::Unit;
use super::time::Minute;
use super::unit::{Reader, put_decimal};

/// 0C F240: what has flowed through a meter of any utility, 14 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// When the terminal read it.
    pub read_at: Minute,
    /// The unit in the codes of CJ/T 188-2004, table of units: 2C = m³, 05 = kWh, 08 = MWh, 11 = GJ.
    pub unit: u8,
    /// In thousandths of the unit, six bytes packed decimal; `None` where the terminal does not have it.
    pub thousandths: Option<u64>,
    /// The meter's status word as it sent it, low byte first; 0 where it has none.
    pub status: u16,
}

impl Unit for Quantity {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = Vec::with_capacity(14);
        self.read_at.put(&mut unit);
        unit.push(self.unit);
        put_decimal::<6>(&mut unit, self.thousandths)?;
        unit.extend(self.status.to_le_bytes());
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let quantity = Quantity {
            read_at: Minute::take(&mut reader)?,
            unit: reader.byte()?,
            thousandths: reader.decimal::<6>()?,
            status: reader.word()?,
        };
        reader.end()?;
        Ok(quantity)
    }
}

/// Whether a meter lets its utility through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// 0: switched off.
    Off,
    /// 1: flowing.
    On,
    /// 2: the meter reports a fault of its relay or valve.
    Fault,
    /// EE: not known.
    Unknown,
}

impl Through {
    const ALL: [(Through, u8); 4] = [
        (Through::Off, 0),
        (Through::On, 1),
        (Through::Fault, 2),
        (Through::Unknown, 0xEE),
    ];

    fn code(self) -> u8 {
        Through::ALL
            .iter()
            .find(|(through, _)| *through == self)
            .map_or(0xEE, |(_, code)| *code)
    }

    fn of(code: u8) -> Result<Through, UnitError> {
        let known = Through::ALL.iter().find(|(_, known)| *known == code);
        known
            .map(|(through, _)| *through)
            .ok_or(UnitError::Malformed("a supply state has no such code"))
    }
}

/// 0C F241: the books of a meter that keeps money, 34 bytes. Money is in fen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// When the terminal read it.
    pub read_at: Minute,
    /// The number of the last purchase, four bytes.
    pub purchase_number: u32,
    /// What is left, eight bytes two's complement; negative when overdrawn.
    pub balance: i64,
    /// The last purchase, eight bytes; all FF where the meter does not tell it.
    pub last_amount: Option<u64>,
    /// All purchases, eight bytes; all FF where the meter does not tell them.
    pub cumulative: Option<u64>,
    /// Relay or valve, one byte.
    pub supply: Through,
}

impl Unit for Books {
    fn encode(&self) -> Result<Vec<u8>, UnitError> {
        let mut unit = Vec::with_capacity(34);
        self.read_at.put(&mut unit);
        unit.extend(self.purchase_number.to_le_bytes());
        unit.extend(self.balance.to_le_bytes());
        for amount in [self.last_amount, self.cumulative] {
            if amount == Some(u64::MAX) {
                return Err(UnitError::Malformed("an amount is too large"));
            }
            unit.extend(amount.unwrap_or(u64::MAX).to_le_bytes());
        }
        unit.push(self.supply.code());
        Ok(unit)
    }

    fn decode(unit: &[u8]) -> Result<Self, UnitError> {
        let mut reader = Reader::new(unit);
        let read_at = Minute::take(&mut reader)?;
        let purchase_number = reader.double()?;
        let balance = reader.array().map(i64::from_le_bytes)?;
        let mut amount = || {
            let amount = reader.array().map(u64::from_le_bytes)?;
            Ok((amount != u64::MAX).then_some(amount))
        };
        let (last_amount, cumulative) = (amount()?, amount()?);
        let supply = Through::of(reader.byte()?)?;
        reader.end()?;
        Ok(Books {
            read_at,
            purchase_number,
            balance,
            last_amount,
            cumulative,
            supply,
        })
    }
}
