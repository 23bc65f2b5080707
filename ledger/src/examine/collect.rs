//! Putting chunks back in order: one tree, one pair of books.

use std::collections::BTreeMap;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::chunk::{CHUNK, Digested, GROUP, hashes, stored_tile};
use super::{EntryFault, EntryProblem, Examination, Player, Scope};
use crate::entry::{DecodeError, Entry};
use crate::event::Event;
use crate::merkle::{Frontier, LeafHash, NodeHash, empty_root, perfect_root};

/// Enough to see what is wrong; a list of all would be as long as the log.
const MOST_PROBLEMS: usize = 20;

/// The level of a whole chunk's root.
const CHUNK_LEVEL: u8 = CHUNK.trailing_zeros() as u8;

/// What the chunks so far add up to.
pub(crate) struct Collector<'s> {
    scope: &'s Scope<'s>,
    /// Chunks that came before their turn.
    waiting: BTreeMap<u64, Digested>,
    next: u64,
    tree: Frontier,
    roots: Vec<(u64, meterpost_signing::RootHash)>,
    player: Player,
    playing: bool,
    problems: Vec<EntryProblem>,
    /// The first entries of groups whose stored hash is another.
    other_groups: Vec<u64>,
    /// What of the stored tree is not what the entries give.
    derived: Option<String>,
    /// The tiles above the chunks, and the hashes of those not full yet.
    upper: Vec<(u8, u64, Vec<NodeHash>)>,
    open: Vec<Vec<NodeHash>>,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(scope: &'s Scope<'s>) -> Collector<'s> {
        let player = match &scope.base {
            Some((_, books)) => Player::from(books.clone()),
            None => Player::new(),
        };
        let empty = scope.marks.iter().filter(|mark| **mark == 0);
        Collector {
            scope,
            waiting: BTreeMap::new(),
            next: 0,
            tree: Frontier::default(),
            roots: empty.map(|_| (0, empty_root())).collect(),
            player,
            playing: true,
            problems: Vec::new(),
            other_groups: Vec::new(),
            derived: None,
            upper: Vec::new(),
            open: Vec::new(),
        }
    }

    /// Takes a chunk, in whatever order they come.
    pub(crate) fn take(&mut self, chunk: Digested) {
        self.waiting.insert(chunk.number, chunk);
        while let Some(chunk) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.absorb(chunk);
        }
    }

    fn absorb(&mut self, chunk: Digested) {
        let first = chunk.number * CHUNK;
        for group in &chunk.other_groups {
            self.other_groups.push(first + (group * GROUP) as u64);
        }
        if !chunk.tile_complete {
            self.differs(4, chunk.number);
        }
        self.grow(first, &chunk);
        for (expected, (index, entry)) in
            (first + chunk.leaves.len() as u64 - chunk.entries.len() as u64..).zip(chunk.entries)
        {
            self.take_entry(expected, index, entry);
        }
    }

    fn grow(&mut self, first: u64, chunk: &Digested) {
        let last = first + chunk.leaves.len() as u64;
        let marked = |mark: &u64| *mark > first && *mark < last;
        match chunk.root {
            Some(root) if !self.scope.marks.iter().any(marked) => {
                self.tree.push_subtree(CHUNK_LEVEL, root);
                self.note_mark();
            }
            _ => chunk.leaves.iter().for_each(|leaf| self.push(*leaf)),
        }
        if let Some(root) = chunk.root {
            self.raise(0, root);
        }
    }

    fn push(&mut self, leaf: LeafHash) {
        self.tree.push(leaf);
        self.note_mark();
    }

    fn note_mark(&mut self) {
        let size = self.tree.size();
        if self.scope.marks.contains(&size) {
            self.roots.push((size, self.tree.root()));
        }
    }

    /// Adds a hash to the tile in progress `step` tiles above the chunks' own.
    fn raise(&mut self, step: usize, hash: NodeHash) {
        if self.open.len() == step {
            self.open.push(Vec::new());
        }
        let Some(tile) = self.open.get_mut(step) else {
            return;
        };
        tile.push(hash);
        if tile.len() == GROUP {
            let tile = std::mem::take(tile);
            let root = perfect_root(&tile);
            let level = CHUNK_LEVEL + 4 * step as u8;
            let index = self.next.saturating_sub(1) >> (4 * (step + 1));
            self.upper.push((level, index, tile));
            self.raise(step + 1, root);
        }
    }

    fn take_entry(&mut self, expected: u64, index: u64, entry: Result<Entry, DecodeError>) {
        if index != expected {
            // Told once: after a gap every later index is off.
            if self.playing {
                self.fault(index, EntryFault::Gap(expected));
            }
            self.playing = false;
        }
        let outcome = match entry {
            Err(error) => Err(EntryFault::Malformed(error)),
            Ok(entry) if self.plays(index) => self.player.play(index, &entry, self.scope.log),
            Ok(_) => Ok(()),
        };
        if let Err(fault) = outcome {
            self.fault(index, fault);
            self.playing = false;
        }
    }

    /// Whether the books go on with this entry: they stop at the first fault, and begin at the base.
    fn plays(&self, index: u64) -> bool {
        self.playing
            && self
                .scope
                .base
                .as_ref()
                .is_none_or(|(base, _)| index >= *base)
    }

    fn fault(&mut self, index: u64, fault: EntryFault) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(EntryProblem { index, fault });
        }
    }

    fn differs(&mut self, level: u8, index: u64) {
        self.derived
            .get_or_insert_with(|| format!("the stored tile {index} of level {level}"));
    }

    /// Compares what is stored beside the entries.
    pub(crate) fn finish(
        mut self,
        connection: &Connection,
    ) -> Result<Examination, rusqlite::Error> {
        if self.scope.tiles {
            self.compare_upper(connection)?;
            self.compare_statements(connection)?;
        }
        Ok(Examination {
            size: self.tree.size(),
            root: self.tree.root(),
            roots: self.roots,
            books: self.player.books,
            problems: self.problems,
            other_groups: self.other_groups,
            derived: self.derived,
        })
    }

    fn compare_upper(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut upper = std::mem::take(&mut self.upper);
        for (step, tile) in std::mem::take(&mut self.open).into_iter().enumerate() {
            if !tile.is_empty() {
                let index = self.next.saturating_sub(1) >> (4 * (step + 1));
                upper.push((CHUNK_LEVEL + 4 * step as u8, index, tile));
            }
        }
        let mut tiles =
            connection.prepare("SELECT hashes FROM tile WHERE level = ?1 AND idx = ?2")?;
        for (level, index, expected) in upper {
            let stored = stored_tile(&mut tiles, level, index)?.unwrap_or_default();
            if !hashes(&stored).eq(expected) {
                self.differs(level, index);
            }
        }
        Ok(())
    }

    /// The stored books must be those that the entry at their size states.
    fn compare_statements(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut statement = connection.prepare(
            "SELECT statement.size, books, bytes FROM statement LEFT JOIN entry ON entry.idx = statement.size",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let size: i64 = row.get(0)?;
            let books: Vec<u8> = row.get(1)?;
            let entry: Option<Vec<u8>> = row.get(2)?;
            if !states(entry.as_deref(), &books) {
                self.derived
                    .get_or_insert_with(|| format!("the books stored for entry {size}"));
            }
        }
        Ok(())
    }
}

/// Whether the entry states these books.
fn states(entry: Option<&[u8]>, books: &[u8]) -> bool {
    let Some(Ok(entry)) = entry.map(Entry::decode) else {
        return false;
    };
    let digest: [u8; 32] = Sha256::digest(books).into();
    entry.event == Event::BooksStated { digest }
}
