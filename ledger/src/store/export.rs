//! Export for an auditor: the log as a directory of plain files in the layout of C2SP tlog-tiles, which any tool for such
//! logs can check against the signed checkpoint.
//!
//! | file | content |
//! |---|---|
//! | `checkpoint` | the signed checkpoint |
//! | `cosigned` | the largest checkpoint that a witness cosigned, where there is one |
//! | `keys` | a line a key: the first size it signs, a space, its verifier key |
//! | `minimum-index` | entries below it were pruned; their places in bundles are empty |
//! | `books` | where entries were pruned: the books that the rest continues, as the entry at their size states them |
//! | `tile/<L>/<N>` | 256 hashes of level 8 × L; the last one of a level as `<N>.p/<width>` |
//! | `tile/entries/<N>` | 256 entries, each behind its length as two bytes, big-endian |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use meterpost_signing::create_new;
use rusqlite::Connection;
use thiserror::Error;

use super::ledger::Ledger;
use super::view::{Keys, LogView};
use crate::examine::{Leaves, read_rows};
use crate::merkle::{NodeHash, leaf_hash, perfect_root};

/// Hashes in a tile, and entries in a bundle (C2SP tlog-tiles).
const TILE: usize = 256;

/// Why an export stopped. What was written so far is incomplete; the checkpoint comes last.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The directory cannot be written, or is not empty.
    #[error("export to {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The ledger is not sound; the text says why.
    #[error("the ledger is not exported: {0}")]
    Unsound(String),
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
}

/// What an export consists of beside the entries.
pub(crate) struct Title<'l> {
    pub(crate) checkpoint: &'l str,
    pub(crate) cosigned: Option<&'l str>,
    pub(crate) keys: String,
    pub(crate) size: u64,
    pub(crate) pruned: u64,
    pub(crate) books: Option<Vec<u8>>,
}

impl Ledger {
    /// Writes the whole log into a new directory.
    pub fn export(&self, directory: &Path) -> Result<(), ExportError> {
        let checkpoint = self.head.to_text();
        let title = Title {
            checkpoint: &checkpoint,
            cosigned: self.cosigned.as_deref(),
            keys: Keys::new(&self.first, self.books()).list(),
            size: self.size(),
            pruned: pruned(&self.connection)?,
            books: first_books(&self.connection)?,
        };
        export(&self.connection, &title, directory)
    }
}

/// Writes the log that a view was taken of.
pub(crate) fn export_view(
    connection: &Connection,
    log: &LogView,
    directory: &Path,
) -> Result<(), ExportError> {
    let title = Title {
        checkpoint: &log.head_text,
        cosigned: log.cosigned_text.as_deref(),
        keys: Keys::new(&log.log, &log.books).list(),
        size: log.entries,
        pruned: pruned(connection)?,
        books: first_books(connection)?,
    };
    export(connection, &title, directory)
}

fn pruned(connection: &Connection) -> Result<u64, rusqlite::Error> {
    use rusqlite::OptionalExtension;
    let pruned: Option<i64> = connection
        .query_row("SELECT pruned FROM retention", [], |row| row.get(0))
        .optional()?;
    Ok(pruned.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
}

/// The books that a pruned log begins with, encoded.
fn first_books(connection: &Connection) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    use rusqlite::OptionalExtension;
    connection
        .query_row(
            "SELECT books FROM statement JOIN retention ON statement.size = base",
            [],
            |row| row.get(0),
        )
        .optional()
}

fn export(connection: &Connection, title: &Title<'_>, directory: &Path) -> Result<(), ExportError> {
    let files = Files(directory);
    files.begin()?;
    let mut bundles = Bundles {
        files: &files,
        number: 0,
        entries: 0,
        bytes: Vec::new(),
    };
    let mut levels = Levels {
        files: &files,
        open: Vec::new(),
    };
    let mut rest = title.size;
    let mut trouble = None;
    read_rows(connection, title.pruned, |row| {
        if rest == 0 {
            return false;
        }
        rest -= 1;
        let (leaf, bytes) = match row {
            Leaves::Entry(_, bytes) => (leaf_hash(bytes), bytes),
            Leaves::Hash(leaf) => (leaf, [].as_slice()),
        };
        let written = levels.push(0, leaf.0).and_then(|()| bundles.push(bytes));
        trouble = written.err();
        trouble.is_none()
    })?;
    if let Some(error) = trouble {
        return Err(error);
    }
    levels.finish()?;
    bundles.finish()?;
    files.write("keys", title.keys.as_bytes())?;
    files.write("minimum-index", format!("{}\n", title.pruned).as_bytes())?;
    if let Some(books) = &title.books {
        files.write("books", books)?;
    }
    if let Some(cosigned) = title.cosigned {
        files.write("cosigned", cosigned.as_bytes())?;
    }
    // Last: an export without it is visibly not finished.
    files.write("checkpoint", title.checkpoint.as_bytes())
}

