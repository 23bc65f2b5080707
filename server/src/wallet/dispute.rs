//! What a terminal's log says of money, and does not fit: kept for people.

use deadpool_postgres::Transaction;
use meterpost_ledger::SaleId;
use meterpost_ledger::signing::LogOrigin;

use super::books::seconds;
use super::error::WalletError;
use crate::database::{DatabaseError, storable};

/// Longest text that is kept, in characters.
const LONGEST: usize = 300;

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

/// Why an entry was not followed.
#[derive(Debug)]
pub(crate) enum Unfollowed {
    /// The database's state, not the entry's: it is followed another time.
    Database(DatabaseError),
    /// The entry's own: it will never be otherwise.
    Unfit(String),
}

impl From<WalletError> for Unfollowed {
    fn from(error: WalletError) -> Unfollowed {
        match error {
            WalletError::Database(error) => error.into(),
            other => Unfollowed::Unfit(other.to_string()),
        }
    }
}

impl From<DatabaseError> for Unfollowed {
    fn from(error: DatabaseError) -> Unfollowed {
        match error {
            DatabaseError::Value(_) => Unfollowed::Unfit(error.to_string()),
            other => Unfollowed::Database(other),
        }
    }
}

/// Follows an entry. The words that it ends with, or why it cannot be followed at all, are kept for people; in the second case nothing else of
/// it is left behind. Either way the log goes on.
///
/// # Errors
/// The database's.
pub(crate) async fn or_dispute(
    transaction: &Transaction<'_>,
    (origin, sale): (&LogOrigin, SaleId),
    now: u64,
    followed: impl Future<Output = Result<Option<&'static str>, Unfollowed>>,
) -> Result<(), DatabaseError> {
    // A statement that was refused would take the whole head with it.
    transaction.batch_execute("SAVEPOINT followed").await?;
    let words = match followed.await {
        Ok(words) => words.map(str::to_owned),
        Err(Unfollowed::Database(error)) => return Err(error),
        Err(Unfollowed::Unfit(why)) => {
            transaction
                .batch_execute("ROLLBACK TO SAVEPOINT followed")
                .await?;
            Some(why)
        }
    };
    transaction
        .batch_execute("RELEASE SAVEPOINT followed")
        .await?;
    match words {
        Some(words) => keep(transaction, (origin, sale), &words, now).await,
        None => Ok(()),
    }
}

/// Keeps it, once a sale. The words may repeat what the entry says, which can be any text.
async fn keep(
    transaction: &Transaction<'_>,
    (origin, sale): (&LogOrigin, SaleId),
    words: &str,
    now: u64,
) -> Result<(), DatabaseError> {
    tracing::error!(log = %origin, sale = sale.0, words, "a payment in the log does not fit");
    let words: String = storable(words).chars().take(LONGEST).collect();
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
