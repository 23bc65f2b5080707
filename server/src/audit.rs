//! The trail of what people do: a row before the act, completed after it. An act whose row has no outcome was cut off.

use meterpost_ledger::signing::TenantId;

use crate::api::ApiError;
use crate::database::{Connection, DatabaseError};

/// The row of an act that is under way.
#[derive(Debug)]
pub struct Noted(i64);

/// Notes who is about to do what to what, durably.
///
/// # Errors
/// When the database does not answer; the act is not begun then.
pub async fn begin(
    connection: &mut Connection,
    tenant: &TenantId,
    actor: &str,
    act: &str,
    object: &str,
) -> Result<Noted, DatabaseError> {
    let transaction = connection.begin(tenant).await?;
    let row = transaction
        .query_one(
            "INSERT INTO audit (tenant, actor, act, object) VALUES ($1, $2, $3, $4) RETURNING id",
            &[&tenant.as_str(), &actor, &act, &object],
        )
        .await?;
    transaction.commit().await?;
    Ok(Noted(row.try_get(0)?))
}

/// Notes how it ended.
///
/// # Errors
/// When the database does not answer.
pub async fn end<T>(
    connection: &mut Connection,
    tenant: &TenantId,
    noted: Noted,
    result: &Result<T, ApiError>,
) -> Result<(), DatabaseError> {
    let outcome = match result {
        Ok(_) => "done",
        Err(refusal) => refusal.code(),
    };
    let transaction = connection.begin(tenant).await?;
    transaction
        .execute(
            "UPDATE audit SET outcome = $3 WHERE tenant = $1 AND id = $2",
            &[&tenant.as_str(), &noted.0, &outcome],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}
