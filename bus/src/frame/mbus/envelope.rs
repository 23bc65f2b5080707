//! The frames of the link layer: `E5`, `10 C A CS 16`, and `68 L L 68 C A CI … CS 16`.

use super::{Address, Control, Information};
use crate::frame::bytes::sum;
use crate::frame::{END, FrameError, Framing, Probe, Protocol, START, whole};

/// The whole frame by which a meter says "done".
pub(super) const ACK: u8 = 0xE5;
const SHORT_START: u8 = 0x10;
/// Bytes of a short frame.
const SHORT: usize = 5;
/// Bytes of a long frame that L does not count.
const AROUND: usize = 6;
/// Where C is in a long frame.
const CONTROL: usize = 4;
/// What L counts at least: C, A and CI.
const HEAD: usize = 3;

/// Frames of M-Bus in a stream. An M-Bus wire has a scanner of its own: the lone byte `E5` is a frame here and data elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Mbus;

impl Framing for Mbus {
    const PROTOCOL: Protocol = Protocol::Mbus;
    const LONGEST: usize = AROUND + 255;
    const SHORTEST: usize = 1;

    fn starts(byte: u8) -> bool {
        matches!(byte, ACK | SHORT_START | START)
    }

    fn probe(bytes: &[u8]) -> Probe {
        match bytes.first() {
            None => Probe::NeedMore,
            Some(&ACK) => Probe::Frame(1),
            Some(&SHORT_START) => probe_body(bytes, 1, SHORT),
            Some(&START) => match *bytes {
                [_, length, copy, ..] if length != copy || usize::from(length) < HEAD => {
                    Probe::NotHere
                }
                [_, _, _, second, ..] if second != START => Probe::NotHere,
                [_, length, _, _, ..] => probe_body(bytes, CONTROL, AROUND + usize::from(length)),
                _ => Probe::NeedMore,
            },
            Some(_) => Probe::NotHere,
        }
    }

    fn declared(bytes: &[u8]) -> Result<usize, FrameError> {
        let too_short = |needed| FrameError::TooShort {
            needed,
            actual: bytes.len(),
        };
        match *bytes {
            [ACK, ..] => Ok(1),
            [SHORT_START, ..] => Ok(SHORT),
            [START, length, copy, ..] if length != copy => Err(FrameError::LengthCopies {
                first: u16::from(length),
                second: u16::from(copy),
            }),
            [START, length, ..] if usize::from(length) < HEAD => Err(FrameError::Content(format!(
                "the length field must be 3 or more, it is {length}"
            ))),
            [START, _, _, found, ..] if found != START => {
                Err(FrameError::BadStart { offset: 3, found })
            }
            [START, length, _, _, ..] => Ok(AROUND + usize::from(length)),
            _ => Err(too_short(AROUND + HEAD)),
        }
    }
}

/// Checks the sum from `from` on, and the end mark, of a frame of `total` bytes.
fn probe_body(bytes: &[u8], from: usize, total: usize) -> Probe {
    let Some((body, tail)) = bytes.split_at_checked(total - 2) else {
        return Probe::NeedMore;
    };
    let expected = sum(body.get(from..).unwrap_or_default());
    match *tail {
        [found, ..] if found != expected => Probe::Bad(FrameError::Checksum { expected, found }),
        [_, END, ..] => Probe::Frame(total),
        [_, found, ..] => Probe::Bad(FrameError::EndMark { found }),
        _ => Probe::NeedMore,
    }
}

/// One frame, borrowed from the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// `E5`.
    Ack,
    /// Five bytes: a request or a reset.
    Short {
        /// C.
        control: Control,
        /// A.
        address: Address,
    },
    /// A long frame; without data it is what the standard calls a control frame.
    Long {
        /// C.
        control: Control,
        /// A.
        address: Address,
        /// CI.
        information: Information,
        /// What follows CI, at most [`Frame::MOST_DATA`] bytes.
        data: &'a [u8],
    },
}

impl<'a> Frame<'a> {
    /// The most bytes behind CI.
    pub const MOST_DATA: usize = 255 - HEAD;

    /// Reads one whole frame.
    ///
    /// # Errors
    /// What is wrong with the frame.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FrameError> {
        if let Some(&first) = bytes.first()
            && !Mbus::starts(first)
        {
            return Err(FrameError::Content(format!(
                "an M-Bus frame begins with E5, 10 or 68, this with {first:02X}"
            )));
        }
        let bytes = whole::<Mbus>(bytes)?;
        match *bytes {
            [SHORT_START, control, address, _, _] => Ok(Frame::Short {
                control: Control(control),
                address: Address(address),
            }),
            [
                START,
                _,
                _,
                _,
                control,
                address,
                information,
                ref data @ ..,
                _,
                _,
            ] => Ok(Frame::Long {
                control: Control(control),
                address: Address(address),
                information: Information::of(information),
                data,
            }),
            _ => Ok(Frame::Ack),
        }
    }

    /// The frame as bytes.
    ///
    /// # Errors
    /// [`FrameError::Content`] for more than [`Frame::MOST_DATA`] bytes of data.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        match *self {
            Frame::Ack => Ok(vec![ACK]),
            Frame::Short { control, address } => Ok(short(control, address).to_vec()),
            Frame::Long {
                control,
                address,
                information,
                data,
            } => {
                if data.len() > Frame::MOST_DATA {
                    let count = data.len();
                    return Err(FrameError::Content(format!(
                        "{count} data bytes do not fit into one M-Bus frame"
                    )));
                }
                let length = (HEAD + data.len()) as u8;
                let mut bytes = Vec::with_capacity(AROUND + usize::from(length));
                bytes.extend([
                    START,
                    length,
                    length,
                    START,
                    control.0,
                    address.0,
                    information.code(),
                ]);
                bytes.extend(data);
                bytes.push(sum(bytes.get(CONTROL..).unwrap_or_default()));
                bytes.push(END);
                Ok(bytes)
            }
        }
    }
}

/// A short frame as bytes.
pub(super) const fn short(control: Control, address: Address) -> [u8; SHORT] {
    let check = control.0.wrapping_add(address.0);
    [SHORT_START, control.0, address.0, check, END]
}
