//! What a master sends. `serial` is the byte SER: the master chooses it, the meter returns it.

use super::identifier::{ADDRESS, VALVE, WRITE_PURCHASE};
use super::purchase::Purchase;
use super::valve::ValveCommand;
use super::{Address, Control, DiOrder, Frame, Function};
use crate::frame::FrameError;

/// Reads one identifier (C=01).
pub fn read(address: Address, order: DiOrder, di: u16, serial: u8) -> Frame {
    let [a, b] = order.bytes(di);
    Frame::fixed(address, Control::request(Function::Read), [a, b, serial])
}

/// Asks the only meter on the line for its address (C=03).
pub fn read_address(order: DiOrder, serial: u8) -> Frame {
    let [a, b] = order.bytes(ADDRESS);
    let control = Control::request(Function::ReadAddress);
    Frame::fixed(Address::WILDCARD, control, [a, b, serial])
}

/// Writes a purchase (C=04, `A013`).
///
/// # Errors
/// [`FrameError::Content`] where the amount has more than eight digits.
pub fn write_purchase(
    address: Address,
    order: DiOrder,
    serial: u8,
    purchase: Purchase,
) -> Result<Frame, FrameError> {
    let [a, b] = order.bytes(WRITE_PURCHASE);
    let Some([s, p, q, r, t]) = purchase.to_payload() else {
        return Err(FrameError::Content(format!(
            "the amount {} has too many digits",
            purchase.amount
        )));
    };
    let control = Control::request(Function::Write);
    Ok(Frame::fixed(
        address,
        control,
        [a, b, serial, s, p, q, r, t],
    ))
}

/// Moves the valve (C=04, `A017`, L=4).
pub fn move_valve(address: Address, order: DiOrder, serial: u8, command: ValveCommand) -> Frame {
    let [a, b] = order.bytes(VALVE);
    let control = Control::request(Function::Write);
    Frame::fixed(address, control, [a, b, serial, command.code()])
}

/// Moves the valve of a maker that sends three more bytes (L=7).
pub fn move_valve_long(
    address: Address,
    order: DiOrder,
    serial: u8,
    command: ValveCommand,
) -> Frame {
    let [a, b] = order.bytes(VALVE);
    let control = Control::request(Function::Write);
    Frame::fixed(address, control, [a, b, serial, command.code(), 0, 0, 0])
}
