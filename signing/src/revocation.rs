//! Revocation: up to which size a log's key is still believed.
//!
//! ```text
//! meterpost-revocation v1
//! origin meterpost/<tenant>/<terminal>/<epoch>
//! key <64 hex digits: the key's id>
//! accepted <size>
//! signature <base64 of 64 bytes>
//! ```
//!
//! The signature is a statement's with the label `meterpost-revocation/v1`, the revocation's origin and as its body the
//! lines above it. Time plays no part: a thief sets his clock as he likes, but the operator has seen the log up to a size.

use thiserror::Error;

use crate::fields::{Fields, FieldsError, with_signature};
use crate::key::{KeyId, PublicKey, Signature};
use crate::note::NameError;
use crate::origin::LogOrigin;
use crate::signer::{SignError, Signer};
use crate::statement::{SignedStatement, Statement, StatementError};

const HEADER: &str = "meterpost-revocation v1";

/// Why a revocation is not made or not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RevocationError {
    /// The form is wrong.
    #[error("the revocation is damaged: {0}")]
    Fields(#[from] FieldsError),
    /// The operator did not sign it.
    #[error("the revocation is not signed by the operator's key: {0}")]
    Signature(#[from] StatementError),
    /// The size is beyond 2^63 - 1.
    #[error("the size accepted is at most 2^63 - 1")]
    Size,
    /// It is for another log or key than the one it should follow.
    #[error("the later revocation is for another log or key")]
    Other,
    /// It would give back what an earlier one took away.
    #[error("a revocation accepts up to {earlier}; a later one cannot accept up to {later}")]
    Raised {
        /// Accepted by the earlier one.
        earlier: u64,
        /// Accepted by the later one.
        later: u64,
    },
    /// The origin is no name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// That a key is believed up to a size and no further. The size counts entries; 0 believes the key nothing.
///
/// The operator chooses the largest size of which it holds a cosigned checkpoint. Whoever has the key can sign smaller
/// sizes anew, so a checkpoint within the bound still has to be consistent with what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Of which log.
    pub origin: LogOrigin,
    /// Which key.
    pub key: KeyId,
    /// The largest size accepted.
    pub accepted: u64,
}

/// Whether a checkpoint of this size, signed by this key for this log, is still accepted. Where several revocations
/// are known, the lowest size counts, in whatever order they came.
pub fn still_accepted(
    revocations: &[Revocation],
    origin: &LogOrigin,
    key: &KeyId,
    size: u64,
) -> bool {
    revocations
        .iter()
        .filter(|revocation| revocation.origin == *origin && revocation.key == *key)
        .all(|revocation| size <= revocation.accepted)
}

impl Statement for Revocation {
    const LABEL: &'static str = "meterpost-revocation/v1";

    fn body(&self) -> Vec<u8> {
        // The lines have one spelling, so they are their own injective encoding.
        self.lines().into_bytes()
    }
}

impl Revocation {
    /// Signs it with the operator's key.
    pub fn sign(self, operator: &dyn Signer) -> Result<SignedRevocation, RevocationError> {
        if self.accepted > i64::MAX as u64 {
            return Err(RevocationError::Size);
        }
        let statement = SignedStatement::sign(&self, &self.origin.name()?, operator)?;
        Ok(SignedRevocation {
            revocation: self,
            statement,
        })
    }

    /// Whether this one may follow an earlier one of the same key: it can repeat or lower the size, never raise it.
    pub fn check_follows(&self, earlier: &Revocation) -> Result<(), RevocationError> {
        if self.origin != earlier.origin || self.key != earlier.key {
            return Err(RevocationError::Other);
        }
        if self.accepted > earlier.accepted {
            return Err(RevocationError::Raised {
                earlier: earlier.accepted,
                later: self.accepted,
            });
        }
        Ok(())
    }

    fn lines(&self) -> String {
        format!(
            "{HEADER}\norigin {}\nkey {}\naccepted {}\n",
            self.origin, self.key, self.accepted
        )
    }
}

/// A revocation whose signature by the operator is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRevocation {
    revocation: Revocation,
    statement: SignedStatement,
}

impl SignedRevocation {
    /// Reads a revocation, strictly, and checks that the operator signed it.
    pub fn open(bytes: &[u8], operator: &PublicKey) -> Result<SignedRevocation, RevocationError> {
        let mut fields = Fields::open(bytes, HEADER)?;
        let revocation = Revocation {
            origin: fields.take("origin", |text| LogOrigin::parse(text).ok())?,
            key: fields.take("key", key_id)?,
            accepted: fields.number("accepted")?,
        };
        let statement = SignedStatement {
            signature: fields.signature()?,
        };
        statement.verify(&revocation, &revocation.origin.name()?, operator)?;
        Ok(SignedRevocation {
            revocation,
            statement,
        })
    }

    /// What is revoked.
    pub fn revocation(&self) -> &Revocation {
        &self.revocation
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.statement.signature
    }

    /// The whole file.
    pub fn to_text(&self) -> String {
        with_signature(&self.revocation.lines(), &self.statement.signature)
    }
}

fn key_id(text: &str) -> Option<KeyId> {
    let id: [u8; 32] = hex::decode(text).ok()?.try_into().ok()?;
    // Capitals would be a second spelling.
    (hex::encode(id) == text).then_some(KeyId(id))
}

#[cfg(test)]
mod tests;
