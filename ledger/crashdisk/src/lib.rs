//! For tests: SQLite on a file system written in safe Rust.
//!
//! A test implements [`FileSystem`], registers it under a name, and opens a connection through that name. What the
//! disk forgets, tears or refuses is the test's business; this crate only carries SQLite's calls over, and is where the
//! unsafe code for that stays.
//!
//! Format and duties of each call: <https://www.sqlite.org/c3ref/io_methods.html> and
//! <https://www.sqlite.org/c3ref/vfs.html>. It uses the very SQLite that `rusqlite` brings.

mod glue;

use rusqlite::ffi;

/// An open file, as the file system numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u64);

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// Made where there is none.
    pub create: bool,
    /// A journal or a write-ahead log. SQLite's own file system syncs the directory at the first sync of a new one.
    pub journal: bool,
}

/// A file that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub file: FileId,
    /// It cannot be written to.
    pub read_only: bool,
}

/// Why a call failed. The call made decides which of SQLite's codes it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No such file.
    NotFound,
    /// No space left.
    Full,
    /// The device failed.
    Device,
    /// The file system is read-only.
    ReadOnly,
}

/// What SQLite asks of a disk.
pub trait FileSystem: Send + Sync + 'static {
    /// Opens a file; without a name, a temporary one.
    fn open(&self, name: Option<&str>, how: How) -> Result<Opened, Fault>;
    /// Closes a file.
    fn close(&self, file: FileId);
    /// Removes a name, and makes that durable where asked to.
    fn delete(&self, name: &str, sync_directory: bool) -> Result<(), Fault>;
    /// Whether there is a file of that name.
    fn exists(&self, name: &str) -> Result<bool, Fault>;
    /// Reads into the buffer and tells how many bytes there were.
    fn read(&self, file: FileId, offset: u64, buffer: &mut [u8]) -> Result<usize, Fault>;
    /// Writes all the bytes.
    fn write(&self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), Fault>;
    /// Cuts or extends the file.
    fn truncate(&self, file: FileId, length: u64) -> Result<(), Fault>;
    /// Makes what was written to the file durable.
    fn sync(&self, file: FileId) -> Result<(), Fault>;
    /// The file's length in bytes.
    fn length(&self, file: FileId) -> Result<u64, Fault>;
}

/// Makes a file system known to SQLite under this name, for the rest of the process.
///
/// # Errors
/// SQLite's result code when it does not take it, or when the name holds a zero byte.
pub fn register(name: &str, files: impl FileSystem) -> Result<(), i32> {
    glue::register(name, Box::new(files))
}

/// Seeds SQLite's random numbers, from which the salts of a write-ahead log come, so that a history can be repeated.
pub fn seed_randomness(seed: i32) {
    glue::seed_randomness(seed);
}

/// A call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Open,
    Delete,
    Access,
    Read,
    Write,
    Truncate,
    Sync,
    Length,
}

/// SQLite's code for a fault at a call: <https://www.sqlite.org/rescode.html>.
fn code(call: Call, fault: Fault) -> i32 {
    match (fault, call) {
        (Fault::Full, Call::Open) => ffi::SQLITE_CANTOPEN,
        (Fault::Full, _) => ffi::SQLITE_FULL,
        (Fault::NotFound, Call::Delete) => ffi::SQLITE_IOERR_DELETE_NOENT,
        (_, Call::Open) => ffi::SQLITE_CANTOPEN,
        (Fault::ReadOnly, Call::Write) => ffi::SQLITE_READONLY,
        (_, Call::Delete) => ffi::SQLITE_IOERR_DELETE,
        (_, Call::Access) => ffi::SQLITE_IOERR_ACCESS,
        (_, Call::Read) => ffi::SQLITE_IOERR_READ,
        (_, Call::Write) => ffi::SQLITE_IOERR_WRITE,
        (_, Call::Truncate) => ffi::SQLITE_IOERR_TRUNCATE,
        (_, Call::Sync) => ffi::SQLITE_IOERR_FSYNC,
        (_, Call::Length) => ffi::SQLITE_IOERR_FSTAT,
    }
}

#[cfg(test)]
mod tests;
