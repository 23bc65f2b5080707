//! A log's row: what is known of it, read under its lock and written before anything is answered.

use deadpool_postgres::Transaction;
use meterpost_ledger::exchange::WitnessMemory;
use meterpost_ledger::signing::{LogOrigin, SignedCheckpoint};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::memory_json::{conflict_word, read, write};
use crate::database::DatabaseError;

/// A log as the database knows it.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// What the witness remembers.
    pub memory: WitnessMemory,
    /// Entries here; those beyond the head cosigned last are believed only once a head covers them.
    pub stored: u64,
    /// The counter of the last signed call; none before the first.
    pub counter: Option<u64>,
}

/// The columns that say which log, as parameters.
pub(super) struct Which<'o> {
    tenant: &'o str,
    terminal: &'o str,
    epoch: i64,
}

impl<'o> Which<'o> {
    pub(super) fn log(origin: &'o LogOrigin) -> Which<'o> {
        Which {
            tenant: origin.tenant().as_str(),
            terminal: origin.terminal().as_str(),
            epoch: i64::from(origin.epoch()),
        }
    }

    /// `$1`, `$2` and `$3`, and what follows them.
    pub(super) fn with<'p>(
        &'p self,
        more: &[&'p (dyn ToSql + Sync)],
    ) -> Vec<&'p (dyn ToSql + Sync)> {
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![&self.tenant, &self.terminal, &self.epoch];
        all.extend_from_slice(more);
        all
    }
}

/// As the database counts.
pub(super) fn to_i64(number: u64) -> Result<i64, DatabaseError> {
    i64::try_from(number).map_err(|_| DatabaseError::Damaged(format!("{number} is out of range")))
}

/// As we count.
pub(super) fn to_u64(number: i64) -> Result<u64, DatabaseError> {
    u64::try_from(number).map_err(|_| DatabaseError::Damaged(format!("{number} is out of range")))
}

const COLUMNS: &str = "SELECT memory, version, stored, counter FROM log WHERE tenant = $1 AND terminal = $2 AND epoch = $3";

/// A log that was just enrolled.
///
/// # Errors
/// When it is there already, or the database does not answer.
pub async fn add(
    transaction: &Transaction<'_>,
    memory: &WitnessMemory,
) -> Result<(), DatabaseError> {
    let which = Which::log(&memory.origin);
    let json = memory_value(memory)?;
    let version = to_i64(memory.version)?;
    transaction
        .execute(
            "INSERT INTO log (tenant, terminal, epoch, memory, version) VALUES ($1, $2, $3, $4, $5)",
            &which.with(&[&json, &version]),
        )
        .await?;
    Ok(())
}

/// A log as it is now.
///
/// # Errors
/// When the database does not answer, or the row is damaged.
pub async fn find(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<Option<LogRow>, DatabaseError> {
    load(transaction, origin, COLUMNS).await
}

/// A log as it is now, and nobody else changes it before the transaction ends.
///
/// # Errors
/// When the database does not answer, or the row is damaged.
pub async fn lock(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
) -> Result<Option<LogRow>, DatabaseError> {
    load(transaction, origin, &format!("{COLUMNS} FOR UPDATE")).await
}

async fn load(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    sql: &str,
) -> Result<Option<LogRow>, DatabaseError> {
    let which = Which::log(origin);
    let statement = transaction.prepare_cached(sql).await?;
    let row = transaction.query_opt(&statement, &which.with(&[])).await?;
    row.map(|row| from_row(origin, &row)).transpose()
}

fn from_row(origin: &LogOrigin, row: &Row) -> Result<LogRow, DatabaseError> {
    let version = to_u64(row.try_get(1)?)?;
    let memory = read(origin, version, row.try_get(0)?)
        .map_err(|why| DatabaseError::Damaged(format!("the memory of {origin}: {why}")))?;
    let counter: i64 = row.try_get(3)?;
    Ok(LogRow {
        memory,
        stored: to_u64(row.try_get(2)?)?,
        counter: u64::try_from(counter).ok(),
    })
}

fn memory_value(memory: &WitnessMemory) -> Result<serde_json::Value, DatabaseError> {
    write(memory).map_err(|error| DatabaseError::Damaged(error.to_string()))
}

/// Stores a changed memory in the place of the version before it; a conflict that is new goes to the inbox as well.
pub(crate) async fn store_memory(
    transaction: &Transaction<'_>,
    before: &WitnessMemory,
    after: &WitnessMemory,
) -> Result<(), DatabaseError> {
    let which = Which::log(&after.origin);
    let json = memory_value(after)?;
    let (version, was) = (to_i64(after.version)?, to_i64(before.version)?);
    let size = to_i64(after.last_size())?;
    let statement = transaction
        .prepare_cached(
            "UPDATE log SET memory = $4, version = $5, size = $6 \
             WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND version = $7",
        )
        .await?;
    let changed = transaction
        .execute(&statement, &which.with(&[&json, &version, &size, &was]))
        .await?;
    if changed != 1 {
        let why = format!("{} changed under its lock", after.origin);
        return Err(DatabaseError::Damaged(why));
    }
    if after.conflict != before.conflict {
        store_conflict(transaction, after).await?;
    }
    Ok(())
}

async fn store_conflict(
    transaction: &Transaction<'_>,
    memory: &WitnessMemory,
) -> Result<(), DatabaseError> {
    let Some(conflict) = &memory.conflict else {
        return Ok(());
    };
    let which = Which::log(&memory.origin);
    let version = to_i64(memory.version)?;
    let kind = conflict_word(conflict.kind);
    let ours = conflict
        .evidence
        .ours
        .as_ref()
        .map(SignedCheckpoint::to_text);
    let theirs = conflict.evidence.theirs.to_text();
    let proof: Vec<String> = conflict.evidence.proof.iter().map(hex::encode).collect();
    let proof = proof.join("\n");
    transaction
        .execute(
            "INSERT INTO conflict (tenant, terminal, epoch, version, kind, ours, theirs, proof) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &which.with(&[&version, &kind, &ours, &theirs, &proof]),
        )
        .await?;
    tracing::error!(log = %memory.origin, kind, "the log contradicts itself and is held");
    Ok(())
}

/// Counts a signed call; `false` where its counter is not above the last one's.
pub(crate) async fn count_call(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    counter: u64,
) -> Result<bool, DatabaseError> {
    let which = Which::log(origin);
    let counter = to_i64(counter)?;
    let statement = transaction
        .prepare_cached(
            "UPDATE log SET counter = $4, last_contact = now() \
             WHERE tenant = $1 AND terminal = $2 AND epoch = $3 AND counter < $4",
        )
        .await?;
    let counted = transaction
        .execute(&statement, &which.with(&[&counter]))
        .await?;
    Ok(counted == 1)
}

/// Notes how long the log is by its own word.
pub(crate) async fn note_claim(
    transaction: &Transaction<'_>,
    origin: &LogOrigin,
    size: u64,
) -> Result<(), DatabaseError> {
    let which = Which::log(origin);
    let size = to_i64(size)?;
    let statement = transaction
        .prepare_cached(
            "UPDATE log SET claimed = $4 WHERE tenant = $1 AND terminal = $2 AND epoch = $3",
        )
        .await?;
    transaction
        .execute(&statement, &which.with(&[&size]))
        .await?;
    Ok(())
}
