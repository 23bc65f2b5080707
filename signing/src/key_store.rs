//! The key store: one private key on disk, mode 0600.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::durable;
use crate::entropy::EntropyError;
use crate::key::{KeyError, KeyId, PublicKey, Signature};
use crate::key_file::{KeyFile, KeyFileError, MAX_BYTES, sealer_name_is_valid};
use crate::sealer::{PlainFile, SealError, Sealer, Seed};
use crate::signer::{SecretKey, SignError, Signer};

/// Why a key cannot be made or used. Each message says what to do where something can be done.
#[derive(Debug, Error)]
pub enum KeyStoreError {
    /// The file cannot be read or written.
    #[error("key file {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a key already; it is never overwritten.
    #[error("key file {0} exists already and is not overwritten")]
    Exists(PathBuf),
    /// Others than the owner may read or write the file.
    #[error("key file {path} has mode {mode:03o}: only its owner may have access (chmod 600)")]
    Permissions {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not a regular file.
    #[error("key file {0} is not a regular file")]
    NotAFile(PathBuf),
    /// The content is not that of a key file.
    #[error("key file {path} is damaged or not a key file: {source}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: KeyFileError,
    },
    /// The seed was kept by another sealer.
    #[error("the key was sealed by `{found}`, but `{expected}` is asked to open it")]
    OtherSealer {
        /// Named in the file.
        found: String,
        /// Passed in.
        expected: String,
    },
    /// The sealer failed.
    #[error("sealer: {0}")]
    Seal(#[from] SealError),
    /// The seed gives another public key than the file names: the file is damaged.
    #[error("the seed in key file {0} does not belong to the public key beside it")]
    Mismatch(PathBuf),
    /// The file holds another key than the one asked for.
    #[error("key file {path} holds the key with the id {found}, not {expected}")]
    OtherKey {
        /// Which file.
        path: PathBuf,
        /// In the file.
        found: KeyId,
        /// Asked for.
        expected: KeyId,
    },
    /// The seed gives a key that is not accepted.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// No randomness for a new key.
    #[error("{0}")]
    Entropy(#[from] EntropyError),
}

/// A private key that signs and is never shown.
pub struct KeyStore {
    secret: SecretKey,
    path: PathBuf,
}

impl KeyStore {
    /// Makes a new key from the randomness given and writes it durably; an existing file is left alone.
    pub fn create(
        path: &Path,
        entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), EntropyError>,
    ) -> Result<KeyStore, KeyStoreError> {
        KeyStore::create_sealed(path, entropy, &PlainFile)
    }

    /// The same with another sealer.
    pub fn create_sealed(
        path: &Path,
        entropy: &mut dyn FnMut(&mut [u8]) -> Result<(), EntropyError>,
        sealer: &dyn Sealer,
    ) -> Result<KeyStore, KeyStoreError> {
        let mut seed = Seed::new([0; 32]);
        entropy(seed.expose_mut())?;
        if seed.expose() == &[0; 32] {
            return Err(EntropyError("the source gave nothing but zeros".into()).into());
        }
        if !sealer_name_is_valid(sealer.name()) {
            return Err(SealError(format!("`{}` is no sealer name", sealer.name())).into());
        }
        let secret = SecretKey::from_seed(&seed)?;
        let file = KeyFile {
            sealer: sealer.name().to_owned(),
            public: secret.public_key(),
            sealed: sealer.seal(&seed)?,
        };
        let text = file.format();
        if text.len() > MAX_BYTES {
            return Err(SealError("the sealed seed is too long for a key file".into()).into());
        }
        durable::create_new(path, text.as_bytes(), 0o600).map_err(|source| {
            if source.kind() == io::ErrorKind::AlreadyExists {
                KeyStoreError::Exists(path.to_owned())
            } else {
                io_error(path, source)
            }
        })?;
        Ok(KeyStore {
            secret,
            path: path.to_owned(),
        })
    }

    /// Opens the key; refuses a file that others may read or write.
    pub fn open(path: &Path) -> Result<KeyStore, KeyStoreError> {
        KeyStore::open_sealed(path, &PlainFile)
    }

    /// The same with another sealer.
    pub fn open_sealed(path: &Path, sealer: &dyn Sealer) -> Result<KeyStore, KeyStoreError> {
        let (mode, file) = read(path)?;
        if mode & 0o077 != 0 {
            return Err(KeyStoreError::Permissions {
                path: path.to_owned(),
                mode,
            });
        }
        if file.sealer != sealer.name() {
            return Err(KeyStoreError::OtherSealer {
                found: file.sealer,
                expected: sealer.name().to_owned(),
            });
        }
        let secret = SecretKey::from_seed(&sealer.unseal(&file.sealed)?)?;
        if secret.public_key() != file.public {
            return Err(KeyStoreError::Mismatch(path.to_owned()));
        }
        Ok(KeyStore {
            secret,
            path: path.to_owned(),
        })
    }

    /// The public key a key file names, without unsealing it. For checks that need no private key.
    pub fn public_key_in(path: &Path) -> Result<PublicKey, KeyStoreError> {
        read(path).map(|(_, file)| file.public)
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Signer for KeyStore {
    fn public_key(&self) -> PublicKey {
        self.secret.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        self.secret.sign(message)
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyStore")
            .field("path", &self.path)
            .field("public", &self.public_key())
            .finish_non_exhaustive()
    }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> KeyStoreError {
    KeyStoreError::Io {
        path: path.to_owned(),
        source,
    }
}

/// The permission bits and the content, both of the same open file.
fn read(path: &Path) -> Result<(u32, KeyFile), KeyStoreError> {
    let file = File::open(path).map_err(|e| io_error(path, e))?;
    let metadata = file.metadata().map_err(|e| io_error(path, e))?;
    if !metadata.is_file() {
        return Err(KeyStoreError::NotAFile(path.to_owned()));
    }
    // Room for all of it from the start: a growing buffer would leave copies of the seed behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 64));
    let too_long = metadata.size() > MAX_BYTES as u64;
    if !too_long {
        file.take(MAX_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(|e| io_error(path, e))?;
    }
    let parsed = KeyFile::parse(&bytes).map_err(|source| KeyStoreError::Format {
        path: path.to_owned(),
        source,
    })?;
    Ok((metadata.permissions().mode() & 0o777, parsed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::system_entropy;
    use std::fs::{self, Permissions};

    fn ones(buffer: &mut [u8]) -> Result<(), EntropyError> {
        buffer.fill(1);
        Ok(())
    }

    #[test]
    fn a_key_survives_closing_and_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = KeyStore::create(&path, &mut system_entropy).unwrap();
        let opened = KeyStore::open(&path).unwrap();
        assert_eq!(made.public_key(), opened.public_key());
        assert_eq!(made.sign(b"x").unwrap(), opened.sign(b"x").unwrap());
        assert_eq!(KeyStore::public_key_in(&path).unwrap(), made.public_key());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        KeyStore::create(&path, &mut ones).unwrap();
        let before = fs::read(&path).unwrap();
        let error = KeyStore::create(&path, &mut system_entropy).unwrap_err();
        assert!(matches!(error, KeyStoreError::Exists(_)));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_file_open_to_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        KeyStore::create(&path, &mut ones).unwrap();
        for mode in [0o640, 0o604, 0o620, 0o601] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = KeyStore::open(&path).unwrap_err();
            assert!(
                matches!(error, KeyStoreError::Permissions { mode: m, .. } if m == mode),
                "{error}"
            );
        }
    }

    #[test]
    fn a_damaged_file_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        KeyStore::create(&path, &mut ones).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("sealed AQEB", "sealed AgEB")).unwrap();
        let error = KeyStore::open(&path).unwrap_err();
        assert!(matches!(error, KeyStoreError::Mismatch(_)), "{error}");
        fs::write(&path, &text[..40]).unwrap();
        let error = KeyStore::open(&path).unwrap_err();
        assert!(matches!(error, KeyStoreError::Format { .. }), "{error}");
        assert!(error.to_string().contains("key"));
        fs::write(&path, vec![b'x'; 5000]).unwrap();
        let error = KeyStore::open(&path).unwrap_err();
        assert!(matches!(error, KeyStoreError::Format { .. }), "{error}");
    }

    #[test]
    fn a_directory_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let error = KeyStore::open(folder.path()).unwrap_err();
        assert!(matches!(error, KeyStoreError::NotAFile(_)), "{error}");
    }

    #[test]
    fn a_dead_source_of_randomness_makes_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let mut dead = |_: &mut [u8]| Ok(());
        assert!(KeyStore::create(&path, &mut dead).is_err());
        let mut failing = |_: &mut [u8]| Err(EntropyError("broken".into()));
        assert!(KeyStore::create(&path, &mut failing).is_err());
        assert!(!path.exists());
    }

    #[test]
    fn another_sealers_key_is_refused() {
        struct Mirror;
        impl Sealer for Mirror {
            fn name(&self) -> &str {
                "mirror"
            }
            fn seal(&self, seed: &Seed) -> Result<Zeroizing<Vec<u8>>, SealError> {
                Ok(Zeroizing::new(
                    seed.expose().iter().rev().copied().collect(),
                ))
            }
            fn unseal(&self, sealed: &[u8]) -> Result<Seed, SealError> {
                let mut bytes: [u8; 32] =
                    sealed.try_into().map_err(|_| SealError("length".into()))?;
                bytes.reverse();
                Ok(Seed::new(bytes))
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = KeyStore::create_sealed(&path, &mut system_entropy, &Mirror).unwrap();
        let error = KeyStore::open(&path).unwrap_err();
        assert!(
            matches!(error, KeyStoreError::OtherSealer { .. }),
            "{error}"
        );
        let opened = KeyStore::open_sealed(&path, &Mirror).unwrap();
        assert_eq!(made.public_key(), opened.public_key());
    }

    #[test]
    fn the_seed_is_not_in_debug_output() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyStore::create(&folder.path().join("key"), &mut ones).unwrap();
        assert!(!format!("{store:?}").contains("0101"));
    }
}
