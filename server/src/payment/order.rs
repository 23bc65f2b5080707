//! A payment's row.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::ask::Purpose;
use super::provider::{Order, Received};
use super::state::{State, Target};
use crate::database::DatabaseError;
use crate::wallet::{Kind, seconds};

/// A payment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Our number at the provider.
    pub number: String,
    /// Which terminal asked for it.
    pub terminal: String,
    /// The terminal's name for it.
    pub payment: String,
    /// What for.
    pub purpose: Purpose,
    /// How much.
    pub amount: Money,
    /// What the payer sees.
    pub description: String,
    /// How it stands.
    pub state: State,
    /// What the QR code says.
    pub code: Option<String>,
    /// The money that came.
    pub received: Option<Received>,
    /// When it was asked for, in seconds since 1970, as all times here.
    pub made_at: u64,
    /// When the provider may close it.
    pub expires_at: u64,
    /// When it came into its state.
    pub changed_at: u64,
    /// When there is something to do.
    pub next_at: Option<u64>,
    /// Attempts in this state.
    pub attempts: u32,
    /// What went wrong last, for people.
    pub trouble: Option<String>,
}

const COLUMNS: &str = "SELECT number, terminal, payment, sale, meter, account, amount, description, state, code, transaction, \
     received, made_at, expires_at, changed_at, next_at, attempts, trouble FROM payment_order";

/// Most payments of a list.
const LISTED: i64 = 200;

fn time(number: i64) -> Result<u64, DatabaseError> {
    u64::try_from(number).map_err(|_| DatabaseError::Damaged(format!("the time {number}")))
}

fn purpose(row: &Row) -> Result<Purpose, DatabaseError> {
    let (sale, meter, account): (Option<String>, Option<String>, Option<String>) =
        (row.try_get(3)?, row.try_get(4)?, row.try_get(5)?);
    match (sale, meter, account) {
        (Some(sale), Some(meter), None) => Ok(Purpose::Sale { sale, meter }),
        (None, None, Some(account)) => Ok(Purpose::Wallet { account }),
        _ => Err(DatabaseError::Damaged("a payment's purpose".into())),
    }
}

fn read(row: &Row) -> Result<Payment, DatabaseError> {
    let state: &str = row.try_get(8)?;
    let state = State::parse(state)
        .ok_or_else(|| DatabaseError::Damaged(format!("the state {state} of a payment")))?;
    let (transaction, received): (Option<String>, Option<i64>) =
        (row.try_get(10)?, row.try_get(11)?);
    let next_at: Option<i64> = row.try_get(15)?;
    let attempts: i32 = row.try_get(16)?;
    Ok(Payment {
        number: row.try_get(0)?,
        terminal: row.try_get(1)?,
        payment: row.try_get(2)?,
        purpose: purpose(row)?,
        amount: Money(row.try_get(6)?),
        description: row.try_get(7)?,
        state,
        code: row.try_get(9)?,
        received: transaction
            .zip(received)
            .map(|(transaction, amount)| Received {
                transaction,
                amount: Money(amount),
            }),
        made_at: time(row.try_get(12)?)?,
        expires_at: time(row.try_get(13)?)?,
        changed_at: time(row.try_get(14)?)?,
        next_at: next_at.map(time).transpose()?,
        attempts: u32::try_from(attempts).unwrap_or(0),
        trouble: row.try_get(17)?,
    })
}

impl Payment {
    /// What the money is for.
    pub fn target(&self) -> Target {
        match self.purpose {
            Purpose::Sale { .. } => Target::Sale,
            Purpose::Wallet { .. } => Target::Wallet,
        }
    }

    /// As the provider knows it.
    pub fn order(&self) -> Order {
        Order {
            number: self.number.clone(),
            amount: self.amount,
            description: self.description.clone(),
            expires_at: self.expires_at,
        }
    }

