//! The two keys the server signs with: the operator's, for certificates, and the witness's, for cosignatures. They are apart,
//! so that a key that signs every minute is not the one that says who is a terminal.

use std::path::{Path, PathBuf};

use meterpost_ledger::signing::{
    KeyName, KeyStore, KeyStoreError, NameError, PlainFile, PublicKey, Rotation, RotationError,
    Signer, WitnessKey, read_at_most, replace, system_entropy,
};
use thiserror::Error;

const OPERATOR: &str = "operator.key";
const WITNESS: &str = "witness.key";
/// Every change of the witness's key, a line each, oldest first. Terminals that were away follow it.
const ROTATIONS: &str = "witness.rotations";
/// Longest file of rotations read, in bytes: thousands of them.
const MOST_ROTATIONS: usize = 1 << 20;

/// Why the keys cannot be used.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The folder cannot be made.
    #[error("{path}: {why}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A key cannot be made or read.
    #[error("{path}: {why}")]
    Key {
        /// Which.
        path: PathBuf,
        /// Why.
        why: KeyStoreError,
    },
    /// The witness's name is none.
    #[error("the witness's name: {0}")]
    Name(#[from] NameError),
    /// The changes of the witness's key are damaged.
    #[error("{path}: {why}")]
    Rotations {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: RotationError,
    },
}

/// Both keys, and the name the witness signs under.
pub struct Keys {
    operator: KeyStore,
    witness: KeyStore,
    name: KeyName,
    rotations: Vec<Rotation>,
}

impl Keys {
    /// Makes both keys in a folder.
    ///
    /// # Errors
    /// When there are some already, or they cannot be written.
    pub fn create(folder: &Path, name: &str) -> Result<Keys, KeysError> {
        let name = KeyName::new(name)?;
        std::fs::create_dir_all(folder).map_err(|why| KeysError::Folder {
            path: folder.to_owned(),
            why,
        })?;
        let make = |file: &str| {
            let path = folder.join(file);
            KeyStore::create(&path, &mut system_entropy).map_err(|why| KeysError::Key { path, why })
        };
        Ok(Keys {
            operator: make(OPERATOR)?,
            witness: make(WITNESS)?,
            name,
            rotations: Vec::new(),
        })
    }

    /// Reads both keys.
    ///
    /// # Errors
    /// When one is missing or damaged.
    pub fn open(folder: &Path, name: &str) -> Result<Keys, KeysError> {
        let read = |file: &str| {
            let path = folder.join(file);
            KeyStore::open(&path).map_err(|why| KeysError::Key { path, why })
        };
        let rotations = read_rotations(&folder.join(ROTATIONS))?;
        Ok(Keys {
            operator: read(OPERATOR)?,
            witness: witness_in_use(&folder.join(WITNESS), &rotations)?,
            name: KeyName::new(name)?,
            rotations,
        })
    }

    /// Gives the witness a new key. The old one signs that it follows, so terminals believe it; they learn of it when they meet it.
    /// Every server has to be started anew with the folder afterwards. It may be cut off at any point and begun again.
    ///
    /// # Errors
    /// When a key or the file of changes cannot be read or written; the key in use is then the one before.
    pub fn rotate(self, folder: &Path) -> Result<Keys, KeysError> {
        let path = folder.join(WITNESS);
        let key_error = |why| KeysError::Key {
            path: path.clone(),
            why,
        };
        let next = KeyStore::prepare_next(&path, &mut system_entropy, &PlainFile);
        let next = next.map_err(key_error)?;
        let file = folder.join(ROTATIONS);
        let rotation_error = |why| KeysError::Rotations {
            path: file.clone(),
            why,
        };
        let rotation = Rotation::sign(&self.name, &self.witness, &next).map_err(rotation_error)?;
        let mut rotations = self.rotations;
        rotations.push(rotation);
        let lines: Vec<String> = rotations.iter().map(Rotation::to_line).collect();
        // From here on the new key is the one in use, whatever is cut off.
        let text = lines.join("\n") + "\n";
        replace(&file, text.as_bytes(), 0o644).map_err(|why| KeysError::Folder {
            path: file.clone(),
            why,
        })?;
        let witness = witness_in_use(&path, &rotations)?;
        Ok(Keys {
            witness,
            rotations,
            ..self
        })
    }

