//! The merchant protocol's signatures, Ed25519 (RFC 8032).

use base64ct::{Base64, Encoding};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::MERCHANT;

/// `label, NUL, SHA-256(01 || key), length of the merchant, merchant, what follows`.
fn message(label: &str, key: &[u8; 32], what: &[u8]) -> Vec<u8> {
    let mut id = Sha256::new();
    id.update([1]);
    id.update(key);
    let length = u16::try_from(MERCHANT.len()).unwrap_or(0).to_be_bytes();
    [
        label.as_bytes(),
        &[0],
        &id.finalize(),
        &length,
        MERCHANT.as_bytes(),
        what,
    ]
    .concat()
}

/// Time, nonce and the body's digest.
fn stamp(time: u64, nonce: &[u8], body: &[u8]) -> Vec<u8> {
    [&time.to_be_bytes(), nonce, &Sha256::digest(body)].concat()
}

/// A key of its own.
pub(super) struct Key(Ed25519KeyPair);

impl Key {
    pub(super) fn new() -> std::io::Result<Key> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| std::io::Error::other(error.to_string()))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        pair.map(Key)
            .map_err(|error| std::io::Error::other(error.to_string()))
    }

    pub(super) fn public(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        bytes
    }

    fn header(&self, label: &str, (time, nonce): (u64, &str), what: &[u8]) -> String {
        let signature = self.0.sign(&message(label, &self.public(), what));
        let signature = Base64::encode_string(signature.as_ref());
        format!("{MERCHANT} {time} {nonce} {signature}")
    }

    /// The header of an answer to the request with this nonce.
    pub(super) fn answer(&self, (time, nonce): (u64, &str), status: u16, body: &str) -> String {
        let bytes = hex::decode(nonce).unwrap_or_default();
        let mut what = stamp(time, &bytes, body.as_bytes());
        what.extend_from_slice(&status.to_be_bytes());
        self.header("merchant-answer/v1", (time, nonce), &what)
    }

    /// The header of something told by itself.
    pub(super) fn callback(&self, time: u64, body: &str) -> String {
        let mut nonce = [0; 16];
        // A nonce that comes twice changes nothing: callbacks need no memory of them.
        let _ = getrandom::fill(&mut nonce);
        let what = stamp(time, &nonce, body.as_bytes());
        self.header("merchant-callback/v1", (time, &hex::encode(nonce)), &what)
    }
}

/// A request as it claims to be signed.
pub(super) struct Claimed<'r> {
    pub(super) time: u64,
    pub(super) nonce: &'r str,
    merchant: &'r str,
    signature: Vec<u8>,
}

impl<'r> Claimed<'r> {
    pub(super) fn parse(header: &'r str) -> Option<Claimed<'r>> {
        let parts: Vec<&str> = header.split(' ').collect();
        let [merchant, time, nonce, signature] = parts.as_slice() else {
            return None;
        };
        Some(Claimed {
            time: time.parse().ok()?,
            nonce,
            merchant,
            signature: Base64::decode_vec(signature).ok()?,
        })
    }

    /// Whether the merchant with this key signed it.
    pub(super) fn is_by(
        &self,
        key: &[u8; 32],
        (method, target): (&str, &str),
        body: &[u8],
    ) -> bool {
        let Ok(nonce) = hex::decode(self.nonce) else {
            return false;
        };
        let mut what = stamp(self.time, &nonce, body);
        what.extend_from_slice(method.as_bytes());
        what.push(0);
        what.extend_from_slice(target.as_bytes());
        let message = message("merchant-request/v1", key, &what);
        let known = UnparsedPublicKey::new(&ED25519, key);
        self.merchant == MERCHANT && known.verify(&message, &self.signature).is_ok()
    }
}
