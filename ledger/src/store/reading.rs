//! Reading entries back.

use std::collections::VecDeque;
use std::ops::Range;

use rusqlite::{Connection, params};

use super::error::ReadError;
use crate::entry::Entry;
use crate::merkle::{LeafHash, leaf_hash};

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// What it says.
    pub entry: Entry,
    /// Its exact bytes, which the tree hashes.
    pub bytes: Vec<u8>,
    /// Its leaf hash.
    pub leaf: LeafHash,
}

/// How many rows are fetched at a time.
const PAGE: i64 = 256;

/// Entries in order. It ends at the end of the range or of the log, or after an error.
pub struct Entries<'l> {
    connection: &'l Connection,
    range: Range<u64>,
    page: VecDeque<(u64, Vec<u8>)>,
}

impl<'l> Entries<'l> {
    pub(crate) fn new(connection: &'l Connection, range: Range<u64>) -> Entries<'l> {
        Entries {
            connection,
            range,
            page: VecDeque::new(),
        }
    }

    fn fetch(&mut self) -> Result<(), rusqlite::Error> {
        let bound = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "SELECT idx, bytes FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx LIMIT ?3",
        )?;
        let (start, end) = (bound(self.range.start), bound(self.range.end));
        let mut rows = statement.query(params![start, end, PAGE])?;
        while let Some(row) = rows.next()? {
            let index = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(u64::MAX);
            self.page.push_back((index, row.get(1)?));
        }
        Ok(())
    }

    fn stop<T>(&mut self, error: ReadError) -> Option<Result<T, ReadError>> {
        self.range.end = self.range.start;
        self.page.clear();
        Some(Err(error))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<StoredEntry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.range.is_empty() {
            return None;
        }
        if self.page.is_empty()
            && let Err(error) = self.fetch()
        {
            return self.stop(ReadError::Database(error.to_string()));
        }
        let (index, bytes) = self.page.pop_front()?;
        self.range.start = index.saturating_add(1);
        match Entry::decode(&bytes) {
            Ok(entry) => Some(Ok(StoredEntry {
                entry,
                leaf: leaf_hash(&bytes),
                bytes,
            })),
            Err(source) => self.stop(ReadError::Malformed { index, source }),
        }
    }
}
