//! How the seed is kept in the key file. A TPM or a secure element can take the place of the plain one.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// The 32 bytes a private key is made of (RFC 8032 §5.1.5). Wiped when dropped, never shown.
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// Takes the bytes.
    pub fn new(bytes: [u8; 32]) -> Seed {
        Seed(Zeroizing::new(bytes))
    }

    /// The bytes themselves. For sealers; a copy of them has to be wiped by whoever makes it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// The seed could not be sealed or unsealed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SealError(pub String);

/// Turns a seed into the bytes kept in the key file and back.
pub trait Sealer {
    /// Its name in the key file: lower-case ASCII letters, digits and `-`.
    fn name(&self) -> &str;

    /// The bytes to keep.
    fn seal(&self, seed: &Seed) -> Result<Zeroizing<Vec<u8>>, SealError>;

    /// The seed from what was kept.
    fn unseal(&self, sealed: &[u8]) -> Result<Seed, SealError>;
}

/// Keeps the seed as it is. The file's mode is its only protection: whoever copies the disk copies the key.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainFile;

impl Sealer for PlainFile {
    fn name(&self) -> &str {
        "plain"
    }

    fn seal(&self, seed: &Seed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        Ok(Zeroizing::new(seed.expose().to_vec()))
    }

    fn unseal(&self, sealed: &[u8]) -> Result<Seed, SealError> {
        let mut seed = Seed::new([0; 32]);
        if sealed.len() != seed.expose().len() {
            return Err(SealError(format!(
                "a seed has 32 bytes, not {}",
                sealed.len()
            )));
        }
        seed.expose_mut().copy_from_slice(sealed);
        Ok(seed)
    }
}
