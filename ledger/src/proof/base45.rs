//! Base45 (RFC 9285): bytes in the 45 characters of a QR code's alphanumeric mode. Reading is strict: one spelling.

use thiserror::Error;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Why a text is no Base45.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Base45Error {
    /// A character outside the alphabet; its place, from 0.
    #[error("the character at {0} is none of Base45")]
    Character(usize),
    /// A group of characters that stands for more than its bytes can hold.
    #[error("the group at character {0} stands for no bytes")]
    Overflow(usize),
    /// One character is left over: something is missing.
    #[error("the text is cut short")]
    Length,
}

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let mut put = |number: u32| text.push(char::from(ALPHABET[number as usize % 45]));
    for group in bytes.chunks(2) {
        match group {
            [high, low] => {
                let number = u32::from(*high) * 256 + u32::from(*low);
                put(number);
                put(number / 45);
                put(number / 2025);
            }
            rest => {
                let number = rest.iter().map(|byte| u32::from(*byte)).sum();
                put(number);
                put(number / 45);
            }
        }
    }
    text
}

pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, Base45Error> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for (group, at) in text.chunks(3).zip((0..).step_by(3)) {
        let mut number = 0;
        for (place, character) in group.iter().enumerate().rev() {
            let value = ALPHABET.iter().position(|known| known == character);
            let value = value.ok_or(Base45Error::Character(at + place))?;
            number = number * 45 + value;
        }
        match group.len() {
            3 => {
                let pair = u16::try_from(number).map_err(|_| Base45Error::Overflow(at))?;
                bytes.extend(pair.to_be_bytes());
            }
            2 => bytes.push(u8::try_from(number).map_err(|_| Base45Error::Overflow(at))?),
            _ => return Err(Base45Error::Length),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        for (plain, encoded) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded.as_bytes()), Ok(plain.into()));
        }
    }

    #[test]
    fn what_stands_for_no_bytes_is_refused() {
        // RFC 9285 §6: GGW is 65536, and ::: more.
        assert_eq!(decode(b"FGW"), Ok(vec![0xff, 0xff]));
        assert_eq!(decode(b"BB8GGW"), Err(Base45Error::Overflow(3)));
        assert_eq!(decode(b":::"), Err(Base45Error::Overflow(0)));
        assert_eq!(decode(b"U5"), Ok(vec![255]));
        assert_eq!(decode(b"V5"), Err(Base45Error::Overflow(0)));
        assert_eq!(decode(b"BB8A"), Err(Base45Error::Length));
        assert_eq!(decode(b"BB8bb8"), Err(Base45Error::Character(4)));
        assert_eq!(
            decode("BB\u{e9}".as_bytes()),
            Err(Base45Error::Character(2))
        );
    }

    proptest! {
        #[test]
        fn all_bytes_survive(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let text = encode(&bytes);
            prop_assert!(text.bytes().all(|character| ALPHABET.contains(&character)));
            prop_assert_eq!(decode(text.as_bytes()), Ok(bytes));
        }

        #[test]
        fn any_bytes_never_panic_and_have_one_spelling(text in prop::collection::vec(any::<u8>(), 0..40), clean in "[0-9A-Z $%*+./:-]{0,40}") {
            for text in [text, clean.into_bytes()] {
                if let Ok(bytes) = decode(&text) {
                    prop_assert_eq!(encode(&bytes).into_bytes(), text);
                }
            }
        }
    }
}
