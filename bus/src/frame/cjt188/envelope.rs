//! The envelope `68 T A0..A6 C L DATA CS 16`: one start mark, no offset on the data.

use super::{Address, Control};
use crate::frame::bytes::{array, sum};
use crate::frame::{END, FrameError, Framing, PREAMBLE, Probe, Protocol, START, whole};

/// Bytes of a frame without data.
const EMPTY: usize = 13;
/// Where the data begin.
const DATA: usize = 11;

/// Frames of CJ/T 188 in a stream.
#[derive(Clone, Copy, Debug)]
pub struct Cjt188;

impl Framing for Cjt188 {
    const PROTOCOL: Protocol = Protocol::Cjt188;
    const LONGEST: usize = EMPTY + 255;
    const SHORTEST: usize = EMPTY;

    fn probe(bytes: &[u8]) -> Probe {
        match bytes.first() {
            Some(&START) => {}
            Some(_) => return Probe::NotHere,
            None => return Probe::NeedMore,
        }
        let Some(&length) = bytes.get(DATA - 1) else {
            return Probe::NeedMore;
        };
        let total = EMPTY + usize::from(length);
        let Some(body) = bytes.get(..total - 2) else {
            return Probe::NeedMore;
        };
        let expected = sum(body);
        match (bytes.get(total - 2), bytes.get(total - 1)) {
            (Some(&found), _) if found != expected => {
                Probe::Bad(FrameError::Checksum { expected, found })
            }
            (Some(_), Some(&END)) => Probe::Frame(total),
            (Some(_), Some(&found)) => Probe::Bad(FrameError::EndMark { found }),
            _ => Probe::NeedMore,
        }
    }

    fn declared(bytes: &[u8]) -> Result<usize, FrameError> {
        Ok(EMPTY + bytes.get(DATA - 1).map_or(0, |&length| usize::from(length)))
    }
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    address: Address,
    control: Control,
    data: Vec<u8>,
}

impl Frame {
    /// A frame with data: identifier, serial byte and payload, or what a refusal carries.
    ///
    /// # Errors
    /// [`FrameError::Content`] for more than 255 bytes of data.
    pub fn new(address: Address, control: Control, data: Vec<u8>) -> Result<Self, FrameError> {
        if data.len() > 255 {
            let count = data.len();
            return Err(FrameError::Content(format!(
                "{count} data bytes do not fit into one frame"
            )));
        }
        Ok(Frame {
            address,
            control,
            data,
        })
    }

    /// A frame whose data have a fixed length that fits.
    pub fn fixed<const N: usize>(address: Address, control: Control, data: [u8; N]) -> Self {
        const { assert!(N <= 255, "the length byte counts to 255") };
        Frame {
            address,
            control,
            data: data.to_vec(),
        }
    }

    /// Reads one whole frame, with or without preamble.
    ///
    /// # Errors
    /// What is wrong with the frame.
    pub fn parse(bytes: &[u8]) -> Result<Self, FrameError> {
        let bytes = whole::<Cjt188>(bytes)?;
        let kind = bytes.get(1).copied().unwrap_or_default();
        Ok(Frame {
            address: Address::from_wire(kind, array(bytes, 2).unwrap_or_default()),
            control: Control(bytes.get(9).copied().unwrap_or_default()),
            data: bytes
                .get(DATA..bytes.len().saturating_sub(2))
                .unwrap_or_default()
                .to_vec(),
        })
    }

    /// The frame as bytes, without preamble.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(EMPTY + self.data.len());
        bytes.push(START);
        bytes.push(self.address.kind);
        bytes.extend(self.address.to_wire());
        bytes.push(self.control.0);
        bytes.push(self.data.len() as u8);
        bytes.extend(&self.data);
        bytes.push(sum(&bytes));
        bytes.push(END);
        bytes
    }

    /// The frame as bytes behind `preamble` bytes `FE`.
    pub fn encode_after_preamble(&self, preamble: u8) -> Vec<u8> {
        let mut bytes = vec![PREAMBLE; usize::from(preamble)];
        bytes.extend(self.encode());
        bytes
    }

    /// Whose frame: the meter's address in requests and answers alike.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The control byte.
    pub fn control(&self) -> Control {
        self.control
    }

    /// The data.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}
