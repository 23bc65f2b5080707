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
//!
//! It is written a piece at a time ([`Export`]), so that whoever owns the ledger goes on meanwhile; what the log has grown by since its
//! beginning is not in it. Files are made plainly, without links, which the file systems of USB sticks do not have: a directory that has no
//! `checkpoint` is not finished, and whoever needs more than that gives it its name at the end.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use thiserror::Error;

use super::ledger::Ledger;
use super::reading::Entries;
use super::view::{Keys, LogView};
use crate::examine::pruned_leaves;
use crate::merkle::{LeafHash, NodeHash, leaf_hash, perfect_root};

/// Hashes in a tile, and entries in a bundle (C2SP tlog-tiles).
const TILE: usize = 256;
/// Entries in a piece: whole tiles, so that a piece never begins in the middle of one.
const PIECE: u64 = 4 * TILE as u64;

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

/// What an export consists of beside the entries: the log as it was at one moment.
#[derive(Clone, Debug)]
pub struct ExportTitle {
    checkpoint: String,
    cosigned: Option<String>,
    keys: String,
    size: u64,
    pruned: u64,
    books: Option<Vec<u8>>,
}

impl ExportTitle {
    /// How many entries the export has.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// Some entries of an export, in their order.
#[derive(Clone, Debug)]
pub struct ExportPiece {
    from: u64,
    leaves: Vec<Leaf>,
}

/// An entry, or what is left of a pruned one.
#[derive(Clone, Debug)]
enum Leaf {
    Entry(Vec<u8>),
    Hash(LeafHash),
}

impl Ledger {
    /// Writes the whole log into a new directory.
    pub fn export(&self, directory: &Path) -> Result<(), ExportError> {
        export(&self.connection, self.export_title()?, directory)
    }

    /// The log as it is now, for an export that is written a piece at a time.
    pub fn export_title(&self) -> Result<ExportTitle, ExportError> {
        Ok(ExportTitle {
            checkpoint: self.head.to_text(),
            cosigned: self.cosigned.clone(),
            keys: Keys::new(&self.first, self.books()).list(),
            size: self.size(),
            pruned: pruned(&self.connection)?,
            books: first_books(&self.connection)?,
        })
    }

