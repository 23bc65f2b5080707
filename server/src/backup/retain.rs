//! Which backups are kept: the newest ones, and the log from the oldest of them on.

use std::path::{Path, PathBuf};

use super::manifest::{Manifest, backups};
use super::wal::is_before;
use super::{BackupError, WAL};

/// Removes what is too old: the backups, and how many segments.
pub(super) fn retain(folder: &Path, keep: usize) -> Result<(Vec<PathBuf>, usize), BackupError> {
    let mut kept = backups(folder)?;
    let removed: Vec<PathBuf> = kept.drain(..kept.len().saturating_sub(keep)).collect();
    for path in &removed {
        std::fs::remove_dir_all(path).map_err(BackupError::file(path))?;
    }
    let Some(oldest) = kept.first() else {
        return Ok((removed, 0));
    };
    let from = Manifest::read(oldest)?.wal_from;
    let wal = folder.join(WAL);
    let mut segments = 0;
    if wal.is_dir() {
        for entry in std::fs::read_dir(&wal).map_err(BackupError::file(&wal))? {
            let path = entry.map_err(BackupError::file(&wal))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if name.is_some_and(|name| is_before(name, &from)) {
                std::fs::remove_file(&path).map_err(BackupError::file(&path))?;
                segments += 1;
            }
        }
    }
    Ok((removed, segments))
}
