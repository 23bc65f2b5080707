//! How the value of an identifier is written in bytes, and its exact text.

use crate::frame::bytes::{bcd_to_u64, decimal, digits, is_filler, le_to_u64, u64_to_bcd};

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
    /// Letters, the last one first, filled with blanks or zeros.
    Text {
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
    /// Date and time to the second: `ss mm hh DD MM YY`.
    Second,
    /// A time of day to the minute: `mm hh`.
    HourMinute,
    /// An hour of a day of every month: `hh DD`.
    DayHour,
    /// A minute of every year: `mm hh DD MM`.
    YearlyMinute,
    /// Several values one behind the other.
    Record(&'static [Part]),
}

/// One value of a [`Format::Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// How it is written.
    pub format: Format,
    /// Its unit.
    pub unit: Option<&'static str>,
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
            | Format::Text { bytes }
            | Format::Bits { bytes } => bytes as usize,
            Format::Date | Format::YearlyMinute => 4,
            Format::Time => 3,
            Format::Minute => 5,
            Format::Second => 6,
            Format::HourMinute | Format::DayHour => 2,
            Format::Record(parts) => match parts {
                [] => 0,
                [first, rest @ ..] => first.format.bytes() + Format::Record(rest).bytes(),
            },
        }
    }

    /// The value of a number as a whole number of its last digit: 123.45 is 12345. `None` for formats that are no numbers,
    /// for bytes that do not follow the format, and where the meter has no value.
    pub fn number(self, bytes: &[u8]) -> Option<i64> {
        if bytes.len() != self.bytes() {
            return None;
        }
        let value = match self {
            Format::Decimal { .. } => bcd_to_u64(bytes)?,
            Format::Binary { .. } => le_to_u64(bytes)?,
            Format::Signed { .. } => {
                let (&high, low) = bytes.split_last()?;
                let low_value = bcd_to_u64(low)?;
                let high_value = bcd_to_u64(&[high & 0x7F])?;
                let weight = 100u64.checked_pow(u32::try_from(low.len()).ok()?)?;
                let value = i64::try_from(high_value.checked_mul(weight)? + low_value).ok()?;
                return Some(if high & 0x80 == 0 { value } else { -value });
            }
            _ => return None,
        };
        i64::try_from(value).ok()
    }

    /// The bytes of a number given as a whole number of its last digit. `None` for formats that are no numbers, and for
    /// numbers that do not fit.
    pub fn encode(self, value: i64) -> Option<Vec<u8>> {
        let (bytes, magnitude) = (self.bytes(), value.unsigned_abs());
        let decimals = |magnitude| {
            let all = u64_to_bcd::<9>(magnitude)?;
            let (low, high) = all.split_at_checked(bytes)?;
            high.iter().all(|byte| *byte == 0).then(|| low.to_vec())
        };
        match self {
            Format::Decimal { .. } if value >= 0 => decimals(magnitude),
            Format::Signed { .. } => {
                let mut out = decimals(magnitude)?;
                let high = out.last_mut().filter(|high| **high & 0x80 == 0)?;
                *high |= if value < 0 { 0x80 } else { 0 };
                Some(out)
            }
            Format::Binary { .. } if value >= 0 => {
                let all = magnitude.to_le_bytes();
                let (low, high) = all.split_at_checked(bytes)?;
                high.iter().all(|byte| *byte == 0).then(|| low.to_vec())
            }
            _ => None,
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
        self.some_text(bytes)
            .map(Some)
            .ok_or_else(|| bad("packed decimal digits"))
    }

    /// The text of bytes that have the right length and are no filler.
    fn some_text(self, bytes: &[u8]) -> Option<String> {
        match self {
            Format::Decimal { places, .. } => {
                bcd_to_u64(bytes).map(|value| decimal(value, u32::from(places)))
            }
            Format::Signed { places, .. } => self.number(bytes).map(|value| {
                let sign = if value < 0 { "-" } else { "" };
                format!("{sign}{}", decimal(value.unsigned_abs(), u32::from(places)))
            }),
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
            Format::Second => match bytes {
                [second, rest @ ..] => {
                    let [second] = pairs(&[*second])?;
                    Format::Minute
                        .some_text(rest)
                        .map(|minute| format!("{minute}:{second:02}"))
                }
                _ => None,
            },
            Format::HourMinute => match bytes {
                [minute, hour] => pairs(&[*hour, *minute]).map(|[h, m]| format!("{h:02}:{m:02}")),
                _ => None,
            },
            Format::DayHour => match bytes {
                [hour, day] => pairs(&[*day, *hour]).map(|[d, h]| format!("day {d:02} {h:02}:00")),
                _ => None,
            },
            Format::YearlyMinute => match bytes {
                [minute, hour, day, month] => pairs(&[*month, *day, *hour, *minute])
                    .map(|[mo, d, h, mi]| format!("{mo:02}-{d:02} {h:02}:{mi:02}")),
                _ => None,
            },
            Format::Text { .. } => Some(letters(bytes)),
            Format::Record(parts) => record(parts, bytes),
        }
    }
}

