//! The trail of what people do: a row before the act, completed after it. An act whose row has no outcome was cut off.

use deadpool_postgres::Transaction;
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
    end_with(connection, tenant, noted, outcome).await
}

/// The same for an act that nobody called for over HTTP.
///
/// # Errors
/// When the database does not answer.
pub async fn end_with(
    connection: &mut Connection,
    tenant: &TenantId,
    noted: Noted,
    outcome: &str,
) -> Result<(), DatabaseError> {
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

/// Notes something that has happened, with how it ended.
///
/// # Errors
/// The database's.
pub async fn happened(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (actor, act): (&str, &str),
    outcome: &str,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "INSERT INTO audit (tenant, actor, act, object, outcome) VALUES ($1, $2, $3, '', $4)",
            &[&tenant.as_str(), &actor, &act, &outcome],
        )
        .await?;
    Ok(())
}

/// An act of the trail.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its place.
    pub id: i64,
    /// When it was begun, in seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// Did what.
    pub act: String,
    /// To what.
    pub object: String,
    /// `done`, or why not; none where it was cut off.
    pub outcome: Option<String>,
}

/// Letters of an object that are looked at.
const BEGINS: usize = 64;

/// Which acts; an empty text is any.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// Of this person.
    pub actor: &'w str,
    /// To something whose name begins with this.
    pub object: &'w str,
    /// Before this place.
    pub before: i64,
}

/// The acts, newest first.
///
/// # Errors
/// The database's.
pub async fn list(
    transaction: &Transaction<'_>,
    wanted: &Wanted<'_>,
    most: usize,
) -> Result<Vec<Line>, DatabaseError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let actor = match wanted.actor {
        "" => "",
        _ => "AND actor = $2",
    };
    // A range, and no function of the column: only that may go through an index behind row-level security.
    let object = match wanted.object {
        "" => "",
        _ => "AND object_begins >= $3 AND object_begins < $3 || chr(1114111)",
    };
    let begins: String = wanted.object.chars().take(BEGINS).collect();
    let rows = transaction
        .query(
            &format!(
                "SELECT id, extract(epoch FROM at)::bigint, actor, act, object, outcome FROM audit \
             WHERE id < $1 {actor} {object} AND $2::text IS NOT NULL AND $3::text IS NOT NULL ORDER BY id DESC LIMIT $4"
            ),
            &[&wanted.before, &wanted.actor, &begins, &most],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Line {
            id: row.try_get(0)?,
            at: row.try_get(1)?,
            actor: row.try_get(2)?,
            act: row.try_get(3)?,
            object: row.try_get(4)?,
            outcome: row.try_get(5)?,
        })
    };
    rows.iter().map(read).collect()
}
