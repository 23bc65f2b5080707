//! The card proves that it holds a key: it signs a challenge that nobody could know (SP 800-73-4 part 2, 3.2.4 and A.3).

use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::super::apdu::{Status, Wire, exchange};
use super::super::tlv;
use super::{DYNAMIC, Entropy, GENERAL_AUTHENTICATE, P256, PivError, Slot, command};

/// In front of every challenge, so that what a card signs here means nothing anywhere else.
const LABEL: &[u8] = b"meterpost-card-challenge/v1\n";
const CHALLENGE: u32 = 0x81;
const RESPONSE: u32 = 0x82;

/// A point of P-256, uncompressed: 04, x, y.
pub type PublicKey = [u8; 65];

/// What became of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The card holds the key.
    Holds,
    /// It signed something else, or with another key.
    Fails,
    /// It wants the PIN first.
    WantsPin,
}

/// Has the card sign a fresh challenge and checks the signature with the key of its certificate.
///
/// # Errors
/// When the card does not answer, or refuses for another reason than a missing key or PIN.
pub fn challenge(
    wire: &mut impl Wire,
    slot: Slot,
    key: &PublicKey,
    random: &mut impl Entropy,
) -> Result<Proof, PivError> {
    let mut message = LABEL.to_vec();
    let mut nonce = [0; 32];
    random(&mut nonce).map_err(PivError::Entropy)?;
    message.extend_from_slice(&nonce);
    let hash = digest(&SHA256, &message);
    // An empty response says that one is wanted.
    let mut inside = tlv::element(RESPONSE, &[]);
    tlv::write(&mut inside, CHALLENGE, hash.as_ref());
    let template = tlv::element(DYNAMIC, &inside);
    let sign = command(GENERAL_AUTHENTICATE, P256, slot.key(), template, true);
    let answer = exchange(wire, &sign)?;
    match answer.status {
        Status::OK => {}
        Status(0x6982) => return Ok(Proof::WantsPin),
        // No such key, or a key of another kind: a certificate was copied onto the card, its key could not be.
        Status(0x6A80 | 0x6A82 | 0x6A86 | 0x6A88 | 0x6985) => return Ok(Proof::Fails),
        status => {
            let what = "sign a challenge";
            return Err(PivError::Refused { what, status });
        }
    }
    let Ok(signature) =
        tlv::only(&answer.data, DYNAMIC).and_then(|inside| tlv::only(inside, RESPONSE))
    else {
        return Ok(Proof::Fails);
    };
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    Ok(match key.verify(&message, signature) {
        Ok(()) => Proof::Holds,
        Err(_) => Proof::Fails,
    })
}
