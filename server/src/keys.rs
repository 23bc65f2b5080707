//! The two keys the server signs with: the operator's, for certificates, and the witness's, for cosignatures. They are apart,
//! so that a key that signs every minute is not the one that says who is a terminal.

use std::path::{Path, PathBuf};

use meterpost_ledger::signing::{
    KeyName, KeyStore, KeyStoreError, NameError, PublicKey, Signer, WitnessKey, system_entropy,
};
use thiserror::Error;

const OPERATOR: &str = "operator.key";
const WITNESS: &str = "witness.key";

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
}

/// Both keys, and the name the witness signs under.
pub struct Keys {
    operator: KeyStore,
    witness: KeyStore,
    name: KeyName,
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
        Ok(Keys {
            operator: read(OPERATOR)?,
            witness: read(WITNESS)?,
            name: KeyName::new(name)?,
        })
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
