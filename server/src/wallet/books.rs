//! The books, and posting a transfer exactly once.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;
use serde_json::Value;

use super::error::WalletError;
use super::{LARGEST, balances};
use crate::database::DatabaseError;

/// Where money can be. An asset's balance is positive, a debt's negative; all together are always zero (invariant 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// Debt to an account: its balance.
    Wallet,
    /// Debt to an account: put aside for a delivery whose outcome is open.
    Held,
    /// Asset: what an account owes for deliveries made offline and consumption beyond its balance.
    Debt,
    /// Asset: cash taken at desks.
    Desk,
    /// Asset: transfers received at the bank.
    Bank,
    /// Asset: money at the payment provider.
    Provider,
    /// Debt to payers: paid for a terminal's sale that has not taken it yet.
    Untaken,
    /// Debt to the operator: handed to terminals, whose logs tell what became of it.
    Terminals,
    /// Debt to payers: on its way back to them.
    Returning,
    /// Asset: came back out of meters that were taken down, into which terminals had put it.
    Meters,
    /// Revenue: consumption that was charged. What the operator has earned is negative, as what it owes.
    Consumption,
}

impl Book {
    /// All of them.
    pub const ALL: [Book; 11] = [
        Book::Wallet,
        Book::Held,
        Book::Debt,
        Book::Desk,
        Book::Bank,
        Book::Provider,
        Book::Untaken,
        Book::Terminals,
        Book::Returning,
        Book::Meters,
        Book::Consumption,
    ];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Book::Wallet => "wallet",
            Book::Held => "held",
            Book::Debt => "debt",
            Book::Desk => "desk",
            Book::Bank => "bank",
            Book::Provider => "provider",
            Book::Untaken => "untaken",
            Book::Terminals => "terminals",
            Book::Returning => "returning",
            Book::Meters => "meters",
            Book::Consumption => "consumption",
        }
    }

    /// The book of this name.
    pub fn parse(name: &str) -> Option<Book> {
        Book::ALL.into_iter().find(|book| book.name() == name)
    }
}

/// A book, and whose part of it where it is kept for each account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The book.
    pub book: Book,
    /// Whose.
    pub account: Option<String>,
}

impl From<Book> for Place {
    fn from(book: Book) -> Place {
        Place {
            book,
            account: None,
        }
    }
}

impl Book {
    /// This book's part that is kept for an account.
    pub fn of(self, account: &str) -> Place {
        Place {
            book: self,
            account: Some(account.to_owned()),
        }
    }
}

/// What a transfer is for. Each kind happens once for one reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Money paid in at a desk; the reference is the top-up's id.
    TopUp,
    /// Left in a meter that was taken down; the reference is the removal's id.
    MeterReturned,
    /// Put aside; the reference is terminal and hold.
    HoldMade,
    /// Delivered; the same reference.
    HoldCaptured,
    /// Not delivered; the same reference.
    HoldReleased,
    /// Delivered offline; the same reference.
    HoldSpent,
    /// A debt paid out of a wallet; the reference is the journal that brought the money.
    DebtRepaid,
    /// Given back; the reference is the reversal's id.
    Reversed,
    /// Came in at the provider; the reference is the order number, as in all that follow.
    PaymentReceived,
    /// Taken over by the terminal.
    PaymentTaken,
    /// Set on its way back.
    PaymentReturning,
    /// Back, by the provider's word.
    PaymentRefunded,
    /// A day's consumption paid out of the wallet; the reference is meter, day and revision, as in those that follow.
    SettlementCharged,
    /// The part of it that the wallet does not cover.
    SettlementOwed,
    /// Given back where a later revision costs less.
    SettlementReturned,
}

impl Kind {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Kind::TopUp => "wallet.top_up",
            Kind::MeterReturned => "meter.returned",
            Kind::HoldMade => "hold.made",
            Kind::HoldCaptured => "hold.captured",
            Kind::HoldReleased => "hold.released",
            Kind::HoldSpent => "hold.spent",
            Kind::DebtRepaid => "debt.repaid",
            Kind::Reversed => "reversal",
            Kind::PaymentReceived => "payment.received",
            Kind::PaymentTaken => "payment.taken",
            Kind::PaymentReturning => "payment.returning",
            Kind::PaymentRefunded => "payment.refunded",
            Kind::SettlementCharged => "settlement.charged",
            Kind::SettlementOwed => "settlement.owed",
            Kind::SettlementReturned => "settlement.returned",
        }
    }
}

