//! How the value of an identifier is written in bytes, and its exact text.

use crate::frame::bytes::{bcd_to_u64, decimal, digits, is_filler, le_to_u64};

/// How a value is written. All of them have the low byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Packed decimal digits with `places` of them behind the point.
    Decimal {
        /// Length on the wire.
        bytes: u8,
        /// Digits behind the point.
        places: u8,
    },
    /// The same, with the highest bit as a minus sign.
    Signed {
        /// Length on the wire.
        bytes: u8,
        /// Digits behind the point.
        places: u8,
    },
    /// An unsigned binary number.
    Binary {
        /// Length on the wire.
        bytes: u8,
    },
    /// A number that is a name: digits with their leading zeros.
    Digits {
        /// Length on the wire.
        bytes: u8,
    },
    /// Single bits, shown as hex.
    Bits {
        /// Length on the wire.
        bytes: u8,
    },
    /// Date with day of the week: `WW DD MM YY`.
    Date,
    /// Time of day: `ss mm hh`.
    Time,
    /// Date and time to the minute: `mm hh DD MM YY`.
    Minute,
}

/// The bytes do not follow the format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} is not {expected}")]
pub struct BadValue {
    /// The bytes in hex, high byte first.
    pub bytes: String,
    /// What they should be.
    pub expected: &'static str,
}

impl Format {
    /// Length on the wire.
    pub const fn bytes(self) -> usize {
        match self {
            Format::Decimal { bytes, .. }
            | Format::Signed { bytes, .. }
            | Format::Binary { bytes }
            | Format::Digits { bytes }
            | Format::Bits { bytes } => bytes as usize,
            Format::Date => 4,
            Format::Time => 3,
            Format::Minute => 5,
        }
    }

    /// The exact text of a value; `None` where the meter has none (all bytes `FF`).
    ///
    /// # Errors
    /// The bytes do not follow the format.
    pub fn text(self, bytes: &[u8]) -> Result<Option<String>, BadValue> {
        let bad = |expected| BadValue {
            bytes: digits(bytes),
            expected,
        };
        if bytes.len() != self.bytes() {
            return Err(bad("of the right length"));
        }
        if !matches!(self, Format::Bits { .. } | Format::Binary { .. }) && is_filler(bytes, &[0xFF])
        {
            return Ok(None);
        }
        let text = match self {
            Format::Decimal { places, .. } => {
                bcd_to_u64(bytes).map(|value| decimal(value, u32::from(places)))
            }
            Format::Signed { places, .. } => signed(bytes, places),
            Format::Binary { .. } => le_to_u64(bytes).map(|value| value.to_string()),
            Format::Digits { .. } | Format::Bits { .. } => Some(digits(bytes)),
            Format::Date => match bytes {
                [week, day, month, year] => pairs(&[*year, *month, *day, *week])
                    .map(|[y, m, d, w]| format!("20{y:02}-{m:02}-{d:02} weekday {w}")),
                _ => None,
            },
            Format::Time => match bytes {
                [second, minute, hour] => pairs(&[*hour, *minute, *second])
                    .map(|[h, m, s]| format!("{h:02}:{m:02}:{s:02}")),
                _ => None,
            },
            Format::Minute => match bytes {
                [minute, hour, day, month, year] => pairs(&[*year, *month, *day, *hour, *minute])
                    .map(|[y, mo, d, h, mi]| format!("20{y:02}-{mo:02}-{d:02} {h:02}:{mi:02}")),
                _ => None,
            },
        };
        text.map(Some).ok_or_else(|| bad("packed decimal digits"))
    }
}

/// Decimal pairs of digits.
fn pairs<const N: usize>(bytes: &[u8; N]) -> Option<[u64; N]> {
    let mut out = [0; N];
    for (value, byte) in out.iter_mut().zip(bytes) {
        *value = bcd_to_u64(&[*byte])?;
    }
    Some(out)
}

fn signed(bytes: &[u8], places: u8) -> Option<String> {
    let (&high, low) = bytes.split_last()?;
    let mut magnitude = low.to_vec();
    magnitude.push(high & 0x7F);
    let value = bcd_to_u64(&magnitude)?;
    let sign = if high & 0x80 != 0 && value != 0 {
        "-"
    } else {
        ""
    };
    Some(format!("{sign}{}", decimal(value, u32::from(places))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_the_highest_bit() {
        let format = Format::Signed {
            bytes: 3,
            places: 3,
        };
        assert_eq!(
            format.text(&[0x88, 0x01, 0x80]).unwrap().as_deref(),
            Some("-0.188")
        );
        assert_eq!(
            format.text(&[0x88, 0x01, 0x00]).unwrap().as_deref(),
            Some("0.188")
        );
        assert_eq!(
            format.text(&[0x00, 0x00, 0x80]).unwrap().as_deref(),
            Some("0.000")
        );
    }

    #[test]
    fn all_ff_is_no_value_and_other_letters_are_an_error() {
        let format = Format::Decimal {
            bytes: 4,
            places: 2,
        };
        assert_eq!(format.text(&[0xFF; 4]).unwrap(), None);
        assert!(format.text(&[0xFF, 0xFF, 0xFF, 0x00]).is_err());
        assert!(format.text(&[0x00; 3]).is_err());
    }

    #[test]
    fn dates_and_times_read_from_the_low_end() {
        let date = Format::Date.text(&[0x01, 0x24, 0x11, 0x25]).unwrap();
        assert_eq!(date.as_deref(), Some("2025-11-24 weekday 1"));
        let time = Format::Time.text(&[0x05, 0x30, 0x12]).unwrap();
        assert_eq!(time.as_deref(), Some("12:30:05"));
        let minute = Format::Minute
            .text(&[0x30, 0x12, 0x24, 0x11, 0x25])
            .unwrap();
        assert_eq!(minute.as_deref(), Some("2025-11-24 12:30"));
    }
}
