//! The second copy of the head: a small checksummed file with the signed checkpoint and, behind it, the largest checkpoint
//! that a witness has cosigned.
//!
//! SQLite's recovery silently drops committed rows after a damaged frame of its write-ahead log, and what is left looks
//! sound. This copy is how that is seen.
//!
//! ```text
//! meterpost-head v2
//! sha256 <hex of SHA-256 over everything after this line>
//! head <bytes of the note>
//! <note>
//! cosigned <bytes of the note>     only where something was cosigned
//! <note>
//! ```

use std::io;
use std::path::Path;

use meterpost_signing::{read_at_most, replace};
use sha2::{Digest, Sha256};

const HEADER: &str = "meterpost-head v2\n";
const FIRST_HEADER: &str = "meterpost-head v1\n";
const MAX_BYTES: usize = 140_000;

/// What lies where the second head should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadFile {
    Absent,
    Damaged(String),
    /// The notes as they were written; the signatures are not checked yet.
    Notes(Notes),
}

/// The notes in a head file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notes {
    /// The signed head.
    pub(crate) head: String,
    /// The largest checkpoint that a witness has cosigned.
    pub(crate) cosigned: Option<String>,
}

/// Writes the file in one durable step.
pub(crate) fn write(path: &Path, notes: &Notes) -> io::Result<()> {
    replace(path, format(notes).as_bytes(), 0o644)
}

/// Reads the file; an error only where the system fails to tell.
pub(crate) fn read(path: &Path) -> HeadFile {
    match read_at_most(path, MAX_BYTES) {
        Ok(bytes) => parse_or_damaged(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => HeadFile::Absent,
        Err(error) => HeadFile::Damaged(error.to_string()),
    }
}

/// The file's content.
pub(crate) fn format(notes: &Notes) -> String {
    let mut rest = format!("head {}\n{}", notes.head.len(), notes.head);
    if let Some(cosigned) = &notes.cosigned {
        rest.push_str(&format!("cosigned {}\n{cosigned}", cosigned.len()));
    }
    format!("{HEADER}{}{rest}", checksum_line(&rest))
}

/// What the file's content says.
pub(crate) fn parse_or_damaged(bytes: &[u8]) -> HeadFile {
    parse(bytes).unwrap_or_else(|why| HeadFile::Damaged(why.to_owned()))
}

fn checksum_line(text: &str) -> String {
    format!("sha256 {}\n", hex::encode(Sha256::digest(text.as_bytes())))
}

fn parse(bytes: &[u8]) -> Result<HeadFile, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
    let (first, rest) = match (text.strip_prefix(HEADER), text.strip_prefix(FIRST_HEADER)) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Err("it is not a head file of a version known here"),
    };
    let (line, rest) = rest.split_at_checked(72).ok_or("it is cut short")?;
    if line != checksum_line(rest) {
        return Err("its checksum does not fit");
    }
    if first {
        let head = rest.to_owned();
        return Ok(HeadFile::Notes(Notes {
            head,
            cosigned: None,
        }));
    }
    let (head, rest) = note(rest, "head ").ok_or("its first note is malformed")?;
    let cosigned = match rest {
        "" => None,
        rest => match note(rest, "cosigned ") {
            Some((note, "")) => Some(note.to_owned()),
            _ => return Err("its second note is malformed"),
        },
    };
    Ok(HeadFile::Notes(Notes {
        head: head.to_owned(),
        cosigned,
    }))
}

/// A line with the word and a length, the note of that length, and what follows.
fn note<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let (length, rest) = text.strip_prefix(word)?.split_once('\n')?;
    rest.split_at_checked(length.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn notes(cosigned: Option<&str>) -> Notes {
        Notes {
            head: "some\nnote\n".into(),
            cosigned: cosigned.map(str::to_owned),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        for notes in [notes(None), notes(Some("another\n\nnote\n"))] {
            assert_eq!(parse(format(&notes).as_bytes()), Ok(HeadFile::Notes(notes)));
        }
    }

    #[test]
    fn a_file_of_the_first_version_is_read() {
        let note = "some\nnote\n";
        let text = format!("{FIRST_HEADER}{}{note}", checksum_line(note));
        assert_eq!(parse(text.as_bytes()), Ok(HeadFile::Notes(notes(None))));
    }

    #[test]
    fn an_absent_file_is_not_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(&folder.path().join("head")), HeadFile::Absent);
        assert!(matches!(read(folder.path()), HeadFile::Damaged(_)));
    }

    proptest! {
        #[test]
        fn every_changed_or_missing_byte_is_seen(at in 0_usize..130, bit in 0_u8..8, cut in 0_usize..130) {
            let whole = format(&notes(Some("cosigned\n"))).into_bytes();
            let mut changed = whole.clone();
            let at = at % whole.len();
            changed[at] ^= 1 << bit;
            prop_assert!(parse(&changed).is_err());
            let cut = cut % whole.len();
            prop_assert!(parse(&whole[..cut]).is_err());
        }

        #[test]
        fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
