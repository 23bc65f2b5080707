//! Class 01: maximum demands with the time of each. DI1 is the tariff, DI0 the settlement.

use super::row::{ANY_PART, Row, decimal, part, row, signed};
use crate::frame::dlt645::format::{Format, Part};

const KILOWATT: &[Part] = &[
    part("maximum", decimal(3, 4), "kW"),
    part("time", Format::Minute, ""),
];
const KILOVAR: &[Part] = &[
    part("maximum", decimal(3, 4), "kvar"),
    part("time", Format::Minute, ""),
];
const SIGNED_KILOVAR: &[Part] = &[
    part("maximum", signed(3, 4), "kvar"),
    part("time", Format::Minute, ""),
];
const KILOVOLTAMPERE: &[Part] = &[
    part("maximum", decimal(3, 4), "kVA"),
    part("time", Format::Minute, ""),
];

const fn demand(kind: u32, name: &'static str, parts: &'static [Part]) -> Row {
    let pattern = 0x0100_0000 | kind << 16;
    row(pattern, ANY_PART, name, Format::Record(parts), "").with_block()
}

pub(super) const TABLE: &[Row] = &[
    demand(0x01, "maximum forward active demand", KILOWATT),
    demand(0x02, "maximum reverse active demand", KILOWATT),
    demand(0x03, "maximum combined reactive demand 1", SIGNED_KILOVAR),
    demand(0x04, "maximum combined reactive demand 2", SIGNED_KILOVAR),
    demand(0x05, "maximum reactive demand of quadrant 1", KILOVAR),
    demand(0x06, "maximum reactive demand of quadrant 2", KILOVAR),
    demand(0x07, "maximum reactive demand of quadrant 3", KILOVAR),
    demand(0x08, "maximum reactive demand of quadrant 4", KILOVAR),
    demand(0x09, "maximum forward apparent demand", KILOVOLTAMPERE),
    demand(0x0A, "maximum reverse apparent demand", KILOVOLTAMPERE),
];
