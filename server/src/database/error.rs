//! What can go wrong between the server and its database.

use deadpool_postgres::PoolError;
use thiserror::Error;

/// Why nothing was read or written.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The address cannot be used. It is not repeated: it may hold a password.
    #[error("the database's address cannot be used: {0}")]
    Address(String),
    /// No connection.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
    /// A statement failed.
    #[error("the database refused a statement: {0}")]
    Statement(String),
    /// A statement before it failed, and the transaction with it. That one says why.
    #[error("a statement before it failed")]
    Aborted,
    /// A value that a column cannot hold, such as a text with a zero byte. Trying again does not help.
    #[error("the database cannot hold a value: {0}")]
    Value(String),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date: {0}")]
    Migration(String),
    /// A row holds what was never written there.
    #[error("a row of the database is damaged: {0}")]
    Damaged(String),
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> DatabaseError {
        match error.as_db_error() {
            // No room, no memory, no connections left; an operator's shutdown; a disk that fails (PostgreSQL, appendix A). It may go
            // on later, so whoever asks is told to try again.
            Some(said)
                if ["53", "57", "58"]
                    .iter()
                    .any(|class| said.code().code().starts_with(class)) =>
            {
                DatabaseError::Unreachable(format!("{}: {said}", said.code().code()))
            }
            Some(said) if said.code().code() == "25P02" => DatabaseError::Aborted,
            // A data exception (class 22), or a check of a table.
            Some(said) if said.code().code().starts_with("22") || said.code().code() == "23514" => {
                DatabaseError::Value(format!("{}: {said}", said.code().code()))
            }
            Some(said) => DatabaseError::Statement(format!("{}: {said}", said.code().code())),
            None => DatabaseError::Unreachable(causes(&error)),
        }
    }
}

impl From<PoolError> for DatabaseError {
    fn from(error: PoolError) -> DatabaseError {
        match error {
            PoolError::Backend(error) => error.into(),
            other => DatabaseError::Unreachable(causes(&other)),
        }
    }
}

/// An error with what led to it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text
}
