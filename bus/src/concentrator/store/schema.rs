//! The tables, and how an older file becomes a newer one.

use rusqlite::{Connection, Transaction};

use super::StoreError;

/// Steps from one `user_version` to the next; a step is never changed once it was released.
const STEPS: &[&str] = &["
CREATE TABLE meter (
    idx   INTEGER PRIMARY KEY CHECK (idx BETWEEN 1 AND 65535),
    entry BLOB NOT NULL CHECK (length(entry) = 27)
) STRICT;
CREATE TABLE reading (
    point  INTEGER PRIMARY KEY,
    record TEXT NOT NULL
) STRICT;
CREATE TABLE freeze (
    kind   INTEGER NOT NULL CHECK (kind IN (0, 1)),
    period INTEGER NOT NULL,
    point  INTEGER NOT NULL,
    source INTEGER NOT NULL CHECK (source IN (0, 1, 2)),
    record TEXT,
    PRIMARY KEY (kind, period, point),
    CHECK ((source = 2) = (record IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
    number  INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    quality INTEGER NOT NULL,
    point   INTEGER NOT NULL,
    count   INTEGER NOT NULL
) STRICT;
CREATE TABLE counter (
    kind  INTEGER PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT;
CREATE TABLE answers (
    point INTEGER PRIMARY KEY,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE report (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    body   TEXT NOT NULL
) STRICT;
CREATE TABLE uplink (
    name      TEXT PRIMARY KEY,
    confirmed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"];

/// Brings the file to the newest version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(StoreError::Newer { version, known });
    }
    let done = usize::try_from(version).unwrap_or(0);
    for (at, step) in STEPS.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        apply(&transaction, step, at + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn apply(transaction: &Transaction<'_>, step: &str, version: usize) -> rusqlite::Result<()> {
    transaction.execute_batch(step)?;
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", version)
}
