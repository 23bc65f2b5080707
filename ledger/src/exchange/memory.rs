//! What a witness knows of one log. It is a value: whoever holds it stores it, with compare and swap on its version.

use meterpost_signing::{
    Checkpoint, KeyName, LogOrigin, NameError, Note, PublicKey, Revocation, Rotation,
    RotationError, SignedCheckpoint, VerifierKey,
};
use thiserror::Error;

use super::evidence::{Conflict, Suspicion};
use crate::lines::signature_line;

/// A key of a log and how far it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKey {
    /// The key.
    pub key: PublicKey,
    /// The largest size believed; none while the key is in use.
    pub until: Option<u64>,
}

/// What a witness knows of one log. Fields are public so that they can be stored; the methods keep them right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessMemory {
    /// Which log: tenant, terminal and epoch.
    pub origin: LogOrigin,
    /// Its keys, the certified one first and the one in use last.
    pub keys: Vec<LogKey>,
    /// The head cosigned last, with the log's signature only.
    pub last: Option<SignedCheckpoint>,
    /// Why the log is held, if it is.
    pub conflict: Option<Conflict>,
    /// What has to be cleared up.
    pub suspicion: Option<Suspicion>,
    /// The newer epoch that the terminal was enrolled under.
    pub closed_by: Option<u32>,
    /// Counts the changes. A change is stored only where the stored version is the one that was judged by.
    pub version: u64,
}

/// Why a memory is not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MemoryError {
    /// The rotation is not a valid one.
    #[error("{0}")]
    Rotation(#[from] RotationError),
    /// The rotation starts from another key than the one in use.
    #[error("the rotation starts from another key than the one in use")]
    NotInUse,
    /// The new key was the log's before.
    #[error("the rotation brings back a key that was in use before")]
    Returned,
    /// The revocation is for another log, or for a key that this one never had.
    #[error("the revocation is not for a key of this log")]
    OtherKey,
    /// The epoch is not above the log's own.
    #[error("epoch {by} does not follow epoch {own}")]
    Epoch {
        /// Claimed to be newer.
        by: u32,
        /// The log's.
        own: u32,
    },
    /// The origin is no name.
    #[error("{0}")]
    Name(#[from] NameError),
}

impl WitnessMemory {
    /// A log that was just enrolled with its first key; nothing of it was cosigned.
    pub fn new(origin: LogOrigin, first: PublicKey) -> WitnessMemory {
        WitnessMemory {
            origin,
            keys: vec![LogKey {
                key: first,
                until: None,
            }],
            last: None,
            conflict: None,
            suspicion: None,
            closed_by: None,
            version: 0,
        }
    }

    /// The size cosigned last; 0 for none.
    pub fn last_size(&self) -> u64 {
        self.last.as_ref().map_or(0, |head| head.checkpoint().size)
    }

    /// Takes the next key. The one in use is believed up to `until`, the largest size it signed: the log's size before
    /// the first checkpoint by the new key.
    pub fn rotate(&self, rotation: &Rotation, until: u64) -> Result<WitnessMemory, MemoryError> {
        rotation.verify(&self.origin.name()?)?;
        if self.keys.last().is_none_or(|last| last.key != rotation.old) {
            return Err(MemoryError::NotInUse);
        }
        if self.keys.iter().any(|known| known.key == rotation.new) {
            return Err(MemoryError::Returned);
        }
        let mut after = self.changed();
        after.lower(&rotation.old, until);
        after.keys.push(LogKey {
            key: rotation.new,
            until: None,
        });
        Ok(after)
    }

    /// Believes a key up to a size only. The caller has checked the operator's signature. A size once lowered is never
    /// raised.
    pub fn revoke(&self, revocation: &Revocation) -> Result<WitnessMemory, MemoryError> {
        let known = self.keys.iter().find(|k| k.key.id() == revocation.key);
        let known = known.ok_or(MemoryError::OtherKey)?.key;
        if revocation.origin != self.origin {
            return Err(MemoryError::OtherKey);
        }
        let mut after = self.changed();
        after.lower(&known, revocation.accepted);
        Ok(after)
    }

    /// Closes the log: its terminal was enrolled under a newer epoch, and whoever goes on with this one is a copy. Its
    /// last entries should have been cosigned before.
    pub fn close(&self, by: u32) -> Result<WitnessMemory, MemoryError> {
        let own = self.origin.epoch();
        if by <= own {
            return Err(MemoryError::Epoch { by, own });
        }
        let mut after = self.changed();
        after.closed_by = Some(self.closed_by.map_or(by, |earlier| earlier.max(by)));
        Ok(after)
    }

    /// The log's keys with its name.
    pub fn verifier_keys(&self) -> Result<Vec<VerifierKey>, NameError> {
        let name = self.origin.name()?;
        let keys = self.keys.iter();
        Ok(keys
            .map(|known| VerifierKey::new(name.clone(), known.key))
            .collect())
    }

    /// The same with the next version.
    pub(super) fn changed(&self) -> WitnessMemory {
        WitnessMemory {
            version: self.version.saturating_add(1),
            ..self.clone()
        }
    }

    fn lower(&mut self, key: &PublicKey, until: u64) {
        for known in self.keys.iter_mut().filter(|known| known.key == *key) {
            known.until = Some(known.until.map_or(until, |earlier| earlier.min(until)));
        }
    }
}

/// The note of a checkpoint with the one line of the key that signed it: what is stored and judged is written anew from
/// what was read, never the bytes received.
pub(super) fn rewritten(
    claimed: &Checkpoint,
    note: &Note,
    key: &VerifierKey,
) -> Option<SignedCheckpoint> {
    let own = |name: &KeyName| *name == *key.name();
    // Ids of four bytes can collide, so every line that fits is tried.
    let lines = note.signatures().iter();
    lines
        .filter(|line| own(&line.name) && line.id == key.id())
        .find_map(|line| {
            let line = signature_line(&line.name, &line.id, &line.signature);
            let text = format!("{}\n{line}", claimed.format());
            SignedCheckpoint::open(text.as_bytes(), key).ok()
        })
}
