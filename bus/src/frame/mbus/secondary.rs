//! Secondary addresses, and selections with wildcards.

use std::fmt;
use std::str::FromStr;

use super::header::Manufacturer;
use crate::frame::bytes::{array, digits};

/// What tells a meter from all others: identification number, maker, version and medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecondaryAddress {
    /// Eight packed digits, low pair first.
    pub id: [u8; 4],
    /// The maker.
    pub manufacturer: Manufacturer,
    /// The maker's version of the meter.
    pub version: u8,
    /// What it measures (see [`medium_name`](super::medium_name)).
    pub medium: u8,
}

impl SecondaryAddress {
    /// The eight bytes of a header or selection, low byte first.
    pub fn to_bytes(self) -> [u8; 8] {
        let [a, b, c, d] = self.id;
        let [m, n] = self.manufacturer.0.to_le_bytes();
        [a, b, c, d, m, n, self.version, self.medium]
    }
}

impl fmt::Display for SecondaryAddress {
    /// `12345678-PAD-01-07`: number, maker, version and medium in hex. Reads as a [`Selection`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{:02X}-{:02X}",
            digits(&self.id),
            self.manufacturer,
            self.version,
            self.medium
        )
    }
}

/// The eight bytes of a selection (CI 52). A digit `F` of the number and `FF` bytes of the rest fit anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection([u8; 8]);

impl Selection {
    /// Fits every meter.
    pub const ALL: Selection = Selection([0xFF; 8]);
    /// Digits of an identification number.
    pub const DIGITS: usize = 8;

    /// From the bytes of a frame, low byte first.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Selection(bytes)
    }

    /// The bytes of a frame, low byte first.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0
    }

    /// Fits one meter.
    pub fn one(meter: SecondaryAddress) -> Self {
        Selection(meter.to_bytes())
    }

    /// The same with the digit at `place` set, counted from 0 at the highest. A place past the last digit changes nothing.
    pub fn with_digit(self, place: usize, digit: u8) -> Self {
        let mut bytes = self.0;
        let byte = place
            .checked_div(2)
            .and_then(|pair| 3usize.checked_sub(pair))
            .and_then(|at| bytes.get_mut(at));
        if let Some(byte) = byte {
            *byte = if place.is_multiple_of(2) {
                (*byte & 0x0F) | (digit << 4)
            } else {
                (*byte & 0xF0) | (digit & 0x0F)
            };
        }
        Selection(bytes)
    }

    /// The same for one medium only.
    pub fn with_medium(self, medium: u8) -> Self {
        let [a, b, c, d, m, n, v, _] = self.0;
        Selection([a, b, c, d, m, n, v, medium])
    }

    /// Whether a meter is meant.
    pub fn fits(self, meter: SecondaryAddress) -> bool {
        let [a, b, c, d, m, n, version, medium] = self.0;
        let number = [a, b, c, d].iter().zip(meter.id).all(|(&wanted, has)| {
            let nibble = |shift: u8| {
                let wanted = (wanted >> shift) & 0x0F;
                wanted == 0x0F || wanted == (has >> shift) & 0x0F
            };
            nibble(4) && nibble(0)
        });
        let maker = u16::from_le_bytes([m, n]);
        number
            && (maker == 0xFFFF || maker == meter.manufacturer.0)
            && (version == 0xFF || version == meter.version)
            && (medium == 0xFF || medium == meter.medium)
    }
}

impl fmt::Display for Selection {
    /// `1FFFFFFF-FFFF-FF-FF`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id: [u8; 4] = array(&self.0, 0).unwrap_or_default();
        let [_, _, _, _, m, n, version, medium] = self.0;
        let maker = Manufacturer(u16::from_le_bytes([m, n]));
        write!(f, "{}-{maker}-{version:02X}-{medium:02X}", digits(&id))
    }
}

/// A text is no secondary address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no secondary address; write the eight digits of the meter (F for any), or all of it like 12345678-PAD-01-07"
)]
pub struct BadSelection(pub String);

impl FromStr for Selection {
    type Err = BadSelection;

    /// Eight digits, or number, maker (letters or hex), version and medium with dashes between. `F` is a wildcard.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadSelection(text.to_owned());
        let mut parts = text.trim().split('-');
        let number = parts.next().ok_or_else(bad)?;
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, 'F' | 'f');
        let mut id = [0xFF; 4];
        if !number.chars().all(is_digit) || hex::decode_to_slice(number, &mut id).is_err() {
            return Err(bad());
        }
        id.reverse();
        let (maker, version, medium) =
            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                (None, ..) => (0xFFFF, 0xFF, 0xFF),
                (Some(maker), Some(version), Some(medium), None) => {
                    let byte = |text: &str| u8::from_str_radix(text, 16).map_err(|_| bad());
                    let maker = match Manufacturer::from_letters(maker) {
                        Some(maker) => maker.0,
                        None => u16::from_str_radix(maker, 16).map_err(|_| bad())?,
                    };
                    (maker, byte(version)?, byte(medium)?)
                }
                _ => return Err(bad()),
            };
        let [a, b, c, d] = id;
        let [m, n] = u16::to_le_bytes(maker);
        Ok(Selection([a, b, c, d, m, n, version, medium]))
    }
}
