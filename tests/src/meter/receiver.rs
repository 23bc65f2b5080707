//! What a meter's serial port hears: frames somewhere in a stream of bytes.

/// What stands at one place of the stream.
pub enum Candidate<F> {
    /// No frame begins here.
    Nothing,
    /// A frame may begin here but has not ended yet.
    Unfinished,
    /// A frame with a right check sum, and its length in bytes.
    Complete(F, usize),
}

/// A kind of frame that can be recognised at the head of some bytes.
pub trait Heard: Sized {
    /// Judges the head of `bytes`.
    fn at_head_of(bytes: &[u8]) -> Candidate<Self>;
}

/// More than the longest frame of either protocol (length byte 255).
const LONGEST: usize = 300;

/// Collects bytes until a frame is complete. Other protocols' frames and noise on the same wire pass by: a frame is
/// wherever header, length, check sum and end mark agree.
pub struct Receiver {
    held: Vec<u8>,
}

impl Receiver {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        Self { held: Vec::new() }
    }

    /// Takes what came over the wire and returns the frames that are now complete.
    pub fn hear<F: Heard>(&mut self, bytes: &[u8]) -> Vec<F> {
        self.held.extend_from_slice(bytes);
        let mut frames = Vec::new();
        let mut at = 0;
        let mut done = 0;
        while at < self.held.len() {
            match F::at_head_of(&self.held[at..]) {
                Candidate::Complete(frame, length) => {
                    frames.push(frame);
                    at += length;
                    done = at;
                }
                Candidate::Nothing | Candidate::Unfinished => at += 1,
            }
        }
        let keep_from = done.max(self.held.len().saturating_sub(LONGEST));
        self.held.drain(..keep_from);
        frames
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

/// The sum of all bytes modulo 256, the check both protocols use.
pub fn check_sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}
