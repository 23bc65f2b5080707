//! Keys and configuration in a backup: sealed (ChaCha20-Poly1305, RFC 8439) under the recovery key, so that a backup gives nobody a key that
//! they had not already. The recovery key lies beside the keys themselves, and on paper in a safe.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::{create_new, read_at_most, system_entropy};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

use super::manifest::{all_files, relative};
use super::{BackupError, KEYS};

/// The recovery key's file in the folder of keys.
const FILE: &str = "backup.key";
/// Longest file that is sealed, and longest file of sealed ones, in bytes.
const LONGEST: usize = 1 << 20;
const LONGEST_SEALED: usize = 64 << 20;
/// What is sealed, so that nothing else under the same key can be taken for it.
const WHAT: &[u8] = b"meterpost-backup/v1";

/// The key under which a backup's keys are sealed.
pub struct RecoveryKey([u8; 32]);

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey")
    }
}

impl RecoveryKey {
    /// Reads the key of this folder of keys, or makes one.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(folder: &Path) -> Result<RecoveryKey, BackupError> {
        let path = folder.join(FILE);
        if !path.exists() {
            let mut key = [0; 32];
            system_entropy(&mut key).map_err(|error| BackupError::Key(error.to_string()))?;
            let text = RecoveryKey(key).to_text() + "\n";
            create_new(&path, text.as_bytes(), 0o600).map_err(BackupError::file(&path))?;
        }
        RecoveryKey::read(&path)
    }

    /// Reads a key that a person kept: 64 hexadecimal digits, whatever blanks are between them.
    ///
    /// # Errors
    /// When the file has none.
    pub fn read(path: &Path) -> Result<RecoveryKey, BackupError> {
        let text = read_at_most(path, 1000).map_err(BackupError::file(path))?;
        let digits: String = String::from_utf8_lossy(&text)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect();
        let mut key = [0; 32];
        hex::decode_to_slice(digits, &mut key).map_err(|_| {
            BackupError::Key(format!(
                "{}: a recovery key is 64 hexadecimal digits",
                path.display()
            ))
        })?;
        Ok(RecoveryKey(key))
    }

    /// As people keep it: eight groups of eight digits.
    pub fn to_text(&self) -> String {
        let groups: Vec<String> = self.0.chunks(4).map(hex::encode).collect();
        groups.join(" ")
    }

    fn key(&self) -> Result<LessSafeKey, BackupError> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.0);
        key.map(LessSafeKey::new)
            .map_err(|_| BackupError::Key("the recovery key has not 32 bytes".to_owned()))
    }

    /// The key of one file, derived from this one (HKDF-SHA-256, RFC 5869); what is sealed under it is told apart by `what`.
    ///
    /// # Errors
    /// [`BackupError::Key`] where none can be derived.
    pub(crate) fn file_key(&self, salt: &[u8], what: &[u8]) -> Result<LessSafeKey, BackupError> {
        let derived = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        let what = [what];
        let key = derived.expand(&what, &CHACHA20_POLY1305);
        key.map(|key| LessSafeKey::new(UnboundKey::from(key)))
            .map_err(|_| BackupError::Key("no key of the file can be derived".to_owned()))
    }

    /// Seals these files, each under the name that it gets back.
    pub(super) fn seal(
        &self,
        folder: &Path,
        files: &[(String, PathBuf)],
    ) -> Result<(), BackupError> {
        let mut content = BTreeMap::new();
        for (name, path) in files {
            let bytes = read_at_most(path, LONGEST).map_err(BackupError::file(path))?;
            content.insert(name.clone(), Base64::encode_string(&bytes));
        }
        let mut sealed =
            serde_json::to_vec(&content).map_err(|error| BackupError::Key(error.to_string()))?;
        let mut nonce = [0; NONCE_LEN];
        system_entropy(&mut nonce).map_err(|error| BackupError::Key(error.to_string()))?;
        self.key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(WHAT),
                &mut sealed,
            )
            .map_err(|_| BackupError::Key("the keys could not be sealed".to_owned()))?;
        let path = folder.join(KEYS);
        create_new(&path, &[&nonce[..], &sealed].concat(), 0o600).map_err(BackupError::file(&path))
    }

    /// Puts the sealed files of a backup into a folder; none that is there already is overwritten.
    pub(super) fn unseal(&self, backup: &Path, into: &Path) -> Result<Vec<PathBuf>, BackupError> {
        let path = backup.join(KEYS);
        let refused = || {
            BackupError::Key(format!(
                "{}: the recovery key does not open it; take the one that this server's backups were made with",
                path.display()
            ))
        };
        let bytes = read_at_most(&path, LONGEST_SEALED).map_err(BackupError::file(&path))?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut opened = sealed.to_vec();
        let opened = self
            .key()?
            .open_in_place(nonce, Aad::from(WHAT), &mut opened);
        let content: BTreeMap<String, String> =
            serde_json::from_slice(opened.map_err(|_| refused())?)
                .map_err(|error| BackupError::Key(error.to_string()))?;
        let mut written = Vec::new();
        for (name, bytes) in content {
            let bytes =
                Base64::decode_vec(&bytes).map_err(|error| BackupError::Key(error.to_string()))?;
            let target = into.join(&name);
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder).map_err(BackupError::file(folder))?;
            }
            create_new(&target, &bytes, 0o600).map_err(BackupError::file(&target))?;
            written.push(target);
        }
        Ok(written)
    }
}

/// The files of a folder of keys, but the recovery key itself, as `keys/…`.
pub(super) fn of_folder(folder: &Path) -> Result<Vec<(String, PathBuf)>, BackupError> {
    let mut found = Vec::new();
    for path in all_files(folder)? {
        let name = relative(folder, &path)?;
        if name != FILE {
            found.push((format!("keys/{name}"), path));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_keys_come_back_with_the_recovery_key_alone_and_overwrite_nothing() {
        let (keys, backup, into) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        std::fs::write(keys.path().join("operator.key"), "the operator's secret").unwrap();
        let key = RecoveryKey::open(keys.path()).unwrap();
        assert_eq!(RecoveryKey::open(keys.path()).unwrap().0, key.0, "kept");
        let files = of_folder(keys.path()).unwrap();
        assert_eq!(files.len(), 1, "not the recovery key: {files:?}");
        key.seal(backup.path(), &files).unwrap();
        let sealed = std::fs::read(backup.path().join(KEYS)).unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        let error = RecoveryKey([7; 32]).unseal(backup.path(), into.path());
        assert!(error.unwrap_err().to_string().contains("does not open it"));
        // Typed from paper.
        let paper = into.path().join("paper");
        std::fs::write(&paper, key.to_text().replace(' ', "\n ")).unwrap();
        let typed = RecoveryKey::read(&paper).unwrap();
        typed.unseal(backup.path(), into.path()).unwrap();
        let back = std::fs::read(into.path().join("keys/operator.key")).unwrap();
        assert_eq!(back, b"the operator's secret");
        assert!(
            typed.unseal(backup.path(), into.path()).is_err(),
            "no overwriting"
        );
    }
}
