//! What a card computes: P-256 signatures, and the cipher of its management key.

use aes::cipher::{BlockEncrypt, KeyInit, generic_array::GenericArray};
use aes::{Aes128, Aes192, Aes256};
use des::TdesEde3;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};

/// Random bytes.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

/// A key pair that stays inside.
#[derive(Clone, Debug)]
pub(super) struct Pair(SigningKey);

impl Pair {
    pub(super) fn generate() -> Pair {
        loop {
            // A number beyond the curve's order is drawn again.
            if let Ok(key) = SigningKey::from_slice(&random::<32>()) {
                return Pair(key);
            }
        }
    }

    /// The public point, uncompressed.
    pub(super) fn point(&self) -> Vec<u8> {
        self.0
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec()
    }

    /// Signs a digest; DER.
    pub(super) fn sign(&self, digest: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.0.sign_prehash(digest).ok()?;
        Some(signature.to_der().as_bytes().to_vec())
    }
}

/// The management key: algorithm as PIV numbers them, and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Management {
    pub(super) algorithm: u8,
    pub(super) key: Vec<u8>,
}

impl Management {
    /// What every card leaves the factory with.
    pub(super) fn factory() -> Management {
        let key = [1, 2, 3, 4, 5, 6, 7, 8].repeat(3);
        Management {
            algorithm: 0x03,
            key,
        }
    }

    /// `None` if the algorithm is not known or the key has another length.
    pub(super) fn new(algorithm: u8, key: &[u8]) -> Option<Management> {
        let length = match algorithm {
            0x03 | 0x0A => 24,
            0x08 => 16,
            0x0C => 32,
            _ => return None,
        };
        let key = key.to_vec();
        (key.len() == length).then_some(Management { algorithm, key })
    }

    pub(super) fn block(&self) -> usize {
        if self.algorithm == 0x03 { 8 } else { 16 }
    }

    pub(super) fn encrypt(&self, block: &[u8]) -> Vec<u8> {
        match self.algorithm {
            0x03 => encrypt::<TdesEde3>(&self.key, block),
            0x08 => encrypt::<Aes128>(&self.key, block),
            0x0A => encrypt::<Aes192>(&self.key, block),
            _ => encrypt::<Aes256>(&self.key, block),
        }
    }
}

fn encrypt<C: BlockEncrypt + KeyInit>(key: &[u8], block: &[u8]) -> Vec<u8> {
    let mut out = GenericArray::clone_from_slice(block);
    C::new(GenericArray::from_slice(key)).encrypt_block(&mut out);
    out.to_vec()
}
