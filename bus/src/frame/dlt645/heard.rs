//! What a meter hears: requests read from the meter's side, the counterpart of [`request`](super::request).

use super::freeze::FreezeTime;
use super::password::{Password, Protected};
use super::purchase::Operator;
use super::rate::Output;
use super::relay::ProtectedOrder;
use super::security::SecurityRequest;
use super::{Address, Control, Frame, Function};
use crate::frame::FrameError;
use crate::frame::bytes::array;
use crate::frame::wall_time::WallTime;

/// A request in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    /// C=03.
    Security(SecurityRequest<'a>),
    /// C=08.
    BroadcastTime(WallTime),
    /// C=11.
    Read {
        /// The identifier.
        di: u32,
        /// Which part of it: load records only.
        part: ReadPart,
    },
    /// C=12.
    ReadNext {
        /// The identifier.
        di: u32,
        /// The number of the frame asked for, from 1.
        sequence: u8,
    },
    /// C=13.
    ReadAddress,
    /// C=14.
    Write(Write<'a>),
    /// C=15.
    WriteAddress(Address),
    /// C=16.
    Freeze(FreezeTime),
    /// C=17: the feature word as it came.
    ChangeRate(u8),
    /// C=18.
    ChangePassword {
        /// Which password: `04000C01` and following.
        di: u32,
        /// The one that permits the change.
        old: Password,
        /// The one from now on.
        new: Password,
    },
    /// C=19.
    ClearDemand(Permit),
    /// C=1A.
    ClearMeter(Permit),
    /// C=1B.
    ClearEvents {
        /// Who may.
        permit: Permit,
        /// Which events; `FFFFFFFF` for all.
        di: u32,
    },
    /// C=1C.
    Relay(ProtectedOrder<'a>),
    /// C=1D; `None` where the byte is no output.
    Output(Option<Output>),
    /// 1997, C=01.
    Read1997(u16),
    /// A function the meter's side does not know, or one that no request has.
    Unknown(Function),
}

/// What of an identifier a read asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadPart {
    /// All of it.
    All,
    /// So many records from the oldest one on.
    Records(u8),
    /// So many records from a time on.
    RecordsFrom {
        /// How many.
        count: u8,
        /// `mm hh DD MM YY`.
        since: [u8; 5],
    },
}

/// Password and operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// The password.
    pub password: Password,
    /// Who operates.
    pub operator: Operator,
}

/// The data of C=14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write<'a> {
    /// The identifier.
    pub di: u32,
    /// Who may.
    pub permit: Permit,
    /// The value, in clear, with a MAC, or enciphered.
    pub content: Protected<'a>,
}

impl Permit {
    /// The bytes of a frame.
    pub fn to_data(self) -> [u8; 8] {
        crate::frame::bytes::joined(&[&self.password.to_wire(), &self.operator.0])
    }

    fn parse(data: &[u8]) -> Option<Self> {
        Some(Permit {
            password: Password::from_wire(array(data, 0)?),
            operator: Operator(array(data, 4)?),
        })
    }
}

/// Reads a request.
///
/// # Errors
/// [`FrameError::Content`] where the frame is an answer, or its data do not have the layout of its function.
pub fn parse(frame: &Frame) -> Result<Heard<'_>, FrameError> {
    let (control, data) = (frame.control(), frame.data());
    if control.from_meter() {
        return Err(FrameError::Content("an answer, not a request".to_owned()));
    }
    read(control, data).ok_or_else(|| {
        FrameError::Content(format!(
            "a request C={:02X} with {} data bytes",
            control.0,
            data.len()
        ))
    })
}

fn read(control: Control, data: &[u8]) -> Option<Heard<'_>> {
    Some(match control.function() {
        Function::Security => Heard::Security(SecurityRequest::parse(data)?),
        Function::BroadcastTime => {
            Heard::BroadcastTime(WallTime::from_bcd(<[u8; 6]>::try_from(data).ok()?)?)
        }
        Function::Read => Heard::Read {
            di: identifier(data)?,
            part: part(data.get(4..)?)?,
        },
        Function::ReadNext => match *data {
            [_, _, _, _, sequence] => Heard::ReadNext {
                di: identifier(data)?,
                sequence,
            },
            _ => return None,
        },
        Function::ReadAddress => data.is_empty().then_some(Heard::ReadAddress)?,
        Function::Write => Heard::Write(write(data)?),
        Function::WriteAddress => Heard::WriteAddress(Address::from_wire(data.try_into().ok()?)),
        Function::Freeze => Heard::Freeze(FreezeTime::parse(data.try_into().ok()?)?),
        Function::ChangeRate => match *data {
            [feature] => Heard::ChangeRate(feature),
            _ => return None,
        },
        Function::ChangePassword => {
            let layout: [u8; 12] = data.try_into().ok()?;
            Heard::ChangePassword {
                di: identifier(data)?,
                old: Password::from_wire(array(&layout, 4)?),
                new: Password::from_wire(array(&layout, 8)?),
            }
        }
        Function::ClearDemand => Heard::ClearDemand(whole_permit(data)?),
        Function::ClearMeter => Heard::ClearMeter(whole_permit(data)?),
        Function::ClearEvents => {
            let layout: [u8; 12] = data.try_into().ok()?;
            Heard::ClearEvents {
                permit: Permit::parse(data)?,
                di: array(&layout, 8).map(u32::from_le_bytes)?,
            }
        }
        Function::Relay => Heard::Relay(ProtectedOrder::parse(data)?),
        Function::Output => match *data {
            [code] => Heard::Output(Output::of(code)),
            _ => return None,
        },
        Function::Read1997 => match *data {
            [low, high] => Heard::Read1997(u16::from_le_bytes([low, high])),
            _ => return None,
        },
        function => Heard::Unknown(function),
    })
}

