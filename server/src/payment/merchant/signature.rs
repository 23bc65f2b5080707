//! What is signed of a request, an answer and a callback, and the header that carries it:
//!
//! ```text
//! merchant-signature: <merchant> <seconds since 1970> <nonce: 32 hex digits> <base64 of the signature>
//! ```
//!
//! The three have a label each, so none can be taken for another, and an answer is bound to its request by the nonce.

use base64ct::{Base64, Encoding};
use meterpost_ledger::signing::{
    KeyName, PublicKey, SignError, Signature, SignedStatement, Signer, Statement,
};
use sha2::{Digest, Sha256};

use super::message::WireError;

/// The header's name.
pub const MERCHANT_HEADER: &str = "merchant-signature";

/// Longest value of the header that is read, in bytes.
const MAX_HEADER_BYTES: usize = 256;

/// A message's time, in seconds since 1970, and its random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) time: u64,
    pub(super) nonce: [u8; 16],
}

impl Stamp {
    /// Time (8 bytes, big-endian), nonce (16), SHA-256 of the body (32).
    fn bytes(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = self.time.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.nonce);
        bytes.extend_from_slice(&Sha256::digest(body));
        bytes
    }
}

/// Our request.
pub(super) struct RequestStatement<'r> {
    pub(super) stamp: Stamp,
    pub(super) method: &'r str,
    /// Path and query, as on the request line.
    pub(super) target: &'r str,
    pub(super) body: &'r [u8],
}

impl Statement for RequestStatement<'_> {
    const LABEL: &'static str = "merchant-request/v1";

    /// The stamp, method, `00`, target: neither text holds a NUL.
    fn body(&self) -> Vec<u8> {
        let mut bytes = self.stamp.bytes(self.body);
        bytes.extend_from_slice(self.method.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.target.as_bytes());
        bytes
    }
}

/// The provider's answer to the request with this nonce.
pub(super) struct AnswerStatement<'r> {
    pub(super) stamp: Stamp,
    pub(super) status: u16,
    pub(super) body: &'r [u8],
}

impl Statement for AnswerStatement<'_> {
    const LABEL: &'static str = "merchant-answer/v1";

    /// The stamp, and the HTTP status (2 bytes, big-endian).
    fn body(&self) -> Vec<u8> {
        let mut bytes = self.stamp.bytes(self.body);
        bytes.extend_from_slice(&self.status.to_be_bytes());
        bytes
    }
}

/// What the provider tells by itself.
pub(super) struct CallbackStatement<'r> {
    pub(super) stamp: Stamp,
    pub(super) body: &'r [u8],
}

impl Statement for CallbackStatement<'_> {
    const LABEL: &'static str = "merchant-callback/v1";

    /// The stamp alone: proxies may change the address.
    fn body(&self) -> Vec<u8> {
        self.stamp.bytes(self.body)
    }
}

/// The header's value for a statement.
pub(super) fn sign<S: Statement>(
    statement: &S,
    stamp: Stamp,
    merchant: &KeyName,
    signer: &dyn Signer,
) -> Result<String, SignError> {
    let signed = SignedStatement::sign(statement, merchant, signer)?;
    let nonce = hex::encode(stamp.nonce);
    let signature = Base64::encode_string(&signed.signature.0);
    Ok(format!(
        "{} {} {nonce} {signature}",
        merchant.as_str(),
        stamp.time
    ))
}

/// A header's value as it was read; nothing in it is believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureHeader {
    /// Whose order it is about.
    pub merchant: String,
    pub(super) stamp: Stamp,
    signature: Signature,
}

