//! The second copy of the head: a small checksummed file with the signed checkpoint.
//!
//! SQLite's recovery silently drops committed rows after a damaged frame of its write-ahead log, and what is left looks
//! sound. This copy is how that is seen.

use std::io;
use std::path::Path;

use meterpost_signing::{SignedCheckpoint, read_at_most, replace};
use sha2::{Digest, Sha256};

const HEADER: &str = "meterpost-head v1\n";
const MAX_BYTES: usize = 70_000;

/// What lies where the second head should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadFile {
    Absent,
    Damaged(String),
    /// The note's bytes as they were written; the signature is not checked yet.
    Note(Vec<u8>),
}

/// Writes the file in one durable step.
pub(crate) fn write(path: &Path, head: &SignedCheckpoint) -> io::Result<()> {
    replace(path, format(&head.to_text()).as_bytes(), 0o644)
}

/// Reads the file; an error only where the system fails to tell.
pub(crate) fn read(path: &Path) -> HeadFile {
    match read_at_most(path, MAX_BYTES) {
        Ok(bytes) => parse(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => HeadFile::Absent,
        Err(error) => HeadFile::Damaged(error.to_string()),
    }
}

fn format(note: &str) -> String {
    let checksum = hex::encode(Sha256::digest(note.as_bytes()));
    format!("{HEADER}sha256 {checksum}\n{note}")
}

fn parse(bytes: &[u8]) -> HeadFile {
    let damaged = |why: &str| HeadFile::Damaged(why.to_owned());
    let Some(rest) = bytes.strip_prefix(HEADER.as_bytes()) else {
        return damaged("it is not a head file of version 1");
    };
    let Some((line, note)) = rest.split_at_checked(72) else {
        return damaged("it is cut short");
    };
    let expected = std::format!("sha256 {}\n", hex::encode(Sha256::digest(note)));
    if line != expected.as_bytes() {
        return damaged("its checksum does not fit");
    }
    HeadFile::Note(note.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(
            parse(format("note\n").as_bytes()),
            HeadFile::Note(b"note\n".to_vec())
        );
    }

    #[test]
    fn an_absent_file_is_not_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("head")), HeadFile::Absent);
        assert!(matches!(read(folder.path()), HeadFile::Damaged(_)));
    }

    proptest! {
        #[test]
        fn every_changed_or_missing_byte_is_seen(at in 0_usize..90, bit in 0_u8..8, cut in 0_usize..90) {
            let whole = format("some note\n").into_bytes();
            let mut changed = whole.clone();
            let at = at % whole.len();
            changed[at] ^= 1 << bit;
            prop_assert!(matches!(parse(&changed), HeadFile::Damaged(_)));
            let cut = cut % whole.len();
            prop_assert!(matches!(parse(&whole[..cut]), HeadFile::Damaged(_)));
        }
    }
}
