//! What a meter answers, and whether a frame answers a request.

use super::fixed::Fixed;
use super::header::is_mode;
use super::record::Records;
use super::{Address, Control, Frame, Header, Information};
use crate::frame::FrameError;

/// A meter's answer.
#[derive(Clone, Debug)]
pub enum Answer<'a> {
    /// "Done."
    Ack,
    /// Records, behind a header where it is the long form.
    Variable {
        /// Who the meter is; `None` in the forms without it.
        header: Option<Header>,
        /// The records. Empty where they are encrypted.
        records: Records<'a>,
        /// The encrypted bytes; nothing is decrypted here.
        encrypted: Option<&'a [u8]>,
    },
    /// Two counters.
    Fixed(Fixed),
    /// The application reports an error by a code of this table, or none.
    Error(Option<u8>),
    /// Alarms, one a bit.
    Alarm(&'a [u8]),
}

/// Reads what a meter says.
///
/// # Errors
/// [`FrameError::Content`] where the frame is a request, or its data are shorter than its CI promises.
pub fn parse<'a>(frame: &Frame<'a>) -> Result<Answer<'a>, FrameError> {
    let refused = |why: &str| Err(FrameError::Content(why.to_owned()));
    let (control, information, data) = match *frame {
        Frame::Ack => return Ok(Answer::Ack),
        Frame::Short { .. } => return refused("a request, not an answer"),
        Frame::Long {
            control,
            information,
            data,
            ..
        } => (control, information, data),
    };
    if !control.from_meter() {
        return refused("a request, not an answer");
    }
    match information {
        Information::Variable { high_first } => match Header::parse(data, high_first) {
            Some((header, rest)) => {
                let encrypted = header.is_encrypted().then_some(rest);
                let open = if encrypted.is_some() { &[][..] } else { rest };
                Ok(Answer::Variable {
                    header: Some(header),
                    records: Records::new(open, high_first),
                    encrypted,
                })
            }
            None => refused("a header has 12 bytes, there are fewer"),
        },
        Information::VariableShortHeader => match *data {
            [_, _, _, mode, ref rest @ ..] => {
                let encrypted = is_mode(mode).then_some(rest);
                let open = if encrypted.is_some() { &[][..] } else { rest };
                Ok(Answer::Variable {
                    header: None,
                    records: Records::new(open, false),
                    encrypted,
                })
            }
            _ => refused("a short header has 4 bytes, there are fewer"),
        },
        Information::VariableWithoutHeader => Ok(Answer::Variable {
            header: None,
            records: Records::new(data, false),
            encrypted: None,
        }),
        Information::Fixed { high_first } => match Fixed::parse(data, high_first) {
            Some(fixed) => Ok(Answer::Fixed(fixed)),
            None => refused("fixed data have 16 bytes, these have not"),
        },
        Information::Error => Ok(Answer::Error(data.first().copied())),
        Information::Alarm => Ok(Answer::Alarm(data)),
        other => Err(FrameError::Content(format!(
            "an answer with CI {:02X} is not known",
            other.code()
        ))),
    }
}

/// The meaning of an error code (EN 13757-3, CI 70).
pub fn error_name(code: Option<u8>) -> &'static str {
    match code {
        None | Some(0) => "unspecified error",
        Some(1) => "the CI field is not known",
        Some(2) => "the buffer is too short, the telegram was cut off",
        Some(3) => "too many records",
        Some(4) => "premature end of a record",
        Some(5) => "more than ten DIFE",
        Some(6) => "more than ten VIFE",
        Some(7) => "reserved error",
        Some(8) => "the application is too busy",
        Some(9) => "too many readouts",
        Some(_) => "unknown error",
    }
}

/// Whether a frame can be the answer to a request: an acknowledgement for what is only acknowledged, data for a request of
/// data. A meter answers with its own primary address, so the address must be the one asked unless that meant several.
pub fn belongs(request: &[u8], bytes: &[u8]) -> bool {
    let (Ok(asked), Ok(answer)) = (Frame::parse(request), Frame::parse(bytes)) else {
        return false;
    };
    let (control, address) = match asked {
        Frame::Ack => return false,
        Frame::Short { control, address }
        | Frame::Long {
            control, address, ..
        } => (control, address),
    };
    match answer {
        Frame::Ack => control.is_reset() || control.is_send(),
        Frame::Short { .. } => false,
        Frame::Long {
            control: from,
            address: by,
            ..
        } => from.from_meter() && asks_for_data(control) && (by == address || !one_meter(address)),
    }
}

fn asks_for_data(control: Control) -> bool {
    matches!(control.0 & !0x20, 0x5A | 0x5B)
}

fn one_meter(address: Address) -> bool {
    address.is_primary()
}
