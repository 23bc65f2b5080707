//! Taking orders in hand and noting what became of them. Every step holds the session of the concentrator, so a server whose
//! connection was replaced changes nothing any more.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Json;
use tokio_postgres::{Error, Row};

use super::{Happening, KeptBooks, Kind, METER_COLUMNS, MeterRow, State};
use crate::database::DatabaseError;
use crate::lease::{self, LeaseError};

/// A connected concentrator, in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of which tenant.
    pub tenant: TenantId,
    /// Its area code.
    pub area: i32,
    /// Its terminal address.
    pub address: i32,
    /// The session; another one takes its place with the next login.
    pub session: i64,
}

/// An order that a server looks at, with the row of its meter.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: String,
    /// What.
    pub kind: Kind,
    /// How often it was sent.
    pub attempts: i32,
    /// When it was sent, as seconds ago; `None` = never.
    pub age: Option<i64>,
    /// The purchase number and the books before it, where it is under way.
    pub credit: Option<(u32, KeptBooks)>,
    /// The version of the server's lease.
    pub lease: Option<i64>,
    /// The meter.
    pub meter: MeterRow,
}

/// What stands in the row of a credit before the wire hears of it.
#[derive(Clone, Debug)]
pub struct Sending {
    /// The purchase number.
    pub number: u32,
    /// What the meter said before.
    pub before: KeptBooks,
    /// The version of the server's lease when the meter was read.
    pub lease: i64,
}

/// What became of an order.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What happened.
    pub happening: Happening,
    /// Why, in words.
    pub why: Option<String>,
    /// What the meter said.
    pub result: Option<serde_json::Value>,
    /// Seconds until it is looked at again, where it has not ended.
    pub again_in: i32,
}

const CLAIMED: &str = "o.id, o.kind, o.amount, o.attempts, extract(epoch FROM now() - o.sent_at)::bigint, o.number, \
     o.before, l.version";

fn claimed(row: &Row) -> Result<Claimed, DatabaseError> {
    let number: Option<i64> = row.try_get(5)?;
    let before: Option<Json<KeptBooks>> = row.try_get(6)?;
    let number = number
        .map(|number| {
            u32::try_from(number)
                .map_err(|_| DatabaseError::Damaged(format!("purchase number {number}")))
        })
        .transpose()?;
    Ok(Claimed {
        id: row.try_get(0)?,
        kind: Kind::of(row.try_get(1)?, row.try_get(2)?)?,
        attempts: row.try_get(3)?,
        age: row.try_get(4)?,
        credit: number.zip(before.map(|Json(before)| before)),
        lease: row.try_get(7)?,
        meter: MeterRow::of(row, 8)?,
    })
}

/// Refuses what nobody began in its time.
///
/// # Errors
/// When the database does not answer.
pub async fn expire(transaction: &Transaction<'_>, tenant: &TenantId) -> Result<(), DatabaseError> {
    let rows = transaction
        .query(
            "UPDATE meter_order SET state = 'refused', why = 'its time was over before it could be begun', ended_at = now() \
             WHERE tenant = $1 AND state = 'queued' AND expires_at <= now() RETURNING meter, id, kind",
            &[&tenant.as_str()],
        )
        .await?;
    for row in rows {
        let (meter, id): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        tracing::info!(%tenant, meter, id, "an order was not begun in its time");
        unleased(lease::read_back(transaction, tenant, &meter, &id, false).await)?;
    }
    Ok(())
}

/// The order that comes next at a concentrator, locked. Orders of one kind reach a meter in the order in which they were given,
/// and nothing is begun at a meter where something is under way. A credit needs the server's lease, that nobody waits for.
///
/// # Errors
/// When the database does not answer.
pub async fn next_queued(
    transaction: &Transaction<'_>,
    place: &Place,
) -> Result<Option<Claimed>, DatabaseError> {
    let sql = format!(
        "SELECT {CLAIMED}, {METER_COLUMNS} FROM meter_order o \
         JOIN meter_point p ON p.tenant = o.tenant AND p.meter = o.meter \
         JOIN meter m ON m.tenant = o.tenant AND m.number = o.meter \
         LEFT JOIN meter_lease l ON l.tenant = o.tenant AND l.meter = o.meter AND l.owner = 'server' AND l.next_owner IS NULL \
         WHERE o.tenant = $1 AND p.area = $2 AND p.address = $3 AND o.state = 'queued' AND o.not_before <= now() \
         AND (o.expires_at IS NULL OR o.expires_at > now()) AND (o.kind <> 'credit' OR l.version IS NOT NULL) \
         AND NOT EXISTS (SELECT FROM meter_order e WHERE e.tenant = o.tenant AND e.meter = o.meter AND (e.state IN ('sent', 'unknown') \
             OR e.state = 'queued' AND e.seq < o.seq AND (e.kind = o.kind OR e.kind IN ('on', 'off') AND o.kind IN ('on', 'off')))) \
         ORDER BY o.seq LIMIT 1 FOR UPDATE OF o SKIP LOCKED"
    );
    one(transaction, &sql, place).await
}

