//! One user at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Holds the folder's lock file until dropped. SQLite's own lock keeps a second writer out too; this one also tells a
/// checker that runs beside, without touching the database.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock for writing; `None` where somebody has it.
    pub(crate) fn exclusive(path: &Path) -> io::Result<Option<Lock>> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let locked = file.try_lock();
        taken(file, locked)
    }

    /// Takes the lock for checking, without creating the file; `None` where a writer has it.
    pub(crate) fn shared(path: &Path) -> io::Result<Option<Lock>> {
        let file = File::open(path)?;
        let locked = file.try_lock_shared();
        taken(file, locked)
    }
}

fn taken(file: File, locked: Result<(), TryLockError>) -> io::Result<Option<Lock>> {
    match locked {
        Ok(()) => Ok(Some(Lock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
