//! `server backup` and `server restore` (`docs/backup.md`).

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::{ConfigFile, Failure};
use crate::backup::{
    BackupError, RecoveryKey, Restoring, Source, restore, stream_wal, take, verify,
};

/// What is to be done with backups.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Take one into this folder
    #[arg(long, required_unless_present_any = ["verify", "print_recovery_key"])]
    to: Option<PathBuf>,
    /// Receive the database's log into that folder instead, until told to stop
    #[arg(long, requires = "to")]
    stream_wal: bool,
    /// How many are kept
    #[arg(long, default_value_t = 7)]
    keep: usize,
    /// Check a backup, or all of those in a folder, instead
    #[arg(long, conflicts_with = "to")]
    verify: Option<PathBuf>,
    /// Print the key under which keys are sealed, for the safe
    #[arg(long, conflicts_with_all = ["to", "verify"])]
    print_recovery_key: bool,
    #[command(flatten)]
    file: ConfigFile,
}

/// What is to be restored.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(long)]
    from: PathBuf,
    /// The folder for the database cluster; new or empty
    #[arg(long)]
    to_database: PathBuf,
    /// The folder of the log: up to its end, and not only to the backup's
    #[arg(long)]
    wal: Option<PathBuf>,
    /// Up to this moment, such as 2026-03-05T14:30:00+08:00
    #[arg(long, requires = "wal")]
    until: Option<Timestamp>,
    /// The folder for keys and configuration
    #[arg(long, requires = "recovery_key")]
    keys_to: Option<PathBuf>,
    /// The file of the recovery key
    #[arg(long, requires = "keys_to")]
    recovery_key: Option<PathBuf>,
}

fn blame(error: BackupError) -> Failure {
    match error {
        BackupError::Asked(why) => Failure::Config(why),
        other => Failure::data(other),
    }
}

pub(super) fn backup(asked: &Backup) -> Result<(), Failure> {
    if let Some(folder) = &asked.verify {
        return verified(folder);
    }
    let config = asked.file.load()?;
    if asked.print_recovery_key {
        let key = RecoveryKey::open(&config.keys).map_err(blame)?;
        println!("{}", key.to_text());
        return Ok(());
    }
    let Some(to) = &asked.to else {
        return Err(Failure::Config("where to? Say it with --to".to_owned()));
    };
    if asked.stream_wal {
        let database = &config.database;
        let source = Source::new(&database.url, database.ca.as_deref()).map_err(blame)?;
        return stream_wal(&source, to).map_err(blame);
    }
    let taken = take(
        &config,
        &asked.file.config,
        to,
        asked.keep,
        Timestamp::now(),
    );
    let taken = taken.map_err(blame)?;
    println!("The backup is in {}.", taken.path.display());
    for path in taken.removed {
        println!("{} was too old and is gone.", path.display());
    }
    if taken.segments > 0 {
        println!(
            "{} segments of the log are not needed any more and are gone.",
            taken.segments
        );
    }
    Ok(())
}

fn verified(folder: &Path) -> Result<(), Failure> {
    for (path, made_at) in verify(folder).map_err(blame)? {
        println!("{} of {made_at} is in order.", path.display());
    }
    Ok(())
}

pub(super) fn restored(asked: &Restore) -> Result<(), Failure> {
    let key = asked.recovery_key.as_deref().map(RecoveryKey::read);
    let key = key.transpose().map_err(blame)?;
    let done = restore(&Restoring {
        from: &asked.from,
        to: &asked.to_database,
        wal: asked.wal.as_deref(),
        until: asked.until,
        keys: asked.keys_to.as_deref().zip(key.as_ref()),
    });
    let done = done.map_err(blame)?;
    println!(
        "The backup of {} is in {}.",
        done.made_at,
        asked.to_database.display()
    );
    for path in done.keys {
        println!("{} is back.", path.display());
    }
    println!(
        "Next: start PostgreSQL on that folder, wait until it accepts connections, then `server check --all`."
    );
    Ok(())
}
