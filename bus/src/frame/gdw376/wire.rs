//! The link layer: start marks, doubled length, checksum.

use crate::frame::{END, FrameError, Framing, Probe, Protocol, START, whole};

/// `68 L L 68` with two bytes for each L.
pub(super) const HEADER: usize = 6;
/// Checksum and end mark.
pub(super) const TRAILER: usize = 2;
/// What the 14-bit length can say.
pub(super) const MAX_USER_DATA: usize = 0x3FFF;
/// C, address, AFN, SEQ: no frame has less.
const MIN_USER_DATA: usize = 8;

/// The framing of Q/GDW 376.1 for scanners: by length, never by the end mark.
#[derive(Clone, Copy, Debug)]
pub struct Gdw376;

impl Framing for Gdw376 {
    const PROTOCOL: Protocol = Protocol::Gdw376;
    const LONGEST: usize = HEADER + MAX_USER_DATA + TRAILER;
    const SHORTEST: usize = HEADER + MIN_USER_DATA + TRAILER;

    fn probe(bytes: &[u8]) -> Probe {
        let start = |at: usize| bytes.get(at).is_some_and(|byte| *byte != START);
        let differ = |a: usize, b: usize| matches!((bytes.get(a), bytes.get(b)), (Some(x), Some(y)) if x != y);
        // A second start mark one place early is a DL/T 645 or M-Bus frame, or noise: not even a spoilt 376.1 frame.
        if start(0) || start(5) || differ(1, 3) || differ(2, 4) {
            return Probe::NotHere;
        }
        let Some(header) = bytes.first_chunk::<HEADER>() else {
            return Probe::NeedMore;
        };
        let length = HEADER + user_data_length(header) + TRAILER;
        if length < Self::SHORTEST {
            return Probe::NotHere;
        }
        let Some(frame) = bytes.get(..length) else {
            return Probe::NeedMore;
        };
        match sealed(frame) {
            Ok(()) => Probe::Frame(length),
            Err(error) => Probe::Bad(error),
        }
    }

    fn declared(bytes: &[u8]) -> Result<usize, FrameError> {
        let header = bytes.first_chunk::<HEADER>().ok_or(FrameError::TooShort {
            needed: Self::SHORTEST,
            actual: bytes.len(),
        })?;
        let [first_start, low, high, low_copy, high_copy, second_start] = *header;
        for (offset, found) in [(0, first_start), (5, second_start)] {
            if found != START {
                return Err(FrameError::BadStart { offset, found });
            }
        }
        let first = u16::from_le_bytes([low, high]);
        let second = u16::from_le_bytes([low_copy, high_copy]);
        if first != second {
            return Err(FrameError::LengthCopies { first, second });
        }
        let length = HEADER + user_data_length(header) + TRAILER;
        if length < Self::SHORTEST {
            return Err(FrameError::Length {
                declared: length,
                actual: bytes.len(),
            });
        }
        Ok(length)
    }
}

/// L without its two protocol bits.
fn user_data_length(header: &[u8; HEADER]) -> usize {
    usize::from(u16::from_le_bytes([header[1], header[2]]) >> 2)
}

/// Checksum and end mark of a frame whose header is right.
fn sealed(frame: &[u8]) -> Result<(), FrameError> {
    let body = frame.get(HEADER..).unwrap_or_default();
    let Some((user_data, &[found, end])) = body.split_last_chunk::<TRAILER>() else {
        return Err(FrameError::TooShort {
            needed: Gdw376::SHORTEST,
            actual: frame.len(),
        });
    };
    let expected = sum(user_data);
    if found != expected {
        return Err(FrameError::Checksum { expected, found });
    }
    if end != END {
        return Err(FrameError::EndMark { found: end });
    }
    Ok(())
}

/// Takes the link layer off: the protocol mark and the user data.
pub(super) fn open(bytes: &[u8]) -> Result<(u8, &[u8]), FrameError> {
    let frame = whole::<Gdw376>(bytes)?;
    let mark = frame.get(1).copied().unwrap_or_default() & 0x03;
    let end = frame.len().saturating_sub(TRAILER);
    Ok((mark, frame.get(HEADER..end).unwrap_or_default()))
}

/// Puts the link layer around `user_data`, which the caller knows to be at most [`MAX_USER_DATA`] bytes.
pub(super) fn seal(protocol: u8, user_data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(user_data.len() & MAX_USER_DATA).unwrap_or_default();
    let [low, high] = (length << 2 | u16::from(protocol & 3)).to_le_bytes();
    let mut bytes = Vec::with_capacity(HEADER + user_data.len() + TRAILER);
    bytes.extend([START, low, high, low, high, START]);
    bytes.extend(user_data);
    bytes.extend([sum(user_data), END]);
    bytes
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}
