//! What people enter for the settlement, and what it leaves for them to look at. Whoever calls writes the audit trail.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use thiserror::Error;

use super::rules::Terms;
use crate::database::DatabaseError;

/// Most problems in one list.
const MOST: i64 = 500;

/// Why something is not entered.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The levels are in the wrong order.
    #[error("the first level is not below the second, and the second not below what may be owed")]
    Levels,
    /// A minute that no day has, or a credit below zero.
    #[error("quiet hours are minutes 0 to 1439, and the emergency credit is not below 0")]
    Range,
    /// No such account.
    #[error("there is no account {0}")]
    NoAccount(String),
    /// No such meter, or its money is not here.
    #[error("there is no meter {0} whose money is here")]
    NoMeter(String),
    /// Registers below zero or none, or no reason.
    #[error(
        "registers are not below 0, and as many of the old meter as of the new; a reason has 3 to 500 characters"
    )]
    Malformed,
    /// A change is there already.
    #[error("a change of this meter on that day is there already")]
    Entered,
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for DeskError {
    fn from(error: tokio_postgres::Error) -> DeskError {
        DeskError::Database(error.into())
    }
}

/// Sets what holds for an account, or for all that have nothing of their own.
///
/// # Errors
/// [`DeskError`]; nothing has changed then.
pub async fn set_terms(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: Option<&str>,
    terms: &Terms,
) -> Result<(), DeskError> {
    let minutes = 0..1440;
    if terms.emergency < 0 || !minutes.contains(&terms.quiet.0) || !minutes.contains(&terms.quiet.1)
    {
        return Err(DeskError::Range);
    }
    if terms.warn_first < terms.warn_second || terms.warn_second < -terms.emergency {
        return Err(DeskError::Levels);
    }
    if let Some(account) = account {
        let found = transaction
            .query_opt("SELECT 1 FROM account WHERE account = $1", &[&account])
            .await?;
        if found.is_none() {
            return Err(DeskError::NoAccount(account.to_owned()));
        }
    }
    transaction
        .execute(
            "INSERT INTO supply_terms (tenant, account, warn_first, warn_second, emergency, keep_power, quiet_from, quiet_to) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, account) DO UPDATE SET warn_first = excluded.warn_first, \
             warn_second = excluded.warn_second, emergency = excluded.emergency, keep_power = excluded.keep_power, \
             quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to",
            &[
                &tenant.as_str(),
                &account.unwrap_or_default(),
                &terms.warn_first,
                &terms.warn_second,
                &terms.emergency,
                &terms.keep_power,
                &terms.quiet.0,
                &terms.quiet.1,
            ],
        )
        .await?;
    Ok(())
}

/// Makes a day one on which nobody is cut off, or an ordinary one again.
///
/// # Errors
/// The database's.
pub async fn set_holiday(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    day: Date,
    is_one: bool,
) -> Result<(), DeskError> {
    let sql = match is_one {
        true => "INSERT INTO holiday (tenant, day) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        false => "DELETE FROM holiday WHERE tenant = $1 AND day = $2",
    };
    transaction.execute(sql, &[&tenant.as_str(), &day]).await?;
    Ok(())
}

/// A register that was changed for another, or a person's word that one that looks wrong is right: it ended and began at the same.
#[derive(Clone, Debug)]
pub struct RegisterChange<'c> {
    /// Of which meter.
    pub meter: &'c str,
    /// On which day.
    pub day: Date,
    /// Where the old one ended: the total, then the rates, in 1/10000 of the unit.
    pub last: &'c [i64],
    /// Where the new one began.
    pub first: &'c [i64],
    /// Why, for people.
    pub reason: &'c str,
}

/// Enters a change of a register; the next settlement of the meter counts by it.
///
/// # Errors
/// [`DeskError`]; nothing has changed then.
pub async fn change_register(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    change: &RegisterChange<'_>,
) -> Result<(), DeskError> {
    let sound = |registers: &[i64]| !registers.is_empty() && registers.iter().all(|at| *at >= 0);
    let reason = (3..=500).contains(&change.reason.chars().count());
    if !sound(change.last)
        || change.last.len() != change.first.len()
        || !sound(change.first)
        || !reason
    {
        return Err(DeskError::Malformed);
    }
    let found = transaction
        .query_opt(
            "SELECT 1 FROM meter WHERE number = $1 AND billing = 'on_account'",
            &[&change.meter],
        )
        .await?;
    if found.is_none() {
        return Err(DeskError::NoMeter(change.meter.to_owned()));
    }
    let added = transaction
        .execute(
            "INSERT INTO register_change (tenant, meter, day, last, first, reason, entered_by) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT DO NOTHING",
            &[
                &tenant.as_str(),
                &change.meter,
                &change.day,
                &change.last,
                &change.first,
                &change.reason,
                &by,
            ],
        )
        .await?;
    match added {
        0 => Err(DeskError::Entered),
        _ => Ok(()),
    }
}

/// A meter that is not settled beyond a day.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which meter.
    pub meter: String,
    /// The first day that is not settled.
    pub day: Date,
    /// A word for programs.
    pub reason: String,
    /// A sentence for people.
    pub words: String,
}

/// The meters that somebody has to look at, the oldest first.
///
/// # Errors
/// The database's.
pub async fn problems(transaction: &Transaction<'_>) -> Result<Vec<Problem>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT meter, day, reason, words FROM settlement_problem WHERE cleared_at IS NULL ORDER BY day, meter LIMIT $1",
            &[&MOST],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Problem {
            meter: row.try_get(0)?,
            day: row.try_get(1)?,
            reason: row.try_get(2)?,
            words: row.try_get(3)?,
        })
    };
    rows.iter().map(read).collect()
}

/// What was decided for an account.
#[derive(Clone, Debug)]
pub struct Made {
    /// Whose.
    pub account: String,
    /// The decision, as it is written.
    pub decision: String,
    /// The balance less the debt at that time.
    pub left_over: Money,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// The newest decisions, the newest first.
///
/// # Errors
/// The database's.
pub async fn decisions(transaction: &Transaction<'_>) -> Result<Vec<Made>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT account, decision, left_over, at FROM supply_decision ORDER BY id DESC LIMIT 100",
            &[],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(Made {
            account: row.try_get(0)?,
            decision: row.try_get(1)?,
            left_over: Money(row.try_get(2)?),
            at: row.try_get(3)?,
        })
    };
    rows.iter().map(read).collect()
}
