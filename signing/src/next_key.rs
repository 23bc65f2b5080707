//! The next key beside the one in use: how a key file is exchanged so that a power cut at any point leaves a key that
//! can sign.
//!
//! 1. [`KeyStore::prepare_next`] writes `<key>.next`.
//! 2. Both keys sign the rotation ([`crate::Rotation`]), and the log's entry of it is made durable. From there the new
//!    key signs.
//! 3. [`KeyStore::finish_rotation`] puts the new file in the place of the old one.
//!
//! The log says which key is in use, so after a start [`KeyStore::recover_rotation`] is told and sets the files right.

use std::io;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::entropy::EntropyError;
use crate::key::PublicKey;
use crate::key_store::{KeyStore, KeyStoreError, io_error};
use crate::sealer::Sealer;
use crate::signer::Signer;

/// What was found and done about a rotation when the key was opened. To be reported, not only acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCut {
    /// No rotation was under way.
    Nothing,
    /// The log had rotated already: the new file took the old one's place.
    Finished,
    /// The log had not rotated: the new file was removed.
    Abandoned,
}

impl KeyStore {
    /// Where the next key lies until it is in use.
    pub fn next_path(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".next");
        PathBuf::from(name)
    }

    /// Makes the next key and writes it durably beside the one in use, which is left alone. A next key that is there
    /// already is an error: it may have signed.
    pub fn prepare_next(
        path: &Path,
        entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), EntropyError>,
        sealer: &dyn Sealer,
    ) -> Result<KeyStore, KeyStoreError> {
        KeyStore::public_key_in(path)?;
        KeyStore::create_sealed(&KeyStore::next_path(path), entropy, sealer)
    }

    /// The next key, if there is one.
    pub fn open_next(path: &Path, sealer: &dyn Sealer) -> Result<Option<KeyStore>, KeyStoreError> {
        match KeyStore::open_sealed(&KeyStore::next_path(path), sealer) {
            Err(KeyStoreError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// Puts the next key in the place of the one in use, after the log's rotation to it is durable. The next key is
    /// opened first: an old file is never replaced by one that cannot sign. Doing it again does no harm.
    pub fn finish_rotation(
        path: &Path,
        new: &PublicKey,
        sealer: &dyn Sealer,
    ) -> Result<KeyStore, KeyStoreError> {
        let next = KeyStore::next_path(path);
        if let Some(found) = KeyStore::open_next(path, sealer)? {
            expect(&found, new)?;
            durable::rename_over(&next, path).map_err(|e| io_error(path, e))?;
        }
        let opened = KeyStore::open_sealed(path, sealer)?;
        expect(&opened, new)?;
        durable::remove_temporary(&next).map_err(|e| io_error(&next, e))?;
        Ok(opened)
    }

    /// Removes the next key, while the key in use is still `current`. Doing it again does no harm.
    pub fn abandon_rotation(path: &Path, current: &PublicKey) -> Result<(), KeyStoreError> {
        let found = KeyStore::public_key_in(path)?;
        if found != *current {
            return Err(other_key(path, found, current));
        }
        let next = KeyStore::next_path(path);
        durable::remove(&next).map_err(|e| io_error(&next, e))
    }

    /// Opens the key that the log says is in use, after finishing or abandoning a rotation that a power cut stopped.
    /// Where neither file holds that key, nothing is changed.
    pub fn recover_rotation(
        path: &Path,
        current: &PublicKey,
        sealer: &dyn Sealer,
    ) -> Result<(KeyStore, AfterCut), KeyStoreError> {
        let next = KeyStore::next_path(path);
        let next_there = next.try_exists().map_err(|e| io_error(&next, e))?;
        if KeyStore::public_key_in(path)? != *current && next_there {
            let opened = KeyStore::finish_rotation(path, current, sealer)?;
            return Ok((opened, AfterCut::Finished));
        }
        let opened = KeyStore::open_sealed(path, sealer)?;
        expect(&opened, current)?;
        KeyStore::abandon_rotation(path, current)?;
        let found = if next_there {
            AfterCut::Abandoned
        } else {
            AfterCut::Nothing
        };
        Ok((opened, found))
    }
}

fn expect(key: &KeyStore, expected: &PublicKey) -> Result<(), KeyStoreError> {
    if key.public_key() == *expected {
        Ok(())
    } else {
        Err(other_key(key.path(), key.public_key(), expected))
    }
}

fn other_key(path: &Path, found: PublicKey, expected: &PublicKey) -> KeyStoreError {
    KeyStoreError::OtherKey {
        path: path.to_owned(),
        found: found.id(),
        expected: expected.id(),
    }
}

#[cfg(test)]
mod tests;
