//! The two-byte identifiers of 1997 that are still read.

use super::row::{ONE, Row, bits, decimal, digits, row, signed};
use crate::frame::dlt645::format::Format;

/// The low half byte is the tariff or the phase; `F` is the block.
const ANY_LOW: u32 = 0xFFFF_FFF0;

const fn values(pattern: u32, name: &'static str, format: Format, unit: &'static str) -> Row {
    row(pattern, ANY_LOW, name, format, unit).block(0x000F)
}

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    values(0x9010, "forward active energy", decimal(4, 2), "kWh"),
    values(0x9020, "reverse active energy", decimal(4, 2), "kWh"),
    values(0x9110, "forward reactive energy", decimal(4, 2), "kvarh"),
    values(0x9120, "reverse reactive energy", decimal(4, 2), "kvarh"),
    values(0x9410, "forward active energy of the last month", decimal(4, 2), "kWh"),
    values(0x9420, "reverse active energy of the last month", decimal(4, 2), "kWh"),
    values(0x9510, "forward reactive energy of the last month", decimal(4, 2), "kvarh"),
    values(0x9810, "forward active energy of the month before last", decimal(4, 2), "kWh"),
    values(0xB610, "voltage", decimal(2, 0), "V"),
    values(0xB620, "current", decimal(2, 2), "A"),
    values(0xB630, "active power", signed(3, 4), "kW"),
    values(0xB640, "reactive power", signed(2, 2), "kvar"),
    values(0xB650, "power factor", decimal(2, 3), ""),
    row(0xC010, ONE, "date and day of the week", Format::Date, ""),
    row(0xC011, ONE, "time of day", Format::Time, ""),
    row(0xC020, ONE, "meter status word", bits(1), ""),
    row(0xC030, ONE, "active constant", decimal(3, 0), "imp/kWh"),
    row(0xC032, ONE, "meter number", digits(6), ""),
    row(0xC033, ONE, "customer number", digits(6), ""),
];

/// The identifier of 2007 for the same register.
pub(super) fn successor(di: u16) -> Option<u32> {
    let low = u32::from(di & 0x000F);
    let part = if low == 0xF { 0xFF } else { low };
    Some(match di & 0xFFF0 {
        0x9010 => 0x0001_0000 | part << 8,
        0x9020 => 0x0002_0000 | part << 8,
        0x9410 => 0x0001_0001 | part << 8,
        0x9420 => 0x0002_0001 | part << 8,
        0x9810 => 0x0001_0002 | part << 8,
        0xB610 => 0x0201_0000 | part << 8,
        0xB620 => 0x0202_0000 | part << 8,
        0xB630 => 0x0203_0000 | part << 8,
        0xB650 => 0x0206_0000 | part << 8,
        _ => match di {
            0xC010 => 0x0400_0101,
            0xC011 => 0x0400_0102,
            0xC030 => 0x0400_0409,
            0xC032 => 0x0400_0402,
            0xC033 => 0x0400_040E,
            _ => return None,
        },
    })
}
