//! Dated versions in the database. A version's content never changes: whoever wants another one drafts the next version. One
//! person drafts and asks, another brings it into force.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::signing::TenantId;
use serde_json::Value;
use thiserror::Error;
use tokio_postgres::Row;

use super::check::TariffError;
use super::model::{Tariff, Utility};
use crate::database::DatabaseError;

/// The tariff of meters that name none.
pub const DEFAULT: &str = "default";

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Written.
    Draft,
    /// Waiting for another person.
    Waiting,
    /// In force from its day on.
    Active,
    /// Given up: by its author, refused by another, or taken back before its day.
    Withdrawn,
}

impl State {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Waiting => "waiting",
            State::Active => "active",
            State::Withdrawn => "withdrawn",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<State> {
        [
            State::Draft,
            State::Waiting,
            State::Active,
            State::Withdrawn,
        ]
        .into_iter()
        .find(|state| state.name() == name)
    }
}

/// A new version as it is written.
#[derive(Clone, Debug)]
pub struct Draft<'d> {
    /// The tariff's name, `default` for meters that name none: 1 to 40 of a-z, 0-9 and `. _ -`.
    pub name: &'d str,
    /// The first day that it holds for.
    pub valid_from: Date,
    /// The tariff.
    pub tariff: &'d Tariff,
}

/// A version.
#[derive(Clone, Debug)]
pub struct Version {
    /// Of what.
    pub utility: Utility,
    /// The tariff's name.
    pub name: String,
    /// Its number under that name, from 1 on.
    pub version: i32,
    /// The first day that it holds for.
    pub valid_from: Date,
    /// What it says.
    pub content: Value,
    /// Where it stands.
    pub state: State,
    /// Who wrote it.
    pub drafted_by: String,
    /// Who brought it into force.
    pub activated_by: Option<String>,
    /// Who gave it up.
    pub withdrawn_by: Option<String>,
}

/// Why a version is not written or does not change its state.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Its content is no tariff.
    #[error(transparent)]
    Tariff(#[from] TariffError),
    /// Its name is none.
    #[error("a tariff's name is 1 to 40 of a-z, 0-9 and . _ -, and begins with a letter or digit")]
    Name,
    /// No such version.
    #[error("there is no version {1} of the tariff {0}")]
    Missing(String, i32),
    /// It is in a state from which it cannot go there.
    #[error("the version is {}", .0.name())]
    State(State),
    /// Who wrote it may not bring it into force.
    #[error("who wrote it cannot bring it into force: another person has to")]
    FourEyes,
    /// Another version holds from that day on.
    #[error("another version is in force from that day on; give it another day")]
    SameDay,
    /// Days were charged by it, or could have been.
    #[error("it is in force since {0}; a newer version can follow it, but it cannot be taken back")]
    Begun(Date),
    /// Days that it would hold for are charged by another version already.
    #[error("days up to {0} are charged; a new version begins after them")]
    Charged(Date),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> StoreError {
        match error.as_db_error().and_then(|said| said.constraint()) {
            Some("tariff_from") => StoreError::SameDay,
            Some("tariff_four_eyes") => StoreError::FourEyes,
            Some("tariff_version_name_check") => StoreError::Name,
            _ => StoreError::Database(error.into()),
        }
    }
}

/// Which version.
#[derive(Clone, Copy, Debug)]
pub struct Which<'w> {
    /// Of what.
    pub utility: Utility,
    /// The tariff's name.
    pub name: &'w str,
    /// Its number.
    pub version: i32,
}

