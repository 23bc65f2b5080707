//! Giving orders and looking at them.

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;
use tokio_postgres::Row;

use super::State;
use crate::database::DatabaseError;

/// What is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Read the meter now.
    Read,
    /// Let the utility through, or cut it off.
    Switch(bool),
    /// Credit so many minor units.
    Credit(i64),
    /// Read the meter's clock, and say how far it is off.
    Clock,
    /// The same, and set it where it is further off than it may be.
    SetClock,
}

impl Kind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Read => "read",
            Kind::Switch(true) => "on",
            Kind::Switch(false) => "off",
            Kind::Credit(_) => "credit",
            Kind::Clock => "clock",
            Kind::SetClock => "set_clock",
        }
    }

    /// Whether it is the work of those who look after meters: it gives nobody anything and takes nothing away.
    pub fn is_maintenance(self) -> bool {
        match self {
            Kind::Read | Kind::Clock | Kind::SetClock => true,
            Kind::Switch(_) | Kind::Credit(_) => false,
        }
    }

    /// The amount of a credit.
    pub fn amount(self) -> Option<i64> {
        match self {
            Kind::Credit(amount) => Some(amount),
            Kind::Read | Kind::Switch(_) | Kind::Clock | Kind::SetClock => None,
        }
    }

    /// From its two columns.
    ///
    /// # Errors
    /// When they are none.
    pub fn of(name: &str, amount: Option<i64>) -> Result<Kind, DatabaseError> {
        match (name, amount) {
            ("read", None) => Ok(Kind::Read),
            ("on", None) => Ok(Kind::Switch(true)),
            ("off", None) => Ok(Kind::Switch(false)),
            ("clock", None) => Ok(Kind::Clock),
            ("set_clock", None) => Ok(Kind::SetClock),
            ("credit", Some(amount)) => Ok(Kind::Credit(amount)),
            other => Err(DatabaseError::Damaged(format!("order of {other:?}"))),
        }
    }
}

/// An order as it is given.
#[derive(Clone, Debug)]
pub struct NewOrder<'a> {
    /// Of which tenant.
    pub tenant: &'a TenantId,
    /// Chosen by whoever orders.
    pub id: &'a str,
    /// For which meter.
    pub meter: &'a str,
    /// What.
    pub kind: Kind,
    /// After so many hours it is not begun any more; `None` = never too late.
    pub hours: Option<i32>,
    /// Who orders.
    pub by: &'a str,
}

/// Why an order is not taken.
#[derive(Debug, Error)]
pub enum OrderError {
    /// Another order has this id.
    #[error("order {0} was given before, and it is another one; choose a new id")]
    Differs(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for OrderError {
    fn from(error: tokio_postgres::Error) -> OrderError {
        OrderError::Database(error.into())
    }
}

/// Whether an order is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is.
    New,
    /// The same was given before; it is one order.
    Before,
}

/// Takes an order. Given twice it is one.
///
/// # Errors
/// [`OrderError`].
pub async fn create(
    transaction: &Transaction<'_>,
    order: &NewOrder<'_>,
) -> Result<Ordered, OrderError> {
    let (kind, amount) = (order.kind.name(), order.kind.amount());
    let new = transaction
        .execute(
            "INSERT INTO meter_order (tenant, id, meter, kind, amount, ordered_by, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7)) ON CONFLICT (tenant, id) DO NOTHING",
            &[&order.tenant.as_str(), &order.id, &order.meter, &kind, &amount, &order.by, &order.hours],
        )
        .await?;
    if new == 1 {
        return Ok(Ordered::New);
    }
    let row = transaction
        .query_one(
            "SELECT meter = $3 AND kind = $4 AND amount IS NOT DISTINCT FROM $5 FROM meter_order \
             WHERE tenant = $1 AND id = $2",
            &[
                &order.tenant.as_str(),
                &order.id,
                &order.meter,
                &kind,
                &amount,
            ],
        )
        .await?;
    match row.try_get(0)? {
        true => Ok(Ordered::Before),
        false => Err(OrderError::Differs(order.id.to_owned())),
    }
}

/// An order at a glance.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// Its place among all of the tenant's orders.
    pub seq: i64,
    /// For which meter.
    pub meter: String,
    /// What.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Why it waits, is unknown or was refused.
    pub why: Option<String>,
    /// The purchase number that a credit was sent under last.
    pub number: Option<i64>,
    /// What the meter said.
    pub result: Option<serde_json::Value>,
    /// How often it was sent.
    pub attempts: i32,
    /// Who ordered it.
    pub ordered_by: String,
    /// When, in seconds since 1970.
    pub ordered_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// A tenant's orders, newest first: those below `before`, of one meter or in one state where that is said.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    meter: Option<&str>,
    state: Option<State>,
    before: i64,
    limit: i64,
) -> Result<Vec<Standing>, DatabaseError> {
    let state = state.map(State::name);
    let rows = transaction
        .query(
            "SELECT id, seq, meter, kind, amount, state, why, number, result, attempts, ordered_by, \
             extract(epoch FROM ordered_at)::bigint, extract(epoch FROM ended_at)::bigint FROM meter_order \
             WHERE tenant = $1 AND ($2::text IS NULL OR meter = $2) AND ($3::text IS NULL OR state = $3) AND seq < $4 \
             ORDER BY seq DESC LIMIT $5",
            &[&tenant.as_str(), &meter, &state, &before, &limit],
        )
        .await?;
    rows.iter().map(standing).collect()
}

fn standing(row: &Row) -> Result<Standing, DatabaseError> {
    let state: String = row.try_get(5)?;
    Ok(Standing {
        id: row.try_get(0)?,
        seq: row.try_get(1)?,
        meter: row.try_get(2)?,
        kind: Kind::of(row.try_get(3)?, row.try_get(4)?)?,
        state: State::parse(&state)
            .ok_or_else(|| DatabaseError::Damaged(format!("order in state {state}")))?,
        why: row.try_get(6)?,
        number: row.try_get(7)?,
        result: row.try_get(8)?,
        attempts: row.try_get(9)?,
        ordered_by: row.try_get(10)?,
        ordered_at: row.try_get(11)?,
        ended_at: row.try_get(12)?,
    })
}
