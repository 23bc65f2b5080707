//! The database: how it is opened, its tables and their versions.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// "MtPo", at offset 68 of the file header.
const APPLICATION_ID: i64 = 0x4d74_506f;

/// One step a version, in order; `user_version` counts those applied.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE log (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        vkey TEXT NOT NULL
    ) STRICT;
    CREATE TABLE entry (
        idx INTEGER PRIMARY KEY CHECK (idx >= 0),
        bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65535),
        leaf BLOB NOT NULL CHECK (length(leaf) = 32)
    ) STRICT;
    CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        size INTEGER NOT NULL CHECK (size > 0),
        note TEXT NOT NULL
    ) STRICT;
"];

/// The newest format this program knows.
pub(crate) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// What a database file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// No tables: a creation that was cut off.
    Empty,
    /// A ledger of this format.
    Ledger(i64),
    /// A database of some other program.
    Other,
}

/// Opens the one writing connection. The file is created only where asked for.
pub(crate) fn open_writer(
    path: &Path,
    vfs: Option<&str>,
    create: bool,
) -> Result<Connection, rusqlite::Error> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    };
    // Nobody else may write, so there is nothing to wait for.
    connection.busy_timeout(Duration::ZERO)?;
    // Before the first access: keeps the write-ahead log's index out of shared memory and every other process out.
    connection.query_row("PRAGMA locking_mode=EXCLUSIVE", [], |_| Ok(()))?;
    // Closing would copy the write-ahead log into the database and remove it. Until the log is found sound, both are
    // evidence and stay as they are.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    harden(&connection)?;
    Ok(connection)
}

/// Lets closing tidy up the write-ahead log: the log in it is ours and sound.
pub(crate) fn accept(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Turns on the write-ahead log with a sync at every commit, and takes the exclusive lock.
pub(crate) fn make_durable(
    connection: &Connection,
    synchronous: &str,
) -> Result<(), rusqlite::Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(rusqlite::Error::InvalidQuery);
    }
    connection.execute_batch(&format!(
        "PRAGMA synchronous={synchronous};
         BEGIN IMMEDIATE;
         COMMIT;"
    ))?;
    // A transaction of unusual size must not leave a large file behind for ever.
    connection.query_row("PRAGMA journal_size_limit=8388608", [], |_| Ok(()))
}

/// Opens a database that nobody writes to, without changing a byte of it. Its write-ahead log is not read.
pub(crate) fn open_copy(path: &Path, has_wal: bool) -> Result<Connection, rusqlite::Error> {
    let connection = if has_wal {
        // A private copy: recovery of its write-ahead log may write to it.
        Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?
    } else {
        Connection::open_with_flags(
            immutable_uri(path)?,
            OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?
    };
    harden(&connection)?;
    Ok(connection)
}

fn immutable_uri(path: &Path) -> Result<String, rusqlite::Error> {
    let text = path
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(path.to_owned()))?;
    let mut uri = String::from("file:");
    for c in text.chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    uri.push_str("?immutable=1");
    Ok(uri)
}

/// A hostile or damaged file is not trusted with functions, cells out of range or mapped memory.
fn harden(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch("PRAGMA cell_size_check=ON;")?;
    connection.query_row("PRAGMA mmap_size=0", [], |_| Ok(()))
}

/// What the file is, before anything in it is touched.
pub(crate) fn content(connection: &Connection) -> Result<Content, rusqlite::Error> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, version, tables) {
        (0, 0, 0) => Content::Empty,
        (APPLICATION_ID, version, _) if version > 0 => Content::Ledger(version),
        _ => Content::Other,
    })
}

/// Brings the tables from a version to the newest, within the caller's transaction.
pub(crate) fn migrate(connection: &Connection, from: i64) -> Result<(), rusqlite::Error> {
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for step in MIGRATIONS.iter().skip(done) {
        connection.execute_batch(step)?;
    }
    connection.execute_batch(&format!(
        "PRAGMA application_id={APPLICATION_ID};
         PRAGMA user_version={FORMAT};"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migrated_database_is_recognised() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Empty);
        make_durable(&connection, "FULL").unwrap();
        migrate(&connection, 0).unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Ledger(FORMAT));
        migrate(&connection, FORMAT).unwrap();
        let synchronous: i64 = connection
            .query_row("PRAGMA synchronous", [], |row| row.get(0))
            .unwrap();
        assert_eq!(synchronous, 2, "FULL");
    }

    #[test]
    fn somebody_elses_database_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Other);
    }

    #[test]
    fn a_path_survives_the_uri() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a?b#c%20 d");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        drop(connection);
        let connection = open_copy(&path, false).unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Other);
    }
}
