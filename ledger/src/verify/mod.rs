//! Checking a ledger without changing a byte of it.

mod stopped;

use meterpost_signing::{KeyStore, RootHash, VerifierKey};

use self::stopped::Rest;
pub use self::stopped::StoppedLedger;
use crate::account::Account;
use crate::decide::{DatabaseView, Decision, Refusal, SecondNote, SecondView, decide};
use crate::folder::Folder;
use crate::head_file::HeadFile;
use crate::money::Money;
use crate::store::{Depth, LogView};

/// How the second head stands to the database's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeadState {
    /// It could not be compared.
    #[default]
    Unknown,
    /// The same.
    Equal,
    /// Behind, by so many entries, and continued by the database.
    Trails(u64),
    /// There is none.
    Missing,
    /// It cannot be read.
    Damaged,
    /// It contradicts the database; the problems say how.
    Contradicts,
}

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
    /// How the second head stands to it.
    pub second: HeadState,
    /// The largest size that a witness has cosigned.
    pub cosigned: Option<u64>,
    /// What the entries add up to, an account each.
    pub accounts: Vec<(Account, Money)>,
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
    let read = Rest::open(folder).and_then(|rest| {
        let log = rest.view(Depth::Everything)?;
        Ok(judge(folder, &log, &rest.second, expected))
    });
    read.unwrap_or_else(Verdict::problem)
}

fn judge(
    folder: &Folder,
    log: &LogView,
    second: &HeadFile,
    expected: Option<&VerifierKey>,
) -> Verdict {
    let mut verdict = Verdict {
        size: Some(log.entries),
        root: log.head.as_ref().ok().map(|head| head.checkpoint().root),
        key: Some(log.vkey.to_string()),
        head: Some(log.head_text.clone()),
        accounts: log.books.balances().iter().collect(),
        ..Verdict::default()
    };
    if let Some(problem) = expected.and_then(|expected| not_expected(log, expected)) {
        verdict.problems.push(problem);
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
    let faults = log.problems.iter();
    verdict.problems.extend(faults.map(|p| p.to_string()));
    let state = log.state(&key);
    verdict.cosigned = state.cosigned.map(|cosigned| cosigned.size);
    let second = log.second_view(second);
    let decision = decide(&DatabaseView::Present(state), &second);
    verdict.second = head_state(&decision, &second);
    match decision {
        Decision::Open | Decision::Create => {}
        Decision::OpenAndRewriteSecond(note) => verdict.notes.push(plain(&note)),
        Decision::Replay { why, second } => {
            verdict.notes.push(format!(
                "what is stored beside the entries does not fit them ({why}); `kiosk ledger rebuild` makes it anew"
            ));
            verdict.notes.extend(second.as_ref().map(plain));
        }
        Decision::Refuse(refusal) => verdict.problems.push(refusal.to_string()),
    }
    verdict
}

/// Why this is not the log that the key from elsewhere stands for. The key that signs now is as good as the first one; where
/// the entries that handed over from key to key were pruned, it is the only one that proves anything, since their
/// signatures are gone and a stranger could claim such a succession.
fn not_expected(log: &LogView, expected: &VerifierKey) -> Option<String> {
    if *expected == log.vkey {
        return None;
    }
    if *expected != log.log {
        return Some(format!(
            "the log's key is not the one expected: {}",
            log.log
        ));
    }
    // A key signs from the size on that its entry made, so the entry is gone where as many were pruned.
    let pruned = log.pruned.unwrap_or(u64::MAX);
    let (handed_over, _) = log.books.keys().first()?;
    (*handed_over <= pruned).then(|| {
        format!(
            "the entries by which the first key handed over were pruned: verify with the key that signs now, which the \
             operator noted before pruning, if it is {}",
            log.vkey
        )
    })
}

fn head_state(decision: &Decision, second: &SecondView) -> HeadState {
    let note = match decision {
        Decision::OpenAndRewriteSecond(note) => Some(note),
        Decision::Replay { second, .. } => second.as_ref(),
        Decision::Open | Decision::Create => None,
        Decision::Refuse(
            Refusal::DatabaseBehind { .. } | Refusal::Fork { .. } | Refusal::SecondForeign(_),
        ) => return HeadState::Contradicts,
        Decision::Refuse(_) => return HeadState::Unknown,
    };
    match (note, second) {
        (Some(SecondNote::Trails(behind)), _) => HeadState::Trails(*behind),
        (_, SecondView::Absent) => HeadState::Missing,
        (_, SecondView::Damaged(_)) => HeadState::Damaged,
        (_, SecondView::Foreign(_)) => HeadState::Contradicts,
        (_, SecondView::Present { .. }) => HeadState::Equal,
    }
}

/// The note without a word on what opening would do.
fn plain(note: &SecondNote) -> String {
    match note {
        SecondNote::Trails(_) => note.to_string(),
        SecondNote::Damaged(why) => format!("the second head is damaged: {why}"),
        SecondNote::Missing => "the second head is missing".to_owned(),
    }
}

#[cfg(test)]
mod tests;
