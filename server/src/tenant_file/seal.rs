//! A stream sealed in pieces of 64 KiB (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015, over ChaCha20-Poly1305): each
//! piece's nonce is its number and whether it is the last, so no piece can be changed, left out, exchanged or cut off unseen, and neither
//! side holds more than one in memory. Each file has a key of its own, derived (HKDF-SHA-256, RFC 5869) from the recovery key and a random salt.

use std::io::{self, BufRead, Error, ErrorKind, Read, Write};

use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};

use crate::backup::RecoveryKey;

/// The file's first line.
const MAGIC: &[u8; 20] = b"meterpost-tenant/v1\n";
const SALT: usize = 32;
/// Bytes of a piece, and what sealing adds to it.
const PIECE: usize = 64 << 10;
const TAG: usize = 16;

fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// What tells another key from damage: the tag of nothing, under a number that no piece has.
fn key_check(key: &LessSafeKey) -> io::Result<[u8; TAG]> {
    let mut check = Vec::new();
    let sealed = key.seal_in_place_append_tag(nonce(u64::MAX, false), Aad::empty(), &mut check);
    sealed.map_err(|_| Error::other("a key could not be used"))?;
    check
        .try_into()
        .map_err(|_| Error::other("a tag has another length"))
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

/// Seals what is written.
pub(super) struct Sealer<W: Write> {
    out: W,
    key: LessSafeKey,
    piece: Vec<u8>,
    number: u64,
}

impl<W: Write> Sealer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn new(
        mut out: W,
        recovery: &RecoveryKey,
        salt: &[u8; SALT],
    ) -> io::Result<Sealer<W>> {
        out.write_all(MAGIC)?;
        out.write_all(salt)?;
        let key = recovery.file_key(salt, MAGIC).map_err(Error::other)?;
        out.write_all(&key_check(&key)?)?;
        Ok(Sealer {
            out,
            key,
            piece: Vec::with_capacity(PIECE + TAG),
            number: 0,
        })
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.key.seal_in_place_append_tag(
            nonce(self.number, last),
            Aad::empty(),
            &mut self.piece,
        );
        sealed.map_err(|_| Error::other("a piece could not be sealed"))?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        self.number += 1;
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written; it is none then.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The last piece is known as such only when no more comes.
        if self.piece.len() == PIECE {
            self.put(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what was sealed.
pub(super) struct Opener<R: BufRead> {
    from: R,
    key: LessSafeKey,
    piece: Vec<u8>,
    read: usize,
    number: u64,
    ended: bool,
}

impl<R: BufRead> Opener<R> {
    /// Begins to read a file.
    ///
    /// # Errors
    /// When it cannot be read, or is something else.
    pub(super) fn new(mut from: R, recovery: &RecoveryKey) -> io::Result<Opener<R>> {
        let (mut magic, mut salt, mut check) = ([0; MAGIC.len()], [0; SALT], [0; TAG]);
        let begun = from
            .read_exact(&mut magic)
            .and_then(|()| from.read_exact(&mut salt))
            .and_then(|()| from.read_exact(&mut check));
        match begun {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
            Ok(()) if magic == *MAGIC => {}
            _ => {
                return Err(wrong(
                    "this is no file of a tenant, as `server tenant export` writes them",
                ));
            }
        }
        let key = recovery.file_key(&salt, MAGIC).map_err(Error::other)?;
        if check != key_check(&key)? {
            return Err(wrong(
                "the recovery key does not open it: it was sealed under another server's; say it with --recovery-key",
            ));
        }
        Ok(Opener {
            from,
            key,
            piece: Vec::with_capacity(PIECE + TAG),
            read: 0,
            number: 0,
            ended: false,
        })
    }

    fn next(&mut self) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(PIECE + TAG);
        let most = (PIECE + TAG) as u64;
        self.from.by_ref().take(most).read_to_end(&mut sealed)?;
        let last = self.from.fill_buf()?.is_empty();
        let open = |last: bool| {
            let mut piece = sealed.clone();
            let opened = self
                .key
                .open_in_place(nonce(self.number, last), Aad::empty(), &mut piece);
            opened.ok().map(|bytes| bytes.to_vec())
        };
        let Some(piece) = open(last) else {
            return Err(match last && open(false).is_some() {
                true => wrong("its end is missing: copy it again, or take it along again"),
                false => wrong(&format!(
                    "it is damaged, or its end is missing, at about {} KiB: copy it again, or take it along again",
                    self.number * (PIECE as u64 / 1024)
                )),
            });
        };
        (self.piece, self.read) = (piece, 0);
        self.number += 1;
        self.ended = last;
        Ok(())
    }
}

impl<R: BufRead> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() && !self.ended {
            self.next()?;
        }
        let taken = into.len().min(self.piece.len() - self.read);
        into[..taken].copy_from_slice(&self.piece[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(folder: &std::path::Path) -> RecoveryKey {
        RecoveryKey::open(folder).unwrap()
    }

    fn sealed(key: &RecoveryKey, content: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), key, &[7; SALT]).unwrap();
        sealer.write_all(content).unwrap();
        sealer.finish().unwrap()
    }

    fn opened(key: &RecoveryKey, file: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Opener::new(file, key)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn streams_of_any_length_come_back_and_say_nothing_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(folder.path());
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 200_001] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let file = sealed(&key, &content);
            assert_eq!(opened(&key, &file).unwrap(), content, "{length}");
        }
        let file = sealed(&key, "王小明 lives here".as_bytes());
        assert!(!file.windows(5).any(|part| part == b"lives"));
    }

    #[test]
    fn what_is_changed_cut_off_exchanged_or_foreign_is_refused() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = key(folder.path());
        let file = sealed(&key, &vec![5; 2 * PIECE + 100]);
        let begin = MAGIC.len() + SALT + TAG;
        for place in (0..file.len()).step_by(997).chain([file.len() - 1]) {
            let mut changed = file.clone();
            changed[place] ^= 1;
            assert!(opened(&key, &changed).is_err(), "{place}");
        }
        // Where a piece ends, and elsewhere.
        for length in [
            begin,
            begin + PIECE + TAG,
            begin + 2 * (PIECE + TAG),
            70_000,
        ] {
            let said = opened(&key, &file[..length]).unwrap_err().to_string();
            assert!(said.contains("end is missing"), "{length}: {said}");
        }
        let mut exchanged = file.clone();
        let (one, two) = (begin..begin + PIECE + TAG, begin + PIECE + TAG);
        exchanged[one.clone()].copy_from_slice(&file[two..two + PIECE + TAG]);
        exchanged[two..two + PIECE + TAG].copy_from_slice(&file[one]);
        assert!(opened(&key, &exchanged).is_err());
        let stranger = RecoveryKey::open(other.path()).unwrap();
        let said = opened(&stranger, &file).unwrap_err().to_string();
        assert!(said.contains("does not open it"), "{said}");
        let said = opened(&key, b"PK\x03\x04").unwrap_err().to_string();
        assert!(said.contains("no file of a tenant"), "{said}");
    }
}
