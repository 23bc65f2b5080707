//! Why money was not moved.

use meterpost_ledger::Money;
use thiserror::Error;

use crate::database::DatabaseError;

/// The constraint that keeps a wallet from going below zero.
const NEVER_NEGATIVE: &str = "wallet_never_negative";

/// Why money was not moved. All but the last are the caller's to mend; nothing has changed then.
#[derive(Debug, Error)]
pub enum WalletError {
    /// The balance does not cover it.
    #[error("the wallet's balance does not cover it; ask for less, or pay money in first")]
    Insufficient,
    /// The account is not one the caller serves.
    #[error("there is no account {0} in the district that you serve")]
    NoAccount(String),
    /// The meter is another account's, or nobody's.
    #[error("meter {0} does not belong to the account; a wallet pays for its owner's meters only")]
    NoMeter(String),
    /// The id was used before for something else.
    #[error("the id {0} was used before for something else; take a new one")]
    Differs(String),
    /// An id, amount or text is none.
    #[error("{0}")]
    Malformed(&'static str),
    /// No such hold.
    #[error("there is no hold {0}")]
    NoHold(String),
    /// The hold has ended the other way.
    #[error("the hold is {0} already; a manager can give money back by a reversal")]
    Ended(&'static str),
    /// The terminal's log is held or closed.
    #[error(
        "the terminal's log is held or closed, so it moves no money; a manager decides about what it left open"
    )]
    LogHeld,
    /// No such journal, or not one that can be reversed this way.
    #[error("journal {0} cannot be reversed this way")]
    NotReversible(i64),
    /// More than is left of the journal.
    #[error("only {left} of the journal is left to give back")]
    TooMuch {
        /// How much.
        left: Money,
    },
    /// No such request.
    #[error("there is no reversal {0}")]
    NoReversal(String),
    /// Somebody has decided.
    #[error("the reversal is {0} already")]
    Decided(String),
    /// Who asked may not decide.
    #[error("who asked for it cannot decide it: another manager has to")]
    FourEyes,
    /// The payment is not in a state in which money can go back.
    #[error("the payment is {0}: there is no money to give back")]
    NotPaid(&'static str),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for WalletError {
    fn from(error: tokio_postgres::Error) -> WalletError {
        let constraint = error.as_db_error().and_then(|said| said.constraint());
        match constraint {
            Some(NEVER_NEGATIVE) => WalletError::Insufficient,
            _ => WalletError::Database(error.into()),
        }
    }
}
