//! A witness's verifier key: `name+hash+base64(04 || key)` (c2sp.org/tlog-cosignature, "Format").

use std::fmt;

use crate::key::PublicKey;
use crate::note::vkey::{format_line, key_id, parse_line};
use crate::note::{KeyName, NoteKeyId, VkeyError};

/// The signature type byte of timestamped Ed25519 cosignatures.
const COSIGNATURE_V1: u8 = 0x04;

/// A witness's name and its Ed25519 public key. It is another type than [`crate::VerifierKey`], with other ids and
/// another text form, so that a log's key cannot be taken for a witness's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    name: KeyName,
    key: PublicKey,
}

impl WitnessKey {
    /// Joins the two. The message of a cosignature does not hold the witness's name, so a key belongs to one witness only.
    pub fn new(name: KeyName, key: PublicKey) -> WitnessKey {
        WitnessKey { name, key }
    }

    /// Reads the line.
    pub fn parse(line: &str) -> Result<WitnessKey, VkeyError> {
        let (name, key) = parse_line(line, COSIGNATURE_V1)?;
        Ok(WitnessKey { name, key })
    }

    /// The name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The public key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The key id on cosignature lines.
    pub fn id(&self) -> NoteKeyId {
        key_id(&self.name, COSIGNATURE_V1, &self.key)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_line(&self.name, COSIGNATURE_V1, &self.key))
    }
}
