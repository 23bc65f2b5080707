//! What a master sends.

use super::freeze::FreezeTime;
use super::heard::{Permit, Write};
use super::password::Password;
use super::purchase::{self, Operator, Purchase};
use super::rate::Output;
use super::relay::{ProtectedOrder, RelayOrder};
use super::security::SecurityRequest;
use super::{Address, Control, Frame, Function};
use crate::frame::FrameError;
use crate::frame::bytes::joined;
use crate::frame::wall_time::WallTime;

/// Reads one identifier (C=11).
pub fn read(address: Address, di: u32) -> Frame {
    Frame::fixed(address, Control::request(Function::Read), di.to_le_bytes())
}

/// Reads the next frame of a long answer (C=12). `sequence` counts from 1.
pub fn read_next(address: Address, di: u32, sequence: u8) -> Frame {
    let [a, b, c, d] = di.to_le_bytes();
    Frame::fixed(
        address,
        Control::request(Function::ReadNext),
        [a, b, c, d, sequence],
    )
}

/// Asks the only meter on the line for its address (C=13).
pub fn read_address() -> Frame {
    Frame::fixed(
        Address::WILDCARD,
        Control::request(Function::ReadAddress),
        [],
    )
}

/// Opens an account (C=03, `070101FF`).
pub fn open_account(address: Address, purchase: Purchase) -> Frame {
    let data = purchase.to_data(purchase::OPEN_ACCOUNT);
    Frame::fixed(address, Control::request(Function::Security), data)
}

/// Tops up (C=03, `070102FF`).
pub fn top_up(address: Address, purchase: Purchase) -> Frame {
    let data = purchase.to_data(purchase::TOP_UP);
    Frame::fixed(address, Control::request(Function::Security), data)
}

/// Asks for balance and purchase count (C=03, `078102FF`).
pub fn status(address: Address, operator: Operator) -> Frame {
    let [a, b, c, d] = purchase::STATUS.to_le_bytes();
    let [e, f, g, h] = operator.0;
    Frame::fixed(
        address,
        Control::request(Function::Security),
        [a, b, c, d, e, f, g, h],
    )
}

/// Trips or closes the relay and the like (C=1C).
pub fn relay(address: Address, order: RelayOrder) -> Frame {
    Frame::fixed(address, Control::request(Function::Relay), order.to_data())
}

/// Tells all meters the time (C=08). No meter answers, and each takes it only near its own time, far from midnight and
/// once a day; whether it did shows `04000102`.
pub fn broadcast_time(now: WallTime) -> Frame {
    Frame::fixed(
        Address::BROADCAST,
        Control::request(Function::BroadcastTime),
        now.to_bcd(),
    )
}

/// Reads `count` load records of one identifier (C=11): from the oldest one on, or from a time on (`mm hh DD MM YY`).
pub fn read_records(address: Address, di: u32, count: u8, since: Option<[u8; 5]>) -> Frame {
    let control = Control::request(Function::Read);
    let [a, b, c, d] = di.to_le_bytes();
    match since {
        None => Frame::fixed(address, control, [a, b, c, d, count]),
        Some([mm, hh, day, month, year]) => Frame::fixed(
            address,
            control,
            [a, b, c, d, count, mm, hh, day, month, year],
        ),
    }
}

/// Reads one identifier of edition 1997 (C=01).
pub fn read_1997(address: Address, di: u16) -> Frame {
    Frame::fixed(
        address,
        Control::request(Function::Read1997),
        di.to_le_bytes(),
    )
}

/// Writes one identifier (C=14).
///
/// # Errors
/// [`FrameError::Content`] where the value does not fit into one frame.
pub fn write(address: Address, write: Write<'_>) -> Result<Frame, FrameError> {
    let mut data = write.di.to_le_bytes().to_vec();
    data.extend(write.permit.to_data());
    data.extend(write.content.to_data());
    Frame::new(address, Control::request(Function::Write), data)
}

/// Gives the only meter on the line an address (C=15). The meter takes it only while its programming key is pressed.
pub fn write_address(new: Address) -> Frame {
    Frame::fixed(
        Address::WILDCARD,
        Control::request(Function::WriteAddress),
        new.to_wire(),
    )
}

/// Freezes readings (C=16). To [`Address::BROADCAST`] it is not answered.
pub fn freeze(address: Address, time: FreezeTime) -> Frame {
    Frame::fixed(address, Control::request(Function::Freeze), time.to_data())
}

/// Changes the transmission rate (C=17). The answer still comes at the old one. The code of a rate is the meter's dialect:
/// [`RateCoding`](super::rate::RateCoding).
pub fn change_rate(address: Address, code: u8) -> Frame {
    Frame::fixed(address, Control::request(Function::ChangeRate), [code])
}

/// Changes a password (C=18).
pub fn change_password(address: Address, di: u32, old: Password, new: Password) -> Frame {
    let data: [u8; 12] = joined(&[&di.to_le_bytes(), &old.to_wire(), &new.to_wire()]);
    Frame::fixed(address, Control::request(Function::ChangePassword), data)
}

/// Clears the maximum demand (C=19).
pub fn clear_demand(address: Address, permit: Permit) -> Frame {
    let control = Control::request(Function::ClearDemand);
    Frame::fixed(address, control, permit.to_data())
}

/// Clears the meter: energies, demands, freezes, events, load records (C=1A).
pub fn clear_meter(address: Address, permit: Permit) -> Frame {
    let control = Control::request(Function::ClearMeter);
    Frame::fixed(address, control, permit.to_data())
}

/// Clears events (C=1B): those of an identifier, or all with `FFFFFFFF`.
pub fn clear_events(address: Address, permit: Permit, di: u32) -> Frame {
    let data: [u8; 12] = joined(&[&permit.to_data(), &di.to_le_bytes()]);
    Frame::fixed(address, Control::request(Function::ClearEvents), data)
}

/// Trips or closes the relay and the like under any class of password (C=1C).
///
/// # Errors
/// [`FrameError::Content`] where the ciphertext does not fit into one frame.
pub fn protected_relay(address: Address, order: ProtectedOrder<'_>) -> Result<Frame, FrameError> {
    Frame::new(address, Control::request(Function::Relay), order.to_data())
}

/// Sets the multifunction output (C=1D).
pub fn output(address: Address, output: Output) -> Frame {
    let control = Control::request(Function::Output);
    Frame::fixed(address, control, [output.code()])
}

/// Any request of C=03.
///
/// # Errors
/// [`FrameError::Content`] where it carries more keys than fit into one frame.
pub fn security(address: Address, request: SecurityRequest<'_>) -> Result<Frame, FrameError> {
    let control = Control::request(Function::Security);
    Frame::new(address, control, request.to_data())
}
