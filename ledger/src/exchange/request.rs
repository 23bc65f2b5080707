//! The body of a request to cosign (c2sp.org/tlog-witness, "add-checkpoint"): `old <size>`, proof lines, a blank line,
//! the signed checkpoint.

use base64ct::{Base64, Encoding};
use meterpost_signing::{Checkpoint, CheckpointError, MAX_NOTE_BYTES, Note};
use thiserror::Error;

use crate::lines::{Lines, parse_hash, parse_number};
use crate::merkle::NodeHash;

/// Most hashes in a request.
const MAX_HASHES: usize = 63;

/// Longest request read, in bytes.
pub const MAX_REQUEST_BYTES: usize = 30 + MAX_HASHES * 45 + MAX_NOTE_BYTES;

/// Why a body is no request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RequestError {
    /// Longer than any request can be.
    #[error("the request is {0} bytes long; at most {MAX_REQUEST_BYTES} are read")]
    TooLong(usize),
    /// The first line is not `old` and a plain decimal number.
    #[error("the request does not begin with `old` and a size")]
    Old,
    /// A line that should be a hash is none.
    #[error("line {0} of the request is not the base64 of 32 bytes")]
    Hash(usize),
    /// More than 63 hashes.
    #[error("the request has more than {MAX_HASHES} hashes")]
    TooManyHashes,
    /// No blank line before the checkpoint.
    #[error("the blank line before the checkpoint is missing")]
    Structure,
    /// What follows is no checkpoint.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The old size is above the checkpoint's own.
    #[error("the request starts from size {old}, but its checkpoint has size {size}")]
    OldAboveSize {
        /// In the first line.
        old: u64,
        /// In the checkpoint.
        size: u64,
    },
}

/// A request as it was read. Nothing in it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    old: u64,
    proof: Vec<NodeHash>,
    note: Note,
    claimed: Checkpoint,
}

impl Request {
    /// Joins the parts.
    pub fn new(old: u64, proof: Vec<NodeHash>, note: Note) -> Result<Request, RequestError> {
        if proof.len() > MAX_HASHES {
            return Err(RequestError::TooManyHashes);
        }
        let claimed = Checkpoint::parse(note.text())?;
        if old > claimed.size {
            let size = claimed.size;
            return Err(RequestError::OldAboveSize { old, size });
        }
        Ok(Request {
            old,
            proof,
            note,
            claimed,
        })
    }

    /// Reads a body, strictly: one request has one spelling.
    pub fn parse(body: &[u8]) -> Result<Request, RequestError> {
        if body.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong(body.len()));
        }
        let mut lines = Lines::new(body);
        let old = lines
            .next()
            .and_then(|line| parse_number(line.strip_prefix(b"old ")?))
            .ok_or(RequestError::Old)?;
        let mut proof = Vec::new();
        loop {
            let line = lines.next().ok_or(RequestError::Structure)?;
            if line.is_empty() {
                break;
            }
            if proof.len() >= MAX_HASHES {
                return Err(RequestError::TooManyHashes);
            }
            proof.push(parse_hash(line).ok_or(RequestError::Hash(lines.taken()))?);
        }
        let note = Note::parse(lines.rest()).map_err(CheckpointError::from)?;
        Request::new(old, proof, note)
    }

    /// The body.
    pub fn format(&self) -> String {
        let mut body = format!("old {}\n", self.old);
        for hash in &self.proof {
            body.push_str(&Base64::encode_string(hash));
            body.push('\n');
        }
        body.push('\n');
        body.push_str(&self.note.format());
        body
    }

    /// The size that the proof starts from.
    pub fn old(&self) -> u64 {
        self.old
    }

    /// The consistency proof.
    pub fn proof(&self) -> &[NodeHash] {
        &self.proof
    }

    /// The note with the checkpoint.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// What the note says, by nobody's word yet. Its origin tells which memory to judge with.
    pub fn claimed(&self) -> &Checkpoint {
        &self.claimed
    }
}