/// All parts of a record with their names: `maximum 1.2345 kW, time 2025-11-24 12:30`.
fn record(parts: &[Part], bytes: &[u8]) -> Option<String> {
    let (mut texts, mut rest) = (Vec::with_capacity(parts.len()), bytes);
    for part in parts {
        let (value, after) = rest.split_at_checked(part.format.bytes())?;
        let value = part.format.text(value).ok()?;
        let value = value.as_deref().unwrap_or("none");
        let unit = part.unit.unwrap_or_default();
        texts.push(
            format!("{} {value} {unit}", part.name)
                .trim_end()
                .to_owned(),
        );
        rest = after;
    }
    Some(texts.join(", "))
}

/// Letters that come last one first. What is no printable ASCII shows as a point.
fn letters(bytes: &[u8]) -> String {
    let text: String = bytes
        .iter()
        .rev()
        .map(|&byte| match byte {
            0 => ' ',
            b' '..=b'~' => char::from(byte),
            _ => '.',
        })
        .collect();
    text.trim().to_owned()
}

/// Decimal pairs of digits.
fn pairs<const N: usize>(bytes: &[u8; N]) -> Option<[u64; N]> {
    let mut out = [0; N];
    for (value, byte) in out.iter_mut().zip(bytes) {
        *value = bcd_to_u64(&[*byte])?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_come_last_one_first() {
        let format = Format::Text { bytes: 6 };
        assert_eq!(format.text(b"V022 \0").unwrap().as_deref(), Some("220V"));
        assert_eq!(format.text(&[0xFF; 6]).unwrap(), None);
    }

    #[test]
    fn a_record_names_its_parts() {
        let format = Format::Record(&[
            Part {
                name: "maximum",
                format: Format::Decimal {
                    bytes: 3,
                    places: 4,
                },
                unit: Some("kW"),
            },
            Part {
                name: "time",
                format: Format::Minute,
                unit: None,
            },
        ]);
        assert_eq!(format.bytes(), 8);
        let bytes = [0x45, 0x23, 0x01, 0x30, 0x12, 0x24, 0x11, 0x25];
        assert_eq!(
            format.text(&bytes).unwrap().as_deref(),
            Some("maximum 1.2345 kW, time 2025-11-24 12:30")
        );
    }

    #[test]
    fn a_number_that_does_not_fit_has_no_bytes() {
        let format = Format::Signed {
            bytes: 2,
            places: 1,
        };
        assert_eq!(format.encode(-7999), Some(vec![0x99, 0xF9]));
        assert_eq!(format.encode(8000), None, "the highest bit is the sign");
        let format = Format::Decimal {
            bytes: 2,
            places: 1,
        };
        assert_eq!(format.encode(9999), Some(vec![0x99, 0x99]));
        assert_eq!(format.encode(10_000), None);
        assert_eq!(format.encode(-1), None);
        assert_eq!(Format::Binary { bytes: 1 }.encode(256), None);
        assert_eq!(Format::Time.encode(1), None);
    }

    proptest! {
        #[test]
        fn numbers_come_back(value: i64, bytes in 1u8..=9, kind in 0usize..3) {
            let format = [Format::Decimal { bytes, places: 0 }, Format::Signed { bytes, places: 0 }, Format::Binary { bytes }][kind];
            for value in [value, value % 1000, value % 100_000_000] {
                if let Some(encoded) = format.encode(value) {
                    prop_assert_eq!(format.number(&encoded), Some(value));
                }
            }
        }

        #[test]
        fn arbitrary_values_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            for format in [Format::Second, Format::DayHour, Format::HourMinute, Format::YearlyMinute, Format::Text { bytes: 6 }, Format::Signed { bytes: 9, places: 3 }] {
                let _ = format.text(&bytes);
                let _ = format.number(&bytes);
            }
        }
    }

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
