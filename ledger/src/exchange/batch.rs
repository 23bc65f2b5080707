//! Entries on their way to the server: each as its length, 4 bytes big-endian, and its exact bytes.

use thiserror::Error;

use crate::entry::{DecodeError, Entry, MAX_ENTRY_BYTES};

/// Longest batch read, in bytes: room for a few thousand entries, or for sixteen of the longest.
pub const MAX_BATCH_BYTES: usize = 1024 * 1024;

/// Why a batch is not taken. Nothing of it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BatchError {
    /// It holds nothing.
    #[error("the batch is empty")]
    Empty,
    /// Longer than any batch.
    #[error("the batch is {0} bytes long; at most {MAX_BATCH_BYTES} are read")]
    TooLong(usize),
    /// An entry is cut off, or claims to be longer than entries are.
    #[error("entry {0} of the batch is cut off or too long")]
    Cut(u64),
    /// What should be an entry is none.
    #[error("entry {index} is refused: {why}")]
    Entry {
        /// Its place in the log.
        index: u64,
        /// What is wrong.
        why: DecodeError,
    },
    /// It says another place than the one it has.
    #[error("entry {expected} says that it is entry {found}")]
    Index {
        /// By its place in the batch.
        expected: u64,
        /// By its own word.
        found: u64,
    },
}

/// Adds an entry to a batch; `false` when it has no room in it.
pub fn push_entry(batch: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let Ok(length) = u32::try_from(bytes.len()) else {
        return false;
    };
    if batch.len() + 4 + bytes.len() > MAX_BATCH_BYTES {
        return false;
    }
    batch.extend_from_slice(&length.to_be_bytes());
    batch.extend_from_slice(bytes);
    true
}

/// Reads a batch whose first entry has this place in its log: the exact bytes of each, which the tree hashes. Each decodes
/// strictly and is at its place, or nothing is returned.
pub fn read_batch(first: u64, batch: &[u8]) -> Result<Vec<&[u8]>, BatchError> {
    if batch.len() > MAX_BATCH_BYTES {
        return Err(BatchError::TooLong(batch.len()));
    }
    let mut entries = Vec::new();
    let mut rest = batch;
    while !rest.is_empty() {
        let expected = first.saturating_add(entries.len() as u64);
        let (bytes, behind) = split(rest).ok_or(BatchError::Cut(expected))?;
        let entry = Entry::decode(bytes).map_err(|why| BatchError::Entry {
            index: expected,
            why,
        })?;
        if entry.index != expected {
            let found = entry.index;
            return Err(BatchError::Index { expected, found });
        }
        entries.push(bytes);
        rest = behind;
    }
    if entries.is_empty() {
        return Err(BatchError::Empty);
    }
    Ok(entries)
}

fn split(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (length <= MAX_ENTRY_BYTES).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::balances::Balances;
    use crate::entry::tests::stamp;
    use crate::event::Event;

    /// Entries of several lengths, as they would be stored.
    fn stored() -> Vec<Vec<u8>> {
        let entry = |index: u64| {
            let software = "x".repeat(index as usize * 90);
            let event = Event::LogCreated { software };
            Entry::new(
                index,
                stamp(1000 + index),
                event,
                Vec::new(),
                Balances::default(),
            )
        };
        (0..5).map(|index| entry(index).encode().unwrap()).collect()
    }

    #[test]
    fn a_batch_is_read_as_it_was_written_and_every_cut_is_noticed() {
        let stored = stored();
        let mut batch = Vec::new();
        for bytes in &stored {
            assert!(push_entry(&mut batch, bytes));
        }
        let read = read_batch(0, &batch).unwrap();
        assert_eq!(read.len(), stored.len());
        assert!(read.iter().zip(&stored).all(|(read, bytes)| read == bytes));
        let ends: Vec<usize> = stored
            .iter()
            .scan(0, |end, bytes| {
                *end += 4 + bytes.len();
                Some(*end)
            })
            .collect();
        for cut in 0..batch.len() {
            let read = read_batch(0, &batch[..cut]);
            assert_eq!(read.is_ok(), ends.contains(&cut), "cut at {cut}");
        }
        assert!(matches!(
            read_batch(1, &batch),
            Err(BatchError::Index {
                expected: 1,
                found: 0
            })
        ));
    }

    #[test]
    fn a_batch_has_a_largest_size() {
        let mut batch = vec![0; MAX_BATCH_BYTES];
        assert!(!push_entry(&mut batch, b"x"));
        batch.push(0);
        assert_eq!(
            read_batch(0, &batch),
            Err(BatchError::TooLong(MAX_BATCH_BYTES + 1))
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400), first: u64) {
            let _ = read_batch(first, &bytes);
        }
    }
}
