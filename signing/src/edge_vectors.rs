//! Keys and signatures at the edges of Ed25519 that must be refused, made with the curve's own arithmetic.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest, Sha512};

use crate::key::{KeyError, PublicKey, Signature};

/// The eight points of small order, in canonical form: order 1, 2, 4, 4 and four times 8.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// Their other spellings: y = p and p + 1 instead of 0 and 1, and the sign of an x that is 0.
const SMALL_ORDER_MISSPELT: [&str; 6] = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// A point of large order spelt with y = p + 3 instead of 3.
const MISSPELT: &str = "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";

/// y = 2 is on no point.
const NO_POINT: &str = "0200000000000000000000000000000000000000000000000000000000000000";

fn bytes(hex: &str) -> [u8; 32] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

/// Keys no path may accept, each with the reason.
pub(crate) fn refused_keys() -> Vec<([u8; 32], KeyError)> {
    let weak = SMALL_ORDER.iter().chain(&SMALL_ORDER_MISSPELT);
    let mixed = EIGHT_TORSION[1..]
        .iter()
        .map(|torsion| (ED25519_BASEPOINT_POINT + torsion).compress().0);
    weak.map(|hex| (bytes(hex), KeyError::Weak))
        .chain(mixed.map(|key| (key, KeyError::MixedOrder)))
        .chain([
            (bytes(MISSPELT), KeyError::NotCanonical),
            (bytes(NO_POINT), KeyError::NotAPoint),
        ])
        .collect()
}

/// A secret scalar with its key, and a nonce with its point.
struct Maker {
    secret: Scalar,
    key: EdwardsPoint,
    nonce: Scalar,
    point: EdwardsPoint,
}

fn maker() -> Maker {
    let (secret, nonce) = (Scalar::from(0x1234_5678_9abc_u64), Scalar::from(0xfeed_u64));
    Maker {
        secret,
        key: ED25519_BASEPOINT_POINT * secret,
        nonce,
        point: ED25519_BASEPOINT_POINT * nonce,
    }
}

/// k = SHA-512(R || A || message) mod L (RFC 8032 §5.1.7).
fn challenge(point: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let mut hash = Sha512::new();
    hash.update(point);
    hash.update(key);
    hash.update(message);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

fn join(point: &[u8; 32], scalar: &[u8; 32]) -> Signature {
    Signature::from_bytes(&[*point, *scalar].concat()).unwrap()
}

/// Signs like RFC 8032, with the points for R and A as they are given.
fn sign(maker: &Maker, point: EdwardsPoint, key: EdwardsPoint, message: &[u8]) -> Signature {
    let (point, key) = (point.compress().0, key.compress().0);
    let scalar = maker.nonce + challenge(&point, &key, message) * maker.secret;
    join(&point, &scalar.to_bytes())
}

fn accepts(key: EdwardsPoint, message: &[u8], signature: &Signature) -> bool {
    PublicKey::from_bytes(&key.compress().0)
        .unwrap()
        .verify(message, signature)
        .is_ok()
}

#[test]
fn the_list_holds_all_points_of_small_order() {
    let mut computed = EIGHT_TORSION.map(|point| hex::encode(point.compress().0));
    let mut listed = SMALL_ORDER.map(str::to_owned);
    computed.sort();
    listed.sort();
    assert_eq!(computed, listed);
}

#[test]
fn keys_of_small_order_and_other_spellings_are_refused() {
    for (bytes, error) in refused_keys() {
        let refused = PublicKey::from_bytes(&bytes);
        assert_eq!(refused, Err(error), "{}", hex::encode(bytes));
    }
}

#[test]
fn the_makers_own_signature_is_accepted() {
    let maker = maker();
    let signature = sign(&maker, maker.point, maker.key, b"message");
    assert!(accepts(maker.key, b"message", &signature));
}

#[test]
fn a_signature_whose_point_has_small_order_is_refused() {
    // With r = 0 the equation holds without the torsion: plain verification takes R = identity.
    let maker = Maker {
        nonce: Scalar::ZERO,
        ..maker()
    };
    for point in EIGHT_TORSION {
        let signature = sign(&maker, point, maker.key, b"message");
        assert!(!accepts(maker.key, b"message", &signature));
    }
}

#[test]
fn a_torsion_point_added_to_the_signature_is_seen() {
    let maker = maker();
    for torsion in &EIGHT_TORSION[1..] {
        let signature = sign(&maker, maker.point + torsion, maker.key, b"message");
        assert!(!accepts(maker.key, b"message", &signature));
    }
}

#[test]
fn a_torsion_point_added_to_the_key_is_seen() {
    // What such a key signs would hold only where the torsion cancels, or always, as the verifier pleases.
    for torsion in &EIGHT_TORSION[1..] {
        let key = (maker().key + torsion).compress().0;
        assert_eq!(PublicKey::from_bytes(&key), Err(KeyError::MixedOrder));
    }
}

#[test]
fn a_scalar_not_reduced_is_refused() {
    // S + L and S + 2 L satisfy the equation too; accepting them would give one signature several spellings.
    let maker = maker();
    let good = sign(&maker, maker.point, maker.key, b"message");
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut scalar: [u8; 32] = good.0[32..].try_into().unwrap();
    for _ in 0..7 {
        let mut carry = 0_u16;
        for (byte, add) in scalar.iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        assert_eq!(carry, 0);
        let point = good.0[..32].try_into().unwrap();
        assert!(!accepts(maker.key, b"message", &join(&point, &scalar)));
    }
}

#[test]
fn a_signature_point_in_another_spelling_is_refused() {
    let maker = maker();
    for hex in SMALL_ORDER_MISSPELT.iter().chain([&MISSPELT, &NO_POINT]) {
        let point = bytes(hex);
        let challenge = challenge(&point, &maker.key.compress().0, b"message");
        let signature = join(&point, &(challenge * maker.secret).to_bytes());
        assert!(!accepts(maker.key, b"message", &signature), "{hex}");
    }
}
