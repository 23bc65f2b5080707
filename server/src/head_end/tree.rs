//! The meters of a concentrator by segment, each with its last reading, and the days and months that nobody could read.

use deadpool_postgres::Transaction;
use jiff::civil::{Date, DateTime};
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// A meter without a reading for so many hours is lost: a day's reading is missing, and half a day of grace is over.
const LOST_HOURS: i32 = 36;

/// A meter in the tree.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// The concentrator's port.
    pub segment: i16,
    /// Its measuring point.
    pub point: i32,
    /// Its number.
    pub meter: String,
    /// What it measures.
    pub utility: String,
    /// Whose.
    pub account: String,
    /// Where it is.
    pub place: String,
    /// When a reading of it came last, to ten minutes, in seconds since 1970; none where none ever came.
    pub read_at: Option<i64>,
    /// It should have been heard of by now.
    pub lost: bool,
}

/// The meters of a concentrator, by segment and point.
///
/// # Errors
/// The database's.
pub async fn leaves(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (area, address): (i32, i32),
) -> Result<Vec<Leaf>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT m.segment, p.point, p.meter, m.utility, m.account, coalesce(nullif(m.place, ''), a.place), \
             extract(epoch FROM p.read_at)::bigint, coalesce(p.read_at < now() - make_interval(hours => $4), true) \
             FROM meter_point p JOIN meter m ON m.tenant = p.tenant AND m.number = p.meter \
             JOIN account a ON a.tenant = m.tenant AND a.account = m.account \
             WHERE p.tenant = $1 AND p.area = $2 AND p.address = $3 ORDER BY m.segment, p.point",
            &[&tenant.as_str(), &area, &address, &LOST_HOURS],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Leaf {
            segment: row.try_get(0)?,
            point: row.try_get(1)?,
            meter: row.try_get(2)?,
            utility: row.try_get(3)?,
            account: row.try_get(4)?,
            place: row.try_get(5)?,
            read_at: row.try_get(6)?,
            lost: row.try_get(7)?,
        })
    };
    rows.iter().map(read).collect()
}

/// A day or a month of a meter that is not read.
#[derive(Clone, Debug)]
pub struct MissingPeriod {
    /// The meter.
    pub meter: String,
    /// `day` or `month`.
    pub kind: String,
    /// Its first day.
    pub first: Date,
    /// `open`: it is still asked for; `missing`: the concentrator has nothing.
    pub state: String,
    /// How often the concentrator said that it has nothing.
    pub asked: i32,
}

/// The periods that are missing, newest first, at most 500.
///
/// # Errors
/// The database's.
pub async fn missing(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    today: DateTime,
) -> Result<Vec<MissingPeriod>, DatabaseError> {
    let today = today.date();
    let rows = transaction
        .query(
            "SELECT meter, kind, first, state, asked FROM meter_period \
             WHERE tenant = $1 AND (state = 'missing' OR state = 'open' AND first < $2::date - 1) \
             ORDER BY first DESC, meter LIMIT 500",
            &[&tenant.as_str(), &today],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(MissingPeriod {
            meter: row.try_get(0)?,
            kind: row.try_get(1)?,
            first: row.try_get(2)?,
            state: row.try_get(3)?,
            asked: row.try_get(4)?,
        })
    };
    rows.iter().map(read).collect()
}
