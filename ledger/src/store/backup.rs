//! Backup while selling: entries are copied a few at a time between commits, and a short last step copies the rest with the
//! signed head.
//!
//! A backup is a ledger folder without the key. It can be continued later, then only new entries are copied. Until the
//! last step of its first run it has no head, and is refused by everything that opens ledgers.

use std::io;
use std::path::{Path, PathBuf};

use meterpost_signing::SignedCheckpoint;
use rusqlite::{Connection, OptionalExtension, params};
use thiserror::Error;

use super::database::{accept, make_durable, open_writer};
use super::ledger::Ledger;
use super::schema::{Content, FORMAT, content, migrate};
use super::tiles::{StoredTiles, StoredTreeError, to_i64, write_tiles};
use crate::folder::Folder;
use crate::head_file::{self, Notes};
use crate::merkle::{Edge, LeafHash, TileChanges, leaf_hash};

/// Why a backup stopped. The ledger itself goes on as before.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The folder cannot be used.
    #[error("backup folder {path}: {source}")]
    Io {
        /// Which folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something else lies there.
    #[error("{0} holds something that is no backup of this log: choose an empty folder")]
    Foreign(PathBuf),
    /// What was copied does not give the root that was signed.
    #[error(
        "the copy at {0} does not give the signed root: its disk or an earlier backup is damaged. Keep it aside, and make a new backup in an empty folder"
    )]
    Differs(PathBuf),
    /// The ledger has pruned entries that the backup does not have yet.
    #[error(
        "the ledger no longer has entry {0}, which the backup at {1} lacks: make a new backup in an empty folder"
    )]
    Gap(u64, PathBuf),
    /// A database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The stored tree of the copy is damaged.
    #[error("backup: {0}")]
    Tree(#[from] StoredTreeError),
}

/// A backup under way.
pub struct Backup {
    folder: Folder,
    connection: Connection,
    tree: Edge,
}

impl Backup {
    /// Begins a backup in an empty folder, or goes on with an earlier one of the same log.
    pub fn start(ledger: &Ledger, directory: &Path) -> Result<Backup, BackupError> {
        let folder = Folder::new(directory);
        std::fs::create_dir_all(directory).map_err(|source| io_error(directory, source))?;
        let connection = open_writer(&folder.database(), None, true)?;
        let foreign = || BackupError::Foreign(directory.to_owned());
        match content(&connection)? {
            Content::Empty => {
                make_durable(&connection, "FULL")?;
                begin(ledger, &connection)?;
            }
            Content::Ledger(FORMAT) => make_durable(&connection, "FULL")?,
            _ => return Err(foreign()),
        }
        let key = |connection: &Connection| -> Result<String, rusqlite::Error> {
            connection.query_row("SELECT vkey FROM log", [], |row| row.get(0))
        };
        if key(&connection)? != key(&ledger.connection)? {
            return Err(foreign());
        }
        accept(&connection)?;
        let tree = Edge::load(copied(&connection)?, &mut StoredTiles(&connection))?;
        Ok(Backup {
            folder,
            connection,
            tree,
        })
    }