/// Money moved from one place to another.
#[derive(Clone, Debug)]
pub struct Transfer<'t> {
    /// What for.
    pub kind: Kind,
    /// For which one.
    pub reference: &'t str,
    /// The place that is debited: an asset that grows, or a debt that shrinks.
    pub debit: Place,
    /// The place that is credited: an asset that shrinks, or a debt that grows.
    pub credit: Place,
    /// How much, above zero.
    pub amount: Money,
    /// What was asked; tells a repetition from something else under the same reference.
    pub content: Value,
    /// Who moves it.
    pub by: &'t str,
    /// When, in seconds since 1970.
    pub at: u64,
}

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is posted, under this number.
    Now(i64),
    /// It had been posted before, with the same content.
    Before(i64),
}

impl Posted {
    /// The journal's number.
    pub fn journal(self) -> i64 {
        match self {
            Posted::Now(journal) | Posted::Before(journal) => journal,
        }
    }
}

/// Posts a transfer, or finds that it was posted before.
///
/// # Errors
/// [`WalletError::Insufficient`], [`WalletError::Differs`] where the reference was used with another content, and the database's.
pub async fn post(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    transfer: &Transfer<'_>,
) -> Result<Posted, WalletError> {
    if !(1..=LARGEST).contains(&transfer.amount.0) {
        return Err(WalletError::Malformed(
            "an amount is above zero and at most 100000000.00",
        ));
    }
    let at = seconds(transfer.at)?;
    let (kind, tenant) = (transfer.kind.name(), tenant.as_str());
    let added = transaction
        .query_opt(
            "INSERT INTO posting_journal (tenant, at, kind, reference, content, made_by) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT ON CONSTRAINT journal_once DO NOTHING RETURNING journal",
            &[&tenant, &at, &kind, &transfer.reference, &transfer.content, &transfer.by],
        )
        .await?;
    let Some(row) = added else {
        return found(transaction, transfer).await;
    };
    let journal: i64 = row.try_get(0)?;
    let amount = transfer.amount.0;
    let sides = [(&transfer.debit, amount), (&transfer.credit, -amount)];
    for (line, (place, amount)) in (1_i16..).zip(sides) {
        transaction
            .execute(
                "INSERT INTO wallet_posting (tenant, journal, line, book, account, amount) VALUES ($1, $2, $3, $4, $5, $6)",
                &[&tenant, &journal, &line, &place.book.name(), &place.account, &amount],
            )
            .await?;
    }
    Ok(Posted::Now(journal))
}

async fn found(
    transaction: &Transaction<'_>,
    transfer: &Transfer<'_>,
) -> Result<Posted, WalletError> {
    let row = transaction
        .query_one(
            "SELECT journal, content, made_by FROM posting_journal WHERE kind = $1 AND reference = $2",
            &[&transfer.kind.name(), &transfer.reference],
        )
        .await?;
    let (content, by): (Value, &str) = (row.try_get(1)?, row.try_get(2)?);
    // The same id from another person is another act that happens to have the same name.
    if content != transfer.content || by != transfer.by {
        return Err(WalletError::Differs(transfer.reference.to_owned()));
    }
    Ok(Posted::Before(row.try_get(0)?))
}

/// After money came into a wallet: what its account owes is paid out of it first. The wallet's row is locked by then.
///
/// # Errors
/// The database's.
pub async fn repay_debt(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
    (journal, by, at): (i64, &str, u64),
) -> Result<(), WalletError> {
    let now = balances(transaction, account).await?;
    let amount = now.balance.min(now.debt);
    if amount <= Money::ZERO {
        return Ok(());
    }
    let transfer = Transfer {
        kind: Kind::DebtRepaid,
        reference: &journal.to_string(),
        debit: Book::Wallet.of(account),
        credit: Book::Debt.of(account),
        amount,
        content: Value::Null,
        by,
        at,
    };
    post(transaction, tenant, &transfer).await?;
    Ok(())
}

/// As the database counts.
pub(crate) fn seconds(time: u64) -> Result<i64, DatabaseError> {
    i64::try_from(time).map_err(|_| DatabaseError::Damaged(format!("the time {time}")))
}
