//! What the store needs of the world around the database: where SQLite finds it, and the second head.

use std::fs::{self, File};
use std::io;

use crate::folder::Folder;
use crate::head_file::{self, HeadFile, Notes};

/// Below so many bytes of room no ledger is opened: a sale needs some kilobytes, and SQLite's write-ahead log grows to
/// some megabytes before it is folded back.
pub(crate) const LEAST_ROOM: u64 = 8 << 20;

/// A place for a ledger. The product has one kind, a folder on a disk; the crash tests bring a disk that forgets.
pub(crate) trait Medium: Send {
    /// The name of the SQLite file system to go through; `None` for the system's own.
    fn vfs(&self) -> Option<&str>;

    /// How hard SQLite syncs. Anything below FULL loses acknowledged entries.
    fn synchronous(&self) -> &'static str {
        "FULL"
    }

    /// The database file's length; `None` where there is no file.
    fn database_length(&self) -> io::Result<Option<u64>>;

    /// Makes the names of new files durable.
    fn sync_directory(&self) -> io::Result<()>;

    /// How many bytes can still be written, where the system tells.
    fn room(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    /// What lies where the second head should be.
    fn read_head(&self) -> HeadFile;

    /// Writes the second head in one durable step.
    fn write_head(&self, notes: &Notes) -> io::Result<()>;
}

/// The folder itself.
pub(crate) struct Disk(pub(crate) Folder);

impl Medium for Disk {
    fn vfs(&self) -> Option<&str> {
        None
    }

    fn database_length(&self) -> io::Result<Option<u64>> {
        match fs::metadata(self.0.database()) {
            Ok(file) => Ok(Some(file.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(self.0.directory())?.sync_all()
    }

    fn room(&self) -> io::Result<u64> {
        let room = rustix::fs::statvfs(self.0.directory())?;
        Ok(room.f_bavail.saturating_mul(room.f_frsize))
    }

    fn read_head(&self) -> HeadFile {
        head_file::read(self.0.head())
    }

    fn write_head(&self, notes: &Notes) -> io::Result<()> {
        head_file::write(self.0.head(), notes)
    }
}
