//! What a meter says: answers built from the meter's side, the counterpart of [`answer`](super::answer).

use super::refusal::{ErrorByte, SecurityError};
use super::{Address, Control, Frame, Function};
use crate::frame::FrameError;

/// Data of an identifier (C=91, 83 and, for 1997, 81). `di` is the identifier's bytes in the order of the wire, `more`
/// whether a further frame follows.
///
/// # Errors
/// [`FrameError::Content`] where identifier and data do not fit into one frame.
pub fn data(
    address: Address,
    function: Function,
    di: &[u8],
    data: &[u8],
    more: bool,
) -> Result<Frame, FrameError> {
    let control = with_more(Control::answer(function), more);
    Frame::new(address, control, [di, data].concat())
}

/// A further frame of a long answer (C=92 or B2).
///
/// # Errors
/// [`FrameError::Content`] where the data do not fit into one frame.
pub fn next(
    address: Address,
    di: u32,
    data: &[u8],
    sequence: u8,
    more: bool,
) -> Result<Frame, FrameError> {
    let control = with_more(Control::answer(Function::ReadNext), more);
    Frame::new(
        address,
        control,
        [&di.to_le_bytes()[..], data, &[sequence]].concat(),
    )
}

/// The meter's address (C=93).
pub fn address(own: Address) -> Frame {
    Frame::fixed(own, Control::answer(Function::ReadAddress), own.to_wire())
}

/// Done, without data.
pub fn done(address: Address, function: Function) -> Frame {
    Frame::fixed(address, Control::answer(function), [])
}

/// Done, with the data the function has in its answer: the rate of C=97, the output of C=9D, the password of C=98.
pub fn done_with<const N: usize>(address: Address, function: Function, echo: [u8; N]) -> Frame {
    Frame::fixed(address, Control::answer(function), echo)
}

/// Refused, by any function but C=03.
pub fn refused(address: Address, function: Function, error: ErrorByte) -> Frame {
    Frame::fixed(address, Control::refusal(function), [error.0])
}

/// Refused by C=03, in as many bytes as the error has.
pub fn security_refused(address: Address, error: SecurityError) -> Frame {
    let control = Control::refusal(Function::Security);
    let [low, high] = error.word.to_le_bytes();
    match error.bytes {
        1 => Frame::fixed(address, control, [low]),
        _ => Frame::fixed(address, control, [low, high]),
    }
}

fn with_more(control: Control, more: bool) -> Control {
    Control(if more { control.0 | 0x20 } else { control.0 })
}

#[cfg(test)]
mod tests {
    use super::super::answer::{Answer, parse};
    use super::*;

    fn meter() -> Address {
        Address::from_digits("260305510012").unwrap()
    }

    #[test]
    fn a_master_reads_what_a_meter_says() {
        let di = 0x0090_0200u32.to_le_bytes();
        let frame = data(meter(), Function::Read, &di, &[1, 2], true).unwrap();
        assert_eq!(frame.control(), Control(0xB1));
        let read = Answer::Data {
            di: 0x0090_0200,
            data: &[1, 2],
            more: true,
        };
        assert_eq!(parse(&frame), Ok(read));
        let frame = next(meter(), 7, &[3], 2, false).unwrap();
        assert_eq!(frame.control(), Control(0x92));
        assert_eq!(frame.data(), [7, 0, 0, 0, 3, 2]);
        assert_eq!(parse(&address(meter())), Ok(Answer::Address(meter())));
        let frame = done(meter(), Function::Write);
        assert_eq!(parse(&frame), Ok(Answer::Done));
        let frame = done_with(meter(), Function::ChangeRate, [0x20]);
        assert_eq!(parse(&frame), Ok(Answer::Done));
    }

    #[test]
    fn refusals_have_the_bytes_of_their_dialect() {
        for bytes in [1, 2] {
            let error = SecurityError { word: 2, bytes };
            let frame = security_refused(meter(), error);
            assert_eq!(frame.data().len(), usize::from(bytes));
            assert_eq!(parse(&frame), Ok(Answer::SecurityRefused(error)));
        }
        let frame = refused(meter(), Function::Read, ErrorByte(2));
        assert_eq!(parse(&frame), Ok(Answer::Refused(ErrorByte(2))));
    }

    #[test]
    fn an_answer_that_is_too_long_is_an_error() {
        assert!(data(meter(), Function::Read, &[0; 4], &[0; 252], false).is_err());
        assert!(next(meter(), 0, &[0; 251], 1, false).is_err());
    }
}
