//! What a witness says about a request. Every case there is.

use meterpost_signing::{KeyId, SignedCheckpoint};
use thiserror::Error;

use super::evidence::{ConflictKind, Evidence};
use super::request::RequestError;
use crate::merkle::CheckError;

/// The verdict on one request. Its display is the reason given to people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Verdict {
    /// The head is the one cosigned last: it is cosigned again, with the time of now.
    #[error("in sync")]
    InSync {
        /// The head, with the log's signature only.
        head: Box<SignedCheckpoint>,
    },
    /// The head is proven to continue the one cosigned last: it is cosigned.
    #[error("in sync: continued from size {from}")]
    Advanced {
        /// The size cosigned last; 0 for none.
        from: u64,
        /// The head, with the log's signature only.
        head: Box<SignedCheckpoint>,
    },
    /// The proof starts from another size than the one cosigned last.
    #[error("continue from size {resume}")]
    Behind {
        /// The size cosigned last.
        resume: u64,
    },
    /// The head is smaller than the one cosigned last. It may be a late message; if not, the terminal lost entries.
    #[error(
        "size {} is below {last}, the size cosigned last: entries were lost, or an old copy of the disk runs",
        .head.checkpoint().size
    )]
    Rollback {
        /// The size cosigned last.
        last: u64,
        /// The head, with the log's signature only.
        head: Box<SignedCheckpoint>,
    },
    /// The log signed two histories.
    #[error("the log signed two histories: it is held. Examine the terminal and enrol it anew")]
    Fork(Box<Evidence>),
    /// The proof does not hold, and says nothing by itself.
    #[error("the proof from the head cosigned last does not hold: {0}")]
    Unproven(CheckError),
    /// Two machines have the terminal's identity.
    #[error("{kind}: a copy of the terminal is running. Examine it and enrol it anew")]
    Clone {
        /// What shows it.
        kind: ConflictKind,
        /// The newest head of the other history, and the one cosigned last.
        evidence: Box<Evidence>,
    },
    /// There was a conflict before, and nothing was settled since.
    #[error("the log is held: {0}. Examine the terminal and enrol it anew")]
    Held(ConflictKind),
    /// The log is not known here.
    #[error("the log is not known here: is the terminal enrolled?")]
    UnknownLog,
    /// No signature by a key of this log, or one that does not verify.
    #[error("the checkpoint is not signed by a key that is known for this log")]
    UnknownKey,
    /// The signature is by a key that is believed up to a smaller size only: it was replaced or revoked.
    #[error("the key is believed up to size {accepted} only, and the checkpoint has size {size}")]
    RevokedAfter {
        /// Which key.
        key: KeyId,
        /// The largest size believed.
        accepted: u64,
        /// The head's.
        size: u64,
    },
    /// The request cannot be read.
    #[error("{0}")]
    Malformed(RequestError),
}
