//! Waiting for the frame that belongs: shared by the links that carry bytes.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::Instant;

use super::{Ear, LinkError, Spoken};
use crate::frame::scan::Found;

/// One wait for an answer.
pub(super) struct Wait<'a> {
    /// What was sent, to know its echo.
    pub request: &'a [u8],
    /// The protocols whose frames are looked for.
    pub spoken: &'a Spoken,
    /// Whether a frame is the answer.
    pub belongs: &'a (dyn Fn(&[u8]) -> bool + Sync),
    /// When to give up.
    pub deadline: Instant,
    /// What [`LinkError::NoAnswer`] says.
    pub patience: Duration,
    /// A line silent for longer than this inside a frame will not complete it.
    pub quiet: Duration,
    /// Whether the line is known to hand back what is sent.
    pub echo: bool,
    /// Hears the frames that do not belong.
    pub ear: Option<&'a Ear>,
}

impl Wait<'_> {
    /// Reads until a frame belongs. Frames are judged as soon as they are complete; no silence is waited for.
    pub(super) async fn answer<R: AsyncRead + Unpin + ?Sized>(
        &self,
        reader: &mut R,
    ) -> Result<Vec<u8>, LinkError> {
        // A fresh scanner: half a frame of an earlier exchange must not swallow this answer.
        let mut scanner = self.spoken.scanner();
        let mut chunk = [0; 512];
        loop {
            let until = if scanner.pending() > 0 {
                self.deadline.min(Instant::now() + self.quiet)
            } else {
                self.deadline
            };
            let found = match tokio::time::timeout_at(until, reader.read(&mut chunk)).await {
                Ok(Ok(0)) => return Err(LinkError::Broken("the other end is gone".to_owned())),
                Ok(Ok(count)) => scanner.push(chunk.get(..count).unwrap_or_default()),
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(Err(error)) => return Err(LinkError::Broken(error.to_string())),
                Err(_) => scanner.idle(),
            };
            if let Some(frame) = self.pick(found) {
                return Ok(frame);
            }
            if Instant::now() >= self.deadline {
                return Err(LinkError::NoAnswer(self.patience));
            }
        }
    }

    fn pick(&self, found: Vec<Found>) -> Option<Vec<u8>> {
        let mut answer = None;
        for item in found {
            match item {
                Found::Frame { bytes, .. } if is_echo(&bytes, self.request) => {
                    if !self.echo {
                        tracing::warn!("the line echoes what is sent; say so with `echo = true`");
                    }
                }
                Found::Frame { bytes, .. } if answer.is_none() && (self.belongs)(&bytes) => {
                    answer = Some(bytes)
                }
                Found::Frame { protocol, bytes } => {
                    if let Some(ear) = self.ear {
                        ear(protocol, &bytes);
                    } else {
                        tracing::info!(%protocol, length = bytes.len(), "a frame that answers nothing asked was dropped");
                    }
                }
                Found::Spoilt { protocol, error } => {
                    tracing::info!(%protocol, %error, "spoilt frame")
                }
                Found::Noise { bytes } => tracing::debug!(bytes, "noise on the line"),
            }
        }
        answer
    }
}

/// A half duplex converter hands back what was sent, with or without its preamble.
pub(super) fn is_echo(frame: &[u8], request: &[u8]) -> bool {
    frame == crate::frame::without_preamble(request)
}
