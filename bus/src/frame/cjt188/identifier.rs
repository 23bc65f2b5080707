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
/// Heat and cooling (2018).
pub const HEAT_AND_COOLING: u16 = 0x911F;
/// The last month; the eleven before it follow.
pub const LAST_MONTH: u16 = 0xD120;
/// The twelfth month back.
pub const TWELFTH_MONTH: u16 = 0xD12B;
/// Price table.
pub const PRICES: u16 = 0x8102;
/// Settlement day.
pub const SETTLEMENT_DAY: u16 = 0x8103;
/// Reading day.
pub const READING_DAY: u16 = 0x8104;
/// Purchase: sequence, last amount, cumulative, remaining.
pub const PURCHASE: u16 = 0x8105;
/// Version of the key.
pub const KEY_VERSION: u16 = 0x8106;
/// Address.
pub const ADDRESS: u16 = 0x810A;
/// Write a price table.
pub const WRITE_PRICES: u16 = 0xA010;
/// Write the settlement day.
pub const WRITE_SETTLEMENT_DAY: u16 = 0xA011;
/// Write the reading day.
pub const WRITE_READING_DAY: u16 = 0xA012;
/// Write a purchase.
pub const WRITE_PURCHASE: u16 = 0xA013;
/// Write a key.
pub const WRITE_KEY: u16 = 0xA014;
/// Write the time.
pub const WRITE_TIME: u16 = 0xA015;
/// Set the reading of the electronics to that of the counter.
pub const SYNCHRONISE: u16 = 0xA016;
/// Write the address.
pub const WRITE_ADDRESS: u16 = 0xA018;
/// Leave the works: from then on some writes need a key.
pub const ENABLE_FACTORY: u16 = 0xA019;
/// Refund (one maker).
pub const REFUND: u16 = 0xA0EC;
/// Move the valve.
pub const VALVE: u16 = 0xA017;

/// What an identifier holds, where it is known.
pub fn name(di: u16) -> Option<&'static str> {
    Some(match di {
        METERING => "metering data",
        HEAT_AND_COOLING => "heat and cooling data",
        LAST_MONTH..=TWELFTH_MONTH => "metering data of a past month",
        // The low byte counts; where it ends is not public. Above 7F it would also be another identifier turned round.
        0xD200..=0xD27F => "history (2018)",
        0xD300..=0xD37F => "timed freeze (2018)",
        0xD400..=0xD47F => "instant freeze (2018)",
        PRICES => "price table",
        SETTLEMENT_DAY => "settlement day",
        READING_DAY => "reading day",
        PURCHASE => "purchase",
        KEY_VERSION => "key version",
        ADDRESS => "address",
        0x8120 => "production date",
        WRITE_PRICES => "write price table",
        WRITE_SETTLEMENT_DAY => "write settlement day",
        WRITE_READING_DAY => "write reading day",
        WRITE_PURCHASE => "write purchase",
        WRITE_KEY => "write key",
        WRITE_TIME => "write time",
        SYNCHRONISE => "synchronise reading",
        VALVE => "valve",
        WRITE_ADDRESS => "write address",
        ENABLE_FACTORY => "enable factory mode",
        0xA020..=0xA02F => "vendor data",
        REFUND => "refund",
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
