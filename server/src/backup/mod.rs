//! Backup and restore (`docs/backup.md`): a base backup of the whole cluster with PostgreSQL's own tools, the write-ahead log that follows it,
//! and the server's keys, sealed.
//!
//! | file | what |
//! |---|---|
//! | `tools` | PostgreSQL's programs, and how they reach the database |
//! | `take` | one backup, checked before it counts |
//! | `manifest` | what a backup consists of, with the hash of each file |
//! | `sealed` | keys and configuration under the recovery key |
//! | `retain` | which backups and which log segments are kept |
//! | `wal` | the segments of the log, and whether they have a gap |
//! | `restore` | a cluster from a backup, up to the last segment or a moment |

mod manifest;
mod restore;
mod retain;
mod sealed;
mod take;
mod tools;
mod wal;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use manifest::verify;
pub use restore::{Restored, Restoring, restore};
pub use sealed::RecoveryKey;
pub use take::{Taken, take};
pub use tools::{Source, stream_wal};

/// The folder of the write-ahead log, beside the backups.
pub const WAL: &str = "wal";
/// The folder of the base backup, within a backup.
const BASE: &str = "base";
/// The file of keys and configuration, within a backup.
const KEYS: &str = "keys.sealed";

/// Why there is no backup, or nothing was restored. Each says what to do.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A file or folder.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A program of PostgreSQL is not there, or failed.
    #[error("{program}: {why}")]
    Tool {
        /// Which.
        program: &'static str,
        /// Why, and what to do.
        why: String,
    },
    /// The backup is not what was written.
    #[error("the backup {path} is damaged: {}. Take another one; this one is not used", .problems.join("; "))]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong, a file each.
        problems: Vec<String>,
    },
    /// It would overwrite something.
    #[error("{path}: {why}")]
    InTheWay {
        /// What.
        path: PathBuf,
        /// Why, and what to do.
        why: &'static str,
    },
    /// What was asked for makes no sense.
    #[error("{0}")]
    Asked(String),
    /// The recovery key.
    #[error("{0}")]
    Key(String),
}

impl BackupError {
    fn file(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
        move |error| BackupError::File {
            path: path.to_owned(),
            why: error.to_string(),
        }
    }
}
