//! Where a ledger lies.

use std::path::{Path, PathBuf};

/// The data folder of one ledger. It is self-contained; only the second head may lie elsewhere, and should: on another
/// partition, so that one damaged disk area does not take both heads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    directory: PathBuf,
    head: PathBuf,
}

impl Folder {
    /// A folder that holds everything.
    pub fn new(directory: impl Into<PathBuf>) -> Folder {
        let directory = directory.into();
        let head = directory.join("head");
        Folder { directory, head }
    }

    /// The same with the second head in another file.
    pub fn with_head(self, head: impl Into<PathBuf>) -> Folder {
        Folder {
            head: head.into(),
            ..self
        }
    }

    /// The folder itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The database. It is never copied or restored without the `-wal` file beside it.
    pub fn database(&self) -> PathBuf {
        self.directory.join("ledger.db")
    }

    /// The database's write-ahead log.
    pub fn write_ahead_log(&self) -> PathBuf {
        self.directory.join("ledger.db-wal")
    }

    /// The log's private key.
    pub fn key(&self) -> PathBuf {
        self.directory.join("key")
    }

    /// The second copy of the head.
    pub fn head(&self) -> &Path {
        &self.head
    }

    /// Locked while the ledger is in use; empty.
    pub fn lock(&self) -> PathBuf {
        self.directory.join("lock")
    }
}