fn identifier(data: &[u8]) -> Option<u32> {
    array(data, 0).map(u32::from_le_bytes)
}

fn part(rest: &[u8]) -> Option<ReadPart> {
    Some(match *rest {
        [] => ReadPart::All,
        [count] => ReadPart::Records(count),
        [count, a, b, c, d, e] => ReadPart::RecordsFrom {
            count,
            since: [a, b, c, d, e],
        },
        _ => return None,
    })
}

fn whole_permit(data: &[u8]) -> Option<Permit> {
    Permit::parse(data).filter(|_| data.len() == 8)
}

fn write(data: &[u8]) -> Option<Write<'_>> {
    let permit = Permit::parse(data.get(4..)?)?;
    Some(Write {
        di: identifier(data)?,
        permit,
        content: Protected::parse(permit.password.class, data.get(12..)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use proptest::prelude::*;

    fn meter() -> Address {
        Address::from_digits("260305510012").unwrap()
    }

    fn permit() -> Permit {
        Permit {
            password: Password {
                class: 2,
                digits: [0x12, 0x34, 0x56],
            },
            operator: Operator([1, 2, 3, 4]),
        }
    }

    #[test]
    fn every_request_a_master_builds_is_heard_as_it_was_meant() {
        let time = WallTime::new(2026, 11, 25, 2, 30, 0).unwrap();
        let new = Password::of_class(4);
        let since = [0, 0, 1, 1, 0x26];
        let value = Protected::Plain(&[0x34, 0x12]);
        let write = Write {
            di: 0x0400_1401,
            permit: permit(),
            content: value,
        };
        for (frame, heard) in [
            (request::broadcast_time(time), Heard::BroadcastTime(time)),
            (
                request::read(meter(), 7),
                Heard::Read {
                    di: 7,
                    part: ReadPart::All,
                },
            ),
            (
                request::read_records(meter(), 7, 3, None),
                Heard::Read {
                    di: 7,
                    part: ReadPart::Records(3),
                },
            ),
            (
                request::read_records(meter(), 7, 3, Some(since)),
                Heard::Read {
                    di: 7,
                    part: ReadPart::RecordsFrom { count: 3, since },
                },
            ),
            (
                request::read_next(meter(), 7, 2),
                Heard::ReadNext { di: 7, sequence: 2 },
            ),
            (request::read_address(), Heard::ReadAddress),
            (request::write(meter(), write).unwrap(), Heard::Write(write)),
            (
                request::write_address(meter()),
                Heard::WriteAddress(meter()),
            ),
            (
                request::freeze(meter(), FreezeTime::Now),
                Heard::Freeze(FreezeTime::Now),
            ),
            (request::change_rate(meter(), 0x20), Heard::ChangeRate(0x20)),
            (
                request::change_password(meter(), 0x0400_0C03, permit().password, new),
                Heard::ChangePassword {
                    di: 0x0400_0C03,
                    old: permit().password,
                    new,
                },
            ),
            (
                request::clear_demand(meter(), permit()),
                Heard::ClearDemand(permit()),
            ),
            (
                request::clear_meter(meter(), permit()),
                Heard::ClearMeter(permit()),
            ),
            (
                request::clear_events(meter(), permit(), u32::MAX),
                Heard::ClearEvents {
                    permit: permit(),
                    di: u32::MAX,
                },
            ),
            (
                request::output(meter(), Output::DemandPeriod),
                Heard::Output(Some(Output::DemandPeriod)),
            ),
            (request::read_1997(meter(), 0x9010), Heard::Read1997(0x9010)),
        ] {
            let read = Frame::parse(&frame.encode()).unwrap();
            assert_eq!(parse(&read), Ok(heard));
        }
    }

    #[test]
    fn a_layout_of_the_wrong_length_is_an_error_and_never_half_read() {
        for (control, lengths) in [
            (0x08, vec![0, 5, 7]),
            (0x11, vec![0, 3, 6, 9, 11]),
            (0x12, vec![4, 6]),
            (0x13, vec![1]),
            (0x14, vec![11]),
            (0x15, vec![5, 7]),
            (0x16, vec![3, 5]),
            (0x17, vec![0, 2]),
            (0x18, vec![11, 13]),
            (0x19, vec![7, 9]),
            (0x1A, vec![7, 9]),
            (0x1B, vec![11, 13]),
            (0x1C, vec![7]),
            (0x1D, vec![0, 2]),
            (0x03, vec![7]),
            (0x01, vec![1, 3]),
        ] {
            for length in lengths {
                let frame = Frame::new(meter(), Control(control), vec![0x01; length]).unwrap();
                assert!(parse(&frame).is_err(), "C={control:02X}, {length} bytes");
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_requests_never_panic(control: u8, data in proptest::collection::vec(any::<u8>(), 0..80)) {
            let frame = Frame::new(meter(), Control(control), data).unwrap();
            let heard = parse(&frame);
            prop_assert!(control & 0x80 == 0 || heard.is_err());
        }
    }
}
