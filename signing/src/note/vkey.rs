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
    /// The key is of another type than has a place here: Ed25519 (01) for notes and logs, timestamped Ed25519
    /// cosignatures (04) for witnesses.
    #[error(
        "key type {0:02x} has no place here: a log's key is of type 01, a witness's of type 04"
    )]
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
        let (name, key) = parse_line(line, ED25519)?;
        Ok(VerifierKey { name, key })
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
        key_id(&self.name, ED25519, &self.key)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_line(&self.name, ED25519, &self.key))
    }
}

/// Reads `name+hash+base64(type || key)` where the type is the one expected.
pub(crate) fn parse_line(line: &str, expected: u8) -> Result<(KeyName, PublicKey), VkeyError> {
    let (name, rest) = line.split_once('+').ok_or(VkeyError::Form)?;
    let (id, key) = rest.split_once('+').ok_or(VkeyError::Form)?;
    let name = KeyName::new(name)?;
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if id.len() != 8 || !id.bytes().all(lower_hex) {
        return Err(VkeyError::Form);
    }
    let key = Base64::decode_vec(key).map_err(|_| VkeyError::Form)?;
    let (kind, key) = key.split_first().ok_or(VkeyError::Form)?;
    if *kind != expected {
        return Err(VkeyError::Type(*kind));
    }
    let key = PublicKey::from_bytes(key)?;
    if hex::encode(key_id(&name, expected, &key).0) != id {
        return Err(VkeyError::Id);
    }
    Ok((name, key))
}

/// The line [`parse_line`] reads.
pub(crate) fn format_line(name: &KeyName, kind: u8, key: &PublicKey) -> String {
    let mut blob = vec![kind];
    blob.extend_from_slice(&key.to_bytes());
    let id = hex::encode(key_id(name, kind, key).0);
    format!("{name}+{id}+{}", Base64::encode_string(&blob))
}

/// The id of a name's key of the type given.
pub(crate) fn key_id(name: &KeyName, kind: u8, key: &PublicKey) -> NoteKeyId {
    let mut hash = Sha256::new();
    hash.update(name.as_str().as_bytes());
    hash.update([b'\n', kind]);
    hash.update(key.to_bytes());
    let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
    NoteKeyId([a, b, c, d])
}
