//! Class 00: energies. DI1 is the tariff (00 total, FF block), DI0 the settlement (00 now, 01 the last one).

use super::row::{ANY_PART, ANY_RECORD, ONE, Row, decimal, row, signed};

const fn energy(kind: u32, name: &'static str, unit: &'static str) -> Row {
    row(kind << 16, ANY_PART, name, decimal(4, 2), unit).with_block()
}

const fn balance(kind: u32, name: &'static str, unit: &'static str) -> Row {
    row(kind << 16, ANY_PART, name, signed(4, 2), unit).with_block()
}

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(0x0090_0100, ONE, "remaining energy", decimal(4, 2), "kWh"),
    row(0x0090_0101, ONE, "overdraft energy", decimal(4, 2), "kWh"),
    row(0x0090_0200, ONE, "remaining amount", decimal(4, 2), "yuan"),
    row(0x0090_0201, ONE, "overdraft amount", decimal(4, 2), "yuan"),
    balance(0x00, "combined active energy", "kWh"),
    energy(0x01, "forward active energy", "kWh"),
    energy(0x02, "reverse active energy", "kWh"),
    balance(0x03, "combined reactive energy 1", "kvarh"),
    balance(0x04, "combined reactive energy 2", "kvarh"),
    energy(0x05, "reactive energy of quadrant 1", "kvarh"),
    energy(0x06, "reactive energy of quadrant 2", "kvarh"),
    energy(0x07, "reactive energy of quadrant 3", "kvarh"),
    energy(0x08, "reactive energy of quadrant 4", "kvarh"),
    energy(0x09, "forward apparent energy", "kVAh"),
    energy(0x0A, "reverse apparent energy", "kVAh"),
    row(0x000B_0000, ANY_RECORD, "active energy of the settlement period", signed(4, 2), "kWh"),
    row(0x000C_0000, ANY_RECORD, "active energy of the month", signed(4, 2), "kWh"),
    energy(0x15, "forward active energy of phase A", "kWh"),
    energy(0x16, "reverse active energy of phase A", "kWh"),
    balance(0x17, "combined reactive energy 1 of phase A", "kvarh"),
    balance(0x18, "combined reactive energy 2 of phase A", "kvarh"),
    energy(0x29, "forward active energy of phase B", "kWh"),
    energy(0x2A, "reverse active energy of phase B", "kWh"),
    balance(0x2B, "combined reactive energy 1 of phase B", "kvarh"),
    balance(0x2C, "combined reactive energy 2 of phase B", "kvarh"),
    energy(0x3D, "forward active energy of phase C", "kWh"),
    energy(0x3E, "reverse active energy of phase C", "kWh"),
    balance(0x3F, "combined reactive energy 1 of phase C", "kvarh"),
    balance(0x40, "combined reactive energy 2 of phase C", "kvarh"),
    balance(0x80, "associated active energy", "kWh"),
];
