//! Cards: their life, the authority that certifies their keys, and the jobs of the desk terminals that make them
//! (`docs/cards.md`).

mod authority;
mod jobs;
mod life;
pub mod loss;
mod register;

pub use authority::{AuthorityError, CardAuthority, CardSubject, NewCertificate};
pub use jobs::{Job, JobState, SlotKey, certify, finish, give_up, open_jobs, take};
pub use life::{CardAct, CardKind, CardState, NotAllowed, Slot};
pub use register::{Card, NewCard, act, cards, find, order, replace, search, send_to_desk};

use thiserror::Error;

use crate::database::DatabaseError;

/// Why nothing was done with a card.
#[derive(Debug, Error)]
pub enum CardError {
    /// No such card.
    #[error("there is no card {0}")]
    NoCard(String),
    /// Too many losses were reported with numbers that do not fit.
    #[error("too many numbers were wrong today: ask at the office")]
    TooManyTries,
    /// No such account.
    #[error("there is no account {0}")]
    NoAccount(String),
    /// No such terminal.
    #[error("no terminal {0} is enrolled")]
    NoTerminal(String),
    /// No such open job of this terminal.
    #[error("there is no open job {0} for this terminal")]
    NoJob(i64),
    /// The card's state does not allow it.
    #[error("{0}")]
    NotAllowed(#[from] NotAllowed),
    /// A card is made at another desk, or its job is not at that point.
    #[error("{0}")]
    Conflict(&'static str),
    /// The keys that came are not those that the card needs.
    #[error("{0}")]
    Keys(String),
    /// The authority.
    #[error("{0}")]
    Authority(#[from] AuthorityError),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
}

impl From<tokio_postgres::Error> for CardError {
    fn from(error: tokio_postgres::Error) -> CardError {
        CardError::Database(error.into())
    }
}
