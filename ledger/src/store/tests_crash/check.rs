//! What must hold of a disk after a power cut.

use std::collections::HashMap;

use super::super::view::Depth;
use super::super::{Ledger, OpenError, OpeningNote};
use super::day::History;
use super::disk::Image;
use super::terminal::Terminal;
use crate::entry::{BootId, ClockQuality, Stamp};
use crate::event::Event;

/// What opening made of a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing was ever committed on it, and a log could be created there.
    Nothing,
    /// A log of this size, as it was committed.
    Opened(u64),
    /// The ledger was not opened.
    Refused(String),
    /// It was opened and is not what was committed, or does not go on.
    Wrong(String),
}

impl Found {
    /// How many entries are there for certain.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Found::Nothing => Some(0),
            Found::Opened(size) => Some(*size),
            Found::Refused(_) | Found::Wrong(_) => None,
        }
    }
}

/// A moment after every day.
pub(super) fn afterwards() -> Stamp {
    Stamp {
        boot: BootId([0xee; 16]),
        monotonic_ms: 9_000,
        wall: 1_900_000_000_000,
        quality: ClockQuality::Rtc,
    }
}

/// Opens disks, each different one once.
pub(super) struct Checker<'t> {
    terminal: &'t Terminal,
    seen: HashMap<[u8; 32], Found>,
}

impl<'t> Checker<'t> {
    pub(super) fn new(terminal: &'t Terminal) -> Checker<'t> {
        Checker {
            terminal,
            seen: HashMap::new(),
        }
    }

    /// How many different disks were opened.
    pub(super) fn disks(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn check(&mut self, image: Image, history: &History) -> Found {
        let digest = image.digest();
        if let Some(found) = self.seen.get(&digest) {
            return found.clone();
        }
        let found = open_and_go_on(self.terminal, image, history);
        self.seen.insert(digest, found.clone());
        found
    }
}

/// Opens the disk as a restarted kiosk does, compares all of it with what was committed, sells on, and reads all of it
/// again.
pub(super) fn open_and_go_on(terminal: &Terminal, image: Image, history: &History) -> Found {
    terminal.insert(image);
    let (mut ledger, opened) = match terminal.open() {
        Ok(opened) => opened,
        Err(OpenError::NoLedger) => {
            return match terminal.create(&afterwards()) {
                Ok(_) => Found::Nothing,
                Err(error) => Found::Wrong(format!("there is nothing, and creating: {error}")),
            };
        }
        Err(error) => return Found::Refused(error.to_string()),
    };
    let size = ledger.size();
    let checked = as_committed(&ledger, history).and_then(|()| {
        if opened.notes.iter().any(is_replay) {
            return Err(format!("{:?}", opened.notes));
        }
        let went_on = ledger.commit(&afterwards(), &[Event::CashBoxRemoved]);
        went_on.map_err(|error| format!("going on: {error}"))
    });
    if let Err(why) = checked {
        return Found::Wrong(why);
    }
    let (root, books) = (ledger.root(), ledger.books().clone());
    drop(ledger);
    let again = match terminal.open_to(Depth::Everything) {
        Ok((again, opened)) if !opened.notes.iter().any(is_replay) => again,
        Ok((_, opened)) => return Found::Wrong(format!("after going on: {:?}", opened.notes)),
        Err(error) => return Found::Wrong(format!("after going on: {error}")),
    };
    if (again.root(), again.books()) != (root, &books) {
        return Found::Wrong("the entry after it was lost".to_owned());
    }
    Found::Opened(size)
}

fn is_replay(note: &OpeningNote) -> bool {
    matches!(note, OpeningNote::Replayed(_))
}

/// Whether a ledger is as it was at one of its commits: size, root and books.
pub(super) fn as_committed(ledger: &Ledger, history: &History) -> Result<(), String> {
    let size = ledger.size();
    let Some((root, books)) = history.commits.get(&size) else {
        return Err(format!("nothing was committed at size {size}"));
    };
    if *root != ledger.root() {
        return Err(format!("another root at size {size}"));
    }
    if books != ledger.books() {
        return Err(format!("other books at size {size}"));
    }
    Ok(())
}

/// Whether its entries are those that were committed, byte by byte.
pub(super) fn entry_by_entry(ledger: &Ledger, history: &History) -> Result<(), String> {
    for stored in ledger.entries(0..ledger.size()) {
        let stored = stored.map_err(|error| error.to_string())?;
        let index = stored.entry.index;
        if history.entries.get(&index) != Some(&stored.bytes) {
            return Err(format!("another entry {index}"));
        }
    }
    Ok(())
}
