//! What a master sends.

use super::purchase::{self, Operator, Purchase};
use super::relay::RelayOrder;
use super::{Address, Control, Frame, Function};
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
