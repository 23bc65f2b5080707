//! Which backups are kept: the newest ones, and the log from the oldest of them on.

use std::path::{Path, PathBuf};

use super::manifest::{Manifest, backups};
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

/// Whether a whole segment lies before another one. The first eight digits are the timeline, which the order does not depend on
/// (as in pg_archivecleanup); a part of a segment and the history of a timeline are always kept.
fn is_before(name: &str, from: &str) -> bool {
    let segment = |name: &str| name.len() == 24 && name.bytes().all(|b| b.is_ascii_hexdigit());
    segment(name) && segment(from) && name.get(8..) < from.get(8..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_segments_before_the_oldest_backup_go() {
        let from = "0000000200000001000000A0";
        for (name, before) in [
            ("00000001000000010000009F", true),
            ("00000002000000010000009F", true),
            ("0000000200000000000000FF", true),
            ("0000000200000001000000A0", false),
            ("0000000200000001000000A1", false),
            ("00000002000000010000009F.partial", false),
            ("00000002.history", false),
            ("notes", false),
        ] {
            assert_eq!(is_before(name, from), before, "{name}");
        }
    }
}
