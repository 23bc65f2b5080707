//! Handing the log over to a new key, as an entry says it.

use meterpost_signing::{PublicKey, Rotation, RotationError as Refused, VerifierKey};
use thiserror::Error;

use crate::event::Event;

/// Why the log's key does not change.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RotationError {
    /// The event says something else.
    #[error("the event does not hand over to another key")]
    OtherEvent,
    /// It speaks for a key that does not sign this log now.
    #[error("the old key it names does not sign this log")]
    NotCurrent,
    /// The new key is the log's first one, which was replaced.
    #[error("the new key was the log's first: a key that was replaced never comes back")]
    Returned,
    /// A key or a signature is wrong.
    #[error("{0}")]
    Refused(#[from] Refused),
}

/// The event by which the old key hands over to the new one.
pub fn rotation_event(rotation: &Rotation) -> Event {
    Event::KeyRotated {
        old: rotation.old.to_bytes(),
        new: rotation.new.to_bytes(),
        by_old: rotation.by_old.0,
        by_new: rotation.by_new.0,
    }
}

/// Checks that the event is both keys' word, and gives the new key. `log` is the log's name and first key; `current` the
/// key that signs now, where that is another.
pub fn check_rotation(
    log: &VerifierKey,
    current: Option<PublicKey>,
    event: &Event,
) -> Result<PublicKey, RotationError> {
    let Event::KeyRotated {
        old,
        new,
        by_old,
        by_new,
    } = event
    else {
        return Err(RotationError::OtherEvent);
    };
    if current.unwrap_or(*log.key()).to_bytes() != *old {
        return Err(RotationError::NotCurrent);
    }
    let rotation = Rotation::from_bytes(old, new, by_old, by_new)?;
    rotation.verify(log.name())?;
    // The books know the later keys; the first one is known here.
    if rotation.new == *log.key() {
        return Err(RotationError::Returned);
    }
    Ok(rotation.new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use meterpost_signing::{KeyName, KeyStore, Signer};

    fn key(byte: u8) -> KeyStore {
        let folder = tempfile::tempdir().unwrap();
        let mut entropy = |buffer: &mut [u8]| {
            buffer.fill(byte);
            Ok(())
        };
        KeyStore::create(&folder.path().join("key"), &mut entropy).unwrap()
    }

    #[test]
    fn the_first_key_never_comes_back() {
        let (first, second) = (key(1), key(2));
        let name = KeyName::new("meterpost/test/k1/1").unwrap();
        let log = VerifierKey::new(name.clone(), first.public_key());
        let away = rotation_event(&Rotation::sign(&name, &first, &second).unwrap());
        let back = rotation_event(&Rotation::sign(&name, &second, &first).unwrap());
        assert_eq!(check_rotation(&log, None, &away), Ok(second.public_key()));
        assert_eq!(
            check_rotation(&log, Some(second.public_key()), &back),
            Err(RotationError::Returned)
        );
    }
}
