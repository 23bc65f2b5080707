//! A meter of the directory, with where it hangs.

use tokio_postgres::{Error, Row};

/// What the directory says of a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterRow {
    /// Its number.
    pub number: String,
    /// What it measures.
    pub utility: String,
    /// The name of its profile.
    pub profile: String,
    /// Its address on the wire, in digits.
    pub address: String,
    /// The concentrator's port.
    pub segment: i16,
    /// Bits per second; `None` = the protocol's own.
    pub baud: Option<i32>,
    /// Parity; `None` = even.
    pub parity: Option<String>,
    /// Its customer number.
    pub customer: Option<String>,
    /// Whether the meter keeps the money.
    pub on_meter: bool,
    /// Its measuring point.
    pub point: i32,
}

/// The columns of a [`MeterRow`], of `m` and `p`.
pub const METER_COLUMNS: &str = "m.number, m.utility, m.profile, m.address, m.segment, m.baud, m.parity, m.customer, \
     m.billing = 'on_meter', p.point";

impl MeterRow {
    /// From a row whose columns from `at` on are [`METER_COLUMNS`].
    ///
    /// # Errors
    /// When the row is another.
    pub fn of(row: &Row, at: usize) -> Result<MeterRow, Error> {
        Ok(MeterRow {
            number: row.try_get(at)?,
            utility: row.try_get(at + 1)?,
            profile: row.try_get(at + 2)?,
            address: row.try_get(at + 3)?,
            segment: row.try_get(at + 4)?,
            baud: row.try_get(at + 5)?,
            parity: row.try_get(at + 6)?,
            customer: row.try_get(at + 7)?,
            on_meter: row.try_get(at + 8)?,
            point: row.try_get(at + 9)?,
        })
    }
}
