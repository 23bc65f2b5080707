//! Main meters: which meter measures what others behind it measure again.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;

use crate::database::DatabaseError;

/// Why a meter is behind no other one.
#[derive(Debug, Error)]
pub enum MainError {
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// There is no such meter.
    #[error("there is no meter {0}")]
    NoMeter(String),
    /// It would be behind itself, or measures something else.
    #[error("a main meter is another one, of the same utility, and not behind this one")]
    Unfit,
}

impl From<tokio_postgres::Error> for MainError {
    fn from(error: tokio_postgres::Error) -> MainError {
        MainError::Database(error.into())
    }
}

/// Says behind which main meter a meter hangs; behind none where there is no `main`.
///
/// # Errors
/// [`MainError`]; nothing has changed then.
pub async fn set_main(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: &str,
    main: Option<&str>,
) -> Result<(), MainError> {
    let utility = utility(transaction, meter).await?;
    let Some(main) = main else {
        transaction
            .execute("DELETE FROM main_meter WHERE meter = $1", &[&meter])
            .await?;
        return Ok(());
    };
    // One after the other: two that are put behind each other at once would both be found free.
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || ' main meters', 0))",
            &[&tenant.as_str()],
        )
        .await?;
    let above = transaction
        .query_one(
            "WITH RECURSIVE above AS (SELECT $1::text AS number UNION \
                 SELECT main FROM main_meter JOIN above ON meter = above.number) \
             SELECT count(*) FROM above WHERE number = $2",
            &[&main, &meter],
        )
        .await?;
    let circle = above.try_get::<_, i64>(0)? > 0;
    if circle || self::utility(transaction, main).await? != utility {
        return Err(MainError::Unfit);
    }
    transaction
        .execute(
            "INSERT INTO main_meter (tenant, meter, main) VALUES ($1, $2, $3) \
             ON CONFLICT (tenant, meter) DO UPDATE SET main = excluded.main",
            &[&tenant.as_str(), &meter, &main],
        )
        .await?;
    Ok(())
}

async fn utility(transaction: &Transaction<'_>, meter: &str) -> Result<String, MainError> {
    let row = transaction
        .query_opt("SELECT utility FROM meter WHERE number = $1", &[&meter])
        .await?;
    match row {
        Some(row) => Ok(row.try_get(0)?),
        None => Err(MainError::NoMeter(meter.to_owned())),
    }
}
