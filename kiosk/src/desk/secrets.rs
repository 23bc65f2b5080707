//! The codes of each card: who has the desk's secret can open every card of this desk again, and nobody else any.
//!
//! They are derived from the secret and the card's own random id, not drawn and stored: a card whose making was cut off between
//! two steps is opened again with nothing remembered.

use std::path::Path;

use meterpost_ledger::signing::{create_new, read_at_most};
use ring::hmac::{HMAC_SHA256, Key, sign};
use zeroize::Zeroizing;

use crate::device::card::piv::Entropy;
use crate::device::card::piv::manage::{Cipher, ManagementKey};
use crate::device::card::piv::pin::Puk;

/// In the data folder.
const FILE: &str = "cards.secret";
const LENGTH: usize = 32;

/// The desk's secret.
pub struct DeskSecret(Key);

impl std::fmt::Debug for DeskSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeskSecret")
    }
}

impl DeskSecret {
    /// Reads it, or makes it where there is none.
    ///
    /// # Errors
    /// In words, when it cannot be read, written or drawn, or is damaged.
    pub fn open_or_make(folder: &Path, random: &mut impl Entropy) -> Result<DeskSecret, String> {
        let path = folder.join(FILE);
        let wrong = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        if !path.exists() {
            let mut fresh = Zeroizing::new([0; LENGTH]);
            random(&mut fresh[..])?;
            create_new(&path, &fresh[..], 0o600).map_err(|why| wrong(&why))?;
        }
        let bytes = Zeroizing::new(read_at_most(&path, LENGTH).map_err(|why| wrong(&why))?);
        if bytes.len() != LENGTH {
            return Err(wrong(&"damaged: it is too short"));
        }
        Ok(DeskSecret(Key::new(HMAC_SHA256, &bytes)))
    }

    fn derive(&self, label: &str, card: &[u8; 16]) -> Zeroizing<[u8; 32]> {
        let text = [label.as_bytes(), b"\n", card].concat();
        let tag = sign(&self.0, &text);
        let mut out = Zeroizing::new([0; 32]);
        out.copy_from_slice(tag.as_ref());
        out
    }

    /// A card's management key, for the cipher that the card uses.
    pub fn management_key(&self, cipher: Cipher, card: &[u8; 16]) -> Option<ManagementKey> {
        let derived = self.derive("meterpost-card-management/v1", card);
        let bytes = derived[..cipher.key_length()].to_vec();
        ManagementKey::new(cipher, Zeroizing::new(bytes))
    }

    /// The code that unblocks a card's PIN: eight digits.
    pub fn puk(&self, card: &[u8; 16]) -> Puk {
        let derived = self.derive("meterpost-card-unblock/v1", card);
        let mut digits = Zeroizing::new([0; 8]);
        for (digit, byte) in digits.iter_mut().zip(derived.iter()) {
            *digit = b'0' + byte % 10;
        }
        Puk(digits)
    }
}

/// A PIN of six digits that nobody guesses first: not one digit over and over, not a run up or down.
///
/// # Errors
/// When there is no randomness.
pub fn random_pin(random: &mut impl Entropy) -> Result<Zeroizing<String>, String> {
    loop {
        let mut bytes = Zeroizing::new([0_u8; 6]);
        random(&mut bytes[..])?;
        // 250 is the last multiple of ten below 256: so each digit is as likely as every other.
        if bytes.iter().any(|byte| *byte >= 250) {
            continue;
        }
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(bytes.iter().map(|byte| byte % 10).collect());
        if !is_weak(&digits) {
            let text = digits.iter().map(|digit| char::from(b'0' + digit));
            return Ok(Zeroizing::new(text.collect()));
        }
    }
}

/// All steps from digit to digit are the same, or there are only two different digits.
fn is_weak(digits: &[u8]) -> bool {
    let step = |pair: &[u8]| (10 + pair[1] - pair[0]) % 10;
    let mut steps = digits.windows(2).map(step);
    let first = steps.next();
    let mut kinds = digits.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    steps.all(|step| Some(step) == first) || kinds.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> impl FnMut(&mut [u8]) -> Result<(), String> {
        let mut next = 0_u8;
        move |bytes: &mut [u8]| {
            for byte in bytes {
                *byte = next;
                next = next.wrapping_mul(5).wrapping_add(17);
            }
            Ok(())
        }
    }

    #[test]
    fn the_secret_is_made_once_and_kept_from_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let first = DeskSecret::open_or_make(folder.path(), &mut counting()).unwrap();
        let mut never = |_: &mut [u8]| -> Result<(), String> { panic!("it is there already") };
        let second = DeskSecret::open_or_make(folder.path(), &mut never).unwrap();
        assert_eq!(first.puk(&[1; 16]), second.puk(&[1; 16]));
        let mode = std::fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        std::fs::write(folder.path().join(FILE), "short").unwrap();
        assert!(DeskSecret::open_or_make(folder.path(), &mut counting()).is_err());
    }

    #[test]
    fn each_card_has_codes_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let secret = DeskSecret::open_or_make(folder.path(), &mut counting()).unwrap();
        assert_ne!(secret.puk(&[1; 16]), secret.puk(&[2; 16]));
        for cipher in Cipher::ALL {
            let key = |card| secret.management_key(cipher, card).unwrap();
            assert_ne!(key(&[1; 16]), key(&[2; 16]));
        }
    }

    #[test]
    fn pins_that_are_guessed_first_are_never_given() {
        for weak in [
            "000000", "123456", "654321", "890123", "121212", "111222", "246802",
        ] {
            let digits: Vec<u8> = weak.bytes().map(|byte| byte - b'0').collect();
            assert!(is_weak(&digits), "{weak}");
        }
        for good in ["482913", "100234", "112233"] {
            let digits: Vec<u8> = good.bytes().map(|byte| byte - b'0').collect();
            assert!(!is_weak(&digits), "{good}");
        }
        let mut random = counting();
        for _ in 0..100 {
            let pin = random_pin(&mut random).unwrap();
            assert_eq!(pin.len(), 6);
            assert!(pin.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
