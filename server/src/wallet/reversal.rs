//! Giving money back: a journal is reversed, whole or in part, never changed. One person asks with a reason, another decides; the
//! database refuses a row in which both are the same.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use serde_json::json;
use tokio_postgres::Row;

use super::books::{Book, Kind, Place, Transfer, post, repay_debt, seconds};
use super::error::WalletError;
use super::is_id;
use crate::database::DatabaseError;

/// Where the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Back where it came from.
    Origin,
    /// Over the counter.
    Desk,
    /// By bank.
    Bank,
    /// Through the payment provider, whole.
    Provider,
}

impl Via {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Via::Origin => "origin",
            Via::Desk => "desk",
            Via::Bank => "bank",
            Via::Provider => "provider",
        }
    }

    /// The way of this name.
    pub fn parse(name: &str) -> Option<Via> {
        [Via::Origin, Via::Desk, Via::Bank, Via::Provider]
            .into_iter()
            .find(|via| via.name() == name)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ReversalAsk<'r> {
    /// Chosen by who asks; the same id with the same content is the same request.
    pub id: &'r str,
    /// Which journal.
    pub journal: i64,
    /// How much of it.
    pub amount: Money,
    /// Where the money goes.
    pub via: Via,
    /// Why, for people: 3 to 500 characters.
    pub reason: &'r str,
}

/// A request, and how it stands.
#[derive(Clone, Debug)]
pub struct Reversal {
    /// Its id.
    pub id: String,
    /// Which journal.
    pub journal: i64,
    /// How much of it.
    pub amount: Money,
    /// Where the money goes.
    pub via: Via,
    /// Why.
    pub reason: String,
    /// `waiting`, `approved` or `refused`.
    pub state: String,
    /// Who asked.
    pub requested_by: String,
    /// When, in seconds since 1970.
    pub requested_at: i64,
    /// Who decided.
    pub decided_by: Option<String>,
}

/// A journal as far as it is needed to reverse it.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Its kind, as it is written.
    pub kind: String,
    /// What it belongs to.
    pub reference: String,
    /// What was debited.
    pub debit: Place,
    /// What was credited.
    pub credit: Place,
    /// How much.
    pub amount: Money,
}

/// What a decision leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is done.
    Done,
    /// The order of this number has to go back through the provider.
    Refund(String),
}

impl Journal {
    /// Reads a journal.
    ///
    /// # Errors
    /// [`WalletError::NotReversible`] where it is not there, and the database's.
    pub async fn load(transaction: &Transaction<'_>, journal: i64) -> Result<Journal, WalletError> {
        let rows = transaction
            .query(
                "SELECT kind, reference, book, account, amount FROM posting_journal JOIN wallet_posting USING (tenant, journal) \
                 WHERE journal = $1 ORDER BY line",
                &[&journal],
            )
            .await?;
        let [debit, credit] = rows.as_slice() else {
            return Err(WalletError::NotReversible(journal));
        };
        Ok(Journal {
            kind: debit.try_get(0)?,
            reference: debit.try_get(1)?,
            debit: place(debit)?,
            credit: place(credit)?,
            amount: Money(debit.try_get(4)?),
        })
    }

    /// The transfer that undoes it this way: what is debited and what is credited. `None` where this is no way.
    fn undone(&self, via: Via) -> Option<(Place, Place)> {
        let is = |kind: Kind| self.kind == kind.name();
        let account = self.debit.account.as_ref().or(self.credit.account.as_ref());
        match via {
            Via::Origin if is(Kind::TopUp) => Some((self.credit.clone(), self.debit.clone())),
            // The meter was not credited after all: the account has its money again.
            Via::Origin if is(Kind::HoldCaptured) || is(Kind::HoldSpent) => {
                Some((self.credit.clone(), Book::Wallet.of(account?)))
            }
            Via::Desk if self.to_wallet() => Some((self.credit.clone(), Book::Desk.into())),
            Via::Bank if self.to_wallet() => Some((self.credit.clone(), Book::Bank.into())),
            Via::Origin | Via::Desk | Via::Bank | Via::Provider => None,
        }
    }

    /// Whether it brought money into a wallet from outside.
    fn to_wallet(&self) -> bool {
        let from_outside = [Kind::TopUp, Kind::MeterReturned, Kind::PaymentReceived].iter();
        self.credit.book == Book::Wallet
            && from_outside
                .map(|kind| kind.name())
                .any(|kind| kind == self.kind)
    }

    /// Whether this much of it can be asked back this way at all.
    fn may_be_reversed(&self, amount: Money, via: Via) -> bool {
        match via {
            Via::Provider => self.kind == Kind::PaymentReceived.name() && amount == self.amount,
            Via::Origin | Via::Desk | Via::Bank => self.undone(via).is_some(),
        }
    }
}

fn place(row: &Row) -> Result<Place, DatabaseError> {
    let book: &str = row.try_get(2)?;
    let book =
        Book::parse(book).ok_or_else(|| DatabaseError::Damaged(format!("the book {book}")))?;
    Ok(Place {
        book,
        account: row.try_get(3)?,
    })
}

const COLUMNS: &str = "SELECT reversal, journal, amount, via, reason, state, requested_by, requested_at, decided_by FROM reversal";

fn read(row: &Row) -> Result<Reversal, DatabaseError> {
    let via: &str = row.try_get(3)?;
    Ok(Reversal {
        id: row.try_get(0)?,
        journal: row.try_get(1)?,
        amount: Money(row.try_get(2)?),
        via: Via::parse(via).ok_or_else(|| DatabaseError::Damaged(format!("the way {via}")))?,
        reason: row.try_get(4)?,
        state: row.try_get(5)?,
        requested_by: row.try_get(6)?,
        requested_at: row.try_get(7)?,
        decided_by: row.try_get(8)?,
    })
}

