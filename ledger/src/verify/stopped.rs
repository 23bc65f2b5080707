//! A ledger that no program writes to, read without changing a byte of it.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use meterpost_signing::VerifierKey;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::decide::{DatabaseView, Decision, Refusal, Unwritable, decide};
use crate::folder::Folder;
use crate::head_file::{self, HeadFile};
use crate::proof::ReceiptProof;
use crate::store::{
    Content, DatabaseTrouble, Depth, Entries, ExportError, Lock, LogView, ProveError, StoredTiles,
    content, database_trouble, export_view, open_copy, prove, view_log,
};

/// A ledger's database and second head, at rest.
pub(super) struct Rest {
    connection: Connection,
    format: i64,
    pub(super) second: HeadFile,
    // Both live as long as the connection: the lock so that no kiosk starts writing meanwhile.
    _lock: Option<Lock>,
    _copy: Option<TempDir>,
}

impl Rest {
    /// Opens it; a text says why that is not possible and what to do.
    pub(super) fn open(folder: &Folder) -> Result<Rest, String> {
        // Without a lock file no kiosk ever ran here.
        let lock = match Lock::shared(&folder.lock()) {
            Ok(Some(lock)) => Some(lock),
            Ok(None) => {
                return Err(
                    "the ledger is in use: stop the kiosk program, or check a backup of it".into(),
                );
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("lock file: {error}")),
        };
        let database = folder.database();
        match fs::metadata(&database) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err("there is no ledger database in this folder".into());
            }
            Err(error) => return Err(format!("database: {error}")),
            Ok(_) => {}
        }
        let copy = copy_of(folder)?;
        let path = match &copy {
            Some(copy) => copy.path().join("ledger.db"),
            None => database,
        };
        let (connection, format) = connect(&path, copy.is_some())?;
        Ok(Rest {
            connection,
            format,
            second: head_file::read(folder.head()),
            _lock: lock,
            _copy: copy,
        })
    }

    /// Reads the log.
    pub(super) fn view(&self, depth: Depth) -> Result<LogView, String> {
        view_log(&self.connection, self.format, &self.second, depth).map_err(|e| readable(&e))?
    }
}

/// The last commits are in the write-ahead log, and reading it may write: done on a copy.
fn copy_of(folder: &Folder) -> Result<Option<TempDir>, String> {
    match fs::metadata(folder.write_ahead_log()) {
        Ok(file) if file.len() > 0 => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(format!("write-ahead log: {error}"));
        }
        _ => return Ok(None),
    }
    let copy = tempfile::tempdir().map_err(|e| format!("room for a copy: {e}"))?;
    let copied = fs::copy(folder.database(), copy.path().join("ledger.db")).and_then(|_| {
        let wal = copy.path().join("ledger.db-wal");
        fs::copy(folder.write_ahead_log(), wal)
    });
    copied.map_err(|e| format!("copying the database to the temporary folder: {e}"))?;
    Ok(Some(copy))
}

fn connect(path: &Path, has_wal: bool) -> Result<(Connection, i64), String> {
    let opened = open_copy(path, has_wal).and_then(|connection| {
        let content = content(&connection)?;
        Ok((connection, content))
    });
    let (connection, content) = opened.map_err(|error| readable(&error))?;
    match content {
        Content::Ledger(format) => Ok((connection, format)),
        Content::Empty => Err("there is no ledger in this database yet".to_owned()),
        Content::Other => Err("the database belongs to another program".to_owned()),
        Content::Newer(found) => Err(format!(
            "the ledger has format {found}, which this program does not know: use the newer program"
        )),
        Content::HalfMigrated(why) => Err(Refusal::HalfMigrated(why).to_string()),
    }
}

fn readable(error: &rusqlite::Error) -> String {
    match database_trouble(error) {
        DatabaseTrouble::InUse => "the database is locked".to_owned(),
        DatabaseTrouble::NotWritable(Unwritable::Full) => Refusal::DiskFull.to_string(),
        DatabaseTrouble::NotWritable(Unwritable::ReadOnly) => Refusal::DiskReadOnly.to_string(),
        DatabaseTrouble::Damaged(why) | DatabaseTrouble::Failed(why) => {
            format!("the database cannot be read: {why}")
        }
    }
}

/// A ledger that no program writes to, found sound as far as opening checks it. For commands that read: no key is needed,
/// and nothing is changed.
pub struct StoppedLedger {
    rest: Rest,
    log: LogView,
}

impl StoppedLedger {
    /// Opens it.
    ///
    /// # Errors
    /// In use, unreadable, or refused by the decision table; the text says what to do.
    pub fn open(folder: &Folder) -> Result<StoppedLedger, String> {
        let rest = Rest::open(folder)?;
        let log = rest.view(Depth::Enough)?;
        let state = DatabaseView::Present(log.state(log.vkey.key()));
        match decide(&state, &log.second_view(&rest.second)) {
            Decision::Refuse(refusal) => Err(refusal.to_string()),
            Decision::Replay { why, .. } => Err(format!(
                "what is stored beside the entries does not fit them ({why}): `kiosk ledger rebuild` makes it anew"
            )),
            Decision::Open | Decision::OpenAndRewriteSecond(_) | Decision::Create => {
                Ok(StoppedLedger { rest, log })
            }
        }
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.log.entries
    }

    /// The log's name and the key it is signed with now.
    pub fn vkey(&self) -> &VerifierKey {
        &self.log.vkey
    }

    /// The signed checkpoint, as text.
    pub fn checkpoint(&self) -> &str {
        &self.log.head_text
    }

    /// What the entries add up to.
    pub fn books(&self) -> &crate::books::Books {
        &self.log.books
    }

    /// Entries with their exact bytes, read as the iterator goes.
    pub fn entries(&self, range: Range<u64>) -> Entries<'_> {
        Entries::new(&self.rest.connection, range)
    }

    /// What anyone needs to check that the entry at this place is in the log.
    pub fn prove(&self, index: u64) -> Result<ReceiptProof, ProveError> {
        let head = self.log.head.as_ref();
        let head = head.map_err(|why| ProveError::Head(why.clone()))?;
        let nodes = &mut StoredTiles(&self.rest.connection);
        prove(&self.rest.connection, index, head, nodes)
    }

    /// Writes the whole log into a new directory, for an auditor.
    pub fn export(&self, directory: &Path) -> Result<(), ExportError> {
        export_view(&self.rest.connection, &self.log, directory)
    }
}
