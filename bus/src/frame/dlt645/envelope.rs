//! The envelope `68 A0..A5 68 C L DATA CS 16` (DL/T 645-2007, 5.2).

use super::{Address, Control, FrameView};
use crate::frame::bytes::sum;
use crate::frame::{END, FrameError, Framing, PREAMBLE, Probe, Protocol, START};

/// Bytes of a frame without data.
const EMPTY: usize = 12;
/// Where the data begin.
pub(super) const DATA: usize = 10;
/// Added to every data byte on the wire.
pub(super) const OFFSET: u8 = 0x33;

/// Frames of DL/T 645 in a stream. Any length byte is taken: real meters answer with more than the 200 bytes of the standard.
#[derive(Clone, Copy, Debug)]
pub struct Dlt645;

impl Framing for Dlt645 {
    const PROTOCOL: Protocol = Protocol::Dlt645;
    const LONGEST: usize = EMPTY + 255;
    const SHORTEST: usize = EMPTY;

    fn probe(bytes: &[u8]) -> Probe {
        for mark in [0, 7] {
            match bytes.get(mark) {
                Some(&START) => {}
                Some(_) => return Probe::NotHere,
                None => return Probe::NeedMore,
            }
        }
        let Some(&length) = bytes.get(9) else {
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
        for offset in [0, 7] {
            match bytes.get(offset) {
                Some(&START) | None => {}
                Some(&found) => return Err(FrameError::BadStart { offset, found }),
            }
        }
        Ok(EMPTY + bytes.get(9).map_or(0, |&length| usize::from(length)))
    }
}

/// One frame, its data without the offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    address: Address,
    control: Control,
    data: Vec<u8>,
}

impl Frame {
    /// A frame with data (without the 33h offset).
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
        FrameView::parse(bytes).map(Frame::from_view)
    }

    pub(super) fn from_view(view: FrameView<'_>) -> Self {
        Frame {
            address: view.address(),
            control: view.control(),
            data: view.data().collect(),
        }
    }

    /// The frame as bytes, without preamble.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(EMPTY + self.data.len());
        bytes.push(START);
        bytes.extend(self.address.to_wire());
        bytes.push(START);
        bytes.push(self.control.0);
        bytes.push(self.data.len() as u8);
        bytes.extend(self.data.iter().map(|byte| byte.wrapping_add(OFFSET)));
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

    /// The data without the offset.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}
