//! One tenant alone in one file: taken along as of one moment, and brought into a server where it is not (`docs/backup.md`).
//!
//! | file | what |
//! |---|---|
//! | `tables` | which tables a tenant has, in which order they are written, and what is left out |
//! | `seal` | a stream sealed in pieces under the recovery key |
//! | `frame` | what is in the stream: a header, the rows of each table, a list with their hashes |
//! | `export` | from the database into a file |
//! | `import` | from a file into the database, all of it or nothing |
//! | `land` | one table's rows on their way in |

mod export;
mod frame;
mod import;
mod land;
mod seal;
mod tables;

use std::path::{Path, PathBuf};

use meterpost_ledger::signing::TenantId;
use thiserror::Error;

use crate::book_check::Problem;
use crate::database::DatabaseError;

pub use export::{Leaving, export};
pub use frame::{Counters, Header, OfTable, Sums, Witnessed};
pub use import::{Arrived, Arriving, import};
pub use tables::{How, LEFT_OUT, TABLES};

/// Why there is no file, or nothing came in. Each says what to do; nothing has changed then.
#[derive(Debug, Error)]
pub enum TenantFileError {
    /// The file.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// There is no such tenant to take along.
    #[error("there is no tenant {0} here")]
    NoTenant(TenantId),
    /// It would overwrite something.
    #[error(
        "the tenant {0} is here already, and nothing is ever overwritten; bring it into a server that does not have it"
    )]
    Here(TenantId),
    /// Rows of the tenant are left, without the tenant.
    #[error(
        "the table {table} has rows of the tenant {tenant}, though it is not here; look where they are from before anything comes in"
    )]
    Leftovers {
        /// Which.
        table: &'static str,
        /// Whose.
        tenant: TenantId,
    },
    /// Another version of the tables.
    #[error(
        "the file is of schema {file}, made by version {program}, and the database has {here}: bring it into an empty database with that version, \
         let `server init` of this one bring the schema up to date, and take it along again"
    )]
    Schema {
        /// The file's.
        file: i32,
        /// The program that wrote it.
        program: String,
        /// The database's.
        here: i32,
    },
    /// Other keys.
    #[error(
        "the file is of a server with other keys (witness {0}): its terminals would not know this one. Give this server its keys (`server restore \
         --keys-to`), or say --other-server, and enrol every terminal and make every card anew afterwards"
    )]
    OtherServer(String),
    /// Two cards with one number.
    #[error(
        "the card {card} has the number of a card of the tenant {tenant}, and one would be taken for the other; have one of them replaced before"
    )]
    Card {
        /// Which.
        card: String,
        /// Whose.
        tenant: TenantId,
    },
    /// What triggers wrote is not what was taken along.
    #[error(
        "{rows} rows of {table} that follow from others are not as they were taken along, so the books in the file do not agree with themselves"
    )]
    Follows {
        /// Which.
        table: &'static str,
        /// How many.
        rows: i64,
    },
    /// The books.
    #[error("the books in the file do not add up: {}. Say --despite-problems where they did not before either", words(.0))]
    Books(Vec<Problem>),
}

impl TenantFileError {
    fn file(path: &Path) -> impl Fn(std::io::Error) -> TenantFileError {
        move |error| TenantFileError::File {
            path: path.to_owned(),
            why: error.to_string(),
        }
    }
}

impl From<tokio_postgres::Error> for TenantFileError {
    fn from(error: tokio_postgres::Error) -> TenantFileError {
        TenantFileError::Database(error.into())
    }
}

fn words(problems: &[Problem]) -> String {
    let first: Vec<&str> = problems.iter().take(3).map(|p| p.words.as_str()).collect();
    let more = problems.len().saturating_sub(first.len());
    match more {
        0 => first.join("; "),
        more => format!("{}; and {more} more", first.join("; ")),
    }
}
