//! What a witness keeps against a log: heads that the log itself signed.

use std::fmt;

use meterpost_signing::{CheckpointError, NoteError, RootHash, SignedCheckpoint, VerifierKey};

use crate::merkle::{NodeHash, roots_of_consistency, roots_of_past};

/// Two heads signed by one log. Both carry the log's signature, so anyone with its keys can check them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The head cosigned last; none if there was none.
    pub ours: Option<SignedCheckpoint>,
    /// The head that does not go with it.
    pub theirs: SignedCheckpoint,
    /// The proof between the two: as it came, or as [`super::judge_with_entries`] made it.
    pub proof: Vec<NodeHash>,
}

impl Evidence {
    /// Whether it convicts the log by itself: one size with two roots, or a proof by which the larger tree has another
    /// past than the smaller one. Nobody but a holder of the log's key can make such a pair.
    pub fn convicts(&self) -> bool {
        let Some(ours) = self.ours.as_ref().map(SignedCheckpoint::checkpoint) else {
            return false;
        };
        let theirs = self.theirs.checkpoint();
        if ours.origin != theirs.origin {
            return false;
        }
        let (smaller, larger) = if ours.size < theirs.size {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        if smaller.size == larger.size {
            return smaller.root != larger.root;
        }
        // A proof as the log sends it, or one that names the larger tree's past outright.
        let sent = roots_of_consistency(smaller.size, larger.size, &self.proof, &smaller.root);
        let named = roots_of_past(smaller.size, larger.size, &self.proof);
        let other_past =
            |(past, root): (RootHash, RootHash)| root == larger.root && past != smaller.root;
        sent.is_ok_and(other_past) || named.is_ok_and(other_past)
    }

    /// Checks the signatures of both heads again, each by one of the keys given.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<(), CheckpointError> {
        for head in self.ours.iter().chain([&self.theirs]) {
            let text = head.to_text();
            let mut result = Err(CheckpointError::Note(NoteError::NoKnownSignature));
            for key in keys {
                result = SignedCheckpoint::open(text.as_bytes(), key).map(drop);
                if result.is_ok() {
                    break;
                }
            }
            result?;
        }
        Ok(())
    }
}

/// What the log did that cannot be a mistake on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// It signed two histories.
    Fork,
    /// It signed two histories and went on with both: two machines have its key.
    BothContinued,
    /// It went on after a newer epoch of the terminal had begun.
    OlderEpoch,
}

impl fmt::Display for ConflictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConflictKind::Fork => "the log signed two histories",
            ConflictKind::BothContinued => {
                "the log signed two histories and both go on: two machines have its key"
            }
            ConflictKind::OlderEpoch => "the log went on after a newer epoch had begun",
        })
    }
}

/// A conflict holds the log for good: it is never cosigned again. The terminal is examined and enrolled anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What happened.
    pub kind: ConflictKind,
    /// The first evidence of it.
    pub evidence: Evidence,
}

/// What may be a message that was late or damaged on its way. It ends when the log grows, proven to continue the head
/// cosigned last: a log that lost entries or has another past cannot do that. Repeating the last head ends nothing,
/// because anybody can repeat it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// A head smaller than the one cosigned last.
    Rollback(Evidence),
    /// A larger head whose proof does not hold.
    Unproven(Evidence),
}

impl Suspicion {
    /// The heads.
    pub fn evidence(&self) -> &Evidence {
        match self {
            Suspicion::Rollback(evidence) | Suspicion::Unproven(evidence) => evidence,
        }
    }
}
