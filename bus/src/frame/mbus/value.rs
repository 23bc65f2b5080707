//! The value of a record, exact.

use std::fmt::Write as _;

use m_bus_parser::user_data::data_information::DataFieldCoding;

use super::moment::Moment;
use crate::frame::bytes::{array, hex, take};

/// What a record holds, before the power of ten of its VIF is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// The record has no data, or the meter says that there is no such value.
    None,
    /// A whole number.
    Integer(i64),
    /// A whole number of more than 64 bits.
    Wide(i128),
    /// A binary fraction as it came. Its text is the shortest decimal that names it.
    Real(f32),
    /// A date or time.
    Moment(Moment),
    /// Text, last character first as on the wire.
    Text(&'a [u8]),
    /// A number of more than 128 bits, low byte first, or packed digits that are none.
    Bytes(&'a [u8]),
    /// The maker's own data: everything up to the end of the telegram.
    Manufacturer {
        /// The bytes.
        data: &'a [u8],
        /// Whether the meter has further telegrams (DIF 1F).
        more_follows: bool,
    },
}

impl<'a> Value<'a> {
    /// Reads the data field of a record. `None` where `data` is shorter than the coding says, or the length byte is reserved.
    /// Returns the value and its bytes on the wire.
    pub(super) fn read(
        coding: DataFieldCoding,
        data: &'a [u8],
        high_first: bool,
    ) -> Option<(Self, usize)> {
        let size = coding.data_size(data)?;
        let field = data.get(..size)?;
        let value = match coding {
            DataFieldCoding::Integer8Bit
            | DataFieldCoding::Integer16Bit
            | DataFieldCoding::Integer24Bit
            | DataFieldCoding::Integer32Bit
            | DataFieldCoding::Integer48Bit
            | DataFieldCoding::Integer64Bit => Value::integer(field, high_first),
            DataFieldCoding::BCD2Digit
            | DataFieldCoding::BCD4Digit
            | DataFieldCoding::BCD6Digit
            | DataFieldCoding::BCD8Digit
            | DataFieldCoding::BCDDigit12 => Value::digits(field, high_first),
            DataFieldCoding::Real32Bit => {
                let bytes: [u8; 4] = array(field, 0)?;
                Value::Real(if high_first {
                    f32::from_be_bytes(bytes)
                } else {
                    f32::from_le_bytes(bytes)
                })
            }
            DataFieldCoding::VariableLength => Value::variable(field, high_first),
            DataFieldCoding::DateTypeG => moment(array(field, 0).and_then(Moment::date)),
            DataFieldCoding::DateTimeTypeF => moment(array(field, 0).and_then(Moment::minute)),
            DataFieldCoding::DateTimeTypeI => moment(array(field, 0).and_then(Moment::second)),
            _ => Value::None,
        };
        Some((value, size))
    }

    /// Two's complement.
    fn integer(field: &'a [u8], high_first: bool) -> Self {
        match field.len() {
            1..=8 => {
                let fold = |value: u64, &byte: &u8| (value << 8) | u64::from(byte);
                let value = if high_first {
                    field.iter().fold(0, fold)
                } else {
                    field.iter().rev().fold(0, fold)
                };
                let unused = 64 - 8 * field.len() as u32;
                Value::Integer(((value << unused) as i64) >> unused)
            }
            9..=16 => {
                let fold = |value: u128, &byte: &u8| (value << 8) | u128::from(byte);
                let value = if high_first {
                    field.iter().fold(0, fold)
                } else {
                    field.iter().rev().fold(0, fold)
                };
                let unused = 128 - 8 * field.len() as u32;
                Value::Wide(((value << unused) as i128) >> unused)
            }
            _ => Value::Bytes(field),
        }
    }

    /// Packed digits. `F` in the highest place is a minus sign; other letters are how meters say that there is no value.
    fn digits(field: &'a [u8], high_first: bool) -> Self {
        let add = |value: Option<i64>, (place, &byte): (usize, &u8)| {
            let (high, low) = (i64::from(byte >> 4), i64::from(byte & 0x0F));
            let high = if place == 0 && high == 0x0F { 0 } else { high };
            let value = value.filter(|_| high < 10 && low < 10)?;
            value.checked_mul(100)?.checked_add(high * 10 + low)
        };
        let (first, magnitude) = if high_first {
            (field.first(), field.iter().enumerate().fold(Some(0), add))
        } else {
            (
                field.last(),
                field.iter().rev().enumerate().fold(Some(0), add),
            )
        };
        let negative = first.is_some_and(|byte| byte >> 4 == 0x0F);
        match magnitude {
            Some(value) => Value::Integer(if negative { -value } else { value }),
            None => Value::Bytes(field),
        }
    }

    /// Behind a length byte: text, digits, negative digits or a number (EN 13757-3, LVAR).
    fn variable(field: &'a [u8], high_first: bool) -> Self {
        let Some((&length, rest)) = field.split_first() else {
            return Value::None;
        };
        match length {
            0x00..=0xBF => Value::Text(rest),
            0xC0..=0xC9 => Value::digits(rest, high_first),
            0xD0..=0xD9 => match Value::digits(rest, high_first) {
                Value::Integer(value) => Value::Integer(-value),
                other => other,
            },
            _ => Value::integer(rest, high_first),
        }
    }

    /// The value times ten to the power of `exponent`, as text. Numbers are exact decimals. `None` where there is no value.
    pub fn text(&self, exponent: isize) -> Option<String> {
        match *self {
            Value::None => None,
            Value::Integer(value) => Some(shifted(&value.to_string(), exponent)),
            Value::Wide(value) => Some(shifted(&value.to_string(), exponent)),
            Value::Real(value) if value.is_finite() => Some(shifted(&value.to_string(), exponent)),
            Value::Real(_) => None,
            Value::Moment(moment) => Some(moment.to_string()),
            Value::Text(bytes) => Some(bytes.iter().rev().map(|&byte| char::from(byte)).collect()),
            Value::Bytes(bytes) => {
                let mut text = String::new();
                for byte in bytes.iter().rev() {
                    let _ = write!(text, "{byte:02X}");
                }
                Some(text)
            }
            Value::Manufacturer { data, .. } => Some(hex(data)),
        }
    }
}

fn moment(read: Option<Moment>) -> Value<'static> {
    read.map_or(Value::None, Value::Moment)
}

