//! Alarms in the table of alerts. One of a kind is open at a time, which the database holds.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use crate::database::DatabaseError;
use crate::status::alerts::{About, Telling};

/// Most that people are told at once; the rest follows with the next look.
const MOST: i64 = 200;

fn at(now: u64) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// Raises an alarm; whether it was not raised already. `now` in seconds since 1970.
///
/// # Errors
/// The database's.
pub async fn raise(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (about, name, kind): (About, &str, &str),
    words: &str,
    now: u64,
) -> Result<bool, DatabaseError> {
    let raised = transaction
        .execute(
            "INSERT INTO alert (tenant, about, terminal, kind, words, since) VALUES ($1, $2, $3, $4, $5, to_timestamp($6::bigint)) \
             ON CONFLICT (tenant, about, terminal, kind) WHERE ended_at IS NULL DO NOTHING",
            &[&tenant.as_str(), &about.name(), &name, &kind, &words, &at(now)],
        )
        .await?;
    Ok(raised > 0)
}

/// Ends an alarm; whether it was raised.
///
/// # Errors
/// The database's.
pub async fn end(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (about, name, kind): (About, &str, &str),
    now: u64,
) -> Result<bool, DatabaseError> {
    let ended = transaction
        .execute(
            "UPDATE alert SET ended_at = to_timestamp($5::bigint) \
             WHERE tenant = $1 AND about = $2 AND terminal = $3 AND kind = $4 AND ended_at IS NULL",
            &[&tenant.as_str(), &about.name(), &name, &kind, &at(now)],
        )
        .await?;
    Ok(ended > 0)
}

/// Ends what is about meters and accounts that are not there any more.
pub(super) async fn end_of_gone(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    now: u64,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "UPDATE alert a SET ended_at = to_timestamp($2::bigint) WHERE a.tenant = $1 AND a.ended_at IS NULL AND ( \
             a.about = 'meter' AND NOT EXISTS (SELECT FROM meter m WHERE m.tenant = $1 AND m.number = a.terminal) \
             OR a.about = 'account' AND NOT EXISTS ( \
                 SELECT FROM meter m WHERE m.tenant = $1 AND m.account = a.terminal AND m.billing = 'on_account'))",
            &[&tenant.as_str(), &at(now)],
        )
        .await?;
    Ok(())
}

/// What people are to be told now: each alarm when it is raised; one of a meter again after the interval until somebody takes it up.
/// A balance that runs low is told once, for there may be thousands.
///
/// # Errors
/// The database's.
pub(crate) async fn untold(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (now, interval): (u64, u64),
) -> Result<Vec<Telling>, DatabaseError> {
    let rows = transaction
        .query(
            "UPDATE alert SET told_at = to_timestamp($2::bigint), told = told + 1 WHERE tenant = $1 AND id IN ( \
                 SELECT id FROM alert WHERE tenant = $1 AND about IN ('meter', 'account') AND ended_at IS NULL AND (told_at IS NULL \
                     OR kind NOT LIKE 'balance.%' AND taken_by IS NULL AND told_at <= to_timestamp($2::bigint - $3::bigint)) \
                 ORDER BY id LIMIT $4) \
             RETURNING id, about, terminal, kind, words, told",
            &[&tenant.as_str(), &at(now), &at(interval), &MOST],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        let told: i32 = row.try_get(5)?;
        Ok(Telling {
            id: row.try_get(0)?,
            about: About::parse(row.try_get(1)?)?,
            terminal: row.try_get(2)?,
            kind: row.try_get(3)?,
            words: row.try_get(4)?,
            told: told - 1,
            ended: false,
        })
    };
    rows.iter().map(read).collect()
}
