//! What a register says: an exact decimal, a status word, a time, or that there is nothing.

use std::fmt;
use std::str::FromStr;

use super::profile::{Coding, Condition, Quantity, Register, Unit};
use crate::frame::bytes::{array, bcd_to_u64, digits, is_filler, take};
use crate::frame::cjt188::metering::unit_name;
use crate::frame::wall_time::WallTime;

/// An exact decimal: `value` divided by ten to the power of `places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// All digits as a whole number.
    pub value: i64,
    /// How many of them stand behind the point.
    pub places: u8,
}

impl fmt::Display for Decimal {
    /// `-12.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.value < 0 { "-" } else { "" };
        let text = crate::frame::bytes::decimal(self.value.unsigned_abs(), u32::from(self.places));
        write!(f, "{sign}{text}")
    }
}

/// A text is no decimal that fits 64 bits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no decimal number")]
pub struct BadDecimal(pub String);

impl FromStr for Decimal {
    type Err = BadDecimal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadDecimal(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(fraction) || whole.trim_start_matches('-').is_empty() {
            return Err(bad());
        }
        Ok(Decimal {
            value: format!("{whole}{fraction}").parse().map_err(|_| bad())?,
            places: u8::try_from(fraction.len()).map_err(|_| bad())?,
        })
    }
}

/// One register as the meter told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterReading {
    /// Its name in the profile.
    pub name: String,
    /// What it measures.
    pub quantity: Quantity,
    /// What it is measured in; `None` where it has no unit, or the meter tells one that is not known.
    pub unit: Option<String>,
    /// What it says.
    pub value: RegisterValue,
    /// The bytes of the value as they came; empty where none came.
    pub raw: Vec<u8>,
}

/// What a register says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterValue {
    /// A number.
    Number(Decimal),
    /// A status word, with what its bits mean by the profile; the word itself is in [`RegisterReading::raw`].
    Status(Vec<Condition>),
    /// A time.
    Clock(WallTime),
    /// Digits or text.
    Text(String),
    /// The meter says that it has no such value.
    Absent,
    /// The meter refused it, in words.
    Refused(String),
    /// What came cannot be, in words.
    Malformed(String),
    /// It was not read because the meter had fallen silent before, in words.
    Unread(String),
}

impl RegisterReading {
    /// A register that brought nothing.
    pub(super) fn without_value(register: &Register, value: RegisterValue) -> Self {
        RegisterReading {
            name: register.name.clone(),
            quantity: register.quantity,
            unit: match &register.unit {
                Unit::Fixed(unit) => Some(unit.clone()),
                Unit::None | Unit::Told | Unit::ToldBefore => None,
            },
            value,
            raw: Vec::new(),
        }
    }

    /// A register out of the block that the meter sent.
    pub(super) fn of_block(register: &Register, block: &[u8]) -> Self {
        let mut reading = RegisterReading::without_value(register, RegisterValue::Absent);
        let Some(raw) = take(block, register.at, register.bytes) else {
            let (count, end) = (block.len(), register.at + register.bytes);
            reading.value = RegisterValue::Malformed(format!(
                "the answer has {count} bytes; the register ends at byte {end}"
            ));
            return reading;
        };
        let code = match register.unit {
            Unit::Told => block.get(register.at + register.bytes),
            Unit::ToldBefore => register.at.checked_sub(1).and_then(|at| block.get(at)),
            Unit::Fixed(_) | Unit::None => None,
        };
        if let Some(unit) = code.and_then(|&code| unit_name(code)) {
            reading.unit = Some(unit.to_owned());
        }
        reading.raw = raw.to_vec();
        reading.value = value(register, raw).unwrap_or_else(|| {
            RegisterValue::Malformed(format!("{} is no such value", hex::encode_upper(raw)))
        });
        reading
    }

    /// The number, where there is one.
    pub fn number(&self) -> Option<Decimal> {
        match self.value {
            RegisterValue::Number(number) => Some(number),
            _ => None,
        }
    }
}

fn value(register: &Register, raw: &[u8]) -> Option<RegisterValue> {
    let number = |value: Option<i64>| {
        Some(RegisterValue::Number(Decimal {
            value: value?,
            places: register.places,
        }))
    };
    match register.coding {
        Coding::Bcd | Coding::BcdSigned if is_filler(raw, &[0xFF, 0x99]) => {
            Some(RegisterValue::Absent)
        }
        Coding::Bcd => number(i64::try_from(bcd_to_u64(raw)?).ok()),
        Coding::BcdSigned => number(signed(raw)),
        Coding::Binary => number(binary(raw.iter().rev())),
        Coding::BinaryHighFirst => number(binary(raw.iter())),
        Coding::Bits => Some(RegisterValue::Status(conditions(register, raw))),
        Coding::Digits => Some(RegisterValue::Text(digits(raw))),
        Coding::Clock if is_filler(raw, &[0xFF, 0x99, 0x00]) => Some(RegisterValue::Absent),
        Coding::Clock => clock(raw).map(RegisterValue::Clock),
    }
}

/// Packed decimals with the sign in the highest bit (DL/T 645-2007, annex A).
fn signed(raw: &[u8]) -> Option<i64> {
    let (high, low) = raw.split_last()?;
    let mut magnitude = low.to_vec();
    magnitude.push(high & 0x7F);
    let magnitude = i64::try_from(bcd_to_u64(&magnitude)?).ok()?;
    Some(if high & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    })
}

/// Up to seven bytes, high byte first.
fn binary<'a>(mut high_first: impl Iterator<Item = &'a u8>) -> Option<i64> {
    high_first.try_fold(0i64, |value, &byte| {
        value.checked_mul(256)?.checked_add(i64::from(byte))
    })
}

fn conditions(register: &Register, raw: &[u8]) -> Vec<Condition> {
    let set = |bit: u8| {
        raw.get(usize::from(bit / 8))
            .is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
    };
    let flags = register.flags.iter().filter(|flag| set(flag.bit));
    flags.map(|flag| flag.condition).collect()
}

/// `ss mm hh DD MM YY`, and 20 for the century where there is a seventh byte.
fn clock(raw: &[u8]) -> Option<WallTime> {
    if raw.get(6).is_some_and(|&century| century != 0x20) {
        return None;
    }
    WallTime::from_bcd(array(raw, 0)?)
}

#[cfg(test)]
mod tests;
