//! Signed calls: a terminal's request to the server, with its log's key's word for method, target, body and order.
//!
//! What is signed travels in one header, so it survives a proxy that ends TLS, and header, target and body together can be
//! kept as evidence.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::fields::decimal;
use crate::key::{PublicKey, Signature};
use crate::note::NameError;
use crate::origin::{LogOrigin, OriginError};
use crate::signer::{SignError, Signer};
use crate::statement::{SignedStatement, Statement, StatementError};

/// The header that carries origin, counter and signature: `meterpost/<tenant>/<terminal>/<epoch> <counter> <base64>`.
pub const CALL_HEADER: &str = "meterpost-signature";

/// Longest value of the header that is read, in bytes.
const MAX_HEADER_BYTES: usize = 256;

/// Why a call is not believed, or could not be signed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The header is not origin, counter and signature.
    #[error("the header `{CALL_HEADER}` is not `origin counter signature`")]
    Header,
    /// The first part is no origin.
    #[error("the header `{CALL_HEADER}`: {0}")]
    Origin(#[from] OriginError),
    /// Method or target hold what none does.
    #[error("the call's {0} is not plain ASCII without spaces")]
    Text(&'static str),
    /// The origin is no name.
    #[error("{0}")]
    Name(#[from] NameError),
    /// The signature does not fit.
    #[error("the call is not signed by the log's key: {0}")]
    Signature(#[from] StatementError),
    /// The signature could not be made.
    #[error("{0}")]
    Sign(#[from] SignError),
}

/// What a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call<'c> {
    /// Above every one before it of the same log.
    counter: u64,
    method: &'c str,
    /// Path and query, as on the request line.
    target: &'c str,
    /// SHA-256 of the body as it travels.
    digest: [u8; 32],
}

impl Statement for Call<'_> {
    const LABEL: &'static str = "meterpost-call/v1";

    /// Counter (8 bytes, big-endian), digest (32), method, `00`, target: neither text holds a NUL.
    fn body(&self) -> Vec<u8> {
        let mut body = self.counter.to_be_bytes().to_vec();
        body.extend_from_slice(&self.digest);
        body.extend_from_slice(self.method.as_bytes());
        body.push(0);
        body.extend_from_slice(self.target.as_bytes());
        body
    }
}

impl<'c> Call<'c> {
    fn new(
        counter: u64,
        method: &'c str,
        target: &'c str,
        body: &[u8],
    ) -> Result<Call<'c>, CallError> {
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !plain(method) {
            return Err(CallError::Text("method"));
        }
        if !plain(target) {
            return Err(CallError::Text("target"));
        }
        Ok(Call {
            counter,
            method,
            target,
            digest: Sha256::digest(body).into(),
        })
    }
}

/// The header's value for a call. The counter is above that of every call made before, also across restarts.
///
/// # Errors
/// When method or target are not plain text, or the key cannot sign.
pub fn sign_call(
    origin: &LogOrigin,
    signer: &dyn Signer,
    counter: u64,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<String, CallError> {
    let call = Call::new(counter, method, target, body)?;
    let signed = SignedStatement::sign(&call, &origin.name()?, signer)?;
    let signature = Base64::encode_string(&signed.signature.0);
    Ok(format!("{origin} {counter} {signature}"))
}

/// A header's value as it was read. Nothing in it is believed yet: the origin tells whose key to check with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCall {
    /// Who calls.
    pub origin: LogOrigin,
    /// Above every one before it.
    pub counter: u64,
    signature: Signature,
}

impl SignedCall {
    /// Reads a header's value, strictly.
    pub fn parse(value: &[u8]) -> Result<SignedCall, CallError> {
        let text = (value.len() <= MAX_HEADER_BYTES)
            .then(|| std::str::from_utf8(value).ok())
            .flatten()
            .ok_or(CallError::Header)?;
        let mut parts = text.split(' ');
        let (Some(origin), Some(counter), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CallError::Header);
        };
        let origin = LogOrigin::parse(origin)?;
        let counter = decimal(counter).ok_or(CallError::Header)?;
        let bytes: [u8; 64] = Base64::decode_vec(signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(CallError::Header)?;
        Ok(SignedCall {
            origin,
            counter,
            signature: Signature(bytes),
        })
    }

    /// Whether this key signed the call with this method, target and body.
    pub fn verify(
        &self,
        key: &PublicKey,
        method: &str,
        target: &str,
        body: &[u8],
    ) -> Result<(), CallError> {
        let call = Call::new(self.counter, method, target, body)?;
        let signed = SignedStatement {
            signature: self.signature,
        };
        Ok(signed.verify(&call, &self.origin.name()?, key)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealer::Seed;
    use crate::signer::SecretKey;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_seed(&Seed::new([byte; 32])).unwrap()
    }

    fn header() -> (LogOrigin, String) {
        let origin = LogOrigin::parse("meterpost/east/K1/2").unwrap();
        let value = sign_call(&origin, &key(1), 7, "POST", "/api/v1/log?x=1", b"body").unwrap();
        (origin, value)
    }

    #[test]
    fn method_target_body_counter_and_origin_are_all_signed() {
        let (origin, value) = header();
        let public = key(1).public_key();
        let call = SignedCall::parse(value.as_bytes()).unwrap();
        assert_eq!((&call.origin, call.counter), (&origin, 7));
        let verify = |call: &SignedCall, method, target, body: &[u8]| {
            call.verify(&public, method, target, body)
        };
        assert_eq!(verify(&call, "POST", "/api/v1/log?x=1", b"body"), Ok(()));
        assert!(verify(&call, "PUT", "/api/v1/log?x=1", b"body").is_err());
        assert!(verify(&call, "POST", "/api/v1/log?x=2", b"body").is_err());
        assert!(verify(&call, "POST", "/api/v1/log?x=1", b"other").is_err());
        for other in [value.replace(" 7 ", " 8 "), value.replace("/K1/", "/K2/")] {
            let call = SignedCall::parse(other.as_bytes()).unwrap();
            assert!(verify(&call, "POST", "/api/v1/log?x=1", b"body").is_err());
        }
        let stranger = key(2).public_key();
        assert!(
            call.verify(&stranger, "POST", "/api/v1/log?x=1", b"body")
                .is_err()
        );
    }

    #[test]
    fn a_header_has_one_spelling() {
        let (_, value) = header();
        for bad in [
            "",
            "meterpost/east/K1/2 7",
            &value.replace(" 7 ", " 07 "),
            &value.replace(" 7 ", "  7 "),
            &value.replace(" 7 ", " -7 "),
            &format!("{value} "),
            &value.replace("meterpost/east/K1/2", "meterpost/east/K1/0"),
            &value[..value.len() - 1],
            &"x".repeat(300),
        ] {
            assert!(SignedCall::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_text_runs_into_the_next() {
        let (origin, _) = header();
        for (method, target) in [("PO ST", "/"), ("", "/"), ("GET", ""), ("GET", "/a b")] {
            let refused = sign_call(&origin, &key(1), 1, method, target, b"");
            assert!(matches!(refused, Err(CallError::Text(_))));
        }
    }
}
