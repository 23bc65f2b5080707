//! A turn at the wire: for its length, the wire is nobody else's.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::link::{Link, LinkError, SerialLink, SerialSettings};

/// The wire, on its way back to its task.
pub(super) struct Returned {
    pub(super) link: SerialLink,
    /// Whoever had the turn went away in the middle of an exchange: the answer may come until then.
    pub(super) busy_until: Option<Instant>,
}

/// The right to speak, once or several times, without anybody in between. Dropped, it goes to the next in the queue.
pub struct Turn {
    held: Option<(SerialLink, oneshot::Sender<Returned>)>,
    busy_until: Option<Instant>,
}

impl Turn {
    pub(super) fn new(link: SerialLink, back: oneshot::Sender<Returned>) -> Self {
        Turn {
            held: Some((link, back)),
            busy_until: None,
        }
    }

    /// Sends `request` once and waits for the frame that belongs, with these settings (`None` = the port's own).
    ///
    /// # Errors
    /// As [`Link::exchange`].
    pub async fn exchange(
        &mut self,
        request: &[u8],
        belongs: &(dyn Fn(&[u8]) -> bool + Sync),
        patience: Duration,
        settings: Option<SerialSettings>,
    ) -> Result<Vec<u8>, LinkError> {
        let Some((link, _)) = self.held.as_mut() else {
            return Err(LinkError::NotConnected("the wire is gone".to_owned()));
        };
        link.set(settings)?;
        let wire = link.settings().wire_time(request.len());
        self.busy_until = Some(Instant::now() + wire + patience);
        let result = link.exchange(request, belongs, patience).await;
        self.busy_until = None;
        result
    }

    /// Sends a frame that nobody answers.
    ///
    /// # Errors
    /// As [`Link::exchange`], without [`LinkError::NoAnswer`].
    pub async fn say(
        &mut self,
        frame: &[u8],
        settings: Option<SerialSettings>,
    ) -> Result<(), LinkError> {
        let Some((link, _)) = self.held.as_mut() else {
            return Err(LinkError::NotConnected("the wire is gone".to_owned()));
        };
        link.set(settings)?;
        self.busy_until = Some(Instant::now() + link.settings().wire_time(frame.len()));
        let result = link.say(frame).await;
        self.busy_until = None;
        result
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((link, back)) = self.held.take() {
            // A task that has ended needs no wire any more.
            let _ = back.send(Returned {
                link,
                busy_until: self.busy_until,
            });
        }
    }
}
