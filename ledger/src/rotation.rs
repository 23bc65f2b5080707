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
    Ok(rotation.new)
}
