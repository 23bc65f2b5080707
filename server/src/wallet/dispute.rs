//! What a terminal's log says of money, and does not fit: kept for people.

use deadpool_postgres::Transaction;
use meterpost_ledger::SaleId;
use meterpost_ledger::signing::LogOrigin;

use super::books::seconds;
use crate::database::DatabaseError;

/// One of them.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// Whose log.
    pub terminal: String,
    /// Of which epoch.
    pub epoch: i64,
    /// Which sale.
    pub sale: i64,
    /// What does not fit.
    pub words: String,
    /// When it was found, in seconds since 1970.
    pub at: i64,
}

/// Keeps it, once a sale.
pub(super) async fn dispute(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    sale: SaleId,
    words: &str,
    now: u64,
) -> Result<(), DatabaseError> {
    tracing::error!(log = %origin, sale = sale.0, words, "a payment in the log does not fit");
    let (tenant, terminal) = (origin.tenant().as_str(), origin.terminal().as_str());
    let sale = i64::try_from(sale.0).unwrap_or(i64::MAX);
    transaction
        .execute(
            "INSERT INTO payment_dispute (tenant, terminal, epoch, sale, words, at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT DO NOTHING",
            &[&tenant, &terminal, &i64::from(origin.epoch()), &sale, &words, &seconds(now)?],
        )
        .await?;
    Ok(())
}

/// The newest of them.
///
/// # Errors
/// The database's.
pub async fn disputes(transaction: &Transaction<'_>) -> Result<Vec<Dispute>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT terminal, epoch, sale, words, at FROM payment_dispute ORDER BY at DESC, terminal, sale LIMIT 500",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Dispute {
            terminal: row.try_get(0)?,
            epoch: row.try_get(1)?,
            sale: row.try_get(2)?,
            words: row.try_get(3)?,
            at: row.try_get(4)?,
        })
    };
    rows.iter().map(read).collect()
}
