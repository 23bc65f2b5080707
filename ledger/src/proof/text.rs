//! The proof file (c2sp.org/tlog-proof): a header, the entry as extra data, its index, the audit path, the checkpoint.

use std::fmt::Write;

use base64ct::{Base64, Encoding};
use meterpost_signing::{MAX_NOTE_BYTES, Note};

use super::{MAX_PROOF_HASHES, ProofError, ReceiptProof};
use crate::entry::MAX_ENTRY_BYTES;
use crate::lines::{Lines, parse_base64, parse_hash, parse_number};

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
        let mut lines = Lines::new(bytes);
        if lines.next() != Some(PROOF_HEADER.as_bytes()) {
            return Err(ProofError::Kind);
        }
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofError::TooLong(bytes.len()));
        }
        let extra = lines.next().ok_or(missing(&lines, "a line is missing"))?;
        let entry = match extra.strip_prefix(b"extra ") {
            Some(entry) => {
                parse_base64(entry).ok_or(wrong(&lines, "`extra` and base64 are expected"))?
            }
            None if extra.starts_with(b"index ") => return Err(ProofError::NoEntry),
            None => return Err(wrong(&lines, "`extra` or `index` is expected")),
        };
        let index = lines.next().ok_or(missing(&lines, "`index` is missing"))?;
        let index = index
            .strip_prefix(b"index ")
            .and_then(parse_number)
            .ok_or(wrong(&lines, "`index` and a decimal number are expected"))?;
        let mut hashes = Vec::new();
        loop {
            let line = lines.next().ok_or(missing(
                &lines,
                "the blank line before the checkpoint is missing",
            ))?;
            if line.is_empty() {
                break;
            }
            if hashes.len() >= MAX_PROOF_HASHES {
                return Err(wrong(&lines, "there are more hashes than a proof can have"));
            }
            hashes
                .push(parse_hash(line).ok_or(wrong(&lines, "the base64 of 32 bytes is expected"))?);
        }
        let checkpoint =
            Note::parse(lines.rest()).map_err(|error| ProofError::Checkpoint(error.into()))?;
        Ok(ReceiptProof {
            entry,
            index,
            hashes,
            checkpoint,
        })
    }
}

/// The line last taken is not what has to stand there.
fn wrong(lines: &Lines<'_>, what: &'static str) -> ProofError {
    let line = lines.taken();
    ProofError::Line { line, what }
}

/// The line behind it is not there.
fn missing(lines: &Lines<'_>, what: &'static str) -> ProofError {
    let line = lines.taken() + 1;
    ProofError::Line { line, what }
}
