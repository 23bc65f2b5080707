//! Which terminal serves which district.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::{TenantId, TerminalId};

use super::next_version;
use crate::database::DatabaseError;

/// What a terminal serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The district.
    pub district: String,
    /// The directory's version when it began.
    pub since: u64,
}

/// The terminal serves this district from now on. `false`: no such terminal was ever enrolled.
///
/// # Errors
/// When the database does not answer.
pub async fn assign(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &TerminalId,
    district: &str,
) -> Result<bool, DatabaseError> {
    let version = next_version(transaction, tenant).await?;
    let changed = transaction
        .execute(
            "UPDATE terminal SET district = $3, district_since = $4 WHERE tenant = $1 AND terminal = $2",
            &[&tenant.as_str(), &terminal.as_str(), &district, &version],
        )
        .await?;
    Ok(changed > 0)
}

/// What the terminal serves, if anything.
///
/// # Errors
/// When the database does not answer.
pub async fn served_by(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    terminal: &TerminalId,
) -> Result<Option<Served>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT district, district_since FROM terminal WHERE tenant = $1 AND terminal = $2 AND district IS NOT NULL",
            &[&tenant.as_str(), &terminal.as_str()],
        )
        .await?;
    let served = |row: tokio_postgres::Row| {
        Ok(Served {
            district: row.try_get(0)?,
            since: u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or(0),
        })
    };
    row.map(served).transpose()
}