/// An order whose outcome is to be found out now, locked.
///
/// # Errors
/// When the database does not answer.
pub async fn next_unknown(
    transaction: &Transaction<'_>,
    place: &Place,
) -> Result<Option<Claimed>, DatabaseError> {
    let sql = format!(
        "SELECT {CLAIMED}, {METER_COLUMNS} FROM meter_order o \
         JOIN meter_point p ON p.tenant = o.tenant AND p.meter = o.meter \
         JOIN meter m ON m.tenant = o.tenant AND m.number = o.meter \
         LEFT JOIN meter_lease l ON l.tenant = o.tenant AND l.meter = o.meter AND l.owner = 'server' \
         WHERE o.tenant = $1 AND p.area = $2 AND p.address = $3 AND o.state = 'unknown' AND o.not_before <= now() \
         ORDER BY o.not_before LIMIT 1 FOR UPDATE OF o SKIP LOCKED"
    );
    one(transaction, &sql, place).await
}

async fn one(
    transaction: &Transaction<'_>,
    sql: &str,
    place: &Place,
) -> Result<Option<Claimed>, DatabaseError> {
    let row = transaction
        .query_opt(sql, &[&place.tenant.as_str(), &place.area, &place.address])
        .await?;
    row.map(|row| claimed(&row)).transpose()
}

/// Whether the session is still the concentrator's; it stays so until the transaction ends.
async fn holds(transaction: &Transaction<'_>, place: &Place) -> Result<bool, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT FROM concentrator WHERE tenant = $1 AND area = $2 AND address = $3 AND session = $4 FOR SHARE",
            &[&place.tenant.as_str(), &place.area, &place.address, &place.session],
        )
        .await?;
    Ok(row.is_some())
}

async fn state_of(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<State>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT state FROM meter_order WHERE tenant = $1 AND id = $2 FOR UPDATE",
            &[&tenant.as_str(), &id],
        )
        .await?;
    Ok(row.and_then(|row| State::parse(row.get(0))))
}

