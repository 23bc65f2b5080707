//! The counter of signed calls. The server takes no call whose counter is not above the last one's, so a number must never be
//! used twice. Numbers are reserved on the disk in blocks; after a power cut the rest of a block is skipped.

use std::io;
use std::path::{Path, PathBuf};

use meterpost_ledger::signing::{read_at_most, replace};

/// The file in the data folder.
const FILE: &str = "calls";
/// Numbers reserved at once: a write to the disk for so many calls.
const BLOCK: u64 = 1000;

/// Why no number can be given out.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {why}")]
pub struct CounterError {
    path: PathBuf,
    why: String,
}

/// Gives out the numbers.
#[derive(Debug)]
pub struct CallCounter {
    path: PathBuf,
    next: u64,
    reserved: u64,
}

impl CallCounter {
    /// Goes on behind everything that was reserved. A file that is missing or damaged begins at 0; the server's refusal then
    /// says where to go on.
    pub fn open(folder: &Path) -> CallCounter {
        let path = folder.join(FILE);
        let kept = read_at_most(&path, 32)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.trim_end().parse().ok());
        let reserved = kept.unwrap_or(0);
        CallCounter {
            path,
            next: reserved,
            reserved,
        }
    }

    /// A number that was never given out.
    ///
    /// # Errors
    /// When the disk does not take the reservation.
    pub fn take(&mut self) -> Result<u64, CounterError> {
        if self.next >= self.reserved {
            let reserved = self.next + BLOCK;
            replace(&self.path, format!("{reserved}\n").as_bytes(), 0o600)
                .map_err(|error| self.wrong(&error))?;
            self.reserved = reserved;
        }
        let number = self.next;
        self.next += 1;
        Ok(number)
    }

    /// The server has seen this number: go on above it.
    pub fn pass(&mut self, seen: u64) {
        self.next = self.next.max(seen.saturating_add(1));
    }

    fn wrong(&self, error: &io::Error) -> CounterError {
        CounterError {
            path: self.path.clone(),
            why: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_given_out_twice_across_power_cuts() {
        let folder = tempfile::tempdir().unwrap();
        let mut last = None;
        for _ in 0..5 {
            let mut counter = CallCounter::open(folder.path());
            for _ in 0..1500 {
                let number = counter.take().unwrap();
                assert!(last.is_none_or(|last| number > last));
                last = Some(number);
            }
        }
    }

    #[test]
    fn a_lost_file_is_made_good_by_the_servers_word() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "nonsense").unwrap();
        let mut counter = CallCounter::open(folder.path());
        assert_eq!(counter.take().unwrap(), 0);
        counter.pass(70_000);
        assert_eq!(counter.take().unwrap(), 70_001);
        assert_eq!(CallCounter::open(folder.path()).take().unwrap(), 71_001);
    }
}
