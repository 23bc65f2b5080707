//! Class 05: frozen readings. DI2 is the kind of freeze, DI1 what was frozen, DI0 counts back from the last one.

use super::row::{ANY_RECORD, Row, decimal, row, signed};
use crate::frame::dlt645::format::Format;

/// Always a row of values: the bits are set in every identifier of the class.
const ALWAYS: u32 = 0x0500_0000;

const fn time(kind: u32, name: &'static str) -> Row {
    row(
        0x0500_0000 | kind << 16,
        ANY_RECORD,
        name,
        Format::Minute,
        "",
    )
}

const fn forward(kind: u32, name: &'static str) -> Row {
    let pattern = 0x0500_0100 | kind << 16;
    row(pattern, ANY_RECORD, name, decimal(4, 2), "kWh").block(ALWAYS)
}

const fn reverse(kind: u32, name: &'static str) -> Row {
    let pattern = 0x0500_0200 | kind << 16;
    row(pattern, ANY_RECORD, name, decimal(4, 2), "kWh").block(ALWAYS)
}

const fn powers(kind: u32, name: &'static str) -> Row {
    let pattern = 0x0500_1000 | kind << 16;
    row(pattern, ANY_RECORD, name, signed(3, 4), "").block(ALWAYS)
}

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    time(0x00, "time of the timed freeze"),
    forward(0x00, "forward active energy of the timed freeze"),
    reverse(0x00, "reverse active energy of the timed freeze"),
    powers(0x00, "powers of the timed freeze"),
    time(0x01, "time of the instant freeze"),
    forward(0x01, "forward active energy of the instant freeze"),
    reverse(0x01, "reverse active energy of the instant freeze"),
    powers(0x01, "powers of the instant freeze"),
    time(0x02, "time of the freeze at the change of year zones"),
    forward(0x02, "forward active energy of the freeze at the change of year zones"),
    time(0x03, "time of the freeze at the change of day tables"),
    forward(0x03, "forward active energy of the freeze at the change of day tables"),
    time(0x04, "time of the hourly freeze"),
    row(0x0504_0100, ANY_RECORD, "forward active energy of the hourly freeze", decimal(4, 2), "kWh"),
    row(0x0504_0200, ANY_RECORD, "reverse active energy of the hourly freeze", decimal(4, 2), "kWh"),
    time(0x05, "time of the freeze at the change of tariff prices"),
    forward(0x05, "forward active energy of the freeze at the change of tariff prices"),
    time(0x06, "time of the daily freeze"),
    forward(0x06, "forward active energy of the daily freeze"),
    reverse(0x06, "reverse active energy of the daily freeze"),
    powers(0x06, "powers of the daily freeze"),
    time(0x07, "time of the freeze at the change of steps"),
    forward(0x07, "forward active energy of the freeze at the change of steps"),
];
