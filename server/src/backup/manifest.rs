//! What a backup consists of: each file with size and SHA-256. The list itself ends in its own hash, so nothing of a backup can change unseen
//! by damage; against somebody who means harm the folder's place has to help.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use meterpost_ledger::signing::{create_new, read_at_most};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{BASE, BackupError};

/// The list's file.
pub(super) const MANIFEST: &str = "manifest.json";
/// Longest list read, in bytes: a hundred thousand files.
const LONGEST: usize = 32 << 20;
const FORMAT: u32 = 1;
/// Problems told at most.
const MOST: usize = 10;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileSum {
    size: u64,
    sha256: String,
}

/// The list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// RFC 3339.
    pub(super) made_at: String,
    /// The program's version.
    program: String,
    /// The first segment of the log that the backup needs.
    pub(super) wal_from: String,
    files: BTreeMap<String, FileSum>,
}

impl Manifest {
    /// Of everything in a folder.
    pub(super) fn of(
        folder: &Path,
        made_at: String,
        wal_from: String,
    ) -> Result<Manifest, BackupError> {
        let mut files = BTreeMap::new();
        for path in all_files(folder)? {
            files.insert(relative(folder, &path)?, sum(&path)?);
        }
        Ok(Manifest {
            format: FORMAT,
            made_at,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            wal_from,
            files,
        })
    }

    /// Writes it, the last thing of a backup.
    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(MANIFEST);
        let text =
            serde_json::to_string(self).map_err(|error| BackupError::Asked(error.to_string()))?;
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        let text = format!("{text}\n{hash}\n");
        create_new(&path, text.as_bytes(), 0o600).map_err(BackupError::file(&path))
    }

    /// Reads it; it is what was written, or an error.
    pub(super) fn read(folder: &Path) -> Result<Manifest, BackupError> {
        let path = folder.join(MANIFEST);
        if !path.exists() {
            return Err(BackupError::File {
                path,
                why: "there is none, so this is no backup, or one that was cut off".to_owned(),
            });
        }
        let damaged = |why: &str| BackupError::Damaged {
            path: folder.to_owned(),
            problems: vec![format!("{MANIFEST}: {why}")],
        };
        let bytes = read_at_most(&path, LONGEST).map_err(BackupError::file(&path))?;
        let text = String::from_utf8(bytes).map_err(|_| damaged("it is no text"))?;
        let (json, hash) = text
            .trim_end_matches('\n')
            .rsplit_once('\n')
            .ok_or(damaged("its end is missing"))?;
        if hex::encode(Sha256::digest(json.as_bytes())) != hash {
            return Err(damaged("it is not what was written"));
        }
        let manifest: Manifest =
            serde_json::from_str(json).map_err(|error| damaged(&error.to_string()))?;
        match manifest.format {
            FORMAT => Ok(manifest),
            other => Err(BackupError::Asked(format!(
                "{} has format {other}; this program reads {FORMAT}",
                folder.display()
            ))),
        }
    }

    /// Everything that is listed is there as it was written, and nothing else is.
    pub(super) fn check(&self, folder: &Path) -> Result<(), BackupError> {
        let mut problems = Vec::new();
        let mut there = BTreeMap::new();
        for path in all_files(folder)? {
            there.insert(relative(folder, &path)?, path);
        }
        there.remove(MANIFEST);
        for (name, expected) in &self.files {
            match there.remove(name) {
                None => problems.push(format!("{name} is missing")),
                Some(path) if sum(&path)? != *expected => {
                    problems.push(format!("{name} is not what was written"));
                }
                Some(_) => {}
            }
        }
        problems.extend(
            there
                .keys()
                .map(|name| format!("{name} does not belong to it")),
        );
        judged(folder, problems)
    }
}

/// Nothing, or the first problems and how many more there are.
fn judged(folder: &Path, mut problems: Vec<String>) -> Result<(), BackupError> {
    if problems.is_empty() {
        return Ok(());
    }
    let more = problems.len().saturating_sub(MOST);
    problems.truncate(MOST);
    if more > 0 {
        problems.push(format!("and {more} more files"));
    }
    Err(BackupError::Damaged {
        path: folder.to_owned(),
        problems,
    })
}

/// Checks a backup, or all of those in a folder; which ones, and when each was made.
///
/// # Errors
/// [`BackupError::Damaged`] with the files, or that there is none.
pub fn verify(folder: &Path) -> Result<Vec<(PathBuf, String)>, BackupError> {
    let backups = match folder.join(MANIFEST).exists() {
        true => vec![folder.to_owned()],
        false => backups(folder)?,
    };
    if backups.is_empty() {
        return Err(BackupError::File {
            path: folder.to_owned(),
            why: "there is no backup in it; `server backup --to` makes one".to_owned(),
        });
    }
    let mut found = Vec::new();
    for path in backups {
        let manifest = Manifest::read(&path)?;
        manifest.check(&path)?;
        found.push((path, manifest.made_at));
    }
    Ok(found)
}

