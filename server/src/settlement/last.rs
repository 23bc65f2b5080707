//! The last charge of a meter that is taken down: its days up to and with this one, by what it shows now, in the transaction that takes its row
//! out of the directory. What was estimated or never settled before is charged with it.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;

use super::chain::settle;
use super::days::Registers;
use super::load::{Due, due_of, histories};
use super::store::{keep, problems};
use crate::database::DatabaseError;
use crate::tariff::active;

/// Why a meter cannot be charged for the last time, so that it stays where it is.
#[derive(Debug, Error)]
pub enum LastError {
    /// The reading is no number.
    #[error(
        "this meter's money is here, so what it shows is charged: give it as a number such as 515.25 kWh; rates follow the total, with spaces between"
    )]
    Reading,
    /// It shows another unit than its readings.
    #[error(
        "its readings are in {known}, and what it shows was given in {given}; give it in {known}"
    )]
    Unit {
        /// As it was read.
        known: String,
        /// As it was typed.
        given: String,
    },
    /// The day is settled now.
    #[error("the settlement is running; take the meter down in some minutes")]
    Busy,
    /// A day of it cannot be settled.
    #[error(
        "its days since {day} cannot be charged: {words}; mend that on the page \"Settlement\" first"
    )]
    Stopped {
        /// The first such day.
        day: Date,
        /// Why.
        words: String,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for LastError {
    fn from(error: tokio_postgres::Error) -> LastError {
        LastError::Database(error.into())
    }
}

/// A meter's last charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The last day.
    pub day: Date,
    /// What it showed: the total, then the rates, in 1/10000 of the unit.
    pub registers: Registers,
    /// What was charged in all, in minor units; negative: given back.
    pub charged: i64,
}

/// Charges a meter for the last time, by what it shows; `now` in seconds since 1970. `None`: its money is not here, or nothing of it was ever
/// counted, so that there is nothing to charge from.
///
/// # Errors
/// [`LastError`]; the transaction is to be rolled back then.
pub async fn settle_last(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    (meter, shows): (&str, &str),
    now: u64,
) -> Result<Option<Last>, LastError> {
    // With the lock of the settlement no day of it is charged twice, whoever begins first.
    let row = transaction
        .query_one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' settlement', 0)), \
                 (SELECT (to_timestamp($2::bigint) AT TIME ZONE zone)::date FROM tenant WHERE tenant = $1)",
            &[&tenant.as_str(), &i64::try_from(now).unwrap_or(i64::MAX)],
        )
        .await?;
    let (mine, today): (bool, Date) = (row.try_get(0)?, row.try_get(1)?);
    if !mine {
        return Err(LastError::Busy);
    }
    let Some(due) = due_of(transaction, tenant, today, meter).await? else {
        return Ok(None);
    };
    let (registers, unit) = shown(shows).ok_or(LastError::Reading)?;
    let counted = due.opening.is_some() || !due.silent;
    if !counted {
        return Ok(None);
    }
    let charged = charge(transaction, tenant, due, (&registers, unit), (today, now)).await?;
    Ok(Some(Last {
        day: today,
        registers,
        charged,
    }))
}

async fn charge(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    due: Due,
    (registers, unit): (&Registers, Option<&str>),
    (today, now): (Date, u64),
) -> Result<i64, LastError> {
    // First read today, it has used nothing that could be told.
    let Some(days) = due.days else { return Ok(0) };
    let due = [due];
    let found = histories(transaction, tenant, &due).await?.pop();
    let stopped = |why: super::chain::Stopped| LastError::Stopped {
        day: why.day,
        words: why.words,
    };
    let (Some(mut history), [due]) = (found.transpose().map_err(stopped)?, &due) else {
        return Ok(0);
    };
    match (&history.unit, unit) {
        (Some(known), Some(given)) if known != given => {
            return Err(LastError::Unit {
                known: known.clone(),
                given: given.to_owned(),
            });
        }
        (None, Some(given)) => history.unit = Some(given.to_owned()),
        _ => {}
    }
    history.known.readings.insert(today, registers.clone());
    let tariffs = active(transaction).await?;
    let (revisions, why) = settle(&due.meter, days, &history, &tariffs);
    if let Some(why) = why {
        return Err(stopped(why));
    }
    keep(transaction, tenant, &revisions, now).await?;
    problems(transaction, tenant, &[&due.meter.number], &[]).await?;
    Ok(revisions.iter().map(|revision| revision.difference).sum())
}

/// What a meter shows, as people type it: registers in units with up to four places, the total and then the rates, and the unit.
fn shown(text: &str) -> Option<(Registers, Option<&str>)> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let is_number = |part: &&str| part.starts_with(|first: char| first.is_ascii_digit());
    let (numbers, unit) = match parts.split_last() {
        Some((last, before)) if !is_number(last) => (before, Some(*last)),
        _ => (&parts[..], None),
    };
    let registers: Option<Registers> = numbers
        .iter()
        .map(|part| crate::typed::units(part))
        .collect();
    let unit = unit.map(|unit| if unit == "m³" { "m3" } else { unit });
    registers
        .filter(|registers| !registers.is_empty())
        .map(|registers| (registers, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_meter_shows_is_read_with_or_without_its_unit() {
        for (text, expected) in [
            ("515.25 kWh", Some((vec![5_152_500], Some("kWh")))),
            ("515.25", Some((vec![5_152_500], None))),
            (
                "515.25 300 215.25 kWh",
                Some((vec![5_152_500, 3_000_000, 2_152_500], Some("kWh"))),
            ),
            ("12 m³", Some((vec![120_000], Some("m3")))),
            ("kWh", None),
            ("about 12", None),
            ("12,5 kWh", None),
            ("12kWh", None),
            ("", None),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
