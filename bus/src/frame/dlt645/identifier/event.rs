//! Class 03: events and purchases, and the trips and closings of 1D and 1E. DI0 counts back: 00 the number of events, 01 the
//! last one.

use super::row::{ANY_RECORD, ONE, Row, decimal, digits, part, row};
use crate::frame::dlt645::format::{Format, Part};

const SPAN: &[Part] = &[
    part("begin", Format::Second, ""),
    part("end", Format::Second, ""),
];
const PROGRAMMING: &[Part] = &[
    part("time", Format::Second, ""),
    part("operator", digits(4), ""),
    part("identifier 1", digits(4), ""),
    part("identifier 2", digits(4), ""),
    part("identifier 3", digits(4), ""),
    part("identifier 4", digits(4), ""),
    part("identifier 5", digits(4), ""),
    part("identifier 6", digits(4), ""),
    part("identifier 7", digits(4), ""),
    part("identifier 8", digits(4), ""),
    part("identifier 9", digits(4), ""),
    part("identifier 10", digits(4), ""),
];
const EVENT_CLEAR: &[Part] = &[
    part("time", Format::Second, ""),
    part("operator", digits(4), ""),
    part("identifier", digits(4), ""),
];
const CLOCK_SET: &[Part] = &[
    part("operator", digits(4), ""),
    part("before", Format::Second, ""),
    part("after", Format::Second, ""),
];

const fn count(pattern: u32, name: &'static str) -> Row {
    row(pattern, ONE, name, decimal(3, 0), "")
}

const fn record(pattern: u32, name: &'static str, parts: &'static [Part]) -> Row {
    row(pattern, ANY_RECORD, name, Format::Record(parts), "")
}

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    count(0x0311_0000, "number of power failures"),
    record(0x0311_0000, "power failure", SPAN),
    count(0x0330_0000, "number of programmings"),
    record(0x0330_0000, "programming", PROGRAMMING),
    count(0x0330_0100, "number of meter clearings"),
    count(0x0330_0200, "number of demand clearings"),
    count(0x0330_0300, "number of event clearings"),
    record(0x0330_0300, "event clearing", EVENT_CLEAR),
    count(0x0330_0400, "number of clock settings"),
    record(0x0330_0400, "clock setting", CLOCK_SET),
    count(0x0330_0D00, "number of cover openings"),
    count(0x0330_0E00, "number of terminal cover openings"),
    row(0x0332_0100, ANY_RECORD, "time of the energy purchase", Format::Minute, ""),
    row(0x0332_0200, ANY_RECORD, "purchase count after the energy purchase", decimal(2, 0), ""),
    row(0x0332_0300, ANY_RECORD, "purchased energy", decimal(4, 2), "kWh"),
    row(0x0332_0400, ANY_RECORD, "remaining energy before the purchase", decimal(4, 2), "kWh"),
    row(0x0332_0500, ANY_RECORD, "remaining energy after the purchase", decimal(4, 2), "kWh"),
    row(0x0332_0600, ANY_RECORD, "cumulative purchased energy", decimal(4, 2), "kWh"),
    row(0x0333_0100, ANY_RECORD, "time of the money purchase", Format::Minute, ""),
    row(0x0333_0200, ANY_RECORD, "purchase count after the money purchase", decimal(2, 0), ""),
    row(0x0333_0300, ANY_RECORD, "purchased amount", decimal(4, 2), "yuan"),
    row(0x0333_0400, ANY_RECORD, "remaining amount before the purchase", decimal(4, 2), "yuan"),
    row(0x0333_0500, ANY_RECORD, "remaining amount after the purchase", decimal(4, 2), "yuan"),
    row(0x0333_0600, ANY_RECORD, "cumulative purchased amount", decimal(4, 2), "yuan"),
    count(0x1D00_0001, "number of trips"),
    row(0x1D00_0100, ANY_RECORD, "time of the trip", Format::Second, ""),
    count(0x1E00_0001, "number of closings"),
    row(0x1E00_0100, ANY_RECORD, "time of the closing", Format::Second, ""),
];
