//! Rotation: a log's key hands over to the next one.
//!
//! The old key signs that the new one follows it, and the new key signs that it does, so that nobody can adopt a key
//! that is not his. Both bodies are the two public keys, old first; the labels differ.

use thiserror::Error;

use crate::key::{KeyError, PublicKey, Signature};
use crate::note::KeyName;
use crate::signer::{SignError, Signer};
use crate::statement::{SignedStatement, Statement, StatementError};

/// Why a rotation is not made or not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RotationError {
    /// A key is refused.
    #[error("a key of the rotation is refused: {0}")]
    Key(#[from] KeyError),
    /// Not the line of a rotation.
    #[error("this is no line of a rotation")]
    Line,
    /// Both keys are one.
    #[error("a key cannot follow itself")]
    SameKey,
    /// The old key's signature does not fit.
    #[error("the old key did not sign the rotation: {0}")]
    ByOld(StatementError),
    /// The new key's signature does not fit.
    #[error("the new key did not sign the rotation: {0}")]
    ByNew(StatementError),
    /// In a chain: the rotation starts from another key than the one in use.
    #[error("rotation {0} starts from another key than the one in use")]
    Broken(usize),
    /// In a chain: the new key was in use before. A key that was replaced never comes back.
    #[error("rotation {0} brings back a key that was in use before")]
    Returned(usize),
    /// A signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// The old key's word: "the new key follows me".
struct HandedOver<'a>(&'a PublicKey, &'a PublicKey);

impl Statement for HandedOver<'_> {
    const LABEL: &'static str = "meterpost-rotation/v1";

    fn body(&self) -> Vec<u8> {
        both(self.0, self.1)
    }
}

/// The new key's word: "I follow the old key".
struct TakenOver<'a>(&'a PublicKey, &'a PublicKey);

impl Statement for TakenOver<'_> {
    const LABEL: &'static str = "meterpost-rotation-possession/v1";

    fn body(&self) -> Vec<u8> {
        both(self.0, self.1)
    }
}

fn both(old: &PublicKey, new: &PublicKey) -> Vec<u8> {
    [old.to_bytes(), new.to_bytes()].concat()
}

/// Two keys and both signatures. Holding one says nothing yet; [`Rotation::verify`] and [`chain`] do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// In use so far.
    pub old: PublicKey,
    /// In use from here.
    pub new: PublicKey,
    /// The old key's signature.
    pub by_old: Signature,
    /// The new key's signature.
    pub by_new: Signature,
}

impl Rotation {
    /// Signs with both keys, for the log named.
    pub fn sign(
        origin: &KeyName,
        old: &dyn Signer,
        new: &dyn Signer,
    ) -> Result<Rotation, RotationError> {
        let (from, to) = (old.public_key(), new.public_key());
        if from == to {
            return Err(RotationError::SameKey);
        }
        let by_old = SignedStatement::sign(&HandedOver(&from, &to), origin, old)?;
        let by_new = SignedStatement::sign(&TakenOver(&from, &to), origin, new)?;
        Ok(Rotation {
            old: from,
            new: to,
            by_old: by_old.signature,
            by_new: by_new.signature,
        })
    }

    /// From bytes as a log entry holds them; refuses weak and non-canonical keys.
    pub fn from_bytes(
        old: &[u8; 32],
        new: &[u8; 32],
        by_old: &[u8; 64],
        by_new: &[u8; 64],
    ) -> Result<Rotation, RotationError> {
        Ok(Rotation {
            old: PublicKey::from_bytes(old)?,
            new: PublicKey::from_bytes(new)?,
            by_old: Signature(*by_old),
            by_new: Signature(*by_new),
        })
    }

    /// One line: both keys and both signatures in hex, with a space between.
    pub fn to_line(&self) -> String {
        format!(
            "{} {} {} {}",
            hex::encode(self.old.to_bytes()),
            hex::encode(self.new.to_bytes()),
            hex::encode(self.by_old.0),
            hex::encode(self.by_new.0)
        )
    }

    /// Reads the line; weak and non-canonical keys are refused.
    ///
    /// # Errors
    /// [`RotationError::Line`] where it is none, [`RotationError::Key`] for a key that is refused.
    pub fn from_line(line: &str) -> Result<Rotation, RotationError> {
        fn part<const N: usize>(text: Option<&str>) -> Result<[u8; N], RotationError> {
            let mut bytes = [0; N];
            let text = text.ok_or(RotationError::Line)?;
            hex::decode_to_slice(text, &mut bytes).map_err(|_| RotationError::Line)?;
            Ok(bytes)
        }
        let mut words = line.split(' ');
        let (old, new) = (part(words.next())?, part(words.next())?);
        let (by_old, by_new) = (part(words.next())?, part(words.next())?);
        if words.next().is_some() {
            return Err(RotationError::Line);
        }
        let rotation = Rotation::from_bytes(&old, &new, &by_old, &by_new)?;
        // Hex has two spellings; this has one.
        match rotation.to_line() == line {
            true => Ok(rotation),
            false => Err(RotationError::Line),
        }
    }

    /// Checks that both keys signed, for the log named.
    pub fn verify(&self, origin: &KeyName) -> Result<(), RotationError> {
        let (old, new) = (&self.old, &self.new);
        if old == new {
            return Err(RotationError::SameKey);
        }
        SignedStatement {
            signature: self.by_old,
        }
        .verify(&HandedOver(old, new), origin, old)
        .map_err(RotationError::ByOld)?;
        SignedStatement {
            signature: self.by_new,
        }
        .verify(&TakenOver(old, new), origin, new)
        .map_err(RotationError::ByNew)
    }
}

/// Follows a log's rotations from its first key, the certified one, to the key in use. Rotations are numbered from 1
/// in errors.
pub fn chain(
    origin: &KeyName,
    first: &PublicKey,
    rotations: &[Rotation],
) -> Result<PublicKey, RotationError> {
    let mut current = *first;
    for (index, rotation) in rotations.iter().enumerate() {
        let number = index + 1;
        if rotation.old != current {
            return Err(RotationError::Broken(number));
        }
        rotation.verify(origin)?;
        let used = |key: &PublicKey| *key == rotation.new;
        if used(first) || rotations[..index].iter().any(|before| used(&before.new)) {
            return Err(RotationError::Returned(number));
        }
        current = rotation.new;
    }
    Ok(current)
}

#[cfg(test)]
mod tests;
