//! A meter's address.

use std::fmt;

use crate::frame::bytes::{digits, u64_to_bcd};

/// Twelve decimal digits, kept in the order of the wire (low pair first). May be a wildcard or the broadcast address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 6]);

impl Address {
    /// Any meter: only for a line with one meter on it (DL/T 645-2007, 7.1).
    pub const WILDCARD: Address = Address([0xAA; 6]);
    /// All meters, none of which answers.
    pub const BROADCAST: Address = Address([0x99; 6]);

    /// From the bytes of a frame.
    pub const fn from_wire(bytes: [u8; 6]) -> Self {
        Address(bytes)
    }

    /// The bytes of a frame.
    pub const fn to_wire(self) -> [u8; 6] {
        self.0
    }

    /// From the twelve digits printed on the meter. `None` if they are not exactly twelve decimal digits.
    pub fn from_digits(text: &str) -> Option<Self> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        u64_to_bcd::<6>(text.parse().ok()?).map(Address)
    }

    /// Whether the address names one meter: decimal digits only, and not the broadcast address.
    pub fn is_single(self) -> bool {
        self != Address::BROADCAST && self.0.iter().all(|byte| byte >> 4 < 10 && byte & 0x0F < 10)
    }

    /// Whether a request to this address speaks to the meter with the address `meter`. `AA` stands for any pair of digits,
    /// counted without a gap from the high end.
    pub fn reaches(self, meter: Address) -> bool {
        let open = self
            .0
            .iter()
            .rev()
            .take_while(|&&byte| byte == 0xAA)
            .count();
        let fixed = self.0.len() - open;
        self == Address::BROADCAST
            || self
                .0
                .iter()
                .zip(meter.0)
                .take(fixed)
                .all(|(asked, own)| *asked == own)
    }
}

impl fmt::Display for Address {
    /// As printed on the meter, high digit first; wildcard pairs show as `AA`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&digits(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_low_pair_first_on_the_wire() {
        let address = Address::from_digits("260305510012").unwrap();
        assert_eq!(address.to_wire(), [0x12, 0x00, 0x51, 0x05, 0x03, 0x26]);
        assert_eq!(address.to_string(), "260305510012");
    }

    #[test]
    fn anything_but_twelve_digits_is_refused() {
        for text in [
            "",
            "26030551001",
            "2603055100123",
            "26030551001A",
            "+60305510012",
            "２60305510",
        ] {
            assert_eq!(Address::from_digits(text), None, "{text}");
        }
    }

    #[test]
    fn a_wildcard_counts_from_the_high_end_only() {
        let meter = Address::from_digits("260305510012").unwrap();
        assert!(Address::WILDCARD.reaches(meter));
        assert!(Address::from_wire([0x12, 0x00, 0x51, 0xAA, 0xAA, 0xAA]).reaches(meter));
        assert!(!Address::from_wire([0xAA, 0x00, 0x51, 0x05, 0x03, 0x26]).reaches(meter));
        assert!(!Address::from_wire([0x13, 0x00, 0x51, 0x05, 0x03, 0xAA]).reaches(meter));
    }

    #[test]
    fn neither_wildcard_nor_broadcast_names_one_meter() {
        assert!(!Address::WILDCARD.is_single());
        assert!(!Address::BROADCAST.is_single());
        assert!(Address::from_digits("260305510012").unwrap().is_single());
    }
}
