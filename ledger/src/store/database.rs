//! The database: how it is opened and made durable.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Memory that SQLite may keep pages in.
const CACHE_KIB: u32 = 8 * 1024;

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
    // Upper nodes of the hash tree and of SQLite's own trees stay in memory, so that a proof seldom reads the disk.
    connection.execute_batch(&format!("PRAGMA cache_size=-{CACHE_KIB}"))?;
    harden(&connection)?;
    Ok(connection)
}

/// Lets closing tidy up the write-ahead log: the log in it is ours and sound.
pub(crate) fn accept(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Copies what is in the write-ahead log into the database, both synced, and empties it.
///
/// A program that was killed, or whose sync failed, leaves commits that only the system's memory holds. Opening reads them
/// like all others; so before anybody is shown them, or the second head counts them, they must be on the disk.
pub(crate) fn fold(connection: &Connection) -> Result<(), rusqlite::Error> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    match busy {
        0 => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_survives_the_uri() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a?b#c%20 d");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        drop(connection);
        let connection = open_copy(&path, false).unwrap();
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }
}
