//! Class 06: load records. Their values are no row of equal ones, so they are kept as digits here and read by
//! [`load`](crate::frame::dlt645::load).

use super::row::{Row, digits, row};
use crate::frame::dlt645::load::NAME;

/// DI2 is the class of values (00 all), DI0 which record: 00 the oldest, 01 from a time on, 02 the last.
const ANY_CLASS: u32 = 0xFF00_FF00;

pub(super) const TABLE: &[Row] =
    &[row(0x0600_0000, ANY_CLASS, NAME, digits(1), "").block(0x0600_0000)];