impl SignatureHeader {
    /// Reads a header's value, strictly.
    ///
    /// # Errors
    /// [`WireError::Header`].
    pub fn parse(value: &[u8]) -> Result<SignatureHeader, WireError> {
        let text = (value.len() <= MAX_HEADER_BYTES)
            .then(|| std::str::from_utf8(value).ok())
            .flatten()
            .ok_or(WireError::Header)?;
        let mut parts = text.split(' ');
        let (Some(merchant), Some(time), Some(nonce), Some(signature), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(WireError::Header);
        };
        let time: u64 = time
            .parse()
            .ok()
            // One spelling only.
            .filter(|number: &u64| number.to_string() == time)
            .ok_or(WireError::Header)?;
        let mut bytes = [0; 16];
        hex::decode_to_slice(nonce, &mut bytes).map_err(|_| WireError::Header)?;
        let signature = Base64::decode_vec(signature)
            .ok()
            .and_then(|bytes| Signature::from_bytes(&bytes).ok())
            .ok_or(WireError::Header)?;
        Ok(SignatureHeader {
            merchant: merchant.to_owned(),
            stamp: Stamp { time, nonce: bytes },
            signature,
        })
    }

    /// Whether this key signed the statement for this merchant.
    pub(super) fn verify<S: Statement>(
        &self,
        statement: &S,
        merchant: &KeyName,
        key: &PublicKey,
    ) -> Result<(), WireError> {
        if self.merchant != merchant.as_str() {
            return Err(WireError::OtherMerchant);
        }
        let signed = SignedStatement {
            signature: self.signature,
        };
        signed
            .verify(statement, merchant, key)
            .map_err(|_| WireError::Signature)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use meterpost_ledger::signing::KeyStore;

    fn key() -> (tempfile::TempDir, KeyStore) {
        let folder = tempfile::tempdir().unwrap();
        let mut entropy = |bytes: &mut [u8]| {
            bytes.fill(7);
            Ok(())
        };
        let key = KeyStore::create(&folder.path().join("key"), &mut entropy).unwrap();
        (folder, key)
    }

    const STAMP: Stamp = Stamp {
        time: 1_700_000_000,
        nonce: [0xab; 16],
    };

    #[test]
    fn an_answer_is_no_callback_and_not_the_answer_to_another_request() {
        let (_folder, key) = key();
        let name = KeyName::new("east-utilities").unwrap();
        let answer = |stamp, status, body| AnswerStatement {
            stamp,
            status,
            body,
        };
        let value = sign(&answer(STAMP, 200, b"{}"), STAMP, &name, &key).unwrap();
        let header = SignatureHeader::parse(value.as_bytes()).unwrap();
        let public = key.public_key();
        let holds = |statement| header.verify(&statement, &name, &public).is_ok();
        assert!(holds(answer(STAMP, 200, b"{}")));
        assert!(!holds(answer(STAMP, 201, b"{}")));
        assert!(!holds(answer(STAMP, 200, b"[]")));
        let other = Stamp {
            nonce: [0xac; 16],
            ..STAMP
        };
        assert!(!holds(answer(other, 200, b"{}")));
        let callback = CallbackStatement {
            stamp: STAMP,
            body: b"{}",
        };
        assert!(header.verify(&callback, &name, &public).is_err());
        let west = KeyName::new("west-utilities").unwrap();
        let statement = answer(STAMP, 200, b"{}");
        assert_eq!(
            header.verify(&statement, &west, &public),
            Err(WireError::OtherMerchant)
        );
    }

    #[test]
    fn a_header_has_one_spelling() {
        let (_folder, key) = key();
        let name = KeyName::new("east").unwrap();
        let statement = CallbackStatement {
            stamp: STAMP,
            body: b"",
        };
        let value = sign(&statement, STAMP, &name, &key).unwrap();
        assert!(SignatureHeader::parse(value.as_bytes()).is_ok());
        for bad in [
            String::new(),
            value.replace(" 17", " +17"),
            value.replace(" 17", " 017"),
            value.replace(" 17", "  17"),
            format!("{value} x"),
            value[..value.len() - 1].to_owned(),
        ] {
            assert_eq!(
                SignatureHeader::parse(bad.as_bytes()),
                Err(WireError::Header),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_header_or_an_error(bytes in any::<Vec<u8>>()) {
            let _ = SignatureHeader::parse(&bytes);
        }

        #[test]
        fn anything_like_a_header_is_one_or_an_error(text in "[a-z]{1,3} [0-9]{1,22} [0-9a-f]{30,34} [A-Za-z0-9+/]{86}==") {
            let _ = SignatureHeader::parse(text.as_bytes());
        }
    }
}
