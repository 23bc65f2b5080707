//! A meter's type and address.

use std::fmt;

use crate::frame::bytes::{digits, u64_to_bcd};

/// The meter type byte and fourteen digits, kept in the order of the wire (low pair first). The upper four digits are the
/// maker's code. Either part may be a wildcard `AA`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// 10 to 13 water, 20 to 22 heat and cooling, 30 gas, 40 others; AA any.
    pub kind: u8,
    number: [u8; 7],
}

impl Address {
    /// Any meter: only for a line with one meter on it.
    pub const WILDCARD: Address = Address {
        kind: 0xAA,
        number: [0xAA; 7],
    };

    /// From the bytes of a frame.
    pub const fn from_wire(kind: u8, number: [u8; 7]) -> Self {
        Address { kind, number }
    }

    /// The seven address bytes of a frame.
    pub const fn to_wire(self) -> [u8; 7] {
        self.number
    }

    /// From the type and the fourteen digits printed on the meter, maker's code first. `None` unless exactly fourteen decimal
    /// digits.
    pub fn from_digits(kind: u8, text: &str) -> Option<Self> {
        if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number = u64_to_bcd::<7>(text.parse().ok()?)?;
        Some(Address { kind, number })
    }

    /// Whether the address names one meter.
    pub fn is_single(self) -> bool {
        self.kind != 0xAA
            && self
                .number
                .iter()
                .all(|byte| byte >> 4 < 10 && byte & 0x0F < 10)
    }

    /// Whether a request to this address speaks to the meter `meter`.
    pub fn reaches(self, meter: Address) -> bool {
        let any_number = self.number == Address::WILDCARD.number;
        (self.kind == 0xAA || self.kind == meter.kind)
            && (any_number || self.number == meter.number)
    }
}

impl fmt::Display for Address {
    /// The fourteen digits as printed on the meter, high digit first; without the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&digits(&self.number))
    }
}

/// What kind of meter a type byte names (CJ/T 188, table of meter types).
pub fn kind_name(kind: u8) -> &'static str {
    match kind {
        0x10 => "cold water",
        0x11 => "hot water",
        0x12 => "drinking water",
        0x13 => "reclaimed water",
        0x20 => "heat",
        0x21 => "cooling",
        0x22 => "heat and cooling",
        0x30 => "gas",
        0x40 => "electricity or custom",
        0xAA => "any",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_low_pair_first_on_the_wire() {
        let address = Address::from_digits(0x10, "71962403180002").unwrap();
        assert_eq!(
            address.to_wire(),
            [0x02, 0x00, 0x18, 0x03, 0x24, 0x96, 0x71]
        );
        assert_eq!(address.to_string(), "71962403180002");
        assert!(address.is_single());
    }

    #[test]
    fn a_wildcard_reaches_every_meter_and_names_none() {
        let meter = Address::from_digits(0x30, "71962403180002").unwrap();
        assert!(Address::WILDCARD.reaches(meter));
        assert!(Address::from_wire(0x30, [0xAA; 7]).reaches(meter));
        assert!(!Address::from_wire(0x10, [0xAA; 7]).reaches(meter));
        assert!(!Address::WILDCARD.is_single());
    }
}