    /// Every change of the witness's key, oldest first.
    pub fn rotations(&self) -> &[Rotation] {
        &self.rotations
    }

    /// Whether a folder holds keys.
    pub fn exist(folder: &Path) -> bool {
        folder.join(OPERATOR).exists() || folder.join(WITNESS).exists()
    }

    /// Signs certificates.
    pub fn operator(&self) -> &dyn Signer {
        &self.operator
    }

    /// By which certificates are checked.
    pub fn operator_key(&self) -> PublicKey {
        self.operator.public_key()
    }

    /// Signs heads.
    pub fn witness(&self) -> &dyn Signer {
        &self.witness
    }

    /// The name under which heads are signed.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// By which cosignatures are checked.
    pub fn witness_key(&self) -> WitnessKey {
        WitnessKey::new(self.name.clone(), self.witness.public_key())
    }
}

/// The key that the changes lead to, after finishing or abandoning a change that was cut off.
fn witness_in_use(path: &Path, rotations: &[Rotation]) -> Result<KeyStore, KeysError> {
    let key_error = |why| KeysError::Key {
        path: path.to_owned(),
        why,
    };
    let current = match rotations.last() {
        Some(last) => last.new,
        None => KeyStore::public_key_in(path).map_err(key_error)?,
    };
    let recovered = KeyStore::recover_rotation(path, &current, &PlainFile);
    recovered.map(|(key, _)| key).map_err(key_error)
}

fn read_rotations(path: &Path) -> Result<Vec<Rotation>, KeysError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let folder_error = |why| KeysError::Folder {
        path: path.to_owned(),
        why,
    };
    let bytes = read_at_most(path, MOST_ROTATIONS).map_err(folder_error)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(Rotation::from_line);
    lines
        .collect::<Result<_, _>>()
        .map_err(|why| KeysError::Rotations {
            path: path.to_owned(),
            why,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_follows_the_old_one_and_a_cut_off_change_is_finished_or_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::create(folder.path(), "witness.example/east").unwrap();
        let first = *keys.witness_key().key();
        let second = *keys.rotate(folder.path()).unwrap().witness_key().key();
        assert_ne!(first, second);
        // A next key that the file of changes does not know was never in use.
        KeyStore::prepare_next(
            &folder.path().join(WITNESS),
            &mut system_entropy,
            &PlainFile,
        )
        .unwrap();
        let keys = Keys::open(folder.path(), "witness.example/east").unwrap();
        assert_eq!(*keys.witness_key().key(), second);
        let keys = keys.rotate(folder.path()).unwrap();
        let last = meterpost_ledger::signing::chain(keys.name(), &first, keys.rotations()).unwrap();
        assert_eq!(last, *keys.witness_key().key());
        let again = Keys::open(folder.path(), "witness.example/east").unwrap();
        assert_eq!(*again.witness_key().key(), last);
    }

    #[test]
    fn a_change_that_was_cut_off_before_the_files_were_exchanged_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::create(folder.path(), "witness.example/east").unwrap();
        let key = folder.path().join(WITNESS);
        let old = std::fs::read(&key).unwrap();
        let new = *keys.rotate(folder.path()).unwrap().witness_key().key();
        // As it was just before: the new file beside the old one.
        std::fs::rename(&key, KeyStore::next_path(&key)).unwrap();
        replace(&key, &old, 0o600).unwrap();
        let keys = Keys::open(folder.path(), "witness.example/east").unwrap();
        assert_eq!(*keys.witness_key().key(), new);
    }
}
