//! Readings as rows: each key once, and what differs from it is kept beside it.

use deadpool_postgres::Transaction;
use jiff::civil::DateTime;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;

/// A reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Of which meter.
    pub meter: String,
    /// `energy`, `quantity`, `books`, `day`, `month` or `now`.
    pub kind: &'static str,
    /// Its own time.
    pub at: DateTime,
    /// What it is counted in: `kWh`, `m3`, `money`, …
    pub unit: String,
    /// The number without its point; `None` = not known.
    pub value: Option<i64>,
    /// Places behind the point.
    pub places: i16,
    /// What belongs to it.
    pub detail: serde_json::Value,
}

/// What became of some readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// That were not there.
    pub new: u64,
    /// That differ from those that were there.
    pub differ: u64,
}

const INSERT: &str = "INSERT INTO reading (tenant, meter, kind, at, unit, value, places, detail) \
     SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::timestamp[], $5::text[], $6::bigint[], $7::smallint[], $8::jsonb[]) AS n \
     ON CONFLICT (tenant, meter, kind, at) DO NOTHING";

/// To ten minutes: a meter's row is not written with each of its readings.
const HEARD: &str = "UPDATE meter_point SET read_at = now() WHERE tenant = $1 AND meter = ANY($2) \
     AND (read_at IS NULL OR read_at < now() - interval '10 minutes')";

const DIFFER: &str = "INSERT INTO reading_conflict (tenant, meter, kind, at, unit, value, places, detail) \
     SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::timestamp[], $5::text[], $6::bigint[], $7::smallint[], $8::jsonb[]) \
          AS n(meter, kind, at, unit, value, places, detail) \
     JOIN reading r ON r.tenant = $1 AND r.meter = n.meter AND r.kind = n.kind AND r.at = n.at \
     WHERE (r.unit, r.value, r.places, r.detail) IS DISTINCT FROM (n.unit, n.value, n.places, n.detail) \
     ON CONFLICT DO NOTHING";

/// Stores readings. Those that are there already change nothing; those that differ from what is there are kept as conflicts.
///
/// # Errors
/// When the database does not answer.
pub async fn store(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    values: &[Value],
) -> Result<Stored, DatabaseError> {
    if values.is_empty() {
        return Ok(Stored::default());
    }
    let meters: Vec<&str> = values.iter().map(|value| value.meter.as_str()).collect();
    let kinds: Vec<&str> = values.iter().map(|value| value.kind).collect();
    let times: Vec<DateTime> = values.iter().map(|value| value.at).collect();
    let units: Vec<&str> = values.iter().map(|value| value.unit.as_str()).collect();
    let numbers: Vec<Option<i64>> = values.iter().map(|value| value.value).collect();
    let places: Vec<i16> = values.iter().map(|value| value.places).collect();
    let details: Vec<&serde_json::Value> = values.iter().map(|value| &value.detail).collect();
    let tenant = tenant.as_str();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 8] = [
        &tenant, &meters, &kinds, &times, &units, &numbers, &places, &details,
    ];
    let new = transaction.execute(INSERT, &parameters).await?;
    if new > 0 {
        transaction.execute(HEARD, &[&tenant, &meters]).await?;
    }
    let differ = match usize::try_from(new) {
        Ok(new) if new == values.len() => 0,
        _ => transaction.execute(DIFFER, &parameters).await?,
    };
    if differ > 0 {
        tracing::warn!(
            tenant,
            differ,
            "readings differ from those that are stored under their time; both are kept"
        );
    }
    Ok(Stored { new, differ })
}

/// A reading as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its own time, local; of a day or month its first moment.
    pub at: DateTime,
    /// What it is counted in.
    pub unit: String,
    /// The number without its point; none where it is not known.
    pub value: Option<i64>,
    /// Places behind the point.
    pub places: i16,
    /// What belongs to it.
    pub detail: serde_json::Value,
    /// How many other values came under the same time.
    pub conflicts: i64,
}

/// A meter's readings of a kind from a time on and before another, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_meter(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (meter, kind): (&str, &str),
    (from, until): (DateTime, DateTime),
    most: i64,
) -> Result<Vec<Kept>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT at, unit, value, places, detail, (SELECT count(*) FROM reading_conflict c \
                 WHERE c.tenant = r.tenant AND c.meter = r.meter AND c.kind = r.kind AND c.at = r.at) \
             FROM reading r WHERE tenant = $1 AND meter = $2 AND kind = $3 AND at >= $4 AND at < $5 ORDER BY at LIMIT $6",
            &[&tenant.as_str(), &meter, &kind, &from, &until, &most],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Kept {
            at: row.try_get(0)?,
            unit: row.try_get(1)?,
            value: row.try_get(2)?,
            places: row.try_get(3)?,
            detail: row.try_get(4)?,
            conflicts: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
}
