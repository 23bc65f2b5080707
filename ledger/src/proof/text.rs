//! The proof file (c2sp.org/tlog-proof): a header, the entry as extra data, its index, the audit path, the checkpoint.

use std::fmt::Write;

use base64ct::{Base64, Encoding};
use meterpost_signing::{MAX_NOTE_BYTES, Note};

use super::{MAX_PROOF_HASHES, ProofError, ReceiptProof};
use crate::entry::MAX_ENTRY_BYTES;
use crate::merkle::NodeHash;

/// The first line of a proof file.
pub const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Longest proof file read, in bytes: the longest entry in base64, all hashes and the longest note, each with its lines.
pub const MAX_PROOF_BYTES: usize =
    MAX_ENTRY_BYTES.div_ceil(3) * 4 + MAX_PROOF_HASHES * 45 + MAX_NOTE_BYTES + 100;

impl ReceiptProof {
    /// The file's text. It is best kept with the extension `.tlog-proof`.
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{PROOF_HEADER}\nextra {}\n",
            Base64::encode_string(&self.entry)
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "index {}", self.index);
        for hash in &self.hashes {
            text.push_str(&Base64::encode_string(hash));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint.format());
        text
    }

    /// Reads the file, strictly: one proof has one spelling. Nothing is checked yet.
    pub fn parse(bytes: &[u8]) -> Result<ReceiptProof, ProofError> {
        let mut lines = Lines {
            rest: bytes,
            line: 0,
        };
        if lines.next() != Some(PROOF_HEADER.as_bytes()) {
            return Err(ProofError::Kind);
        }
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong(bytes.len()));
        }
        let extra = lines.take("a line is missing")?;
        let entry = match extra.strip_prefix(b"extra ") {
            Some(entry) => decode(entry).ok_or(lines.error("`extra` and base64 are expected"))?,
            None if extra.starts_with(b"index ") => return Err(ProofError::NoEntry),
            None => return Err(lines.error("`extra` or `index` is expected")),
        };
        let index = lines.take("`index` is missing")?;
        let index = index
            .strip_prefix(b"index ")
            .and_then(parse_number)
            .ok_or(lines.error("`index` and a decimal number are expected"))?;
        let mut hashes = Vec::new();
        loop {
            let line = lines.take("the blank line before the checkpoint is missing")?;
            if line.is_empty() {
                break;
            }
            if hashes.len() >= MAX_PROOF_HASHES {
                return Err(lines.error("there are more hashes than a proof can have"));
            }
            hashes.push(parse_hash(line).ok_or(lines.error("the base64 of 32 bytes is expected"))?);
        }
        let checkpoint =
            Note::parse(lines.rest).map_err(|error| ProofError::Checkpoint(error.into()))?;
        Ok(ReceiptProof {
            entry,
            index,
            hashes,
            checkpoint,
        })
    }
}

/// Takes lines off the front; what is left behind the last one taken are the checkpoint's bytes.
struct Lines<'b> {
    rest: &'b [u8],
    line: usize,
}

impl<'b> Lines<'b> {
    fn next(&mut self) -> Option<&'b [u8]> {
        let end = self.rest.iter().position(|byte| *byte == b'\n')?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        self.line += 1;
        Some(line)
    }

    fn take(&mut self, missing: &'static str) -> Result<&'b [u8], ProofError> {
        let line = self.line + 1;
        let what = missing;
        self.next().ok_or(ProofError::Line { line, what })
    }

    fn error(&self, what: &'static str) -> ProofError {
        let line = self.line;
        ProofError::Line { line, what }
    }
}

/// Strict base64 (RFC 4648 §4, padded, no stray bits).
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    Base64::decode_vec(std::str::from_utf8(text).ok()?).ok()
}

/// A line of the base64 of one hash.
pub(crate) fn parse_hash(line: &[u8]) -> Option<NodeHash> {
    decode(line)?.try_into().ok()
}

/// A decimal number without sign and leading zeros that fits 63 bits.
pub(crate) fn parse_number(text: &[u8]) -> Option<u64> {
    let plain = text.iter().all(u8::is_ascii_digit) && (text == b"0" || !text.starts_with(b"0"));
    let text = std::str::from_utf8(text).ok()?;
    let number: i64 = plain.then(|| text.parse().ok())??;
    u64::try_from(number).ok()
}
