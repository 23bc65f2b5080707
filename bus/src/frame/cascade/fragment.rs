//! A message in frames: one, or as many as it needs.
//!
//! The first data byte of each frame says which part it is: D7 = the last one, D6-D3 = a tag that all parts of a message
//! share and that differs from the message before, D2-D0 = the part's index. One speaker sends the parts back to back.

use super::{FUNCTION, Packet};
use crate::frame::FrameError;
use crate::frame::dlt645::{Address, Control, Frame};

/// Data bytes of a frame: what DL/T 645-2007 allows an answer. The first of them is the part byte.
const DATA: usize = 200;
const PART: usize = DATA - 1;
const PARTS: usize = 8;

/// Bytes of the longest message, its check value included.
pub const MAX_MESSAGE: usize = PART * PARTS;

const LAST: u8 = 0x80;

impl Packet {
    /// The packet as frames without preamble, to be sent back to back. Of `tag` the low four bits are used; it must differ
    /// from the speaker's message before.
    ///
    /// # Errors
    /// [`FrameError::Content`] when the message is longer than [`MAX_MESSAGE`].
    pub fn encode(&self, tag: u8) -> Result<Vec<Vec<u8>>, FrameError> {
        let message = self.message();
        if message.len() > MAX_MESSAGE {
            return Err(FrameError::Content(format!(
                "a cascade message of {} bytes; more than {MAX_MESSAGE} do not fit",
                message.len()
            )));
        }
        let parts = message.chunks(PART);
        let last = parts.len().saturating_sub(1);
        parts
            .enumerate()
            .map(|(index, part)| {
                let mut data = vec![part_byte(index, index == last, tag)];
                data.extend(part);
                Ok(Frame::new(self.address(), self.control(), data)?.encode())
            })
            .collect()
    }
}

fn part_byte(index: usize, last: bool, tag: u8) -> u8 {
    (if last { LAST } else { 0 }) | (tag & 0x0F) << 3 | (index as u8 & 0x07)
}

/// The parts of one message that have come so far.
#[derive(Debug)]
struct Partial {
    address: Address,
    control: Control,
    tag: u8,
    parts: usize,
    bytes: Vec<u8>,
}

/// Joins the frames heard on one wire to packets. It holds one unfinished message at most.
#[derive(Debug, Default)]
pub struct Assembler(Option<Partial>);

/// Whether a frame of DL/T 645 is a concentrator's.
pub fn is_cascade(frame: &Frame) -> bool {
    frame.control().0 & !0x80 == FUNCTION
}

impl Assembler {
    /// Takes the next frame of the wire. `None` for a part that is not the last, and for frames of meters and their
    /// masters.
    ///
    /// # Errors
    /// [`FrameError::Content`] when a part is missing, or the message is wrong in itself.
    pub fn take(&mut self, frame: &[u8]) -> Option<Result<Packet, FrameError>> {
        let before = self.0.take();
        let frame = Frame::parse(frame).ok()?;
        if !is_cascade(&frame) {
            return None;
        }
        let Some((&head, part)) = frame.data().split_first() else {
            return Some(Err(FrameError::Content(
                "a cascade frame without data".to_owned(),
            )));
        };
        let (index, tag) = (usize::from(head & 0x07), head >> 3 & 0x0F);
        let mut partial = match before {
            Some(partial)
                if index == partial.parts
                    && tag == partial.tag
                    && frame.address() == partial.address
                    && frame.control() == partial.control =>
            {
                partial
            }
            _ if index == 0 => Partial {
                address: frame.address(),
                control: frame.control(),
                tag,
                parts: 0,
                bytes: Vec::new(),
            },
            _ => {
                return Some(Err(FrameError::Content(format!(
                    "part {index} of a cascade message without the parts before it"
                ))));
            }
        };
        partial.bytes.extend(part);
        partial.parts += 1;
        if head & LAST == 0 {
            self.0 = Some(partial);
            return None;
        }
        Some(Packet::read(
            partial.address,
            partial.control,
            &partial.bytes,
        ))
    }
}
