//! Cosignatures: a witness's word that, at a time, a checkpoint was the largest consistent one it saw of a log
//! (c2sp.org/tlog-cosignature, Ed25519).
//!
//! What is signed is `cosignature/v1`, `time <seconds>` and the text of the checkpoint, a line each. On the signature
//! line stand the time (8 bytes, big-endian) and the 64 bytes of the signature.

mod witness_key;

use std::fmt;

use thiserror::Error;

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::key::Signature;
use crate::note::{KeyName, MAX_NOTE_BYTES, NoteError, NoteSignature, parse_lines};
use crate::signer::{SignError, Signer};
pub use witness_key::WitnessKey;

/// The line that separates cosignatures from everything else that is signed.
pub(crate) const HEADER: &str = "cosignature/v1\n";

/// Why a cosignature is not made or not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CosignatureError {
    /// The time is beyond 2^63 - 1 seconds.
    #[error("the time of a cosignature is at most 2^63 - 1 seconds after 1970")]
    Time,
    /// The witness would use the log's own key.
    #[error("the key of {0} is the log's own: a log cannot be its own witness")]
    OwnWitness(KeyName),
    /// A known witness's line is malformed or does not verify: the whole checkpoint is refused.
    #[error("the cosignature by {0} does not fit the checkpoint")]
    Bad(KeyName),
    /// The signature lines are malformed, too many or too long.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// The signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// One witness's verified cosignature of one checkpoint. Its display is the signature line, with its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    witness: WitnessKey,
    time: u64,
    signature: Signature,
}

impl Cosignature {
    /// Cosigns a checkpoint as the witness named, at a time in seconds since 1970 (POSIX). The caller has checked
    /// that the checkpoint is consistent with all it saw before, and has stored it.
    pub fn sign(
        checkpoint: &SignedCheckpoint,
        name: &KeyName,
        signer: &dyn Signer,
        unix_seconds: u64,
    ) -> Result<Cosignature, CosignatureError> {
        let witness = WitnessKey::new(name.clone(), signer.public_key());
        check_not_own(checkpoint, &witness)?;
        let message =
            message(checkpoint.checkpoint(), unix_seconds).ok_or(CosignatureError::Time)?;
        Ok(Cosignature {
            witness,
            time: unix_seconds,
            signature: signer.sign(message.as_bytes())?,
        })
    }

    /// Reads signature lines as a witness answers with (c2sp.org/tlog-witness, "add-checkpoint"): those of known
    /// witnesses are verified and returned, one a witness; others are ignored; a known one that fails refuses all.
    pub fn read_lines(
        lines: &[u8],
        checkpoint: &SignedCheckpoint,
        known: &[WitnessKey],
    ) -> Result<Vec<Cosignature>, CosignatureError> {
        if lines.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong.into());
        }
        let text = std::str::from_utf8(lines).map_err(|_| NoteError::Encoding)?;
        verify_lines(&parse_lines(text)?, checkpoint, known)
    }

    /// Who cosigned.
    pub fn witness(&self) -> &WitnessKey {
        &self.witness
    }

    /// When, in seconds since 1970 by the witness's clock.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The signature over header, time and checkpoint.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    fn line(&self) -> NoteSignature {
        let mut blob = self.time.to_be_bytes().to_vec();
        blob.extend_from_slice(&self.signature.0);
        NoteSignature {
            name: self.witness.name().clone(),
            id: self.witness.id(),
            signature: blob,
        }
    }
}

impl fmt::Display for Cosignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line().format())
    }
}

impl SignedCheckpoint {
    /// The cosignatures by the witnesses known, one a witness; of several by one witness the latest. Lines of others
    /// are ignored, and one by a known witness that fails refuses the whole. How many are enough is the caller's rule.
    pub fn cosignatures(&self, known: &[WitnessKey]) -> Result<Vec<Cosignature>, CosignatureError> {
        verify_lines(self.note().signatures(), self, known)
    }

    /// The same checkpoint with a cosignature more, which is checked again. An earlier one of the same witness is
    /// replaced; where there is a later one, nothing changes.
    pub fn with(&self, cosignature: &Cosignature) -> Result<SignedCheckpoint, CosignatureError> {
        let witness = &cosignature.witness;
        let line = cosignature.line();
        verify_lines(
            std::slice::from_ref(&line),
            self,
            std::slice::from_ref(witness),
        )?;
        let there = self.cosignatures(std::slice::from_ref(witness))?;
        if there.iter().any(|there| there.time >= cosignature.time) {
            return Ok(self.clone());
        }
        let (name, id) = (line.name.clone(), line.id);
        let note = self
            .note()
            .with_line(line, |old| old.name == name && old.id == id)?;
        Ok(self.in_note(note))
    }
}

/// The text that is signed; nothing for a time that the format does not allow.
fn message(checkpoint: &Checkpoint, unix_seconds: u64) -> Option<String> {
    let time = i64::try_from(unix_seconds).ok()?;
    Some(format!("{HEADER}time {time}\n{}", checkpoint.format()))
}

fn check_not_own(
    checkpoint: &SignedCheckpoint,
    witness: &WitnessKey,
) -> Result<(), CosignatureError> {
    if witness.key() == checkpoint.log_key() {
        return Err(CosignatureError::OwnWitness(witness.name().clone()));
    }
    Ok(())
}

fn verify_lines(
    lines: &[NoteSignature],
    checkpoint: &SignedCheckpoint,
    known: &[WitnessKey],
) -> Result<Vec<Cosignature>, CosignatureError> {
    for witness in known {
        check_not_own(checkpoint, witness)?;
    }
    let mut verified: Vec<Cosignature> = Vec::new();
    for line in lines {
        // Ids of four bytes can collide, so every witness that fits the line is asked.
        let mut candidates = known
            .iter()
            .filter(|key| *key.name() == line.name && key.id() == line.id)
            .peekable();
        if candidates.peek().is_none() {
            continue;
        }
        let found = candidates
            .find_map(|witness| verify_line(line, checkpoint.checkpoint(), witness))
            .ok_or_else(|| CosignatureError::Bad(line.name.clone()))?;
        match verified.iter_mut().find(|old| old.witness == found.witness) {
            Some(old) if old.time < found.time => *old = found,
            Some(_) => {}
            None => verified.push(found),
        }
    }
    Ok(verified)
}

fn verify_line(
    line: &NoteSignature,
    checkpoint: &Checkpoint,
    witness: &WitnessKey,
) -> Option<Cosignature> {
    let (time, signature) = line.signature.split_first_chunk::<8>()?;
    let time = u64::from_be_bytes(*time);
    let signature = Signature::from_bytes(signature).ok()?;
    let message = message(checkpoint, time)?;
    witness.key().verify(message.as_bytes(), &signature).ok()?;
    Some(Cosignature {
        witness: witness.clone(),
        time,
        signature,
    })
}

#[cfg(test)]
mod tests;
