//! What a master sends. `serial` is the byte SER: the master chooses it, the meter returns it.

use super::coding::PurchaseLayout;
use super::identifier::{
    ADDRESS, ENABLE_FACTORY, KEY_VERSION, SYNCHRONISE, VALVE, WRITE_ADDRESS, WRITE_KEY,
    WRITE_PRICES, WRITE_PURCHASE, WRITE_READING_DAY, WRITE_SETTLEMENT_DAY, WRITE_TIME,
};
use super::key::NewKey;
use super::metering::{Quantity, clock_bytes};
use super::price::Prices;
use super::purchase::Purchase;
use super::valve::ValveCommand;
use super::{Address, Control, DiOrder, Frame, Function};
use crate::frame::FrameError;
use crate::frame::bytes::u64_to_bcd;
use crate::frame::wall_time::WallTime;

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

/// Any identifier with any payload: for what only one maker has, such as the refund `A0EC`.
///
/// # Errors
/// [`FrameError::Content`] where the payload is too long for a frame.
pub fn with_payload(
    address: Address,
    function: Function,
    order: DiOrder,
    di: u16,
    serial: u8,
    payload: &[u8],
) -> Result<Frame, FrameError> {
    let [a, b] = order.bytes(di);
    let mut data = vec![a, b, serial];
    data.extend(payload);
    Frame::new(address, Control::request(function), data)
}

/// Writes a purchase in a dialect (C=04, `A013`).
///
/// # Errors
/// [`FrameError::Content`] where the amount does not fit its coding.
pub fn write_purchase_as(
    address: Address,
    order: DiOrder,
    serial: u8,
    layout: PurchaseLayout,
    number: u32,
    amount: u32,
) -> Result<Frame, FrameError> {
    let Some(payload) = layout.write(number, amount) else {
        return Err(FrameError::Content(format!(
            "the amount {amount} does not fit; {} is the most",
            layout.amount.most()
        )));
    };
    with_payload(
        address,
        Function::Write,
        order,
        WRITE_PURCHASE,
        serial,
        &payload,
    )
}

/// Writes the price table and the day from which it counts (C=04, `A010`, L=13h).
///
/// # Errors
/// [`FrameError::Content`] where a price or step has more than six digits, or the day is none.
pub fn write_prices(
    address: Address,
    order: DiOrder,
    serial: u8,
    prices: Prices,
    start_day: u8,
) -> Result<Frame, FrameError> {
    let Some(table) = prices.to_payload() else {
        return Err(FrameError::Content(
            "a price or step has more than six digits".to_owned(),
        ));
    };
    let payload = [&table[..], &[day(start_day)?]].concat();
    with_payload(
        address,
        Function::Write,
        order,
        WRITE_PRICES,
        serial,
        &payload,
    )
}

/// Writes the settlement day (C=04, `A011`).
///
/// # Errors
/// [`FrameError::Content`] where it is no day of a month.
pub fn write_settlement_day(
    address: Address,
    order: DiOrder,
    serial: u8,
    of_month: u8,
) -> Result<Frame, FrameError> {
    write_day(address, order, WRITE_SETTLEMENT_DAY, serial, of_month)
}

/// Writes the reading day (C=04, `A012`).
///
/// # Errors
/// [`FrameError::Content`] where it is no day of a month.
pub fn write_reading_day(
    address: Address,
    order: DiOrder,
    serial: u8,
    of_month: u8,
) -> Result<Frame, FrameError> {
    write_day(address, order, WRITE_READING_DAY, serial, of_month)
}

fn write_day(
    address: Address,
    order: DiOrder,
    di: u16,
    serial: u8,
    of_month: u8,
) -> Result<Frame, FrameError> {
    with_payload(
        address,
        Function::Write,
        order,
        di,
        serial,
        &[day(of_month)?],
    )
}

fn day(of_month: u8) -> Result<u8, FrameError> {
    match u64_to_bcd::<1>(u64::from(of_month)) {
        Some([byte]) if (1..=31).contains(&of_month) => Ok(byte),
        _ => Err(FrameError::Content(format!(
            "{of_month} is no day of a month"
        ))),
    }
}

/// Reads the version of the key (C=09, `8106`).
pub fn read_key_version(address: Address, order: DiOrder, serial: u8) -> Frame {
    let [a, b] = order.bytes(KEY_VERSION);
    Frame::fixed(
        address,
        Control::request(Function::ReadKeyVersion),
        [a, b, serial],
    )
}

/// Writes a key in the clear (C=04, `A014`; edition 2004).
pub fn write_key(address: Address, order: DiOrder, serial: u8, key: NewKey) -> Frame {
    let [a, b] = order.bytes(WRITE_KEY);
    let [v, k1, k2, k3, k4, k5, k6, k7, k8] = key.to_payload();
    let data = [a, b, serial, v, k1, k2, k3, k4, k5, k6, k7, k8];
    Frame::fixed(address, Control::request(Function::Write), data)
}

/// Sets the clock (C=04, `A015`).
pub fn set_clock(address: Address, order: DiOrder, serial: u8, now: WallTime) -> Frame {
    let [a, b] = order.bytes(WRITE_TIME);
    let [s, m, h, d, n, y, c] = clock_bytes(Some(now));
    let control = Control::request(Function::Write);
    Frame::fixed(address, control, [a, b, serial, s, m, h, d, n, y, c])
}

/// Sets the reading of the electronics to that of the counter (C=16, `A016`).
///
/// # Errors
/// [`FrameError::Content`] where the reading has more than eight digits or is missing.
pub fn synchronise(
    address: Address,
    order: DiOrder,
    serial: u8,
    reading: Quantity,
) -> Result<Frame, FrameError> {
    let payload = match reading.to_bytes() {
        Some(bytes) if reading.hundredths.is_some() => bytes,
        _ => {
            return Err(FrameError::Content(
                "a reading has one to eight digits".to_owned(),
            ));
        }
    };
    with_payload(
        address,
        Function::WriteSync,
        order,
        SYNCHRONISE,
        serial,
        &payload,
    )
}

/// Gives a meter another address (C=15, `A018`). The meter answers from the old one or from the new one.
///
/// # Errors
/// [`FrameError::Content`] where `to` does not name one meter.
pub fn set_address(
    from: Address,
    order: DiOrder,
    serial: u8,
    to: Address,
) -> Result<Frame, FrameError> {
    if !to.is_single() {
        return Err(FrameError::Content(format!("{to} does not name one meter")));
    }
    with_payload(
        from,
        Function::WriteAddress,
        order,
        WRITE_ADDRESS,
        serial,
        &to.to_wire(),
    )
}

/// Ends the state in which a meter leaves the works (C=04, `A019`).
pub fn enable_factory(address: Address, order: DiOrder, serial: u8) -> Frame {
    let [a, b] = order.bytes(ENABLE_FACTORY);
    Frame::fixed(address, Control::request(Function::Write), [a, b, serial])
}
