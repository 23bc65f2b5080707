//! Top-ups at the counter: a clerk takes cash, or sees a transfer at the bank.

use deadpool_postgres::Transaction;
use meterpost_ledger::Money;
use serde_json::json;

use super::books::{Book, Kind, Posted, Transfer, post, repay_debt};
use super::error::WalletError;
use super::is_id;
use crate::staff::Staff;

/// Longest reference to a receipt or a bank's line.
const LONGEST_REFERENCE: usize = 140;

/// How the money came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// Notes and coins.
    Cash,
    /// A bank's transfer.
    Transfer,
}

impl Means {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Means::Cash => "cash",
            Means::Transfer => "transfer",
        }
    }

    /// The means of this name.
    pub fn parse(name: &str) -> Option<Means> {
        [Means::Cash, Means::Transfer]
            .into_iter()
            .find(|means| means.name() == name)
    }

    /// The book that it comes into.
    pub fn book(self) -> Book {
        match self {
            Means::Cash => Book::Desk,
            Means::Transfer => Book::Bank,
        }
    }
}

/// Money paid in.
#[derive(Clone, Debug)]
pub struct TopUp<'t> {
    /// Chosen by who asks; the same id with the same content is the same top-up.
    pub id: &'t str,
    /// For whom.
    pub account: &'t str,
    /// How much.
    pub amount: Money,
    /// How it came.
    pub means: Means,
    /// The receipt's or the transfer's number.
    pub reference: &'t str,
}

/// Puts money into a wallet, once.
///
/// # Errors
/// [`WalletError`]; nothing has changed then.
pub async fn top_up(
    transaction: &Transaction<'_>,
    clerk: &Staff,
    asked: &TopUp<'_>,
    now: u64,
) -> Result<Posted, WalletError> {
    if !is_id(asked.id) {
        return Err(WalletError::Malformed(
            "an id is 1 to 64 letters, digits and . _ : -",
        ));
    }
    if asked.reference.len() > LONGEST_REFERENCE
        || (asked.means == Means::Transfer && asked.reference.is_empty())
    {
        return Err(WalletError::Malformed(
            "a transfer needs the bank's reference, and no reference is longer than 140 bytes",
        ));
    }
    known_account(transaction, asked.account).await?;
    let transfer = Transfer {
        kind: Kind::TopUp,
        reference: asked.id,
        debit: asked.means.book().into(),
        credit: Book::Wallet.of(asked.account),
        amount: asked.amount,
        content: json!({
            "account": asked.account,
            "amount": asked.amount.to_string(),
            "means": asked.means.name(),
            "reference": asked.reference,
        }),
        by: &clerk.name,
        at: now,
    };
    let posted = post(transaction, &clerk.tenant, &transfer).await?;
    if let Posted::Now(journal) = posted {
        let source = (journal, clerk.name.as_str(), now);
        repay_debt(transaction, &clerk.tenant, asked.account, source).await?;
    }
    Ok(posted)
}

pub(super) async fn known_account(
    transaction: &Transaction<'_>,
    account: &str,
) -> Result<(), WalletError> {
    let found = transaction
        .query_opt("SELECT 1 FROM account WHERE account = $1", &[&account])
        .await?;
    match found {
        Some(_) => Ok(()),
        None => Err(WalletError::NoAccount(account.to_owned())),
    }
}
