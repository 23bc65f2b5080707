//! The segments of PostgreSQL's log, by their names: eight hexadecimal digits for the timeline, sixteen for the place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::BackupError;

/// What the name of a segment that is still being received ends with.
const PARTIAL: &str = ".partial";

fn is_segment(name: &str) -> bool {
    name.len() == 24 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a whole segment lies before another one. The order does not depend on the timeline (as in pg_archivecleanup); a part of a
/// segment and the history of a timeline are always kept.
pub(super) fn is_before(name: &str, from: &str) -> bool {
    is_segment(name) && is_segment(from) && name.get(8..) < from.get(8..)
}

/// A segment's number, counted over all of the log, for segments of this many bytes.
fn number(name: &str, size: u64) -> Option<u64> {
    let part = |range| u64::from_str_radix(name.get(range)?, 16).ok();
    let in_a_file = (1_u64 << 32).checked_div(size)?;
    part(8..16)?
        .checked_mul(in_a_file)?
        .checked_add(part(16..24)?)
}

/// The files of the log that a backup goes on with. Together with the segments in the backup itself they have no gap: PostgreSQL would
/// stop at one without a word, as if the log ended there.
pub(super) fn segments(wal: &Path, base: &Path, from: &str) -> Result<Vec<PathBuf>, BackupError> {
    let mut wanted = Vec::new();
    let mut there = BTreeMap::new();
    for (folder, own) in [(base.join("pg_wal"), true), (wal.to_owned(), false)] {
        for entry in std::fs::read_dir(&folder).map_err(BackupError::file(&folder))? {
            let entry = entry.map_err(BackupError::file(&folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let segment = name.strip_suffix(PARTIAL).unwrap_or(&name);
            match () {
                () if name.ends_with(".history") && !own => wanted.push(entry.path()),
                () if !is_segment(segment) || is_before(segment, from) => {}
                () => {
                    let size = entry
                        .metadata()
                        .map_err(BackupError::file(&entry.path()))?
                        .len();
                    if let Some(number) = number(segment, size) {
                        there.insert(number, segment.to_owned());
                    }
                    if !own {
                        wanted.push(entry.path());
                    }
                }
            }
        }
    }
    let places: Vec<(&u64, &String)> = there.iter().collect();
    let gap = places.windows(2).find_map(|pair| match pair {
        [(before, name), (after, next)] if *before + 1 != **after => Some((name, next)),
        _ => None,
    });
    match gap {
        None => Ok(wanted),
        Some((before, after)) => Err(BackupError::File {
            path: wal.to_owned(),
            why: format!(
                "the log lacks what is between {before} and {after}: restore without --wal, or find the missing segments"
            ),
        }),
    }
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

    #[test]
    fn a_gap_in_the_log_is_told_and_not_taken_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let (base, wal) = (folder.path().join("base"), folder.path().join("wal"));
        std::fs::create_dir_all(base.join("pg_wal")).unwrap();
        std::fs::create_dir_all(&wal).unwrap();
        let make = |folder: &Path, name: &str| {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            file.set_len(16 << 20).unwrap();
        };
        let from = "0000000100000001000000FE";
        make(&base.join("pg_wal"), from);
        // Before the backup, on from it over the end of a log file, another timeline, and the one under way.
        for name in [
            "0000000100000001000000FD",
            "0000000100000001000000FF",
            "000000010000000200000000",
            "000000020000000200000000",
            "000000020000000200000001.partial",
            "00000002.history",
        ] {
            make(&wal, name);
        }
        assert_eq!(segments(&wal, &base, from).unwrap().len(), 5);
        std::fs::remove_file(wal.join("0000000100000001000000FF")).unwrap();
        let error = segments(&wal, &base, from).unwrap_err().to_string();
        assert!(error.contains("lacks") && error.contains(from), "{error}");
    }
}