/// The requests, those that wait first, then the newest.
///
/// # Errors
/// The database's.
pub async fn reversals(transaction: &Transaction<'_>) -> Result<Vec<Reversal>, DatabaseError> {
    let sql =
        format!("{COLUMNS} ORDER BY state <> 'waiting', requested_at DESC, reversal LIMIT 200");
    let rows = transaction.query(&sql, &[]).await?;
    rows.iter().map(read).collect()
}

async fn find(transaction: &Transaction<'_>, id: &str) -> Result<Option<Reversal>, DatabaseError> {
    let sql = format!("{COLUMNS} WHERE reversal = $1 FOR UPDATE");
    let row = transaction.query_opt(&sql, &[&id]).await?;
    row.as_ref().map(read).transpose()
}

/// Asks for money to be given back; another person decides.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn ask_reversal(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    asked: &ReversalAsk<'_>,
    now: u64,
) -> Result<Reversal, WalletError> {
    if !is_id(asked.id) || !(3..=500).contains(&asked.reason.chars().count()) {
        return Err(WalletError::Malformed(
            "a reversal has an id of 1 to 64 letters, digits and . _ : -, and a reason of 3 to 500 characters",
        ));
    }
    if let Some(found) = find(transaction, asked.id).await? {
        return same(found, asked, by);
    }
    let journal = Journal::load(transaction, asked.journal).await?;
    if !journal.may_be_reversed(asked.amount, asked.via) {
        return Err(WalletError::NotReversible(asked.journal));
    }
    check_left(transaction, asked.journal, &journal, asked.amount).await?;
    transaction
        .execute(
            "INSERT INTO reversal (tenant, reversal, journal, amount, via, reason, requested_by, requested_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, reversal) DO NOTHING",
            &[
                &tenant.as_str(),
                &asked.id,
                &asked.journal,
                &asked.amount.0,
                &asked.via.name(),
                &asked.reason,
                &by,
                &seconds(now)?,
            ],
        )
        .await?;
    let found = find(transaction, asked.id).await?;
    let found = found.ok_or_else(|| WalletError::NoReversal(asked.id.to_owned()))?;
    same(found, asked, by)
}

fn same(found: Reversal, asked: &ReversalAsk<'_>, by: &str) -> Result<Reversal, WalletError> {
    let is = (found.journal, found.amount, found.via);
    let texts = (found.reason.as_str(), found.requested_by.as_str());
    match is == (asked.journal, asked.amount, asked.via) && texts == (asked.reason, by) {
        true => Ok(found),
        false => Err(WalletError::Differs(asked.id.to_owned())),
    }
}

/// What is left of a journal after all that was approved.
async fn check_left(
    transaction: &Transaction<'_>,
    number: i64,
    journal: &Journal,
    amount: Money,
) -> Result<(), WalletError> {
    let row = transaction
        .query_one(
            "SELECT coalesce(sum(amount), 0)::bigint FROM reversal WHERE journal = $1 AND state = 'approved'",
            &[&number],
        )
        .await?;
    let left = Money(journal.amount.0.saturating_sub(row.try_get(0)?));
    match (1..=left.0).contains(&amount.0) {
        true => Ok(()),
        false => Err(WalletError::TooMuch { left }),
    }
}

/// Decides a request. An approved one is posted at once, but for what goes through the provider, which the caller sets off in the
/// same transaction.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn decide_reversal(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    id: &str,
    approved: bool,
    now: u64,
) -> Result<Asked, WalletError> {
    let Some(found) = find(transaction, id).await? else {
        return Err(WalletError::NoReversal(id.to_owned()));
    };
    if found.state != "waiting" {
        return Err(WalletError::Decided(found.state));
    }
    if found.requested_by == by {
        return Err(WalletError::FourEyes);
    }
    let mut led = Asked::Done;
    if approved {
        // Of two requests for one journal the second is decided after the first.
        transaction
            .execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                &[&format!("journal {tenant} {}", found.journal)],
            )
            .await?;
        let journal = Journal::load(transaction, found.journal).await?;
        check_left(transaction, found.journal, &journal, found.amount).await?;
        if found.via == Via::Provider {
            led = Asked::Refund(journal.reference);
        } else {
            undo(transaction, (tenant, by), &found, &journal, now).await?;
        }
    }
    let state = if approved { "approved" } else { "refused" };
    transaction
        .execute(
            "UPDATE reversal SET state = $2, decided_by = $3, decided_at = $4 WHERE reversal = $1",
            &[&id, &state, &by, &seconds(now)?],
        )
        .await?;
    Ok(led)
}

async fn undo(
    transaction: &Transaction<'_>,
    (tenant, by): (&TenantId, &str),
    asked: &Reversal,
    journal: &Journal,
    now: u64,
) -> Result<(), WalletError> {
    let (debit, credit) = journal
        .undone(asked.via)
        .ok_or(WalletError::NotReversible(asked.journal))?;
    let into_wallet = match (&credit.account, credit.book) {
        (Some(account), Book::Wallet) => Some(account.clone()),
        _ => None,
    };
    let transfer = Transfer {
        kind: Kind::Reversed,
        reference: &asked.id,
        debit,
        credit,
        amount: asked.amount,
        content: json!({
            "journal": asked.journal,
            "reason": asked.reason,
            "requested_by": asked.requested_by,
            "via": asked.via.name(),
        }),
        by,
        at: now,
    };
    let posted = post(transaction, tenant, &transfer).await?;
    match into_wallet {
        Some(account) => {
            repay_debt(transaction, tenant, &account, (posted.journal(), by, now)).await
        }
        None => Ok(()),
    }
}
