//! Data identifiers and the two orders they come in.

use serde::Deserialize;

/// The order of an identifier's two bytes on the wire. Both are in the field, in either edition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiOrder {
    /// `90 1F`.
    #[default]
    HighFirst,
    /// `1F 90`.
    LowFirst,
}

impl DiOrder {
    /// The bytes of an identifier.
    pub fn bytes(self, di: u16) -> [u8; 2] {
        match self {
            DiOrder::HighFirst => di.to_be_bytes(),
            DiOrder::LowFirst => di.to_le_bytes(),
        }
    }

    /// The identifier of two bytes.
    pub fn read(self, bytes: [u8; 2]) -> u16 {
        match self {
            DiOrder::HighFirst => u16::from_be_bytes(bytes),
            DiOrder::LowFirst => u16::from_le_bytes(bytes),
        }
    }

    /// The word for it in the JSON of `decode`.
    pub fn word(self) -> &'static str {
        match self {
            DiOrder::HighFirst => "high_first",
            DiOrder::LowFirst => "low_first",
        }
    }
}

/// Metering data.
pub const METERING: u16 = 0x901F;
/// Price table.
pub const PRICES: u16 = 0x8102;
/// Purchase: sequence, last amount, cumulative, remaining.
pub const PURCHASE: u16 = 0x8105;
/// Address.
pub const ADDRESS: u16 = 0x810A;
/// Write a price table.
pub const WRITE_PRICES: u16 = 0xA010;
/// Write a purchase.
pub const WRITE_PURCHASE: u16 = 0xA013;
/// Move the valve.
pub const VALVE: u16 = 0xA017;

/// What an identifier holds, where it is known.
pub fn name(di: u16) -> Option<&'static str> {
    Some(match di {
        METERING => "metering data",
        0x911F => "heat and cooling data",
        0xD120..=0xD12B => "metering data of a past month",
        PRICES => "price table",
        0x8103 => "settlement day",
        0x8104 => "reading day",
        PURCHASE => "purchase",
        0x8106 => "key version",
        ADDRESS => "address",
        0x8120 => "production date",
        WRITE_PRICES => "write price table",
        0xA011 => "write settlement day",
        0xA012 => "write reading day",
        WRITE_PURCHASE => "write purchase",
        0xA014 => "write key",
        0xA015 => "write time",
        0xA016 => "synchronise reading",
        VALVE => "valve",
        0xA018 => "write address",
        0xA019 => "enable factory mode",
        0xA0EC => "refund",
        0xA101 | 0xA102 => "verification mode",
        0xA103 => "communication parameters",
        0xA104 => "freeze",
        0xA105 => "alarm volume",
        0xA106 => "alarm amount",
        0xA107 => "write key",
        _ => return None,
    })
}

/// Reads an identifier whose order is not known: the order in which it has a meaning, else high byte first.
pub fn detect(bytes: [u8; 2]) -> (u16, DiOrder) {
    let low_first = DiOrder::LowFirst.read(bytes);
    let high_first = DiOrder::HighFirst.read(bytes);
    if name(high_first).is_none() && name(low_first).is_some() {
        (low_first, DiOrder::LowFirst)
    } else {
        (high_first, DiOrder::HighFirst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_known_identifier_has_a_meaning_in_both_orders() {
        for di in 0..=u16::MAX {
            let both = name(di).is_some() && name(di.swap_bytes()).is_some();
            assert!(!both || di == di.swap_bytes(), "{di:04X}");
        }
    }

    #[test]
    fn both_orders_of_the_field_are_recognised() {
        assert_eq!(detect([0x90, 0x1F]), (0x901F, DiOrder::HighFirst));
        assert_eq!(detect([0x1F, 0x90]), (0x901F, DiOrder::LowFirst));
        assert_eq!(detect([0x0A, 0x81]), (0x810A, DiOrder::LowFirst));
        assert_eq!(detect([0x12, 0x34]), (0x1234, DiOrder::HighFirst));
    }
}
