//! Checking a ledger without changing a byte of it.

use std::fs;
use std::io;
use std::path::Path;

use meterpost_signing::{KeyStore, RootHash, VerifierKey};

use crate::decide::{DatabaseView, Decision, SecondNote, decide};
use crate::folder::Folder;
use crate::head_file::{self, HeadFile};
use crate::store::{
    DatabaseTrouble, Lock, LogView, database_trouble, open_copy, second_view, view_log,
};

/// What checking found. Empty fields are those that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries there are.
    pub size: Option<u64>,
    /// The root over them, recomputed.
    pub root: Option<RootHash>,
    /// The log's verifier key: name and public key.
    pub key: Option<String>,
    /// The signed checkpoint as it is stored.
    pub head: Option<String>,
    /// What is wrong; nothing is where this is empty.
    pub problems: Vec<String>,
    /// What is not wrong but worth knowing, such as a second head that trails.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.problems.is_empty()
    }

    fn problem(why: impl Into<String>) -> Verdict {
        Verdict {
            problems: vec![why.into()],
            ..Verdict::default()
        }
    }
}

/// Checks all of a folder: every entry strictly decoded, the tree recomputed, the signature, the totals, the rules replayed,
/// the second head compared. The key is the one named in the key file where there is one, else the log's own word.
pub fn verify(folder: &Folder) -> Verdict {
    check(folder, None)
}

/// The same against a key known from elsewhere, so that a log that was rewritten and signed anew is seen.
pub fn verify_against(folder: &Folder, expected: &VerifierKey) -> Verdict {
    check(folder, Some(expected))
}

fn check(folder: &Folder, expected: Option<&VerifierKey>) -> Verdict {
    // Held to the end, so that no kiosk starts writing meanwhile. Without a lock file no kiosk ever ran here.
    let _lock = match Lock::shared(&folder.lock()) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => {
            return Verdict::problem(
                "the ledger is in use: stop the kiosk program, or check a copy of the whole folder",
            );
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Verdict::problem(format!("lock file: {error}")),
    };
    let second = head_file::read(folder.head());
    match read_log(folder, &second) {
        Ok(log) => judge(folder, &log, &second, expected),
        Err(why) => Verdict::problem(why),
    }
}

fn judge(
    folder: &Folder,
    log: &LogView,
    second: &HeadFile,
    expected: Option<&VerifierKey>,
) -> Verdict {
    let mut verdict = Verdict {
        size: Some(log.examination.tree.size()),
        root: Some(log.examination.tree.root()),
        key: Some(log.vkey.to_string()),
        head: Some(log.head_text.clone()),
        ..Verdict::default()
    };
    if expected.is_some_and(|expected| *expected != log.vkey) {
        verdict.problems.push(format!(
            "the log's key is not the one expected: {}",
            log.vkey
        ));
    }
    let key = match KeyStore::public_key_in(&folder.key()) {
        Ok(key) => key,
        Err(error) => {
            let note = format!("the key file was not compared: {error}");
            verdict.notes.push(note);
            *log.vkey.key()
        }
    };
    // All entry problems are listed, not only the first that the table stops at.
    let faults = log.examination.problems.iter();
    verdict.problems.extend(faults.map(|p| p.to_string()));
    let state = DatabaseView::Present(log.state(&key));
    match decide(&state, &second_view(second, &log.vkey)) {
        Decision::Open | Decision::Create => {}
        Decision::OpenAndRewriteSecond(note @ SecondNote::Trails(_)) => {
            verdict.notes.push(note.to_string());
        }
        Decision::OpenAndRewriteSecond(note) => {
            let plain = match note {
                SecondNote::Damaged(why) => format!("the second head is damaged: {why}"),
                _ => "the second head is missing".to_owned(),
            };
            verdict.notes.push(plain);
        }
        Decision::Refuse(refusal) => verdict.problems.push(refusal.to_string()),
    }
    verdict
}

fn read_log(folder: &Folder, second: &HeadFile) -> Result<LogView, String> {
    let database = folder.database();
    match fs::metadata(&database) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err("there is no ledger database in this folder".into());
        }
        Err(error) => return Err(format!("database: {error}")),
        Ok(_) => {}
    }
    if file_length(&folder.write_ahead_log())? == 0 {
        return read_at(&database, false, second);
    }
    // The last commits are in the write-ahead log, and reading it may write: done on a copy.
    let copy = tempfile::tempdir().map_err(|e| format!("room for a copy: {e}"))?;
    let path = copy.path().join("ledger.db");
    let copied = fs::copy(&database, &path).and_then(|_| {
        let wal = copy.path().join("ledger.db-wal");
        fs::copy(folder.write_ahead_log(), wal)
    });
    copied.map_err(|e| format!("copying the database: {e}"))?;
    read_at(&path, true, second)
}

fn read_at(path: &Path, has_wal: bool, second: &HeadFile) -> Result<LogView, String> {
    open_copy(path, has_wal)
        .and_then(|connection| view_log(&connection, second))
        .map_err(|error| match database_trouble(&error) {
            DatabaseTrouble::InUse => "the database is locked".to_owned(),
            DatabaseTrouble::Damaged(why) | DatabaseTrouble::Failed(why) => {
                format!("the database cannot be read: {why}")
            }
        })?
}

fn file_length(path: &Path) -> Result<u64, String> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(format!("write-ahead log: {error}")),
    }
}

#[cfg(test)]
mod tests;
