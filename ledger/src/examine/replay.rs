//! Checking a log entry by entry, wherever its entries are stored.

use meterpost_signing::{RootHash, VerifierKey};

use super::fault::{EntryFault, EntryProblem};
use super::player::Player;
use crate::books::Books;
use crate::entry::Entry;
use crate::merkle::{Frontier, leaf_hash};

/// A log replayed from its first entry on: each one decoded, its rules, postings, totals, clock and keys checked, and the tree
/// hashed over all of them.
pub struct LogReplay {
    first: VerifierKey,
    player: Player,
    tree: Frontier,
}

impl LogReplay {
    /// Before the first entry of the log with this name and first key.
    pub fn new(first: VerifierKey) -> LogReplay {
        LogReplay {
            first,
            player: Player::new(),
            tree: Frontier::default(),
        }
    }

    /// Takes the next entry in. What is wrong with it is told; it is a part of the tree all the same, as it is stored.
    ///
    /// # Errors
    /// The fault and its place.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), EntryProblem> {
        let index = self.tree.size();
        self.tree.push(leaf_hash(bytes));
        Entry::decode(bytes)
            .map_err(EntryFault::from)
            .and_then(|entry| self.player.play(index, &entry, &self.first))
            .map_err(|fault| EntryProblem { index, fault })
    }

    /// How many entries were taken.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root over them.
    pub fn root(&self) -> RootHash {
        self.tree.root()
    }

    /// What they add up to.
    pub fn books(&self) -> &Books {
        &self.player.books
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{Place, sell};

    #[test]
    fn a_log_replays_to_its_head_and_a_changed_entry_is_told_with_its_place() {
        let place = Place::new(1);
        let mut ledger = place.create();
        (4..7).for_each(|purchase| sell(&mut ledger, purchase));
        let entries: Vec<Vec<u8>> = ledger
            .entries(0..ledger.size())
            .map(|stored| stored.unwrap().bytes)
            .collect();
        let mut replay = LogReplay::new(ledger.vkey().clone());
        for bytes in &entries {
            replay.take(bytes).unwrap();
        }
        assert_eq!(
            (replay.size(), replay.root()),
            (ledger.size(), ledger.root())
        );
        assert_eq!(replay.books().balances(), ledger.books().balances());

        let mut replay = LogReplay::new(ledger.vkey().clone());
        let faults: Vec<u64> = entries
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != 4)
            .filter_map(|(_, bytes)| replay.take(bytes).err())
            .map(|problem| problem.index)
            .collect();
        assert_eq!(faults.first(), Some(&4));
        assert_ne!(replay.root(), ledger.root());
    }
}
