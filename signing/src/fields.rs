//! Small signed text files: a header line, then `field value` lines in a fixed order, each file with one spelling.

use base64ct::{Base64, Encoding};
use thiserror::Error;

use crate::key::Signature;

/// Longest file read, in bytes; the longest that can be written is well below it.
pub(crate) const MAX_BYTES: usize = 4096;

/// What is wrong with the form of a signed text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FieldsError {
    /// Longer than any such file can be.
    #[error("it is longer than any such file")]
    TooLong,
    /// Another first line.
    #[error("it does not begin with the line `{0}`")]
    Header(&'static str),
    /// A line is missing, out of order or not in the form expected.
    #[error("its line `{0}` is missing or malformed")]
    Line(&'static str),
    /// There is something after the last line.
    #[error("there is something after the last line")]
    Trailing,
}

/// The lines of a file, taken one by one.
pub(crate) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    /// Takes the header line.
    pub(crate) fn open(bytes: &'a [u8], header: &'static str) -> Result<Fields<'a>, FieldsError> {
        if bytes.len() > MAX_BYTES {
            return Err(FieldsError::TooLong);
        }
        std::str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.strip_prefix(header)?.strip_prefix('\n'))
            .map(|rest| Fields { rest })
            .ok_or(FieldsError::Header(header))
    }

    /// Takes the next line, which is that of the field named, and reads its value.
    pub(crate) fn take<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, FieldsError> {
        let (value, rest) = line(self.rest, field).ok_or(FieldsError::Line(field))?;
        self.rest = rest;
        read(value).ok_or(FieldsError::Line(field))
    }

    /// Takes a line with base64 of a fixed length.
    pub(crate) fn bytes<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], FieldsError> {
        self.take(field, |value| {
            Base64::decode_vec(value).ok()?.try_into().ok()
        })
    }

    /// Takes a line with a number of at most 63 bits.
    pub(crate) fn number(&mut self, field: &'static str) -> Result<u64, FieldsError> {
        self.take(field, decimal)
    }

    /// Takes the last line, the signature.
    pub(crate) fn signature(mut self) -> Result<Signature, FieldsError> {
        let signature = Signature(self.bytes("signature")?);
        if self.rest.is_empty() {
            Ok(signature)
        } else {
            Err(FieldsError::Trailing)
        }
    }
}

/// Splits the line `field value` off a text.
pub(crate) fn line<'a>(text: &'a str, field: &str) -> Option<(&'a str, &'a str)> {
    let (line, rest) = text.split_once('\n')?;
    Some((line.strip_prefix(field)?.strip_prefix(' ')?, rest))
}

/// A number of at most 63 bits, as databases count, in decimal without sign or leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    let number: i64 = plain.then(|| text.parse().ok())??;
    u64::try_from(number).ok()
}

/// The file: the lines that are signed, and the signature's.
pub(crate) fn with_signature(signed: &str, signature: &Signature) -> String {
    format!(
        "{signed}signature {}\n",
        Base64::encode_string(&signature.0)
    )
}