/// Writes a new version down; its number.
///
/// # Errors
/// [`StoreError`]; nothing is written then.
pub async fn draft(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    new: &Draft<'_>,
) -> Result<i32, StoreError> {
    new.tariff.check()?;
    let content = serde_json::to_value(new.tariff)
        .map_err(|error| DatabaseError::Damaged(error.to_string()))?;
    let (utility, tenant) = (new.tariff.utility.name(), tenant.as_str());
    // Two that write at once get two numbers.
    lock(transaction, tenant, utility, new.name).await?;
    let row = transaction
        .query_one(
            "INSERT INTO tariff_version (tenant, utility, name, version, valid_from, content, drafted_by) \
             SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6 FROM tariff_version \
             WHERE tenant = $1 AND utility = $2 AND name = $3 RETURNING version",
            &[&tenant, &utility, &new.name, &new.valid_from, &content, &by],
        )
        .await?;
    Ok(row.try_get(0)?)
}

async fn lock(
    transaction: &Transaction<'_>,
    tenant: &str,
    utility: &str,
    name: &str,
) -> Result<(), tokio_postgres::Error> {
    transaction
        .execute(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            &[&format!("tariff {tenant} {utility} {name}")],
        )
        .await?;
    Ok(())
}

/// Asks for a draft to be brought into force.
///
/// # Errors
/// [`StoreError`]; nothing has changed then.
pub async fn ask(transaction: &Transaction<'_>, which: Which<'_>) -> Result<(), StoreError> {
    let found = find(transaction, which).await?;
    match found.state {
        State::Draft => {}
        State::Waiting => return Ok(()),
        other => return Err(StoreError::State(other)),
    }
    transaction
        .execute(
            "UPDATE tariff_version SET state = 'waiting' WHERE utility = $1 AND name = $2 AND version = $3",
            &[&which.utility.name(), &which.name, &which.version],
        )
        .await?;
    Ok(())
}

/// Brings a version that waits into force, by another person than its author.
///
/// # Errors
/// [`StoreError`]; nothing has changed then.
pub async fn activate(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    which: Which<'_>,
) -> Result<(), StoreError> {
    lock(
        transaction,
        tenant.as_str(),
        which.utility.name(),
        which.name,
    )
    .await?;
    let found = find(transaction, which).await?;
    if found.state != State::Waiting {
        return Err(StoreError::State(found.state));
    }
    if found.drafted_by == by {
        return Err(StoreError::FourEyes);
    }
    // Whoever wrote it down may have been an older program.
    Tariff::parse(&found.content)?;
    if let Some(last) = charged_upto(transaction, which).await?
        && found.valid_from <= last
    {
        return Err(StoreError::Charged(last));
    }
    transaction
        .execute(
            "UPDATE tariff_version SET state = 'active', activated_by = $4, activated_at = now() \
             WHERE utility = $1 AND name = $2 AND version = $3",
            &[&which.utility.name(), &which.name, &which.version, &by],
        )
        .await?;
    Ok(())
}

/// The last day that was charged by a version of this tariff.
async fn charged_upto(
    transaction: &Transaction<'_>,
    which: Which<'_>,
) -> Result<Option<Date>, tokio_postgres::Error> {
    transaction
        .query_one(
            "SELECT max(last_day) FROM tariff_used WHERE utility = $1 AND name = $2",
            &[&which.utility.name(), &which.name],
        )
        .await?
        .try_get(0)
}

/// Gives a version up: a draft, one that waits, or one whose first day is still to come.
///
/// # Errors
/// [`StoreError`]; nothing has changed then.
pub async fn withdraw(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    which: Which<'_>,
    today: Date,
) -> Result<(), StoreError> {
    lock(
        transaction,
        tenant.as_str(),
        which.utility.name(),
        which.name,
    )
    .await?;
    let found = find(transaction, which).await?;
    match found.state {
        State::Withdrawn => return Ok(()),
        State::Active if found.valid_from <= today => {
            return Err(StoreError::Begun(found.valid_from));
        }
        State::Draft | State::Waiting | State::Active => {}
    }
    transaction
        .execute(
            "UPDATE tariff_version SET state = 'withdrawn', withdrawn_by = $4, withdrawn_at = now() \
             WHERE utility = $1 AND name = $2 AND version = $3",
            &[&which.utility.name(), &which.name, &which.version, &by],
        )
        .await?;
    Ok(())
}

