//! Balances and statements.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;

use crate::database::DatabaseError;

/// Most lines of a statement.
const LINES: i64 = 200;

/// An account's money, in the sense of its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    /// What can be spent.
    pub balance: Money,
    /// Put aside for deliveries whose outcome is open.
    pub held: Money,
    /// Owed for deliveries made offline beyond the balance.
    pub debt: Money,
}

/// A posting of an account.
#[derive(Clone, Debug)]
pub struct StatementLine {
    /// The journal's number.
    pub journal: i64,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What for.
    pub kind: String,
    /// For which one.
    pub reference: String,
    /// `wallet`, `held` or `debt`.
    pub book: String,
    /// What it added for the owner: a wallet's growth is positive, and so is a debt's.
    pub amount: Money,
    /// By whom.
    pub by: String,
}

/// An account's money; nothing where none ever came.
///
/// # Errors
/// The database's.
pub async fn balances(
    transaction: &Transaction<'_>,
    account: &str,
) -> Result<Balances, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT balance, held, debt FROM wallet WHERE account = $1",
            &[&account],
        )
        .await?;
    let Some(row) = row else {
        return Ok(Balances::default());
    };
    Ok(Balances {
        balance: Money(row.try_get(0)?),
        held: Money(row.try_get(1)?),
        debt: Money(row.try_get(2)?),
    })
}

/// An account's newest postings, the newest first.
///
/// # Errors
/// The database's.
pub async fn statement(
    transaction: &Transaction<'_>,
    account: &str,
) -> Result<Vec<StatementLine>, DatabaseError> {
    let rows = transaction
        .query(
            "SELECT journal, at, kind, reference, book, CASE WHEN book = 'debt' THEN amount ELSE -amount END, made_by \
             FROM wallet_posting JOIN posting_journal USING (tenant, journal) \
             WHERE account = $1 ORDER BY journal DESC, line LIMIT $2",
            &[&account, &LINES],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(StatementLine {
            journal: row.try_get(0)?,
            at: row.try_get(1)?,
            kind: row.try_get(2)?,
            reference: row.try_get(3)?,
            book: row.try_get(4)?,
            amount: Money(row.try_get(5)?),
            by: row.try_get(6)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Money that was paid in at a desk.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The journal's number, which is the receipt's.
    pub journal: i64,
    /// When, in seconds since 1970.
    pub at: i64,
    /// For whom.
    pub account: String,
    /// How much.
    pub amount: Money,
    /// `desk`: in cash; `bank`: by transfer.
    pub came_by: String,
    /// What the clerk noted.
    pub reference: String,
    /// Who took it.
    pub by: String,
    /// How much of it was given back.
    pub given_back: Money,
}

/// The receipt of a top-up; none where the journal is none.
///
/// # Errors
/// The database's.
pub async fn receipt(
    transaction: &Transaction<'_>,
    journal: i64,
) -> Result<Option<Receipt>, DatabaseError> {
    let row = transaction
        .query_opt(
            "SELECT at, credit.account, debit.amount, debit.book, coalesce(content->>'reference', ''), made_by, \
             (SELECT coalesce(sum(amount), 0)::bigint FROM reversal r WHERE r.journal = j.journal AND r.state = 'approved') \
             FROM posting_journal j \
             JOIN wallet_posting debit ON debit.tenant = j.tenant AND debit.journal = j.journal AND debit.amount > 0 \
             JOIN wallet_posting credit ON credit.tenant = j.tenant AND credit.journal = j.journal AND credit.amount < 0 \
             WHERE j.journal = $1 AND j.kind = 'wallet.top_up'",
            &[&journal],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Receipt {
        journal,
        at: row.try_get(0)?,
        account: row.try_get(1)?,
        amount: Money(row.try_get(2)?),
        came_by: row.try_get(3)?,
        reference: row.try_get(4)?,
        by: row.try_get(5)?,
        given_back: Money(row.try_get(6)?),
    }))
}
