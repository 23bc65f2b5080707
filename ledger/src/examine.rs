//! Reading the whole log: every entry decoded, hashed, and played into fresh books.

use meterpost_signing::RootHash;
use rusqlite::Connection;
use thiserror::Error;

use crate::books::{Books, BooksError};
use crate::entry::{DecodeError, Entry};
use crate::merkle::{Frontier, empty_root, leaf_hash};

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EntryFault {
    /// Entries before it are missing.
    #[error("entries from {0} on are missing before it")]
    Gap(u64),
    /// Its bytes are not those that were hashed when it was written.
    #[error("its bytes do not fit the hash stored beside it")]
    Leaf,
    /// Its bytes are no entry.
    #[error("its bytes are no entry: {0}")]
    Malformed(#[from] DecodeError),
    /// It says it is another entry.
    #[error("it says it is entry {0}")]
    Index(u64),
    /// Its event breaks a rule.
    #[error("its event breaks a rule: {0}")]
    Rule(#[from] BooksError),
    /// Its postings are not those of its event.
    #[error("its postings are not those of its event")]
    Postings,
    /// Its totals are not what the entries up to it add up to.
    #[error("its totals are not the sum of the postings so far")]
    Totals,
    /// Its wall clock is below that of the entry before.
    #[error("its wall clock is before that of the entry before it")]
    Clock,
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("entry {index}: {fault}")]
pub struct EntryProblem {
    /// Which entry.
    pub index: u64,
    /// What is wrong.
    pub fault: EntryFault,
}

/// What reading the whole log gave.
pub(crate) struct Examination {
    pub(crate) tree: Frontier,
    /// The root at the size asked for, when the log reaches it.
    pub(crate) root_at_mark: Option<RootHash>,
    pub(crate) books: Books,
    pub(crate) wall: u64,
    /// The first faults found.
    pub(crate) problems: Vec<EntryProblem>,
}

/// Enough to see what is wrong; a list of all would be as long as the log.
const MOST_PROBLEMS: usize = 20;

/// Reads every entry. An error is the database's, not an entry's.
pub(crate) fn examine(
    connection: &Connection,
    mark: Option<u64>,
) -> Result<Examination, rusqlite::Error> {
    let mut state = Examination {
        tree: Frontier::default(),
        root_at_mark: (mark == Some(0)).then(empty_root),
        books: Books::new(),
        wall: 0,
        problems: Vec::new(),
    };
    let mut playing = true;
    let mut statement = connection.prepare("SELECT idx, bytes, leaf FROM entry ORDER BY idx")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
        let bytes: Vec<u8> = row.get(1)?;
        let leaf: Vec<u8> = row.get(2)?;
        playing = state.take(index, &bytes, &leaf, playing);
        if mark == Some(state.tree.size()) {
            state.root_at_mark = Some(state.tree.root());
        }
    }
    Ok(state)
}

impl Examination {
    /// Takes one entry in; the books stop at the first fault, the hashes go on.
    fn take(&mut self, index: u64, bytes: &[u8], stored_leaf: &[u8], playing: bool) -> bool {
        let expected = self.tree.size();
        let leaf = leaf_hash(bytes);
        self.tree.push(leaf);
        let mut sound = playing;
        if index != expected {
            // Told once: after a gap every later index is off.
            if playing {
                self.fault(index, EntryFault::Gap(expected));
            }
            sound = false;
        }
        if leaf.0 != *stored_leaf {
            self.fault(index, EntryFault::Leaf);
            sound = false;
        }
        if sound && let Err(fault) = self.play(index, bytes) {
            self.fault(index, fault);
            sound = false;
        }
        sound
    }

    fn play(&mut self, index: u64, bytes: &[u8]) -> Result<(), EntryFault> {
        let entry = Entry::decode(bytes)?;
        if entry.index != index {
            return Err(EntryFault::Index(entry.index));
        }
        if entry.stamp.wall < self.wall {
            return Err(EntryFault::Clock);
        }
        self.wall = entry.stamp.wall;
        if self.books.apply(&entry.event)? != entry.postings {
            return Err(EntryFault::Postings);
        }
        if *self.books.balances() != entry.totals {
            return Err(EntryFault::Totals);
        }
        Ok(())
    }

    fn fault(&mut self, index: u64, fault: EntryFault) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(EntryProblem { index, fault });
        }
    }
}
