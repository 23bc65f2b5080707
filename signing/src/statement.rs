//! Statements: signed messages with a domain of their own.
//!
//! What is signed is `label, NUL, signer's key id (32 bytes), length of the origin (2 bytes, big-endian), origin, body`.
//! The label differs for each kind of statement, so a signature for one is never one for another. It cannot be one of a
//! signed note either: a note holds no NUL. The body is the statement's own injective encoding.

use thiserror::Error;

use crate::key::{PublicKey, Signature, SignatureError};
use crate::note::KeyName;
use crate::signer::{SignError, Signer};

/// A kind of thing that is signed.
pub trait Statement {
    /// The domain label: printable ASCII without spaces, with a version, such as `meterpost-bulletin/v1`. No two kinds
    /// share one.
    const LABEL: &'static str;

    /// The statement's bytes; two different statements never have the same.
    fn body(&self) -> Vec<u8>;
}

/// Why a signed statement is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StatementError {
    /// The kind's label is not one that separates domains.
    #[error("`{0}` is no statement label")]
    Label(&'static str),
    /// The signature does not fit.
    #[error("{0}")]
    Signature(#[from] SignatureError),
}

/// A signature over a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedStatement {
    /// The signature.
    pub signature: Signature,
}

impl SignedStatement {
    /// Signs the statement for the log named.
    pub fn sign<S: Statement>(
        statement: &S,
        origin: &KeyName,
        signer: &dyn Signer,
    ) -> Result<SignedStatement, SignError> {
        let message = message(statement, origin, &signer.public_key())
            .map_err(|error| SignError::Message(error.to_string()))?;
        Ok(SignedStatement {
            signature: signer.sign(&message)?,
        })
    }

    /// Whether the key made this signature for this statement in this log.
    pub fn verify<S: Statement>(
        &self,
        statement: &S,
        origin: &KeyName,
        key: &PublicKey,
    ) -> Result<(), StatementError> {
        let message = message(statement, origin, key)?;
        Ok(key.verify(&message, &self.signature)?)
    }
}

fn message<S: Statement>(
    statement: &S,
    origin: &KeyName,
    key: &PublicKey,
) -> Result<Vec<u8>, StatementError> {
    if S::LABEL.is_empty() || !S::LABEL.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(StatementError::Label(S::LABEL));
    }
    // A name is at most 255 bytes long, so its length fits.
    let length = origin.as_str().len() as u16;
    let mut message = Vec::new();
    message.extend_from_slice(S::LABEL.as_bytes());
    message.push(0);
    message.extend_from_slice(&key.id().0);
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(origin.as_str().as_bytes());
    message.extend_from_slice(&statement.body());
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Seed;
    use crate::signer::SecretKey;

    struct Apple(&'static str);
    impl Statement for Apple {
        const LABEL: &'static str = "test-apple/v1";
        fn body(&self) -> Vec<u8> {
            self.0.as_bytes().to_vec()
        }
    }

    struct Pear(&'static str);
    impl Statement for Pear {
        const LABEL: &'static str = "test-pear/v1";
        fn body(&self) -> Vec<u8> {
            self.0.as_bytes().to_vec()
        }
    }

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
    }

    fn origin(name: &str) -> KeyName {
        KeyName::new(name).unwrap()
    }

    #[test]
    fn label_origin_body_and_signer_are_all_signed() {
        let here = origin("meterpost/a/k1/1");
        let signed = SignedStatement::sign(&Apple("x"), &here, &key(1)).unwrap();
        let public = key(1).public_key();
        assert_eq!(signed.verify(&Apple("x"), &here, &public), Ok(()));
        assert!(signed.verify(&Apple("y"), &here, &public).is_err());
        assert!(signed.verify(&Pear("x"), &here, &public).is_err());
        assert!(
            signed
                .verify(&Apple("x"), &origin("meterpost/a/k2/1"), &public)
                .is_err()
        );
        assert!(
            signed
                .verify(&Apple("x"), &here, &key(2).public_key())
                .is_err()
        );
    }

    #[test]
    fn the_origin_cannot_run_into_the_body() {
        let signed = SignedStatement::sign(&Apple("bc"), &origin("a"), &key(1)).unwrap();
        let public = key(1).public_key();
        assert!(signed.verify(&Apple("c"), &origin("ab"), &public).is_err());
    }

    #[test]
    fn a_label_that_separates_nothing_is_refused() {
        struct Bad;
        impl Statement for Bad {
            const LABEL: &'static str = "bad label\n";
            fn body(&self) -> Vec<u8> {
                Vec::new()
            }
        }
        let signed = SignedStatement::sign(&Bad, &origin("a"), &key(1));
        assert!(matches!(signed, Err(SignError::Message(_))));
    }

    #[test]
    fn the_message_layout_is_frozen() {
        let public = key(1).public_key();
        let bytes = message(&Apple("body"), &origin("log"), &public).unwrap();
        let expected = format!(
            "{}00{}0003{}",
            hex::encode("test-apple/v1"),
            public.id(),
            hex::encode("logbody")
        );
        assert_eq!(hex::encode(bytes), expected);
    }
}
