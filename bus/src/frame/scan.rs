//! Finds frames in a stream of bytes.
//!
//! The scanner goes by length, never by the end mark: `16` inside the data is data. A header that turns out wrong costs one
//! byte: the search goes on at the next one, so a doubled `68`, an echo, noise and half a frame before a good one are passed.
//!
//! A spoilt length byte can make the scanner wait for bytes that never come. Whoever owns the line tells it with
//! [`Scanner::idle`] that the line has gone quiet; then everything that still waits is judged as it lies there.

use super::{FrameError, Framing, PREAMBLE, Probe, Protocol};

/// What the scanner found, in the order of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A sound frame, without its preamble.
    Frame {
        /// Whose frame.
        protocol: Protocol,
        /// From the first start mark to the end mark.
        bytes: Vec<u8>,
    },
    /// A frame's header with something wrong behind it. Its bytes are searched again from the second one.
    Spoilt {
        /// Whose header.
        protocol: Protocol,
        /// What is wrong.
        error: FrameError,
    },
    /// Bytes that belong to no frame, told when the next frame begins or the line goes quiet. Preamble bytes are not counted.
    Noise {
        /// How many in a row.
        bytes: usize,
    },
}

/// A protocol's part of the scanner.
#[derive(Clone, Copy)]
struct Candidate {
    protocol: Protocol,
    probe: fn(&[u8]) -> Probe,
    longest: usize,
}

/// A streaming scanner for one or more protocols. Its memory is bounded by the longest frame plus one pushed chunk.
pub struct Scanner {
    candidates: Vec<Candidate>,
    buffer: Vec<u8>,
    noise: usize,
}

impl Scanner {
    /// A scanner for one protocol.
    pub fn new<F: Framing>() -> Self {
        Scanner::empty().and::<F>()
    }

    /// A scanner that looks for nothing yet, and takes every byte for noise.
    pub fn empty() -> Self {
        Scanner {
            candidates: Vec::new(),
            buffer: Vec::new(),
            noise: 0,
        }
    }

    /// Looks for a further protocol. Where a header fits two, the fault told is that of the one named first.
    pub fn and<F: Framing>(mut self) -> Self {
        self.candidates.push(Candidate {
            protocol: F::PROTOCOL,
            probe: F::probe,
            longest: F::LONGEST,
        });
        self
    }

    /// Takes the next bytes of the stream, any number of them, and returns what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Found> {
        self.buffer.extend_from_slice(bytes);
        self.search(false)
    }

    /// The line is quiet: nothing that is half received will be completed. Returns what can still be found, and forgets the
    /// rest.
    pub fn idle(&mut self) -> Vec<Found> {
        let mut found = self.search(true);
        self.flush_noise(&mut found);
        found
    }

    /// Bytes held back because a frame may begin with them.
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    fn search(&mut self, quiet: bool) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(&first) = self.buffer.get(at) {
            match self.probe_all(self.buffer.get(at..).unwrap_or_default(), quiet) {
                (protocol, Probe::Frame(length)) => {
                    self.flush_noise(&mut found);
                    let end = at.saturating_add(length.max(1)).min(self.buffer.len());
                    let bytes = self.buffer.get(at..end).unwrap_or_default().to_vec();
                    found.push(Found::Frame { protocol, bytes });
                    at = end;
                    continue;
                }
                (_, Probe::NeedMore) if !quiet => break,
                (protocol, Probe::Bad(error)) => {
                    self.flush_noise(&mut found);
                    found.push(Found::Spoilt { protocol, error });
                    self.noise += 1;
                }
                (_, Probe::NeedMore | Probe::NotHere) => {
                    if first != PREAMBLE {
                        self.noise += 1;
                    }
                }
            }
            at += 1;
        }
        self.buffer.drain(..at);
        found
    }

    /// The verdict of all protocols on one position: the shortest frame, else "wait" if any wants more, else the first
    /// fault. It is the shortest so that the result does not depend on how the stream was cut into chunks. On a quiet line
    /// nothing more will come, and nobody is waited for.
    fn probe_all(&self, bytes: &[u8], quiet: bool) -> (Protocol, Probe) {
        let mut verdict = (Protocol::Dlt645, Probe::NotHere);
        for candidate in &self.candidates {
            let answer = match (candidate.probe)(bytes) {
                // Waiting is bounded: whoever wants more than its longest frame is not believed.
                Probe::NeedMore if bytes.len() >= candidate.longest => Probe::NotHere,
                Probe::Frame(length) if length > bytes.len() => Probe::NeedMore,
                Probe::NeedMore if quiet => Probe::NotHere,
                other => other,
            };
            let better = match (&answer, &verdict.1) {
                (Probe::Frame(new), Probe::Frame(old)) => new < old,
                (new, old) => rank(new) > rank(old),
            };
            if better {
                verdict = (candidate.protocol, answer);
            }
        }
        verdict
    }

    fn flush_noise(&mut self, found: &mut Vec<Found>) {
        if self.noise > 0 {
            found.push(Found::Noise { bytes: self.noise });
            self.noise = 0;
        }
    }
}

fn rank(probe: &Probe) -> u8 {
    match probe {
        Probe::NotHere => 0,
        Probe::Bad(_) => 1,
        Probe::NeedMore => 2,
        Probe::Frame(_) => 3,
    }
}

#[cfg(test)]
mod tests;
