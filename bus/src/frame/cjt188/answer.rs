//! What a meter answers, and to which request an answer belongs.

use super::identifier::detect;
use super::status::Status;
use super::{Address, DiOrder, Frame, Function};
use crate::frame::FrameError;

/// A meter's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// It did as asked.
    Data {
        /// The identifier.
        di: u16,
        /// The order it came in.
        order: DiOrder,
        /// The request's serial byte.
        serial: u8,
        /// What follows.
        payload: &'a [u8],
    },
    /// It refused. A refusal carries no identifier.
    Refused {
        /// The request's serial byte.
        serial: u8,
        /// The status word.
        status: Status,
    },
}

/// Reads an answer.
///
/// # Errors
/// [`FrameError::Content`] where the frame is a request or too short for what it says.
pub fn parse(frame: &Frame) -> Result<Answer<'_>, FrameError> {
    let control = frame.control();
    if !control.from_meter() {
        return Err(FrameError::Content("a request, not an answer".to_owned()));
    }
    match (control.refused(), frame.data()) {
        (true, &[serial, a, b]) => Ok(Answer::Refused {
            serial,
            status: Status([a, b]),
        }),
        (false, &[a, b, serial, ref payload @ ..]) => {
            let (di, order) = detect([a, b]);
            Ok(Answer::Data {
                di,
                order,
                serial,
                payload,
            })
        }
        (_, data) => Err(FrameError::Content(format!(
            "an answer with {} data bytes",
            data.len()
        ))),
    }
}

/// Whether `bytes` are a frame that answers `request`: from the meter asked, for the function asked, with the serial byte of
/// the request, and where it is no refusal, with its identifier in either order.
pub fn belongs(request: &Frame, bytes: &[u8]) -> bool {
    let Ok(frame) = Frame::parse(bytes) else {
        return false;
    };
    let &[a, b, asked_serial, ..] = request.data() else {
        return false;
    };
    let same = frame.control().function() == request.control().function()
        && (request.address().reaches(frame.address()) || is_new_address(request, frame.address()));
    same && match parse(&frame) {
        Ok(Answer::Refused { serial, .. }) => serial == asked_serial,
        Ok(Answer::Data { di, serial, .. }) => serial == asked_serial && di == detect([a, b]).0,
        Err(_) => false,
    }
}

/// A meter that was given another address may already answer from it.
fn is_new_address(request: &Frame, from: Address) -> bool {
    let payload = request.data().get(3..).unwrap_or_default();
    request.control().function() == Function::WriteAddress && payload == from.to_wire()
}
