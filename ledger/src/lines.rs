//! Reading the line-based text formats of C2SP strictly.

use base64ct::{Base64, Encoding};
use meterpost_signing::{KeyName, NoteKeyId};

use crate::merkle::NodeHash;

/// Takes lines, each with its end, off the front of some bytes.
pub(crate) struct Lines<'b> {
    rest: &'b [u8],
    taken: usize,
}

impl<'b> Lines<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Lines<'b> {
        Lines {
            rest: bytes,
            taken: 0,
        }
    }

    /// The next line without its end; nothing where none is complete.
    pub(crate) fn next(&mut self) -> Option<&'b [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        self.taken += 1;
        Some(line)
    }

    /// How many lines were taken: the number of the last one, counted from 1.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// What is behind the last line taken.
    pub(crate) fn rest(&self) -> &'b [u8] {
        self.rest
    }
}

/// Strict base64 (RFC 4648 §4): padded, without stray bits.
pub(crate) fn parse_base64(text: &[u8]) -> Option<Vec<u8>> {
    Base64::decode_vec(std::str::from_utf8(text).ok()?).ok()
}

/// The base64 of one hash.
pub(crate) fn parse_hash(line: &[u8]) -> Option<NodeHash> {
    parse_base64(line)?.try_into().ok()
}

/// A decimal number without sign and leading zeros that fits 63 bits.
pub(crate) fn parse_number(text: &[u8]) -> Option<u64> {
    let plain = text.iter().all(u8::is_ascii_digit) && (text == b"0" || !text.starts_with(b"0"));
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = plain.then(|| text.parse().ok())??;
    u64::try_from(number).ok()
}

/// A signature line of a note, with its end (c2sp.org/signed-note).
pub(crate) fn signature_line(name: &KeyName, id: &NoteKeyId, signature: &[u8]) -> String {
    let blob = Base64::encode_string(&[&id.0[..], signature].concat());
    format!("\u{2014} {name} {blob}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(parse_number(b"0"), Some(0));
        assert_eq!(parse_number(b"9223372036854775807"), Some(i64::MAX as u64));
        let refused = [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "9223372036854775808",
        ];
        for text in refused {
            assert_eq!(parse_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_complete_lines_are_taken() {
        let mut lines = Lines::new(b"a\n\nb");
        assert_eq!(lines.next(), Some(&b"a"[..]));
        assert_eq!(lines.next(), Some(&b""[..]));
        assert_eq!(
            (lines.next(), lines.rest(), lines.taken()),
            (None, &b"b"[..], 2)
        );
    }
}
