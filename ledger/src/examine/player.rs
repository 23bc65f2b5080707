//! Playing entries into books, with every check that one entry allows.

use meterpost_signing::VerifierKey;

use super::fault::EntryFault;
use crate::books::Books;
use crate::entry::{Entry, Stamp, wall_allowed};
use crate::event::Event;
use crate::rotation::check_rotation;

/// Books and clock as the entries so far leave them.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    pub(crate) books: Books,
    /// When the last entry was written.
    pub(crate) last: Option<Stamp>,
}

impl Player {
    /// Before the first entry.
    pub(crate) fn new() -> Player {
        Player::from(Books::new())
    }

    /// After the entries that these books add up to.
    pub(crate) fn from(books: Books) -> Player {
        Player {
            last: books.last_stamp(),
            books,
        }
    }

    /// Takes the entry that must be at this place in, or says what is wrong with it; `log` is the log's name and first key.
    pub(crate) fn play(
        &mut self,
        index: u64,
        entry: &Entry,
        log: &VerifierKey,
    ) -> Result<(), EntryFault> {
        if entry.index != index {
            return Err(EntryFault::Index(entry.index));
        }
        let wall = self.last.map_or(0, |last| last.wall);
        if !wall_allowed(wall, entry) {
            return Err(EntryFault::Clock);
        }
        if let Event::KeyRotated { .. } = entry.event {
            let current = self.books.current_key();
            check_rotation(log, current, &entry.event)
                .map_err(|error| EntryFault::Rotation(error.to_string()))?;
        }
        self.books.pass(&entry.stamp);
        if self.books.apply(&entry.event)? != entry.postings {
            return Err(EntryFault::Postings);
        }
        if *self.books.balances() != entry.totals {
            return Err(EntryFault::Totals);
        }
        self.last = Some(entry.stamp);
        Ok(())
    }
}
