//! The password at the head of C=14 and C=18 to C=1C, and what its class says about the data behind it.

use crate::frame::bytes::array;

/// A password with its class, in the order of the wire (PA P0 P1 P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Password {
    /// The class PA: 00 to 09 are plain passwords, where a smaller number may do more; 98 and 99 carry a MAC instead.
    pub class: u8,
    /// The password itself.
    pub digits: [u8; 3],
}

/// The class of data that are enciphered and authenticated.
pub const SEALED: u8 = 0x98;
/// The class of data in clear that are authenticated.
pub const SIGNED: u8 = 0x99;

/// Bytes of a message authentication code.
pub const MAC: usize = 4;

impl Password {
    /// The password of data that carry a MAC.
    pub const fn of_class(class: u8) -> Self {
        Password {
            class,
            digits: [0; 3],
        }
    }

    /// The bytes of a frame.
    pub const fn to_wire(self) -> [u8; 4] {
        let [p0, p1, p2] = self.digits;
        [self.class, p0, p1, p2]
    }

    /// From the bytes of a frame.
    pub const fn from_wire(bytes: [u8; 4]) -> Self {
        let [class, p0, p1, p2] = bytes;
        Password {
            class,
            digits: [p0, p1, p2],
        }
    }
}

/// The data behind password and operator, by the class of the password (Q/GDW 365 family).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protected<'a> {
    /// In clear, under a plain password.
    Plain(&'a [u8]),
    /// In clear with a MAC (class 99).
    Signed {
        /// The data.
        data: &'a [u8],
        /// Their MAC in the order of the wire.
        mac: [u8; MAC],
    },
    /// Enciphered with a MAC (class 98).
    Sealed {
        /// The ciphertext in the order of the wire.
        cipher: &'a [u8],
        /// Its MAC in the order of the wire.
        mac: [u8; MAC],
    },
}

impl<'a> Protected<'a> {
    /// Splits what follows the operator. `None` where there is no room for a MAC that must be there.
    pub fn parse(class: u8, content: &'a [u8]) -> Option<Self> {
        if !matches!(class, SEALED | SIGNED) {
            return Some(Protected::Plain(content));
        }
        let at = content.len().checked_sub(MAC)?;
        let (data, mac) = (content.get(..at)?, array(content, at)?);
        Some(match class {
            SEALED => Protected::Sealed { cipher: data, mac },
            _ => Protected::Signed { data, mac },
        })
    }

    /// The bytes of a frame.
    pub fn to_data(self) -> Vec<u8> {
        match self {
            Protected::Plain(data) => data.to_vec(),
            Protected::Signed { data, mac } | Protected::Sealed { cipher: data, mac } => {
                [data, &mac].concat()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn protected_data_come_back(class: u8, content in proptest::collection::vec(any::<u8>(), 0..40)) {
            match Protected::parse(class, &content) {
                Some(parts) => prop_assert_eq!(parts.to_data(), content),
                None => prop_assert!(content.len() < MAC),
            }
        }
    }
}
