//! The header of twelve bytes before variable data.

use std::fmt;

use super::secondary::SecondaryAddress;
use crate::frame::bytes::array;

/// Three letters, packed in five bits each (EN 13757-3, manufacturer identification).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Manufacturer(pub u16);

impl Manufacturer {
    /// From three capital letters. `None` for anything else.
    pub fn from_letters(letters: &str) -> Option<Self> {
        let [a, b, c]: [u8; 3] = letters.as_bytes().try_into().ok()?;
        let five = |letter: u8| {
            letter
                .is_ascii_uppercase()
                .then(|| u16::from(letter.saturating_sub(64)))
        };
        Some(Manufacturer((five(a)? << 10) | (five(b)? << 5) | five(c)?))
    }
}

impl fmt::Display for Manufacturer {
    /// The three letters, or the number in hex where they are none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters = [10, 5, 0].map(|shift| 64 + ((self.0 >> shift) & 0x1F) as u8);
        if self.0 < 0x8000 && letters.iter().all(u8::is_ascii_uppercase) {
            letters
                .iter()
                .try_for_each(|&letter| write!(f, "{}", char::from(letter)))
        } else {
            write!(f, "{:04X}", self.0)
        }
    }
}

/// Who a meter is and how it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its secondary address.
    pub meter: SecondaryAddress,
    /// Counts the meter's answers.
    pub access: u8,
    /// Bits 1 and 0: 01 busy, 10 error, 11 alarm; 2 power low, 3 permanent error, 4 temporary error, 5 to 7 the maker's.
    pub status: u8,
    /// How the data are encrypted; 0000: not at all.
    pub signature: u16,
}

/// Bytes of a header.
pub(super) const LENGTH: usize = 12;

impl Header {
    /// Reads a header and returns it with what follows. `None` where there are not twelve bytes.
    pub fn parse(data: &[u8], high_first: bool) -> Option<(Self, &[u8])> {
        let (head, rest) = data.split_at_checked(LENGTH)?;
        let mut id: [u8; 4] = array(head, 0)?;
        let mut manufacturer: [u8; 2] = array(head, 4)?;
        let mut signature: [u8; 2] = array(head, 10)?;
        if high_first {
            id.reverse();
            manufacturer.reverse();
            signature.reverse();
        }
        let [version, medium, access, status] = array(head, 6)?;
        let header = Header {
            meter: SecondaryAddress {
                id,
                manufacturer: Manufacturer(u16::from_le_bytes(manufacturer)),
                version,
                medium,
            },
            access,
            status,
            signature: u16::from_le_bytes(signature),
        };
        Some((header, rest))
    }

    /// The twelve bytes, low byte first.
    pub fn to_bytes(self) -> [u8; LENGTH] {
        let [a, b, c, d, m, n, v, t] = self.meter.to_bytes();
        let [s, u] = self.signature.to_le_bytes();
        [a, b, c, d, m, n, v, t, self.access, self.status, s, u]
    }

    /// Whether the data behind the header are encrypted. The mode is in bits 8 to 12 of the signature; old meters fill the
    /// signature with anything, so only the modes that exist count.
    pub fn is_encrypted(&self) -> bool {
        is_mode((self.signature >> 8) as u8)
    }

    /// The faults the status byte tells, in words.
    pub fn faults(status: u8) -> Vec<&'static str> {
        let application = match status & 3 {
            1 => Some("busy"),
            2 => Some("application error"),
            3 => Some("alarm"),
            _ => None,
        };
        let bits = [
            (0x04, "power low"),
            (0x08, "permanent error"),
            (0x10, "temporary error"),
        ];
        let of_bits = bits
            .into_iter()
            .filter_map(|(bit, word)| (status & bit != 0).then_some(word));
        application.into_iter().chain(of_bits).collect()
    }
}

/// Whether the high byte of a signature names a mode of encryption (EN 13757-7, table of security modes).
pub(super) fn is_mode(byte: u8) -> bool {
    matches!(byte & 0x1F, 2..=5 | 7..=10 | 13)
}
