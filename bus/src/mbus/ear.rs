//! Tells an answer from an echo and from noise.

use super::wire::Heard;
use crate::frame::mbus::Mbus;
use crate::frame::mbus::answer::belongs;
use crate::frame::scan::{Found, Scanner};

/// Everything heard after one request.
pub(super) struct Ear<'a> {
    request: &'a [u8],
    scanner: Scanner,
    frame: Option<Vec<u8>>,
    bytes: Vec<u8>,
    /// Bytes of the answer, and of the request where the converter hands it back.
    known: usize,
}

impl<'a> Ear<'a> {
    pub(super) fn new(request: &'a [u8]) -> Self {
        Ear {
            request,
            scanner: Scanner::new::<Mbus>(),
            frame: None,
            bytes: Vec::new(),
            known: 0,
        }
    }

    pub(super) fn hear(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let found = self.scanner.push(bytes);
        self.take(found);
    }

    fn take(&mut self, found: Vec<Found>) {
        for item in found {
            let Found::Frame { bytes, .. } = item else {
                continue;
            };
            if bytes == self.request {
                self.known += bytes.len();
            } else if self.frame.is_none() && belongs(self.request, &bytes) {
                self.known += bytes.len();
                self.frame = Some(bytes);
            }
        }
    }

    /// Whether nothing can follow any more. A long answer ends with its last byte. An acknowledgement is one byte that several
    /// meters may send at once: what follows tells them apart, so the line must fall silent first.
    pub(super) fn is_complete(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.len() > 1)
    }

    /// Whether everything so far is what the converter hands back, or its beginning.
    pub(super) fn only_echo(&self) -> bool {
        self.request.starts_with(&self.bytes)
    }

    /// The line is silent.
    pub(super) fn finish(mut self) -> Heard {
        let rest = self.scanner.idle();
        self.take(rest);
        Heard {
            frame: self.frame,
            noise: self.bytes.len().saturating_sub(self.known),
        }
    }
}