/// The backups of a folder, the oldest first. What was cut off has another name.
pub(super) fn backups(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BackupError::file(folder))? {
        let path = entry.map_err(BackupError::file(folder))?.path();
        let named = path.file_name().is_some_and(|name| {
            let name = name.as_encoded_bytes();
            name.first().is_some_and(u8::is_ascii_digit) && name.ends_with(b"Z")
        });
        if named && path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// PostgreSQL's own list: that the files are what it sent.
#[derive(Deserialize)]
struct Sent {
    #[serde(rename = "Files")]
    files: Vec<SentFile>,
}

#[derive(Deserialize)]
struct SentFile {
    #[serde(rename = "Path")]
    path: Option<String>,
    #[serde(rename = "Checksum")]
    checksum: Option<String>,
}

/// Compares a fresh base backup with PostgreSQL's own list of it.
pub(super) fn check_sent(folder: &Path) -> Result<(), BackupError> {
    let base = folder.join(BASE);
    let list = base.join("backup_manifest");
    let bytes = read_at_most(&list, LONGEST).map_err(BackupError::file(&list))?;
    let sent: Sent = serde_json::from_slice(&bytes).map_err(|error| BackupError::File {
        path: list.clone(),
        why: error.to_string(),
    })?;
    let mut problems = Vec::new();
    for file in sent.files {
        let (Some(path), Some(checksum)) = (file.path, file.checksum) else {
            problems.push("a file has no plain name or no checksum".to_owned());
            continue;
        };
        match sum(&base.join(&path)) {
            Ok(found) if found.sha256 == checksum => {}
            Ok(_) => problems.push(format!("{path} is not what the database sent")),
            Err(error) => problems.push(error.to_string()),
        }
    }
    judged(folder, problems)
}

fn sum(path: &Path) -> Result<FileSum, BackupError> {
    let wrong = BackupError::file(path);
    let mut file = std::fs::File::open(path).map_err(&wrong)?;
    let mut hash = Sha256::new();
    let (mut size, mut buffer) = (0, vec![0; 1 << 18]);
    loop {
        let count = file.read(&mut buffer).map_err(&wrong)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        size += count as u64;
    }
    Ok(FileSum {
        size,
        sha256: hex::encode(hash.finalize()),
    })
}

/// Every file below a folder. A link leads out of it, so what it names would not be in the backup.
pub(super) fn all_files(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(BackupError::file(&folder))? {
            let entry = entry.map_err(BackupError::file(&folder))?;
            let kind = entry
                .file_type()
                .map_err(BackupError::file(&entry.path()))?;
            match () {
                () if kind.is_dir() => folders.push(entry.path()),
                () if kind.is_file() => found.push(entry.path()),
                () => {
                    return Err(BackupError::File {
                        path: entry.path(),
                        why: "it is a link, as tablespaces have; this backup does not know them: use pgBackRest".to_owned(),
                    });
                }
            }
        }
    }
    Ok(found)
}

/// The path within a folder, as text.
pub(super) fn relative(folder: &Path, path: &Path) -> Result<String, BackupError> {
    let within = path.strip_prefix(folder).ok().and_then(Path::to_str);
    within.map(str::to_owned).ok_or(BackupError::File {
        path: path.to_owned(),
        why: "its name is no text".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("base")).unwrap();
        std::fs::write(folder.path().join("base/1"), "one").unwrap();
        std::fs::write(folder.path().join("keys.sealed"), "two").unwrap();
        let manifest = Manifest::of(folder.path(), "now".into(), "0".into()).unwrap();
        manifest.write(folder.path()).unwrap();
        folder
    }

    #[test]
    fn what_changed_went_or_came_is_named() {
        let folder = backup();
        assert_eq!(verify(folder.path()).unwrap().len(), 1);
        let says = |words: &str| {
            let error = verify(folder.path()).unwrap_err().to_string();
            assert!(
                error.contains(words) && error.contains("not used"),
                "{error}"
            );
        };
        std::fs::write(folder.path().join("base/1"), "onf").unwrap();
        says("base/1 is not what was written");
        std::fs::remove_file(folder.path().join("base/1")).unwrap();
        says("base/1 is missing");
        std::fs::write(folder.path().join("base/1"), "one").unwrap();
        std::fs::write(folder.path().join("base/2"), "more").unwrap();
        says("base/2 does not belong to it");
    }

    #[test]
    fn every_changed_byte_of_the_list_is_seen() {
        let folder = backup();
        let path = folder.path().join(MANIFEST);
        let text = std::fs::read(&path).unwrap();
        for place in 0..text.len() - 1 {
            let mut changed = text.clone();
            changed[place] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(verify(folder.path()).is_err(), "{place}");
        }
    }
}