/// A decimal number with its point moved to the right by `exponent` places, or to the left if that is negative.
fn shifted(number: &str, exponent: isize) -> String {
    let (sign, magnitude) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, fraction) = magnitude.split_once('.').unwrap_or((magnitude, ""));
    let mut digits = format!("{whole}{fraction}");
    let places = fraction.len() as isize - exponent;
    if places <= 0 {
        digits.extend(std::iter::repeat_n('0', places.unsigned_abs()));
        let kept = digits.trim_start_matches('0');
        return match kept {
            "" => "0".to_owned(),
            kept => format!("{sign}{kept}"),
        };
    }
    let places = places.unsigned_abs();
    let padding = (places + 1).saturating_sub(digits.len());
    let digits = format!("{}{digits}", "0".repeat(padding));
    let (whole, fraction) = digits
        .split_at_checked(digits.len() - places)
        .unwrap_or((&digits, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        kept => kept,
    };
    format!("{sign}{whole}.{fraction}")
}

/// The text of a plain VIF, which comes last character first.
pub(super) fn reversed_text(encoded: &[u8]) -> Option<String> {
    let length = usize::from(*encoded.first()?);
    let text = take(encoded, 1, length)?;
    Some(text.iter().rev().map(|&byte| char::from(byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_moves_and_nothing_is_rounded() {
        for (number, exponent, expected) in [
            ("12565", -3, "12.565"),
            ("21837", 1, "218370"),
            ("5", -3, "0.005"),
            ("-5", -1, "-0.5"),
            ("0", 3, "0"),
            ("0", -2, "0.00"),
            ("1389.817", -1, "138.9817"),
            ("1.5", 3, "1500"),
            ("-9223372036854775808", -6, "-9223372036854.775808"),
        ] {
            assert_eq!(shifted(number, exponent), expected, "{number} e{exponent}");
        }
    }

    #[test]
    fn a_number_of_64_bits_keeps_every_digit() {
        let bytes = 9_007_199_254_740_993i64.to_le_bytes();
        let (value, size) = Value::read(DataFieldCoding::Integer64Bit, &bytes, false).unwrap();
        assert_eq!(
            (value.text(-3).as_deref(), size),
            (Some("9007199254740.993"), 8)
        );
    }

    #[test]
    fn digits_may_be_negative_or_none() {
        let read = |bytes| {
            Value::read(DataFieldCoding::BCD4Digit, bytes, false)
                .unwrap()
                .0
        };
        assert_eq!(read(&[0x23, 0x01]), Value::Integer(123));
        assert_eq!(read(&[0x23, 0xF1]), Value::Integer(-123));
        assert_eq!(read(&[0xEE, 0xEE]), Value::Bytes(&[0xEE, 0xEE]));
        let high = Value::read(DataFieldCoding::BCD4Digit, &[0xF1, 0x23], true);
        assert_eq!(high.unwrap().0, Value::Integer(-123));
    }

    #[test]
    fn an_empty_number_of_variable_length_is_no_value_and_no_panic() {
        let read = Value::read(DataFieldCoding::VariableLength, &[0xE0], false);
        assert_eq!(read, Some((Value::Bytes(&[]), 1)));
    }
}
