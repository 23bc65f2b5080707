//! Class 02: what the meter measures now. DI1 is the phase (00 total, 01 to 03, FF block).

use super::row::{ONE, Row, decimal, row, signed};

/// The phase is free.
const ANY_PHASE: u32 = 0xFFFF_00FF;
/// The phase and the order of the harmonic are free.
const ANY_HARMONIC: u32 = 0xFFFF_0000;

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(0x0201_0000, ANY_PHASE, "voltage", decimal(2, 1), "V").with_block(),
    row(0x0202_0000, ANY_PHASE, "current", signed(3, 3), "A").with_block(),
    row(0x0203_0000, ANY_PHASE, "active power", signed(3, 4), "kW").with_block(),
    row(0x0204_0000, ANY_PHASE, "reactive power", signed(3, 4), "kvar").with_block(),
    row(0x0205_0000, ANY_PHASE, "apparent power", signed(3, 4), "kVA").with_block(),
    row(0x0206_0000, ANY_PHASE, "power factor", signed(2, 3), "").with_block(),
    row(0x0207_0000, ANY_PHASE, "phase angle", decimal(2, 1), "degrees").with_block(),
    row(0x0208_0000, ANY_PHASE, "voltage distortion", decimal(2, 2), "%").with_block(),
    row(0x0209_0000, ANY_PHASE, "current distortion", decimal(2, 2), "%").with_block(),
    row(0x020A_0000, ANY_HARMONIC, "voltage harmonic", decimal(2, 2), "%").block(0xFF),
    row(0x020B_0000, ANY_HARMONIC, "current harmonic", decimal(2, 2), "%").block(0xFF),
    row(0x0280_0001, ONE, "neutral current", signed(3, 3), "A"),
    row(0x0280_0002, ONE, "grid frequency", decimal(2, 2), "Hz"),
    row(0x0280_0003, ONE, "average active power of the last minute", signed(3, 4), "kW"),
    row(0x0280_0004, ONE, "active demand now", signed(3, 4), "kW"),
    row(0x0280_0005, ONE, "reactive demand now", signed(3, 4), "kvar"),
    row(0x0280_0006, ONE, "apparent demand now", signed(3, 4), "kVA"),
    row(0x0280_0007, ONE, "temperature inside", signed(2, 1), "degC"),
    row(0x0280_0008, ONE, "clock battery voltage", decimal(2, 2), "V"),
    row(0x0280_0009, ONE, "reading battery voltage", decimal(2, 2), "V"),
    row(0x0280_000A, ONE, "working time of the internal battery", decimal(4, 0), "min"),
    row(0x0280_000B, ONE, "price of the present step", decimal(4, 4), "yuan/kWh"),
    row(0x0280_0020, ONE, "price now", decimal(4, 4), "yuan/kWh"),
    row(0x0280_0021, ONE, "price of the present tariff", decimal(4, 4), "yuan/kWh"),
    row(0x0280_0022, ONE, "remote authentication time left", decimal(2, 0), "min"),
    row(0x0280_0023, ONE, "infrared authentication time left", decimal(1, 0), "min"),
];