struct Files<'d>(&'d Path);

impl Files<'_> {
    fn begin(&self) -> Result<(), ExportError> {
        let fail = |source| error(self.0, source);
        fs::create_dir_all(self.0).map_err(fail)?;
        match fs::read_dir(self.0).map_err(fail)?.next() {
            None => Ok(()),
            Some(_) => Err(fail(io::Error::new(
                io::ErrorKind::DirectoryNotEmpty,
                "the directory is not empty; choose a new one",
            ))),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.0.join(name);
        let parent = path.parent().unwrap_or(self.0);
        fs::create_dir_all(parent)
            .and_then(|()| create_new(&path, bytes, 0o644))
            .map_err(|source| error(&path, source))
    }
}

fn error(path: &Path, source: io::Error) -> ExportError {
    ExportError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Entry bundles in progress.
struct Bundles<'f> {
    files: &'f Files<'f>,
    number: u64,
    entries: usize,
    bytes: Vec<u8>,
}

impl Bundles<'_> {
    fn push(&mut self, entry: &[u8]) -> Result<(), ExportError> {
        // An entry is at most 65535 bytes long: the database's own rule.
        let length = u16::try_from(entry.len())
            .map_err(|_| ExportError::Unsound("an entry is too long".into()))?;
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(entry);
        self.entries += 1;
        if self.entries == TILE {
            self.finish()?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        if self.entries == 0 {
            return Ok(());
        }
        let name = format!("tile/entries/{}", tile_name(self.number, self.entries));
        self.files.write(&name, &self.bytes)?;
        self.bytes.clear();
        self.entries = 0;
        self.number += 1;
        Ok(())
    }
}

/// Hash tiles in progress, a level each: its number, and the hashes so far.
struct Levels<'f> {
    files: &'f Files<'f>,
    open: Vec<(u64, Vec<NodeHash>)>,
}

impl Levels<'_> {
    fn push(&mut self, level: usize, hash: NodeHash) -> Result<(), ExportError> {
        if self.open.len() == level {
            self.open.push((0, Vec::new()));
        }
        let Some((number, hashes)) = self.open.get_mut(level) else {
            return Ok(());
        };
        hashes.push(hash);
        if hashes.len() < TILE {
            return Ok(());
        }
        let full = std::mem::take(hashes);
        let name = format!("tile/{level}/{}", tile_name(*number, TILE));
        *number += 1;
        self.files.write(&name, full.as_flattened())?;
        self.push(level + 1, perfect_root(&full))
    }

    fn finish(&self) -> Result<(), ExportError> {
        for (level, (number, hashes)) in self.open.iter().enumerate() {
            if !hashes.is_empty() {
                let name = format!("tile/{level}/{}", tile_name(*number, hashes.len()));
                self.files.write(&name, hashes.as_flattened())?;
            }
        }
        Ok(())
    }
}

/// `x001/x234/067`, with `.p/<width>` behind a partial one (C2SP tlog-tiles, "Merkle Tree").
fn tile_name(number: u64, width: usize) -> String {
    let mut name = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        name = format!("x{:03}/{name}", rest % 1000);
        rest /= 1000;
    }
    match width {
        TILE => name,
        width => format!("{name}.p/{width}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_named_in_groups_of_three_digits() {
        assert_eq!(tile_name(0, 256), "000");
        assert_eq!(tile_name(1_234_067, 256), "x001/x234/067");
        assert_eq!(tile_name(273, 5), "273.p/5");
    }
}
