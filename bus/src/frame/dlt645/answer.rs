//! What a meter answers, and to which request an answer belongs.

use super::refusal::{ErrorByte, SecurityError};
use super::{Address, Frame, FrameView, Function};
use crate::frame::FrameError;
use crate::frame::bytes::array;

/// A meter's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Data of an identifier: to C=11, 12 and 03.
    Data {
        /// The identifier.
        di: u32,
        /// What follows it. In a "read next" answer the last byte is the sequence number.
        data: &'a [u8],
        /// Whether a further frame follows.
        more: bool,
    },
    /// The meter's address.
    Address(Address),
    /// Done; nothing more to say.
    Done,
    /// Refused.
    Refused(ErrorByte),
    /// Refused by the security part.
    SecurityRefused(SecurityError),
    /// A relay command under class 98 refused with a result word (a firmware's; its bits are not public).
    RelayRefused(u16),
}

/// Reads an answer.
///
/// # Errors
/// [`FrameError::Content`] where the frame is a request or its data have the wrong length.
pub fn parse(frame: &Frame) -> Result<Answer<'_>, FrameError> {
    let control = frame.control();
    let data = frame.data();
    let length = || FrameError::Content(format!("an answer with {} data bytes", data.len()));
    if !control.from_meter() {
        return Err(FrameError::Content("a request, not an answer".to_owned()));
    }
    if control.refused() {
        return match (control.function(), data) {
            (Function::Security, data) => SecurityError::parse(data).map(Answer::SecurityRefused),
            (_, [error]) => Some(Answer::Refused(ErrorByte(*error))),
            (Function::Relay, [low, high]) => {
                Some(Answer::RelayRefused(u16::from_le_bytes([*low, *high])))
            }
            _ => None,
        }
        .ok_or_else(length);
    }
    match control.function() {
        Function::Read | Function::ReadNext | Function::Security => {
            let di = identifier(data).ok_or_else(length)?;
            Ok(Answer::Data {
                di,
                data: data.get(4..).unwrap_or_default(),
                more: control.more(),
            })
        }
        Function::ReadAddress => match <[u8; 6]>::try_from(data) {
            Ok(bytes) => Ok(Answer::Address(Address::from_wire(bytes))),
            Err(_) => Err(length()),
        },
        _ => Ok(Answer::Done),
    }
}

/// The identifier at the beginning of a frame's data.
pub fn identifier(data: &[u8]) -> Option<u32> {
    array(data, 0).map(u32::from_le_bytes)
}

/// Whether `bytes` are a frame that answers `request`: from the meter asked, for the function asked, and where the answer
/// carries an identifier, the one asked. A refusal carries none, so address and function must do.
pub fn belongs(request: &Frame, bytes: &[u8]) -> bool {
    let Ok(frame) = FrameView::parse(bytes) else {
        return false;
    };
    let (asked, answered) = (request.control(), frame.control());
    let same = answered.from_meter()
        && answered.function() == asked.function()
        && frame.address().is_single()
        && request.address().reaches(frame.address());
    if !same || answered.refused() {
        return same;
    }
    match answered.function() {
        Function::Read | Function::ReadNext | Function::Security => {
            frame.identifier().is_some() && frame.identifier() == identifier(request.data())
        }
        _ => true,
    }
}
