//! SQLite and nothing else: what is compared with.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::place::Outcome;

/// A database with the ledger's pragmas and one table of rows.
pub fn create(path: &Path) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::ZERO)?;
    connection.query_row("PRAGMA locking_mode=EXCLUSIVE", [], |_| Ok(()))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch("PRAGMA cell_size_check=ON;")?;
    connection.query_row("PRAGMA mmap_size=0", [], |_| Ok(()))?;
    connection.query_row("PRAGMA journal_mode=WAL", [], |_| Ok(()))?;
    connection.execute_batch("PRAGMA synchronous=FULL;")?;
    connection.query_row("PRAGMA journal_size_limit=8388608", [], |_| Ok(()))?;
    connection
        .execute_batch("CREATE TABLE rows (at INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;")?;
    Ok(connection)
}

/// Adds a row, durably.
pub fn insert(connection: &Connection, at: i64, bytes: &[u8]) -> Outcome<()> {
    connection
        .prepare_cached("INSERT INTO rows (at, bytes) VALUES (?1, ?2)")?
        .execute((at, bytes))?;
    Ok(())
}

/// A ledger's database, only to be read; its write-ahead log must have been folded back.
pub fn open_ledger(path: &Path) -> Outcome<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA cell_size_check=ON;")?;
    connection.query_row("PRAGMA mmap_size=0", [], |_| Ok(()))?;
    Ok(connection)
}
