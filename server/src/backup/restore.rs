//! A cluster from a backup: its files into a new folder, which PostgreSQL then brings up to the last segment of the log, or to a moment.

use std::fmt::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::Manifest;
use super::sealed::RecoveryKey;
use super::take::sync_folder;
use super::wal::segments;
use super::{BASE, BackupError};

/// Where the cluster finds the log: in its own folder, so that it may read it whoever received it.
const COPIED: &str = "meterpost_wal";

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Restoring<'r> {
    /// The backup.
    pub from: &'r Path,
    /// The folder for the cluster; new or empty.
    pub to: &'r Path,
    /// The folder of the log; the backup's own end without it.
    pub wal: Option<&'r Path>,
    /// Up to this moment; all there is without it.
    pub until: Option<Timestamp>,
    /// The folder for keys and configuration, and the recovery key.
    pub keys: Option<(&'r Path, &'r RecoveryKey)>,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: String,
    /// The keys and the configuration, where they were asked for.
    pub keys: Vec<PathBuf>,
}

/// Restores. The backup is checked first, whole.
///
/// # Errors
/// [`BackupError`]. What is in the way is left alone; a copy that was cut off is removed by whoever looks at it, and begun again.
pub fn restore(asked: &Restoring<'_>) -> Result<Restored, BackupError> {
    let manifest = Manifest::read(asked.from)?;
    free(asked.to)?;
    let settings = settings(asked)?;
    let segments = match asked.wal {
        Some(wal) => segments(wal, &asked.from.join(BASE), &manifest.wal_from)?,
        None => Vec::new(),
    };
    manifest.check(asked.from)?;
    copy(&asked.from.join(BASE), asked.to)?;
    if let Some(settings) = settings {
        let copied = asked.to.join(COPIED);
        std::fs::create_dir(&copied).map_err(BackupError::file(&copied))?;
        for segment in segments {
            copy_file(
                &segment,
                &copied.join(segment.file_name().unwrap_or_default()),
            )?;
        }
        sync_folder(&copied)?;
        let path = asked.to.join("postgresql.auto.conf");
        let mut text = std::fs::read_to_string(&path).unwrap_or_default();
        text.push_str(&settings);
        write(&path, text.as_bytes())?;
        write(&asked.to.join("recovery.signal"), b"")?;
    }
    owned_as_its_place(asked.to)?;
    let keys = match asked.keys {
        Some((into, key)) => key.unseal(asked.from, into)?,
        None => Vec::new(),
    };
    Ok(Restored {
        made_at: manifest.made_at,
        keys,
    })
}

/// Nothing is overwritten, least of all a cluster that runs.
fn free(to: &Path) -> Result<(), BackupError> {
    let in_the_way = |why| {
        Err(BackupError::InTheWay {
            path: to.to_owned(),
            why,
        })
    };
    if to.join("postmaster.pid").exists() {
        return in_the_way(
            "a cluster runs here, or was not shut down; stop it, move the folder away, and begin again",
        );
    }
    let entries = std::fs::read_dir(to);
    if entries.is_ok_and(|mut entries| entries.next().is_some()) {
        return in_the_way(
            "the folder is not empty; move it away, or name another one: nothing is overwritten",
        );
    }
    Ok(())
}

/// What PostgreSQL is told of the log; nothing where only the backup's own is taken.
fn settings(asked: &Restoring<'_>) -> Result<Option<String>, BackupError> {
    match (asked.wal, asked.until) {
        (None, None) => return Ok(None),
        (None, Some(_)) => {
            return Err(BackupError::Asked(
                "a moment is reached by the log only: say where it is with --wal".to_owned(),
            ));
        }
        (Some(_), _) => {}
    }
    // The segment under way when all was lost has its own name. It is as long as a whole one, with nothing behind its end.
    let mut text = format!(
        "\n# Of `server restore`; PostgreSQL reads it once, beside recovery.signal.\n\
         restore_command = 'cp {COPIED}/%f %p 2>/dev/null || cp {COPIED}/%f.partial %p 2>/dev/null'\n\
         recovery_target_timeline = 'latest'\nrecovery_target_action = 'promote'\n"
    );
    if let Some(until) = asked.until {
        let until = until.strftime("%Y-%m-%d %H:%M:%S%.6f+00");
        // A string takes everything.
        let _ = writeln!(text, "recovery_target_time = '{until}'");
    }
    Ok(Some(text))
}

fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    std::fs::create_dir_all(to).map_err(BackupError::file(to))?;
    let mode = std::fs::metadata(from).map_err(BackupError::file(from))?;
    std::fs::set_permissions(to, mode.permissions()).map_err(BackupError::file(to))?;
    for entry in std::fs::read_dir(from).map_err(BackupError::file(from))? {
        let entry = entry.map_err(BackupError::file(from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            copy_file(&path, &target)?;
        }
    }
    sync_folder(to)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), BackupError> {
    std::fs::copy(from, to).map_err(BackupError::file(to))?;
    let synced = std::fs::File::open(to).and_then(|file| file.sync_all());
    synced.map_err(BackupError::file(to))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(BackupError::file(path))
}

/// PostgreSQL starts on its own files only: they get the owner of the folder that they are in, where that is somebody else.
fn owned_as_its_place(to: &Path) -> Result<(), BackupError> {
    let to = std::path::absolute(to).map_err(BackupError::file(to))?;
    let place = to.parent().unwrap_or(&to);
    let wanted = std::fs::metadata(place).map_err(BackupError::file(place))?;
    let is = std::fs::metadata(&to).map_err(BackupError::file(&to))?;
    if (is.uid(), is.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    let mut all = vec![to.clone()];
    while let Some(path) = all.pop() {
        chown(&path, Some(wanted.uid()), Some(wanted.gid())).map_err(BackupError::file(&path))?;
        if path.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(BackupError::file(&path))? {
                all.push(entry.map_err(BackupError::file(&path))?.path());
            }
        }
    }
    Ok(())
}
