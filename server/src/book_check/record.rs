//! What checks found, kept for good; the newest one says how the books stand.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;

use super::{Found, Problem};
use crate::database::DatabaseError;

/// How a tenant's books stand by the newest check.
#[derive(Clone, Debug)]
pub struct Standing {
    /// When it began, in seconds since 1970.
    pub at: i64,
    /// What does not add up.
    pub problems: Vec<Problem>,
}

/// Keeps what a check found.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    found: &Found,
    at: u64,
) -> Result<(), DatabaseError> {
    let problems = serde_json::to_value(&found.problems)
        .map_err(|error| DatabaseError::Damaged(error.to_string()))?;
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let entries = i64::try_from(found.entries).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO book_check (tenant, at, journals, logs, entries, problems) VALUES ($1, $2, $3, $4, $5, $6)",
            &[&tenant.as_str(), &at, &found.journals, &found.logs, &entries, &problems],
        )
        .await?;
    Ok(())
}

/// The newest check; none before the first.
///
/// # Errors
/// When the database does not answer, or the row is damaged.
pub async fn newest(transaction: &Transaction<'_>) -> Result<Option<Standing>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT at, problems FROM book_check ORDER BY id DESC LIMIT 1",
            &[],
        )
        .await?;
    let read = |row: tokio_postgres::Row| {
        let problems = serde_json::from_value(row.try_get(1)?)
            .map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        Ok(Standing {
            at: row.try_get(0)?,
            problems,
        })
    };
    row.map(read).transpose()
}
