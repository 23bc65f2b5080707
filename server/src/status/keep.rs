//! A terminal's last word, and how full its cash box was on each day.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{LogOrigin, TenantId};
use tokio_postgres::Row;

use super::conditions::Seen;
use super::report::Report;
use crate::database::DatabaseError;

/// How many days the filling of a cash box is averaged over.
const DAYS_BACK: i32 = 7;

/// Keeps a report that came now.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    transaction: &Transaction<'_>,
    log: &LogOrigin,
    report: &Report,
    now_ms: u64,
) -> Result<(), DatabaseError> {
    let status =
        serde_json::to_value(report).map_err(|error| DatabaseError::Damaged(error.to_string()))?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "an offset in seconds is shown, not computed with"
    )]
    let offset = report.wall as f64 / 1000.0 - now_ms as f64 / 1000.0;
    let (tenant, terminal) = (log.tenant().as_str(), log.terminal().as_str());
    let epoch = i64::from(log.epoch());
    let now = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let notes = i64::try_from(report.cash_box.notes).unwrap_or(i64::MAX);
    // One statement: a sign of life is written once a minute by every terminal there is.
    let statement = transaction
        .prepare_cached(
            "WITH level AS ( \
                 INSERT INTO cash_level (tenant, terminal, day, notes) VALUES ($1, $2, (to_timestamp($4::bigint / 1000.0))::date, $7) \
                 ON CONFLICT (tenant, terminal, day) DO UPDATE SET notes = excluded.notes WHERE cash_level.notes <> excluded.notes) \
             INSERT INTO terminal_status (tenant, terminal, epoch, at, status, clock_offset) \
             VALUES ($1, $2, $3, to_timestamp($4::bigint / 1000.0), $5, $6) \
             ON CONFLICT (tenant, terminal) DO UPDATE SET epoch = excluded.epoch, at = excluded.at, status = excluded.status, \
             clock_offset = excluded.clock_offset WHERE terminal_status.epoch <= excluded.epoch",
        )
        .await?;
    transaction
        .execute(
            &statement,
            &[&tenant, &terminal, &epoch, &now, &status, &offset, &notes],
        )
        .await?;
    Ok(())
}

/// Every terminal of the tenant as it was seen last.
///
/// # Errors
/// When the database does not answer, or a report cannot be read any more.
pub async fn seen(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<Vec<Seen>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, extract(epoch FROM at)::bigint, status, clock_offset, \
                    (SELECT log.memory->>'conflict' IS NOT NULL FROM log WHERE log.tenant = s.tenant AND log.terminal = s.terminal \
                     AND log.epoch = s.epoch), \
                    (SELECT (last.notes - first.notes)::float8 / greatest(last.day - first.day, 1) FROM \
                       (SELECT day, notes FROM cash_level c WHERE c.tenant = s.tenant AND c.terminal = s.terminal \
                        ORDER BY day DESC LIMIT 1) last, \
                       (SELECT day, notes FROM cash_level c WHERE c.tenant = s.tenant AND c.terminal = s.terminal \
                        AND c.day >= s.at::date - $2::integer ORDER BY day LIMIT 1) first \
                     WHERE last.day > first.day) \
             FROM terminal_status s WHERE tenant = $1 ORDER BY terminal",
            &[&tenant.as_str(), &DAYS_BACK],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Seen, DatabaseError> {
    let status: serde_json::Value = row.try_get(2)?;
    let report = serde_json::from_value(status)
        .map_err(|error| DatabaseError::Damaged(format!("a terminal's status: {error}")))?;
    let at: i64 = row.try_get(1)?;
    Ok(Seen {
        terminal: row.try_get(0)?,
        at: u64::try_from(at).unwrap_or(0),
        report,
        clock_offset: row.try_get(3)?,
        held: row.try_get::<_, Option<bool>>(4)?.unwrap_or(false),
        notes_a_day: row.try_get(5)?,
    })
}