    /// Writes it for the first time; `false` where the terminal has used its name before.
    pub(super) async fn insert(
        &self,
        transaction: &Transaction<'_>,
        tenant: &TenantId,
        epoch: u32,
    ) -> Result<bool, DatabaseError> {
        let (sale, meter, account) = match &self.purpose {
            Purpose::Sale { sale, meter } => (Some(sale), Some(meter), None),
            Purpose::Wallet { account } => (None, None, Some(account)),
        };
        let next_at = self.next_at.map(seconds).transpose()?;
        let added = transaction
            .execute(
                "INSERT INTO payment_order (tenant, number, terminal, payment, epoch, sale, meter, account, amount, \
                 description, state, made_at, expires_at, changed_at, next_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
                &[
                    &tenant.as_str(),
                    &self.number,
                    &self.terminal,
                    &self.payment,
                    &i64::from(epoch),
                    &sale,
                    &meter,
                    &account,
                    &self.amount.0,
                    &self.description,
                    &self.state.name(),
                    &seconds(self.made_at)?,
                    &seconds(self.expires_at)?,
                    &seconds(self.changed_at)?,
                    &next_at,
                ],
            )
            .await?;
        Ok(added == 1)
    }

    /// Writes what can change.
    pub(super) async fn store(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), tokio_postgres::Error> {
        let number = |time: u64| i64::try_from(time).unwrap_or(i64::MAX);
        let (name, money) = match &self.received {
            Some(received) => (Some(&received.transaction), Some(received.amount.0)),
            None => (None, None),
        };
        transaction
            .execute(
                "UPDATE payment_order SET state = $2, code = $3, transaction = $4, received = $5, changed_at = $6, \
                 next_at = $7, attempts = $8, trouble = $9 WHERE number = $1",
                &[
                    &self.number,
                    &self.state.name(),
                    &self.code,
                    &name,
                    &money,
                    &number(self.changed_at),
                    &self.next_at.map(number),
                    &i32::try_from(self.attempts).unwrap_or(i32::MAX),
                    &self.trouble,
                ],
            )
            .await?;
        Ok(())
    }
}

async fn one(
    transaction: &Transaction<'_>,
    condition: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Option<Payment>, DatabaseError> {
    let sql = format!("{COLUMNS} WHERE {condition}");
    let row = transaction.query_opt(&sql, parameters).await?;
    row.as_ref().map(read).transpose()
}

/// The payment of this number; nobody else changes it before the transaction ends.
pub(super) async fn lock(
    transaction: &Transaction<'_>,
    number: &str,
) -> Result<Option<Payment>, DatabaseError> {
    one(transaction, "number = $1 FOR UPDATE", &[&number]).await
}

/// The payment that a terminal knows by this name, locked in the same way.
pub(super) async fn lock_named(
    transaction: &Transaction<'_>,
    terminal: &str,
    payment: &str,
) -> Result<Option<Payment>, DatabaseError> {
    let condition = "terminal = $1 AND payment = $2 FOR UPDATE";
    one(transaction, condition, &[&terminal, &payment]).await
}

/// The payment that a terminal knows by this name, as it is.
pub(super) async fn find_named(
    transaction: &Transaction<'_>,
    terminal: &str,
    payment: &str,
) -> Result<Option<Payment>, DatabaseError> {
    one(
        transaction,
        "terminal = $1 AND payment = $2",
        &[&terminal, &payment],
    )
    .await
}

/// One payment on which something is due and nobody is at work.
pub(super) async fn lock_due(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    now: u64,
) -> Result<Option<Payment>, DatabaseError> {
    // The tenant is named for the index; row-level security says the same.
    let condition = "tenant = $1 AND next_at <= $2 ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED";
    one(transaction, condition, &[&tenant.as_str(), &seconds(now)?]).await
}

/// The newest payments, of one state or all.
///
/// # Errors
/// The database's.
pub async fn list(
    transaction: &Transaction<'_>,
    state: Option<State>,
) -> Result<Vec<Payment>, DatabaseError> {
    let sql = format!(
        "{COLUMNS} WHERE $1::text IS NULL OR state = $1 ORDER BY made_at DESC, number LIMIT $2"
    );
    let rows = transaction
        .query(&sql, &[&state.map(State::name), &LISTED])
        .await?;
    rows.iter().map(read).collect()
}

/// The journal by which a payment's money came in, and how much it was.
///
/// # Errors
/// The database's.
pub async fn received_journal(
    transaction: &Transaction<'_>,
    number: &str,
) -> Result<Option<(i64, Money)>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT journal, amount FROM posting_journal JOIN wallet_posting USING (tenant, journal) \
             WHERE kind = $1 AND reference = $2 AND line = 1",
            &[&Kind::PaymentReceived.name(), &number],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some((row.try_get(0)?, Money(row.try_get(1)?))))
}
