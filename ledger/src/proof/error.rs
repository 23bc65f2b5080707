//! Why a proof is refused.

use meterpost_signing::{CheckpointError, CosignatureError, NoteKeyId};
use thiserror::Error;

use super::base45::Base45Error;
use super::text::MAX_PROOF_BYTES;
use crate::entry::{DecodeError, MAX_ENTRY_BYTES};
use crate::merkle::CheckError;

/// Why a proof is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// Neither of the two forms.
    #[error(
        "this is neither a proof file (c2sp.org/tlog-proof@v1) nor the text of a receipt's code (MP1:)"
    )]
    Kind,
    /// Longer than any proof can be.
    #[error("the proof is {0} bytes long; at most {MAX_PROOF_BYTES} are read")]
    TooLong(usize),
    /// A line of the file is not what has to stand there.
    #[error("line {line} of the proof file: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is expected.
        what: &'static str,
    },
    /// A valid proof file, but it carries no entry.
    #[error(
        "the proof file does not carry the entry (the line `extra`), so there is nothing to show"
    )]
    NoEntry,
    /// The entry is longer than entries can be.
    #[error("the entry is {0} bytes long; at most {MAX_ENTRY_BYTES} are allowed")]
    EntryTooLong(usize),
    /// The text of the code is no Base45.
    #[error("the code's text: {0}")]
    Base45(#[from] Base45Error),
    /// The code has another version.
    #[error("the code has version {0}, which this program does not read")]
    Version(u8),
    /// The code ends too early, or has something behind its end.
    #[error("the code is cut short or has something behind its end")]
    Length,
    /// The code was signed by another key than the one given.
    #[error("the code is by a key with id {}, the key given has id {}: another terminal's, or one from before a key was changed?", hex::encode(.found.0), hex::encode(.expected.0))]
    OtherKey {
        /// In the code.
        found: NoteKeyId,
        /// The key given.
        expected: NoteKeyId,
    },
    /// The checkpoint is refused.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A known witness's cosignature is refused.
    #[error("{0}")]
    Cosignature(#[from] CosignatureError),
    /// The path does not lead from the entry to the signed root.
    #[error("the entry is not shown to be in the log: {0}")]
    Path(#[from] CheckError),
    /// What is in the log there is no entry that this program reads.
    #[error("the entry is in the log, but cannot be read: {0}")]
    Entry(#[from] DecodeError),
    /// The entry says another place than the one it has.
    #[error("the entry says it is number {entry}, but it is number {proof} of the log")]
    Place {
        /// By its own word.
        entry: u64,
        /// In the tree.
        proof: u64,
    },
}