const COLUMNS: &str = "SELECT utility, name, version, valid_from, content, state, drafted_by, activated_by, withdrawn_by \
     FROM tariff_version";

async fn find(transaction: &Transaction<'_>, which: Which<'_>) -> Result<Version, StoreError> {
    let sql = format!("{COLUMNS} WHERE utility = $1 AND name = $2 AND version = $3");
    let row = transaction
        .query_opt(&sql, &[&which.utility.name(), &which.name, &which.version])
        .await?;
    match row {
        Some(row) => Ok(read(&row)?),
        None => Err(StoreError::Missing(which.name.to_owned(), which.version)),
    }
}

fn read(row: &Row) -> Result<Version, DatabaseError> {
    let (utility, state): (&str, &str) = (row.try_get(0)?, row.try_get(5)?);
    let damaged = |what: &str| DatabaseError::Damaged(format!("a tariff of {what}"));
    Ok(Version {
        utility: Utility::parse(utility).ok_or_else(|| damaged(utility))?,
        name: row.try_get(1)?,
        version: row.try_get(2)?,
        valid_from: row.try_get(3)?,
        content: row.try_get(4)?,
        state: State::parse(state).ok_or_else(|| damaged(state))?,
        drafted_by: row.try_get(6)?,
        activated_by: row.try_get(7)?,
        withdrawn_by: row.try_get(8)?,
    })
}

/// All versions, by utility and name, the newest first.
///
/// # Errors
/// The database's.
pub async fn versions(transaction: &Transaction<'_>) -> Result<Vec<Version>, DatabaseError> {
    let sql = format!("{COLUMNS} ORDER BY utility, name, version DESC LIMIT 1000");
    let rows = transaction.query(&sql, &[]).await?;
    rows.iter().map(read).collect()
}

/// One version.
///
/// # Errors
/// [`StoreError::Missing`], and the database's.
pub async fn version(
    transaction: &Transaction<'_>,
    which: Which<'_>,
) -> Result<Version, StoreError> {
    find(transaction, which).await
}

/// The versions of one tariff: since when, which one, and what it says; in the order of their days.
type Dated = Vec<(Date, i32, Tariff)>;

/// All versions that are in force on some day, ready to be charged by.
#[derive(Clone, Debug, Default)]
pub struct InForce {
    versions: HashMap<Utility, HashMap<String, Dated>>,
}

impl InForce {
    /// The version of this tariff for a day, and what it says.
    pub fn at(&self, utility: Utility, name: &str, day: Date) -> Option<(i32, &Tariff)> {
        let dated = self.versions.get(&utility)?.get(name)?;
        let (_, version, tariff) = dated.iter().rev().find(|(from, ..)| *from <= day)?;
        Some((*version, tariff))
    }

    /// This version, whatever the day.
    pub fn version(&self, utility: Utility, name: &str, version: i32) -> Option<&Tariff> {
        let dated = self.versions.get(&utility)?.get(name)?;
        let (.., tariff) = dated.iter().find(|(_, number, _)| *number == version)?;
        Some(tariff)
    }
}

/// The versions that are active.
///
/// # Errors
/// The database's; [`DatabaseError::Damaged`] where one cannot be read any more.
pub async fn active(transaction: &Transaction<'_>) -> Result<InForce, DatabaseError> {
    let sql = format!("{COLUMNS} WHERE state = 'active' ORDER BY utility, name, valid_from");
    let rows = transaction.query(&sql, &[]).await?;
    let mut in_force = InForce::default();
    for row in &rows {
        let found = read(row)?;
        let tariff = Tariff::parse(&found.content).map_err(|error| {
            let (name, version) = (&found.name, found.version);
            DatabaseError::Damaged(format!("tariff {name}, version {version}: {error}"))
        })?;
        in_force
            .versions
            .entry(found.utility)
            .or_default()
            .entry(found.name)
            .or_default()
            .push((found.valid_from, found.version, tariff));
    }
    Ok(in_force)
}
