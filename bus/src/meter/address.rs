//! A meter's address as people write it.

use std::fmt;
use std::str::FromStr;

use crate::frame::{cjt188, dlt645, mbus};

/// The address of one meter; its length tells the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeterAddress {
    /// Twelve digits: DL/T 645.
    Dlt645(dlt645::Address),
    /// Two hex digits of the meter type and fourteen digits: CJ/T 188.
    Cjt188(cjt188::Address),
    /// `mbus:` and 0 to 250, the primary address of an M-Bus meter.
    MbusPrimary(mbus::Address),
    /// `mbus:` and the secondary address of an M-Bus meter.
    MbusSecondary(mbus::Selection),
}

/// Why a text is no meter address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadAddress {
    /// Neither length fits.
    #[error(
        "{text:?} has {count} characters; a DL/T 645 address has 12 digits, a CJ/T 188 address 2 for the type and 14; one of M-Bus is written mbus:5 or mbus:12345678"
    )]
    Length {
        /// The text.
        text: String,
        /// Its length without the separator.
        count: usize,
    },
    /// No address of an M-Bus meter.
    #[error(
        "{text:?} is no M-Bus address; write mbus: and 0 to 250, or mbus: and the eight digits of the meter"
    )]
    Mbus {
        /// The text.
        text: String,
    },
    /// A character that is no digit.
    #[error("{text:?} has a character that is no digit")]
    NotDigits {
        /// The text.
        text: String,
    },
    /// All meters at once.
    #[error("{text:?} speaks to all meters, not to one")]
    Broadcast {
        /// The text.
        text: String,
    },
}

impl FromStr for MeterAddress {
    type Err = BadAddress;

    /// `260305510012`, `10-71962403180002` with or without the dash (a colon or blank will do), `mbus:5` or
    /// `mbus:12345678`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = text.trim().strip_prefix("mbus:") {
            return mbus_address(rest).ok_or_else(|| BadAddress::Mbus {
                text: text.to_owned(),
            });
        }
        let owned = || text.to_owned();
        let not_digits = || BadAddress::NotDigits { text: owned() };
        let mut digits: Vec<char> = text.trim().chars().collect();
        if digits.len() == 17 && matches!(digits.get(2), Some('-' | ':' | ' ')) {
            digits.remove(2);
        }
        let digits: String = digits.into_iter().collect();
        match digits.chars().count() {
            12 => {
                let address = dlt645::Address::from_digits(&digits).ok_or_else(not_digits)?;
                if address.is_single() {
                    Ok(MeterAddress::Dlt645(address))
                } else {
                    Err(BadAddress::Broadcast { text: owned() })
                }
            }
            16 => {
                let (kind, number) = digits.split_at_checked(2).ok_or_else(not_digits)?;
                let kind = u8::from_str_radix(kind, 16).map_err(|_| not_digits())?;
                let address = cjt188::Address::from_digits(kind, number).ok_or_else(not_digits)?;
                if address.is_single() {
                    Ok(MeterAddress::Cjt188(address))
                } else {
                    Err(BadAddress::Broadcast { text: owned() })
                }
            }
            count => Err(BadAddress::Length {
                text: owned(),
                count,
            }),
        }
    }
}

/// A primary address of up to three digits, or a secondary one of eight and more.
fn mbus_address(text: &str) -> Option<MeterAddress> {
    if text.len() <= 3 {
        let address = mbus::Address(text.parse().ok()?);
        let single = address.is_primary() || address == mbus::Address::UNCONFIGURED;
        return single.then_some(MeterAddress::MbusPrimary(address));
    }
    let selection: mbus::Selection = text.parse().ok()?;
    Some(MeterAddress::MbusSecondary(selection))
}

impl fmt::Display for MeterAddress {
    /// `260305510012` or `10-71962403180002`; reads back as the same address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MeterAddress::Dlt645(address) => write!(f, "{address}"),
            MeterAddress::Cjt188(address) => write!(f, "{:02X}-{address}", address.kind),
            MeterAddress::MbusPrimary(address) => write!(f, "mbus:{address}"),
            MeterAddress::MbusSecondary(selection) => write!(f, "mbus:{selection}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_kinds_read_and_print() {
        for text in [
            "260305510012",
            "10-71962403180002",
            "mbus:5",
            "mbus:12345678-PAD-01-07",
        ] {
            assert_eq!(text.parse::<MeterAddress>().unwrap().to_string(), text);
        }
        let dashed: MeterAddress = "10-71962403180002".parse().unwrap();
        assert_eq!("1071962403180002".parse(), Ok(dashed));
        assert_eq!("10:71962403180002".parse(), Ok(dashed));
    }

    #[test]
    fn the_reason_says_what_is_wrong() {
        let reason = |text: &str| text.parse::<MeterAddress>().unwrap_err();
        assert!(matches!(
            reason("26030551001"),
            BadAddress::Length { count: 11, .. }
        ));
        assert!(matches!(
            reason("26030551001A"),
            BadAddress::NotDigits { .. }
        ));
        assert!(matches!(
            reason("999999999999"),
            BadAddress::Broadcast { .. }
        ));
        assert!(matches!(reason("mbus:251"), BadAddress::Mbus { .. }));
        assert!(matches!(reason("mbus:1234x678"), BadAddress::Mbus { .. }));
        assert!(matches!(
            reason("AA-71962403180002"),
            BadAddress::Broadcast { .. }
        ));
        assert!(matches!(
            reason("10-AAAAAAAAAAAAAA"),
            BadAddress::NotDigits { .. }
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_an_address_or_an_error(text in "\\PC{0,20}") {
            let _ = text.parse::<MeterAddress>();
        }
    }
}
