//! The tables, their versions, and what a database file is before anything in it is touched.

use rusqlite::Connection;

/// "MtPo", at offset 68 of the file header.
const APPLICATION_ID: i64 = 0x4d74_506f;

/// One step a version, in order; `user_version` counts those applied.
const MIGRATIONS: [&str; 2] = [
    "
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
",
    // Leaf hashes are recomputed from the entries; what is kept is every 16th level-4 hash and the tiles above.
    "
    ALTER TABLE entry DROP COLUMN leaf;
    CREATE TABLE tile (
        level INTEGER NOT NULL CHECK (level >= 0 AND level % 4 = 0),
        idx INTEGER NOT NULL CHECK (idx >= 0),
        hashes BLOB NOT NULL CHECK (length(hashes) BETWEEN 32 AND 512 AND length(hashes) % 32 = 0),
        PRIMARY KEY (level, idx)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE statement (
        size INTEGER PRIMARY KEY CHECK (size > 0),
        books BLOB NOT NULL
    ) STRICT;
    CREATE TABLE cosignature (
        witness TEXT PRIMARY KEY,
        size INTEGER NOT NULL CHECK (size > 0),
        note TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE bulletin (
        kind TEXT PRIMARY KEY,
        version INTEGER NOT NULL CHECK (version > 0),
        bytes BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE retention (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        base INTEGER NOT NULL CHECK (base > 0),
        pruned INTEGER NOT NULL CHECK (pruned >= 0 AND pruned % 16 = 0 AND pruned <= base)
    ) STRICT;
",
];

/// The tables of each version, by name.
const TABLES: [&[&str]; MIGRATIONS.len()] = [
    &["entry", "head", "log"],
    &[
        "bulletin",
        "cosignature",
        "entry",
        "head",
        "log",
        "retention",
        "statement",
        "tile",
    ],
];

/// The newest format this program knows.
pub(crate) const FORMAT: i64 = MIGRATIONS.len() as i64;

/// What a database file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// No tables: a creation that was cut off.
    Empty,
    /// A ledger of this format, not newer than the newest known.
    Ledger(i64),
    /// A ledger of a format this program does not know yet.
    Newer(i64),
    /// A ledger whose tables are not those of its format: somebody else's half-done change. A migration of ours is one
    /// transaction and leaves the old format or the new one.
    HalfMigrated(String),
    /// A database of some other program.
    Other,
}

/// What the file is.
pub(crate) fn content(connection: &Connection) -> Result<Content, rusqlite::Error> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = table_names(connection)?;
    Ok(match (application, version) {
        (0, 0) if tables.is_empty() => Content::Empty,
        (APPLICATION_ID, FORMAT..) if version > FORMAT => Content::Newer(version),
        (APPLICATION_ID, 1..) => match expected_tables(version) {
            Some(expected) if tables == expected => Content::Ledger(version),
            _ => Content::HalfMigrated(format!(
                "format {version} with the tables {}",
                tables.join(", ")
            )),
        },
        _ => Content::Other,
    })
}

fn table_names(connection: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn expected_tables(version: i64) -> Option<&'static [&'static str]> {
    let place = usize::try_from(version).ok()?.checked_sub(1)?;
    TABLES.get(place).copied()
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

/// Makes a database of the first format, as early programs left it.
#[cfg(test)]
pub(crate) fn make_first_format(connection: &Connection) {
    connection.execute_batch(MIGRATIONS[0]).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version=1;"
        ))
        .unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::{make_durable, open_writer};

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
    fn the_first_format_is_recognised_and_brought_up() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        make_first_format(&connection);
        assert_eq!(content(&connection).unwrap(), Content::Ledger(1));
        migrate(&connection, 1).unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Ledger(FORMAT));
    }

    #[test]
    fn tables_that_are_not_those_of_the_format_are_a_half_done_change() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        make_first_format(&connection);
        connection
            .execute_batch("CREATE TABLE tile (level INTEGER) STRICT")
            .unwrap();
        assert!(matches!(
            content(&connection).unwrap(),
            Content::HalfMigrated(why) if why.contains("tile")
        ));
    }

    #[test]
    fn a_newer_format_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        migrate(&connection, 0).unwrap();
        connection.execute_batch("PRAGMA user_version=99").unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Newer(99));
    }

    #[test]
    fn somebody_elses_database_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open_writer(&folder.path().join("db"), None, true).unwrap();
        connection.execute_batch("CREATE TABLE t (x)").unwrap();
        assert_eq!(content(&connection).unwrap(), Content::Other);
    }
}
