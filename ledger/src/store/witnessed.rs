//! What comes from the server and is kept: cosignatures, bulletins, and the word for a new key. Each is an entry, and is
//! stored beside it in the same transaction.

use meterpost_signing::{SignedCheckpoint, Signer, VerifierKey, WitnessKey};
use rusqlite::params;
use thiserror::Error;

use super::append::Committed;
use super::error::CommitError;
use super::ledger::Ledger;
use super::quick::{claimed, root_at};
use super::tiles::to_i64;
use crate::bulletin::AcceptedBulletin;
use crate::entry::Stamp;
use crate::event::Event;
use crate::rotation::{RotationError, check_rotation};

/// Why a cosignature is not kept.
#[derive(Debug, Error)]
pub enum CosignedError {
    /// The note is not one of this log, or the witness did not sign it.
    #[error("the cosigned checkpoint is not believed: {0}")]
    Note(String),
    /// It is of a log that is longer than this one, or another one.
    #[error(
        "the server has cosigned size {size}, and this log does not continue that: it was rolled back or rewritten. Stop selling, keep the data folder as evidence, and call the operator"
    )]
    NotOurs {
        /// The size cosigned.
        size: u64,
    },
    /// Something at least as large is kept already.
    #[error("size {kept} is cosigned already, {size} says less")]
    Older {
        /// The size cosigned now.
        size: u64,
        /// The largest kept.
        kept: u64,
    },
    /// It could not be recorded.
    #[error("{0}")]
    Commit(#[from] CommitError),
}

/// Why the key was not changed.
#[derive(Debug, Error)]
pub enum RotateError {
    /// The event is not the old key's and the new key's word for each other.
    #[error("{0}")]
    Rotation(#[from] RotationError),
    /// The signer does not hold the new key.
    #[error("the signer at hand does not hold the new key")]
    OtherKey,
    /// It could not be recorded.
    #[error("{0}")]
    Commit(#[from] CommitError),
}

impl Ledger {
    /// Keeps what a witness has cosigned, after checking all of it, and records the contact. From then on the log cannot
    /// be rolled back behind that size without being noticed, both heads together included.
    pub fn keep_cosigned(
        &mut self,
        stamp: &Stamp,
        note: &str,
        witness: &WitnessKey,
    ) -> Result<Committed, CosignedError> {
        let believed = |why: String| CosignedError::Note(why);
        let size = claimed(note).map_or(0, |checkpoint| checkpoint.size);
        let signed = SignedCheckpoint::open(note.as_bytes(), &self.key_at(size))
            .map_err(|error| believed(error.to_string()))?;
        let found = signed
            .cosignatures(std::slice::from_ref(witness))
            .map_err(|error| believed(error.to_string()))?;
        if found.is_empty() {
            return Err(believed("it lacks the witness's signature".into()));
        }
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        if root_at(&self.connection, (size, root), self.head.checkpoint()).is_none() {
            return Err(CosignedError::NotOurs { size });
        }
        let kept = self.cosigned.as_deref().and_then(claimed).map(|c| c.size);
        if let Some(kept) = kept.filter(|kept| *kept > size) {
            return Err(CosignedError::Older { size, kept });
        }
        let contact = Event::Contact {
            size,
            witness: witness.key().id().0,
        };
        let text = signed.to_text();
        let committed = self.commit_beside(stamp, &[contact], |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO cosignature (witness, size, note) VALUES (?1, ?2, ?3)",
                params![witness.name().as_str(), to_i64(size)?, text],
            )?;
            Ok(())
        })?;
        self.cosigned = Some(text);
        Ok(committed)
    }

    /// Applies a bulletin that was accepted: its entry, and its bytes beside it.
    pub fn apply_bulletin(
        &mut self,
        stamp: &Stamp,
        accepted: &AcceptedBulletin,
    ) -> Result<Committed, CommitError> {
        self.keep_bulletin(stamp, &accepted.event(), accepted.bytes())
    }

    pub(crate) fn keep_bulletin(
        &mut self,
        stamp: &Stamp,
        applied: &Event,
        bytes: &[u8],
    ) -> Result<Committed, CommitError> {
        let Event::BulletinApplied { kind, version, .. } = applied else {
            return Err(CommitError::Nothing);
        };
        self.commit_beside(stamp, std::slice::from_ref(applied), |connection| {
            connection.execute(
                "INSERT OR REPLACE INTO bulletin (kind, version, bytes) VALUES (?1, ?2, ?3)",
                params![kind, to_i64(*version)?, bytes],
            )?;
            Ok(())
        })
    }

    /// The bytes of the bulletin of this kind that is in force, if any.
    pub fn bulletin(&self, kind: &str) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        use rusqlite::OptionalExtension;
        self.connection
            .query_row(
                "SELECT bytes FROM bulletin WHERE kind = ?1",
                [kind],
                |row| row.get(0),
            )
            .optional()
    }

    /// Hands signing to a new key. The commit that says so is the first that the new key signs.
    pub fn rotate(
        &mut self,
        stamp: &Stamp,
        rotated: &Event,
        next: Box<dyn Signer>,
    ) -> Result<Committed, RotateError> {
        let new = check_rotation(&self.first, self.position.books.current_key(), rotated)?;
        if next.public_key() != new {
            return Err(RotateError::OtherKey);
        }
        let old = std::mem::replace(&mut self.signer, next);
        match self.commit_beside(stamp, std::slice::from_ref(rotated), |_| Ok(())) {
            Ok(committed) => {
                self.vkey = VerifierKey::new(self.vkey.name().clone(), new);
                Ok(committed)
            }
            Err(error) => {
                self.signer = old;
                Err(error.into())
            }
        }
    }

    /// The key that signs a log of this size.
    pub(super) fn key_at(&self, size: u64) -> VerifierKey {
        let keys = self.position.books.keys();
        match keys.iter().rev().find(|(first, _)| *first <= size) {
            Some((_, key)) => VerifierKey::new(self.vkey.name().clone(), *key),
            None => self.first.clone(),
        }
    }
}