/// Takes an order in hand: from the commit of this transaction on the meter may hear it. False, and nothing may be committed,
/// where the order, the session, the lease or the meter's turn is somebody else's.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(
    transaction: &Transaction<'_>,
    place: &Place,
    id: &str,
    credit: Option<&Sending>,
) -> Result<bool, DatabaseError> {
    if !holds(transaction, place).await? {
        return Ok(false);
    }
    let state = state_of(transaction, &place.tenant, id).await?;
    if state.and_then(|state| state.after(Happening::Begun)) != Some(State::Sent) {
        return Ok(false);
    }
    let number = credit.map(|credit| i64::from(credit.number));
    let before = credit.map(|credit| Json(&credit.before));
    let version = credit.map(|credit| credit.lease);
    let owner = credit.map(|_| lease::SERVER);
    let begun = transaction
        .execute(
            "UPDATE meter_order SET state = 'sent', session = $3, sent_at = now(), attempts = attempts + 1, why = NULL, \
             number = $4, before = $5, lease_owner = $6, lease_version = $7 \
             WHERE tenant = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > now()) \
             AND ($7::bigint IS NULL OR EXISTS (SELECT FROM meter_lease l WHERE l.tenant = $1 AND l.meter = meter_order.meter \
                  AND l.owner = 'server' AND l.version = $7 AND l.next_owner IS NULL))",
            &[&place.tenant.as_str(), &id, &place.session, &number, &before, &owner, &version],
        )
        .await;
    match begun {
        Ok(rows) => Ok(rows == 1),
        // Another order is under way at the meter, or the lease has moved in this very moment.
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_taken(error: &Error) -> bool {
    [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION]
        .iter()
        .any(|code| error.code() == Some(code))
}

/// Notes what became of an order. False where it is no longer this session's to say.
///
/// # Errors
/// When the database does not answer.
pub async fn end(
    transaction: &Transaction<'_>,
    place: &Place,
    order: &Claimed,
    ended: &Ended,
) -> Result<bool, DatabaseError> {
    if !holds(transaction, place).await? {
        return Ok(false);
    }
    let state = state_of(transaction, &place.tenant, &order.id).await?;
    let Some(next) = state.and_then(|state| state.after(ended.happening)) else {
        tracing::error!(order = order.id, ?state, happening = ?ended.happening, "this cannot happen to an order");
        return Ok(false);
    };
    let (tenant, id) = (place.tenant.as_str(), &order.id);
    if next == State::Unknown {
        transaction
            .execute(
                "UPDATE meter_order SET state = 'unknown', why = $3, not_before = now() + make_interval(secs => $4::integer) \
                 WHERE tenant = $1 AND id = $2",
                &[&tenant, id, &ended.why, &ended.again_in],
            )
            .await?;
        return Ok(true);
    }
    transaction
        .execute(
            "UPDATE meter_order SET state = $3, why = $4, result = $5, lease_owner = NULL, lease_version = NULL, \
             not_before = now() + make_interval(secs => $6::integer), \
             ended_at = CASE WHEN $3 = 'queued' THEN NULL ELSE now() END, \
             number = CASE WHEN $3 = 'queued' THEN NULL ELSE number END, \
             before = CASE WHEN $3 = 'queued' THEN NULL ELSE before END WHERE tenant = $1 AND id = $2",
            &[&tenant, id, &next.name(), &ended.why, &ended.result, &ended.again_in],
        )
        .await?;
    let meter = &order.meter.number;
    match order.kind {
        Kind::Credit(_) => unleased(lease::comes_to_rest(transaction, &place.tenant, meter).await)?,
        Kind::Read if next.is_end() => {
            let read = next == State::Applied;
            unleased(lease::read_back(transaction, &place.tenant, meter, id, read).await)?;
        }
        Kind::Read | Kind::Switch(_) | Kind::Clock | Kind::SetClock => {}
    }
    Ok(true)
}

/// A person who has looked at the meter says how an unknown order ended. False where none of this id is unknown.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    id: &str,
    applied: bool,
    why: &str,
) -> Result<bool, DatabaseError> {
    let happening = match applied {
        true => Happening::Shown,
        false => Happening::Denied,
    };
    let next = match state_of(transaction, tenant, id).await? {
        Some(State::Unknown) => State::Unknown.after(happening),
        _ => None,
    };
    let Some(next) = next else {
        return Ok(false);
    };
    let row = transaction
        .query_one(
            "UPDATE meter_order SET state = $3, why = $4, lease_owner = NULL, lease_version = NULL, ended_at = now() \
             WHERE tenant = $1 AND id = $2 RETURNING meter",
            &[&tenant.as_str(), &id, &next.name(), &why],
        )
        .await?;
    let meter: String = row.try_get(0)?;
    unleased(lease::comes_to_rest(transaction, tenant, &meter).await)?;
    // What a person saw is no reading of the meter's books: a fence that waits for one is over.
    unleased(lease::read_back(transaction, tenant, &meter, id, false).await)?;
    Ok(true)
}

/// Nothing of it was sent; it is looked at again in so many seconds.
///
/// # Errors
/// When the database does not answer.
pub async fn put_off(
    transaction: &Transaction<'_>,
    place: &Place,
    id: &str,
    why: &str,
    again_in: i32,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            "UPDATE meter_order SET why = $3, not_before = now() + make_interval(secs => $4::integer) \
             WHERE tenant = $1 AND id = $2 AND state = 'queued'",
            &[&place.tenant.as_str(), &id, &why, &again_in],
        )
        .await?;
    Ok(())
}

/// What earlier sessions had in hand (`session` excluded, or included when it ends) is unknown from now on. It is looked at once
/// nothing of it can be on its way any more: `in_flight` seconds after it was sent.
///
/// # Errors
/// When the database does not answer.
pub async fn orphan(
    transaction: &Transaction<'_>,
    place: &Place,
    and_this: bool,
    in_flight: i32,
) -> Result<u64, DatabaseError> {
    let up_to = place.session + i64::from(and_this);
    let count = transaction
        .execute(
            "UPDATE meter_order o SET state = 'unknown', why = 'the connection ended before its outcome was known', \
             not_before = greatest(now(), o.sent_at + make_interval(secs => $5::integer)) FROM meter_point p \
             WHERE o.tenant = $1 AND p.tenant = $1 AND p.meter = o.meter AND p.area = $2 AND p.address = $3 \
             AND o.state = 'sent' AND o.session < $4",
            &[&place.tenant.as_str(), &place.area, &place.address, &up_to, &in_flight],
        )
        .await?;
    Ok(count)
}

/// A lease that refuses is no fault of the order.
fn unleased(result: Result<(), LeaseError>) -> Result<(), DatabaseError> {
    match result {
        Ok(()) => Ok(()),
        Err(LeaseError::Database(error)) => Err(error),
        Err(other) => {
            tracing::warn!(error = %other, "a lease stays as it is");
            Ok(())
        }
    }
}
