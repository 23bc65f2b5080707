//! Making signatures.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use thiserror::Error;

use crate::key::{KeyError, PublicKey, Signature};
use crate::sealer::Seed;

/// Why no signature was made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// The fresh signature does not verify: a fault in memory or processor. It is not released, because a faulty
    /// deterministic signature can give the private key away.
    #[error("the fresh signature does not verify: the hardware is faulty")]
    Faulty,
    /// The message is not one that may be signed.
    #[error("not signed: {0}")]
    Message(String),
}

/// Something that signs with one key and never shows it.
pub trait Signer: Send {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs the exact bytes. Callers hand over domain-separated messages only; the types in this crate do.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// A private key in memory. The library wipes it when it is dropped.
pub(crate) struct SecretKey {
    key: SigningKey,
    public: PublicKey,
}

impl SecretKey {
    pub(crate) fn from_seed(seed: &Seed) -> Result<SecretKey, KeyError> {
        let key = SigningKey::from_bytes(seed.expose());
        let public = PublicKey::from_bytes(key.verifying_key().as_bytes())?;
        Ok(SecretKey { key, public })
    }
}

impl Signer for SecretKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let signature = Signature(self.key.sign(message).to_bytes());
        self.public
            .verify(message, &signature)
            .map_err(|_| SignError::Faulty)?;
        Ok(signature)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(public {:?})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 §7.1: seed, public key, message, signature.
    const RFC_8032: [(&str, &str, &str, &str); 4] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    ];

    #[test]
    fn rfc_8032_vectors_come_out() {
        for (seed, public, message, signature) in RFC_8032 {
            let seed: [u8; 32] = hex::decode(seed).unwrap().try_into().unwrap();
            let key = SecretKey::from_seed(&Seed::new(seed)).unwrap();
            assert_eq!(hex::encode(key.public_key().to_bytes()), public);
            let message = hex::decode(message).unwrap();
            let made = key.sign(&message).unwrap();
            assert_eq!(hex::encode(made.0), signature);
            key.public_key().verify(&message, &made).unwrap();
        }
    }

    #[test]
    fn a_signature_fits_its_message_only() {
        let key = SecretKey::from_seed(&Seed::new([7; 32])).unwrap();
        let signature = key.sign(b"one").unwrap();
        assert!(key.public_key().verify(b"two", &signature).is_err());
    }

    #[test]
    fn the_seed_is_not_in_debug_output() {
        let key = SecretKey::from_seed(&Seed::new([0xab; 32])).unwrap();
        let shown = format!("{key:?} {:?}", Seed::new([0xab; 32]));
        assert!(!shown.contains("abab") && !shown.contains("171"));
    }
}