    /// The piece that follows so many entries.
    pub fn export_piece(&self, title: &ExportTitle, from: u64) -> Result<ExportPiece, ExportError> {
        piece(&self.connection, title, from)
    }
}

/// Writes the log that a view was taken of.
pub(crate) fn export_view(
    connection: &Connection,
    log: &LogView,
    directory: &Path,
) -> Result<(), ExportError> {
    let title = ExportTitle {
        checkpoint: log.head_text.clone(),
        cosigned: log.cosigned_text.clone(),
        keys: Keys::new(&log.log, &log.books).list(),
        size: log.entries,
        pruned: pruned(connection)?,
        books: first_books(connection)?,
    };
    export(connection, title, directory)
}

fn export(
    connection: &Connection,
    title: ExportTitle,
    directory: &Path,
) -> Result<(), ExportError> {
    let mut export = Export::begin(title, directory)?;
    while !export.is_whole() {
        let piece = piece(connection, export.title(), export.written())?;
        export.take(&piece)?;
    }
    export.finish()
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

fn piece(
    connection: &Connection,
    title: &ExportTitle,
    from: u64,
) -> Result<ExportPiece, ExportError> {
    let to = from.saturating_add(PIECE).min(title.size);
    let hashes = pruned_leaves(connection, from..to.min(title.pruned).max(from))?;
    let mut leaves: Vec<Leaf> = hashes.into_iter().map(Leaf::Hash).collect();
    let first = from.max(title.pruned).min(to);
    for (place, stored) in (first..).zip(Entries::new(connection, first..to)) {
        let stored = stored.map_err(|error| ExportError::Unsound(error.to_string()))?;
        if stored.entry.index != place {
            break;
        }
        leaves.push(Leaf::Entry(stored.bytes));
    }
    match leaves.len() as u64 == to - from {
        true => Ok(ExportPiece { from, leaves }),
        false => Err(ExportError::Unsound(format!(
            "entry {} is not here",
            from + leaves.len() as u64
        ))),
    }
}

/// An export in progress.
#[derive(Debug)]
pub struct Export {
    title: ExportTitle,
    files: Files,
    bundles: Bundles,
    levels: Levels,
    written: u64,
}

impl Export {
    /// Begins with a new or empty directory.
    ///
    /// # Errors
    /// It cannot be made, or is not empty.
    pub fn begin(title: ExportTitle, directory: &Path) -> Result<Export, ExportError> {
        Ok(Export {
            title,
            files: Files::begin(directory)?,
            bundles: Bundles::default(),
            levels: Levels::default(),
            written: 0,
        })
    }

    /// What is exported.
    pub fn title(&self) -> &ExportTitle {
        &self.title
    }

    /// How many entries were taken.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether every entry was.
    pub fn is_whole(&self) -> bool {
        self.written >= self.title.size
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// It is another one, or cannot be written.
    pub fn take(&mut self, piece: &ExportPiece) -> Result<(), ExportError> {
        if piece.from != self.written || piece.leaves.is_empty() {
            return Err(ExportError::Unsound(format!(
                "the piece from entry {} follows {} entries",
                piece.from, self.written
            )));
        }
        for leaf in &piece.leaves {
            let (hash, bytes) = match leaf {
                Leaf::Entry(bytes) => (leaf_hash(bytes), bytes.as_slice()),
                Leaf::Hash(hash) => (*hash, [].as_slice()),
            };
            self.levels.push(&mut self.files, 0, hash.0)?;
            self.bundles.push(&mut self.files, bytes)?;
        }
        self.written += piece.leaves.len() as u64;
        Ok(())
    }

    /// Writes what stands at the end, the checkpoint last, and sees all of it to the disk.
    ///
    /// # Errors
    /// Something is missing or cannot be written.
    pub fn finish(mut self) -> Result<(), ExportError> {
        if !self.is_whole() {
            return Err(ExportError::Unsound(format!(
                "{} of {} entries were written",
                self.written, self.title.size
            )));
        }
        let (files, title) = (&mut self.files, &self.title);
        self.levels.finish(files)?;
        self.bundles.finish(files)?;
        files.write("keys", title.keys.as_bytes())?;
        files.write("minimum-index", format!("{}\n", title.pruned).as_bytes())?;
        if let Some(books) = &title.books {
            files.write("books", books)?;
        }
        if let Some(cosigned) = &title.cosigned {
            files.write("cosigned", cosigned.as_bytes())?;
        }
        // Last: an export without it is visibly not finished.
        files.write("checkpoint", title.checkpoint.as_bytes())?;
        files.settle()
    }
}

/// The directory that is written.
#[derive(Debug)]
struct Files {
    directory: PathBuf,
    /// Every directory that has got something.
    touched: BTreeSet<PathBuf>,
}

impl Files {
    fn begin(directory: &Path) -> Result<Files, ExportError> {
        let fail = |source| error(directory, source);
        fs::create_dir_all(directory).map_err(fail)?;
        match fs::read_dir(directory).map_err(fail)?.next() {
            None => Ok(Files {
                directory: directory.to_owned(),
                touched: BTreeSet::new(),
            }),
            Some(_) => Err(fail(io::Error::new(
                io::ErrorKind::DirectoryNotEmpty,
                "the directory is not empty; choose a new one",
            ))),
        }
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.directory.join(name);
        let parents = path.ancestors().skip(1);
        let own = parents.take_while(|parent| parent.starts_with(&self.directory));
        self.touched.extend(own.map(Path::to_owned));
        let parent = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(parent)
            .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&path))
            .and_then(|mut file| {
                file.write_all(bytes)?;
                file.sync_all()
            })
            .map_err(|source| error(&path, source))
    }

    /// The names of files are on the disk too.
    fn settle(&self) -> Result<(), ExportError> {
        for directory in self.touched.iter().rev() {
            File::open(directory)
                .and_then(|directory| directory.sync_all())
                .map_err(|source| error(directory, source))?;
        }
        Ok(())
    }
}

fn error(path: &Path, source: io::Error) -> ExportError {
    ExportError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Entry bundles in progress.
#[derive(Debug, Default)]
struct Bundles {
    number: u64,
    entries: usize,
    bytes: Vec<u8>,
}

impl Bundles {
    fn push(&mut self, files: &mut Files, entry: &[u8]) -> Result<(), ExportError> {
        // An entry is at most 65535 bytes long: the database's own rule.
        let length = u16::try_from(entry.len())
            .map_err(|_| ExportError::Unsound("an entry is too long".into()))?;
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(entry);
        self.entries += 1;
        if self.entries == TILE {
            self.finish(files)?;
        }
        Ok(())
    }

    fn finish(&mut self, files: &mut Files) -> Result<(), ExportError> {
        if self.entries == 0 {
            return Ok(());
        }
        let name = format!("tile/entries/{}", tile_name(self.number, self.entries));
        files.write(&name, &self.bytes)?;
        self.bytes.clear();
        self.entries = 0;
        self.number += 1;
        Ok(())
    }
}

/// Hash tiles in progress, a level each: its number, and the hashes so far.
#[derive(Debug, Default)]
struct Levels {
    open: Vec<(u64, Vec<NodeHash>)>,
}

impl Levels {
    fn push(&mut self, files: &mut Files, level: usize, hash: NodeHash) -> Result<(), ExportError> {
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
        files.write(&name, full.as_flattened())?;
        self.push(files, level + 1, perfect_root(&full))
    }

    fn finish(&self, files: &mut Files) -> Result<(), ExportError> {
        for (level, (number, hashes)) in self.open.iter().enumerate() {
            if !hashes.is_empty() {
                let name = format!("tile/{level}/{}", tile_name(*number, hashes.len()));
                files.write(&name, hashes.as_flattened())?;
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