    /// Copies at most so many entries, and says how many are left to copy at this moment.
    pub fn step(&mut self, ledger: &Ledger, most: u64) -> Result<u64, BackupError> {
        let last = self.tree.size().saturating_add(most).min(ledger.size());
        let transaction = self.connection.transaction()?;
        let mut changes = TileChanges::default();
        let mut read = ledger.connection.prepare_cached(
            "SELECT idx, bytes FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx",
        )?;
        let mut rows = read.query(params![to_i64(self.tree.size())?, to_i64(last)?])?;
        let mut insert =
            transaction.prepare_cached("INSERT INTO entry (idx, bytes) VALUES (?1, ?2)")?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let index = to_i64(self.tree.size())?;
            if row.get::<_, i64>(0)? != index {
                let directory = self.folder.directory().to_owned();
                return Err(BackupError::Gap(self.tree.size(), directory));
            }
            insert.execute(params![index, bytes])?;
            self.tree.push(leaf_hash(bytes), &mut changes);
        }
        drop(insert);
        write_tiles(&transaction, changes)?;
        transaction.commit()?;
        Ok(ledger.size().saturating_sub(self.tree.size()))
    }

    /// Copies what is left with the signed head, and compares the copy's root with the signed one.
    pub fn finish(mut self, ledger: &Ledger) -> Result<SignedCheckpoint, BackupError> {
        self.step(ledger, u64::MAX)?;
        let head = ledger.head().clone();
        if self.tree.root() != head.checkpoint().root {
            return Err(BackupError::Differs(self.folder.directory().to_owned()));
        }
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "DELETE FROM statement WHERE size NOT IN (SELECT base FROM retention)",
            [],
        )?;
        copy_rows(
            &ledger.connection,
            &transaction,
            "SELECT size, books FROM statement WHERE size = (SELECT max(size) FROM statement)",
            "INSERT OR REPLACE INTO statement (size, books) VALUES (?1, ?2)",
        )?;
        transaction.execute_batch("DELETE FROM cosignature; DELETE FROM bulletin;")?;
        copy_rows(
            &ledger.connection,
            &transaction,
            "SELECT witness, size, note FROM cosignature",
            "INSERT INTO cosignature (witness, size, note) VALUES (?1, ?2, ?3)",
        )?;
        copy_rows(
            &ledger.connection,
            &transaction,
            "SELECT kind, version, bytes FROM bulletin",
            "INSERT INTO bulletin (kind, version, bytes) VALUES (?1, ?2, ?3)",
        )?;
        transaction.execute(
            "INSERT OR REPLACE INTO head (id, size, note) VALUES (1, ?1, ?2)",
            params![to_i64(head.checkpoint().size)?, head.to_text()],
        )?;
        transaction.commit()?;
        let notes = Notes {
            head: head.to_text(),
            cosigned: ledger.cosigned.clone(),
        };
        head_file::write(self.folder.head(), &notes)
            .map_err(|source| io_error(self.folder.head(), source))?;
        Ok(head)
    }
}

/// The tables, the log's name, and what is left of entries pruned so far.
fn begin(ledger: &Ledger, connection: &Connection) -> Result<(), BackupError> {
    let transaction = connection.unchecked_transaction()?;
    migrate(&transaction, 0)?;
    let source = &ledger.connection;
    for (read, write) in [
        (
            "SELECT id, vkey FROM log",
            "INSERT INTO log (id, vkey) VALUES (?1, ?2)",
        ),
        (
            "SELECT id, base, pruned FROM retention",
            "INSERT INTO retention (id, base, pruned) VALUES (?1, ?2, ?3)",
        ),
        (
            "SELECT size, books FROM statement WHERE size IN (SELECT base FROM retention)",
            "INSERT INTO statement (size, books) VALUES (?1, ?2)",
        ),
        (
            "SELECT level, idx, hashes FROM tile WHERE level = 0",
            "INSERT INTO tile (level, idx, hashes) VALUES (?1, ?2, ?3)",
        ),
    ] {
        copy_rows(source, &transaction, read, write)?;
    }
    let (mut tree, mut changes) = (Edge::default(), TileChanges::default());
    {
        let mut leaves =
            transaction.prepare("SELECT hashes FROM tile WHERE level = 0 ORDER BY idx")?;
        let mut rows = leaves.query([])?;
        while let Some(row) = rows.next()? {
            let hashes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            for hash in hashes.as_chunks::<32>().0 {
                tree.push(LeafHash(*hash), &mut changes);
            }
        }
    }
    write_tiles(&transaction, changes)?;
    transaction.commit()?;
    Ok(())
}

/// How many entries the copy has, pruned ones counted.
fn copied(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let last: Option<i64> = connection
        .query_row(
            "SELECT idx + 1 FROM entry ORDER BY idx DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let pruned: Option<i64> = connection
        .query_row("SELECT pruned FROM retention", [], |row| row.get(0))
        .optional()?;
    let size = last.or(pruned).unwrap_or(0);
    Ok(u64::try_from(size).unwrap_or(0))
}

fn copy_rows(
    from: &Connection,
    to: &Connection,
    read: &str,
    write: &str,
) -> Result<(), rusqlite::Error> {
    let mut read = from.prepare(read)?;
    let columns = read.column_count();
    let mut write = to.prepare(write)?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        write.execute(rusqlite::params_from_iter(values))?;
    }
    Ok(())
}

fn io_error(path: &Path, source: io::Error) -> BackupError {
    BackupError::Io {
        path: path.to_owned(),
        source,
    }
}
