//! One backup. It is made under another name, checked against what the database says it sent, listed, and only then gets its name.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::{Manifest, check_sent};
use super::retain::retain;
use super::sealed::{RecoveryKey, of_folder};
use super::tools::Source;
use super::{BASE, BackupError};
use crate::config::Config;

/// What the name of a backup under way begins with.
const MAKING: &str = ".making-";

/// What was done.
#[derive(Debug)]
pub struct Taken {
    /// The backup.
    pub path: PathBuf,
    /// Backups that were too many, and are gone.
    pub removed: Vec<PathBuf>,
    /// Segments of the log that no backup needs any more, and are gone.
    pub segments: usize,
}

/// Takes a backup into a folder, and keeps as many as are wanted. Everybody goes on meanwhile.
///
/// # Errors
/// [`BackupError`]; there is no new backup then, and none that was there is gone.
pub fn take(
    config: &Config,
    config_file: &Path,
    to: &Path,
    keep: usize,
    now: Timestamp,
) -> Result<Taken, BackupError> {
    if keep == 0 {
        return Err(BackupError::Asked(
            "at least one backup has to be kept".to_owned(),
        ));
    }
    let source = Source::new(&config.database.url, config.database.ca.as_deref())?;
    let key = RecoveryKey::open(&config.keys)?;
    private_folder(to)?;
    let _alone = alone(to)?;
    // What an earlier one left that was cut off; nobody is at work on it.
    for path in cut_off(to)? {
        std::fs::remove_dir_all(&path).map_err(BackupError::file(&path))?;
    }
    let name = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (making, path) = (to.join(format!("{MAKING}{name}")), to.join(&name));
    if path.exists() {
        return Err(BackupError::InTheWay {
            path,
            why: "there is a backup of this second already; try again",
        });
    }
    private_folder(&making)?;
    source.base_backup(&making.join(BASE))?;
    check_sent(&making)?;
    key.seal(&making, &to_seal(config, config_file)?)?;
    let manifest = Manifest::of(&making, now.to_string(), wal_from(&making)?)?;
    manifest.write(&making)?;
    std::fs::rename(&making, &path).map_err(BackupError::file(&path))?;
    sync_folder(to)?;
    let (removed, segments) = retain(to, keep)?;
    Ok(Taken {
        path,
        removed,
        segments,
    })
}

/// Keys, configuration and the keys of payment contracts.
fn to_seal(config: &Config, file: &Path) -> Result<Vec<(String, PathBuf)>, BackupError> {
    let mut files = of_folder(&config.keys)?;
    files.push(("server.toml".to_owned(), file.to_owned()));
    for (tenant, contract) in &config.payment {
        files.push((format!("payment/{tenant}.key"), contract.key_file.clone()));
    }
    Ok(files)
}

/// The first segment that the backup needs, by PostgreSQL's own label.
fn wal_from(making: &Path) -> Result<String, BackupError> {
    let path = making.join(BASE).join("backup_label");
    let label = std::fs::read_to_string(&path).map_err(BackupError::file(&path))?;
    let segment = label.lines().find_map(|line| {
        let rest = line.strip_prefix("START WAL LOCATION: ")?;
        rest.split_once("(file ")?.1.strip_suffix(')')
    });
    segment.map(str::to_owned).ok_or(BackupError::File {
        path,
        why: "it does not say where the log begins".to_owned(),
    })
}

fn private_folder(path: &Path) -> Result<(), BackupError> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(path);
    made.map_err(BackupError::file(path))
}

/// Nobody else takes a backup into this folder; until the file is dropped.
fn alone(folder: &Path) -> Result<std::fs::File, BackupError> {
    let path = folder.join(".lock");
    let file = std::fs::File::create(&path).map_err(BackupError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(BackupError::InTheWay {
            path: folder.to_owned(),
            why: "another backup into this folder is under way; wait until it has ended",
        }),
    }
}

fn cut_off(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let entries = std::fs::read_dir(folder).map_err(BackupError::file(folder))?;
    let making = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(MAKING.as_bytes()))
    };
    Ok(entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(making)
        .collect())
}

/// The name is on the disk when this is through.
pub(super) fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(BackupError::file(folder))
}
