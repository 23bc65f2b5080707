//! The books of a tenant checked against themselves and against the terminals' logs, every night and by `server check`.
//!
//! | file | what |
//! |---|---|
//! | `wallets` | journals, balances, holds and payments: what the database itself should keep so |
//! | `logs` | every log hashed and replayed again, and its sales beside the wallets' books |
//! | `record` | what a check found, kept, and how the books stand by the newest one |
//! | `nightly` | the task that does it each night |

mod logs;
mod nightly;
mod record;
mod wallets;

use deadpool_postgres::Transaction;
use meterpost_ledger::signing::TenantId;
use serde::{Deserialize, Serialize};

use crate::database::Connection;
use crate::witness::WitnessError;

pub use nightly::{NIGHTLY_AT, run};
pub use record::{Standing, keep, newest};

/// Problems of one kind that are told at most; the rest is counted.
const MOST: usize = 20;

/// Something that does not add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Whose log it is about; none for the district's own books.
    pub terminal: Option<String>,
    /// What, for people.
    pub words: String,
}

/// What a check looked at and found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Journals of the wallets' books.
    pub journals: i64,
    /// Logs, of all epochs.
    pub logs: i64,
    /// Entries hashed and replayed.
    pub entries: u64,
    /// What is wrong; nothing where the books are in order.
    pub problems: Vec<Problem>,
}

impl Found {
    fn add(&mut self, terminal: Option<&str>, words: String) {
        self.problems.push(Problem {
            terminal: terminal.map(str::to_owned),
            words,
        });
    }
}

/// Checks a tenant's books as they were at one moment; nothing is changed, and everybody goes on meanwhile.
///
/// # Errors
/// When the database does not answer. What does not add up is in [`Found::problems`].
pub async fn check(connection: &mut Connection, tenant: &TenantId) -> Result<Found, WitnessError> {
    let transaction = connection.look(tenant).await?;
    check_within(&transaction, tenant).await
}

/// The same as this transaction sees them: before it is committed, if it is.
///
/// # Errors
/// As [`check`].
pub async fn check_within(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
) -> Result<Found, WitnessError> {
    let mut found = Found::default();
    wallets::check(transaction, &mut found).await?;
    logs::check(transaction, tenant, &mut found).await?;
    Ok(found)
}
