//! Why a meter refuses: the byte ERR and the word SERR.

use std::fmt;

/// The error byte of all functions but C=03 (DL/T 645-2007, annex on error words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorByte(pub u8);

const ERROR_BITS: [&str; 8] = [
    "other error",
    "no requested data",
    "wrong password or not authorised",
    "rate cannot be changed",
    "too many year zones",
    "too many day periods",
    "too many tariffs",
    "reserved error bit",
];

impl ErrorByte {
    /// Whether the meter has no such data. Not a fault: the meter simply does not keep that register. Bytes with high bits
    /// do not count: concentrators are known that make up `FC`, `FD` and `FF` when they did not reach the meter.
    pub fn no_such_data(self) -> bool {
        self.0 & 0xF2 == 0x02
    }
}

impl fmt::Display for ErrorByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bits(f, u16::from(self.0), &ERROR_BITS, "no error bit set")
    }
}

/// The error word of C=03: two bytes by the standard, one byte in some meters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityError {
    /// The word; zero high byte where the meter sent one byte.
    pub word: u16,
    /// How many bytes the meter sent.
    pub bytes: u8,
}

const SECURITY_BITS: [&str; 16] = [
    "other error",
    "repeated top-up",
    "ESAM verification failed",
    "identity authentication failed",
    "customer number mismatch",
    "purchase count error",
    "hoarding limit exceeded",
    "vendor: firmware comparison",
    "vendor: remote functions closed",
    "reserved bit 9",
    "reserved bit 10",
    "reserved bit 11",
    "reserved bit 12",
    "reserved bit 13",
    "reserved bit 14",
    "reserved bit 15",
];

/// The codes of a known family of meters without ESAM, in place of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainCode {
    /// The purchase count is not the stored one plus one.
    Count,
    /// Another customer's number.
    Customer,
    /// The hoarding limit would be exceeded.
    Hoarding,
    /// The price is out of range.
    Price,
    /// The length is wrong.
    Length,
}

impl SecurityError {
    /// The data of a C3 frame. `None` unless one or two bytes.
    pub fn parse(data: &[u8]) -> Option<Self> {
        match *data {
            [low] => Some(SecurityError {
                word: u16::from(low),
                bytes: 1,
            }),
            [low, high] => Some(SecurityError {
                word: u16::from_le_bytes([low, high]),
                bytes: 2,
            }),
            _ => None,
        }
    }

    /// Whether a bit of the word is set.
    pub fn bit(self, bit: u8) -> bool {
        self.word
            .checked_shr(u32::from(bit))
            .is_some_and(|word| word & 1 != 0)
    }

    /// The meaning in meters without ESAM. 80h is also bit 7 of other meters: the profile decides.
    pub fn plain_code(self) -> Option<PlainCode> {
        match self.word {
            0x80 => Some(PlainCode::Count),
            0x81 => Some(PlainCode::Customer),
            0x82 => Some(PlainCode::Hoarding),
            0x83 => Some(PlainCode::Price),
            0x84 => Some(PlainCode::Length),
            _ => None,
        }
    }
}

impl PlainCode {
    fn words(self) -> &'static str {
        match self {
            PlainCode::Count => "purchase count error",
            PlainCode::Customer => "customer number mismatch",
            PlainCode::Hoarding => "hoarding limit exceeded",
            PlainCode::Price => "price out of range",
            PlainCode::Length => "wrong length",
        }
    }
}

impl fmt::Display for SecurityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.plain_code() {
            Some(code) if self.word != 0x80 => write!(f, "{} (meter without ESAM)", code.words()),
            Some(code) => write!(
                f,
                "{} (meter without ESAM) or firmware comparison (other meters)",
                code.words()
            ),
            // A firmware is known that sends only the low byte of "remote functions closed", which leaves nothing.
            None => write_bits(f, self.word, &SECURITY_BITS, "other error, locked out"),
        }
    }
}

fn write_bits(f: &mut fmt::Formatter<'_>, word: u16, names: &[&str], none: &str) -> fmt::Result {
    let mut set = names
        .iter()
        .enumerate()
        .filter(|(bit, _)| word & (1 << bit) != 0);
    match set.next() {
        None => f.write_str(none),
        Some((_, first)) => {
            f.write_str(first)?;
            set.try_for_each(|(_, name)| write!(f, ", {name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_byte_words_mean_the_same() {
        let one = SecurityError::parse(&[0x02]).unwrap();
        let two = SecurityError::parse(&[0x02, 0x00]).unwrap();
        assert_eq!(one.to_string(), "repeated top-up");
        assert_eq!(two.to_string(), one.to_string());
        assert!(one.bit(1) && !one.bit(0) && !one.bit(200));
        assert_eq!(SecurityError::parse(&[]), None);
        assert_eq!(SecurityError::parse(&[1, 2, 3]), None);
    }

    #[test]
    fn a_refusal_with_an_empty_word_is_locked_out() {
        let error = SecurityError::parse(&[0, 0]).unwrap();
        assert_eq!(error.to_string(), "other error, locked out");
    }

    #[test]
    fn codes_of_meters_without_esam_are_not_read_as_bits() {
        let error = SecurityError::parse(&[0x82]).unwrap();
        assert_eq!(error.plain_code(), Some(PlainCode::Hoarding));
        assert_eq!(
            error.to_string(),
            "hoarding limit exceeded (meter without ESAM)"
        );
    }

    #[test]
    fn several_bits_are_all_named() {
        assert_eq!(
            ErrorByte(0x06).to_string(),
            "no requested data, wrong password or not authorised"
        );
        assert!(ErrorByte(0x02).no_such_data());
    }

    #[test]
    fn a_concentrators_made_up_refusal_is_not_a_missing_register() {
        for byte in [0xFC, 0xFD, 0xFF] {
            assert!(!ErrorByte(byte).no_such_data(), "{byte:02X}");
        }
    }
}
