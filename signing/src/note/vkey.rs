//! Verifier keys: a name and a public key in one line, `name+hash+base64` (c2sp.org/signed-note).

use std::fmt;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::name::{KeyName, NameError};
use crate::key::{ED25519, KeyError, PublicKey};

/// Why a line is no verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VkeyError {
    /// Not three parts joined by plus signs, or a part in the wrong form.
    #[error("a verifier key is name+8 hex digits+base64")]
    Form,
    /// The name is refused.
    #[error("{0}")]
    Name(#[from] NameError),
    /// A type of key other than Ed25519.
    #[error("key type {0:02x} is not supported, only Ed25519 (01)")]
    Type(u8),
    /// The public key is refused.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The key id in the line is not that of the name and key.
    #[error("the key id does not belong to this name and key")]
    Id,
}

/// The first four bytes of SHA-256 over name, line feed, type and public key. Collisions can be computed: it selects a
/// key and proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteKeyId(pub [u8; 4]);

/// A name and its Ed25519 public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    key: PublicKey,
}

impl VerifierKey {
    /// Joins the two.
    pub fn new(name: KeyName, key: PublicKey) -> VerifierKey {
        VerifierKey { name, key }
    }

    /// Reads the line.
    pub fn parse(line: &str) -> Result<VerifierKey, VkeyError> {
        let (name, rest) = line.split_once('+').ok_or(VkeyError::Form)?;
        let (id, key) = rest.split_once('+').ok_or(VkeyError::Form)?;
        let name = KeyName::new(name)?;
        let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if id.len() != 8 || !id.bytes().all(lower_hex) {
            return Err(VkeyError::Form);
        }
        let key = Base64::decode_vec(key).map_err(|_| VkeyError::Form)?;
        let (kind, key) = key.split_first().ok_or(VkeyError::Form)?;
        if *kind != ED25519 {
            return Err(VkeyError::Type(*kind));
        }
        let parsed = VerifierKey::new(name, PublicKey::from_bytes(key)?);
        if hex::encode(parsed.id().0) != id {
            return Err(VkeyError::Id);
        }
        Ok(parsed)
    }

    /// The name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The public key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key id on signature lines.
    pub fn id(&self) -> NoteKeyId {
        let mut hash = Sha256::new();
        hash.update(self.name.as_str().as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.to_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        NoteKeyId([a, b, c, d])
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(&self.key.to_bytes());
        let id = hex::encode(self.id().0);
        write!(f, "{}+{id}+{}", self.name, Base64::encode_string(&key))
    }
}
