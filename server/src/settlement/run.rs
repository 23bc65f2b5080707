//! Settling a day for all meters of a tenant, a thousand at a time. One server at a time settles a tenant; a run that was cut off goes
//! on where it was, for what a meter's last day left says where it goes on.

use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use serde::Serialize;
use thiserror::Error;

use super::chain::{Stopped, settle};
use super::load::{self, due, histories};
use super::store::{keep, problems};
use crate::database::{Connection, Database, DatabaseError};
use crate::tariff::{InForce, active};

/// Meters of one transaction.
const BATCH: i64 = 1000;

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Meters that were looked at.
    pub meters: u64,
    /// Days that were settled or settled anew.
    pub revisions: u64,
    /// Of them estimated or split.
    pub estimated: u64,
    /// Minor units that were charged, less what was given back.
    pub charged: i64,
    /// Meters that stopped for a reason that is in the list of problems.
    pub stopped: u64,
}

/// Why nothing was settled, or not all of it.
#[derive(Debug, Error)]
pub enum SettlementError {
    /// Another server settles this tenant now.
    #[error("another server settles this tenant now; try again when it is done")]
    Busy,
    /// The day is not over.
    #[error("{0} is not over yet where the meters are")]
    NotOver(Date),
    /// The days are in the wrong order.
    #[error("the range ends before it begins")]
    Range,
    /// An order's id was taken by somebody else's order.
    #[error("the order {0} was given before, and it is another one")]
    Order(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for SettlementError {
    fn from(error: tokio_postgres::Error) -> SettlementError {
        SettlementError::Database(error.into())
    }
}

/// Settles the days from `first` to `last`, both of them. Done again it changes nothing, but for days of which more is known by now.
///
/// # Errors
/// [`SettlementError`]; what was settled before it stays.
pub async fn settle_days(
    database: &Database,
    tenant: &TenantId,
    (first, last): (Date, Date),
    (today, now): (Date, u64),
) -> Result<Report, SettlementError> {
    if last >= today {
        return Err(SettlementError::NotOver(last));
    }
    if last < first {
        return Err(SettlementError::Range);
    }
    let mut guard = database.connection().await?;
    // Held until this transaction ends, and with it whatever happens to this program.
    let alone = guard.begin(tenant).await?;
    let mine: bool = alone
        .query_one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' settlement', 0))",
            &[&tenant.as_str()],
        )
        .await?
        .try_get(0)?;
    if !mine {
        return Err(SettlementError::Busy);
    }
    let done = settle_range(database, tenant, (first, last), &active(&alone).await?, now).await;
    // Dropped it would end as well, but only some time after this has returned.
    alone.rollback().await?;
    Ok(done?)
}

async fn settle_range(
    database: &Database,
    tenant: &TenantId,
    (first, last): (Date, Date),
    tariffs: &InForce,
    now: u64,
) -> Result<Report, DatabaseError> {
    let mut connection = database.connection().await?;
    let mut report = Report::default();
    let mut day = first;
    while day <= last {
        let one = settle_day(&mut connection, tenant, day, tariffs, now).await?;
        report = Report {
            meters: one.meters,
            stopped: one.stopped,
            revisions: report.revisions + one.revisions,
            estimated: report.estimated + one.estimated,
            charged: report.charged + one.charged,
        };
        day = super::days::after(day);
    }
    Ok(report)
}

async fn settle_day(
    connection: &mut Connection,
    tenant: &TenantId,
    day: Date,
    tariffs: &InForce,
    now: u64,
) -> Result<Report, DatabaseError> {
    let mut report = Report::default();
    let mut after = String::new();
    loop {
        let one = batch(connection, tenant, (day, &after), tariffs, now).await?;
        let Some((last, one)) = one else { break };
        after = last;
        report.meters += one.meters;
        report.revisions += one.revisions;
        report.estimated += one.estimated;
        report.charged += one.charged;
        report.stopped += one.stopped;
    }
    Ok(report)
}

/// The next meters, in one transaction; the last one's number.
async fn batch(
    connection: &mut Connection,
    tenant: &TenantId,
    from: (Date, &str),
    tariffs: &InForce,
    now: u64,
) -> Result<Option<(String, Report)>, DatabaseError> {
    let transaction = connection.begin(tenant).await?;
    let due = due(&transaction, tenant, from, BATCH).await?;
    let Some(last) = due.last().map(|due| due.meter.number.clone()) else {
        return Ok(None);
    };
    let mut histories = histories(&transaction, tenant, &due).await?.into_iter();
    let (mut revisions, mut stopped): (Vec<_>, Vec<(&str, Stopped)>) = (Vec::new(), Vec::new());
    for due in &due {
        let number = due.meter.number.as_str();
        let Some(days) = due.days else {
            // Read on the day for the first time, it begins tomorrow.
            if due.silent {
                let (reason, words) = ("no_opening", load::no_opening());
                let day = from.0;
                stopped.push((number, Stopped { day, reason, words }));
            }
            continue;
        };
        match histories.next() {
            Some(Ok(history)) => {
                let (new, why) = settle(&due.meter, days, &history, tariffs);
                revisions.extend(new);
                stopped.extend(why.map(|why| (number, why)));
            }
            Some(Err(why)) => stopped.push((number, why)),
            None => {}
        }
    }
    keep(&transaction, tenant, &revisions, now).await?;
    let meters: Vec<&str> = due.iter().map(|due| due.meter.number.as_str()).collect();
    problems(&transaction, tenant, &meters, &stopped).await?;
    transaction.commit().await?;
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let guessed =
        |revision: &&super::chain::Revision| revision.used.basis != super::days::Basis::Read;
    let report = Report {
        meters: count(due.len()),
        revisions: count(revisions.len()),
        estimated: count(revisions.iter().filter(guessed).count()),
        charged: revisions.iter().map(|revision| revision.difference).sum(),
        stopped: count(stopped.len()),
    };
    Ok(Some((last, report)))
}
