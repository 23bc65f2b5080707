//! The second factor: codes by time (RFC 6238) that an authenticator app shows, SHA-1, six digits, 30 seconds, as every such app has them.
//! A secret is kept sealed (ChaCha20-Poly1305, RFC 8439) under a key that is not in the database, for one person, so a copy of the
//! database gives no codes, and a row put in another's place opens nothing.

use std::path::Path;

use meterpost_ledger::signing::{read_at_most, replace, system_entropy};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use totp_rs::{Builder, Totp};

/// The key's file in the server's folder of keys.
const KEY_FILE: &str = "people.key";
/// Bytes of a secret: as long as the hash (RFC 4226 §4).
const SECRET: usize = 20;
/// Seconds that a code is for.
pub const STEP: u64 = 30;

/// Whose secret.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'w> {
    /// The tenant.
    pub tenant: &'w str,
    /// The person.
    pub name: &'w str,
}

/// The key that secrets are sealed under.
pub struct FactorKey(LessSafeKey);

impl std::fmt::Debug for FactorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FactorKey")
    }
}

/// Why a secret cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum FactorError {
    /// The key's file.
    #[error("{KEY_FILE}: {0}")]
    Key(String),
    /// The system has no randomness.
    #[error("no randomness: {0}")]
    Entropy(String),
    /// It was sealed under another key, for somebody else, or changed.
    #[error("the secret of {0} cannot be opened")]
    Sealed(String),
    /// It makes no codes.
    #[error("no codes can be made: {0}")]
    Codes(String),
}

impl FactorKey {
    /// Reads the key of this folder, or makes one.
    ///
    /// # Errors
    /// [`FactorError::Key`], [`FactorError::Entropy`].
    pub fn open(folder: &Path) -> Result<FactorKey, FactorError> {
        let path = folder.join(KEY_FILE);
        let wrong = |error: std::io::Error| FactorError::Key(error.to_string());
        if !path.exists() {
            let mut key = [0; 32];
            system_entropy(&mut key).map_err(|error| FactorError::Entropy(error.to_string()))?;
            replace(&path, &key, 0o600).map_err(wrong)?;
        }
        let key = read_at_most(&path, 64).map_err(wrong)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key)
            .map_err(|_| FactorError::Key("it has not 32 bytes".to_owned()))?;
        Ok(FactorKey(LessSafeKey::new(key)))
    }

    /// A new secret, sealed.
    ///
    /// # Errors
    /// [`FactorError::Entropy`].
    pub fn new_secret(&self, whose: Whose<'_>) -> Result<Vec<u8>, FactorError> {
        let mut random = [0; SECRET + NONCE_LEN];
        system_entropy(&mut random).map_err(|error| FactorError::Entropy(error.to_string()))?;
        let (secret, nonce) = random.split_at(SECRET);
        let mut sealed = secret.to_vec();
        let refused = |_| FactorError::Sealed(whose.name.to_owned());
        let at = Nonce::try_assume_unique_for_key(nonce).map_err(refused)?;
        self.0
            .seal_in_place_append_tag(at, aad(whose), &mut sealed)
            .map_err(refused)?;
        Ok([nonce, &sealed].concat())
    }

    /// A sealed secret, opened.
    ///
    /// # Errors
    /// [`FactorError::Sealed`].
    pub fn secret(&self, whose: Whose<'_>, sealed: &[u8]) -> Result<Vec<u8>, FactorError> {
        let refused = || FactorError::Sealed(whose.name.to_owned());
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let at = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut opened = sealed.to_vec();
        let secret = self.0.open_in_place(at, aad(whose), &mut opened);
        Ok(secret.map_err(|_| refused())?.to_vec())
    }

    /// Makes a sealed secret's codes.
    ///
    /// # Errors
    /// [`FactorError::Sealed`], [`FactorError::Codes`].
    pub fn codes(&self, whose: Whose<'_>, sealed: &[u8]) -> Result<Codes, FactorError> {
        let secret = self.secret(whose, sealed)?;
        Codes::of(whose, secret)
    }
}

/// The tenant cannot hold a line's end, so no two people make the same bytes.
fn aad(whose: Whose<'_>) -> Aad<Vec<u8>> {
    Aad::from(format!("meterpost-factor/v1\n{}\n{}", whose.tenant, whose.name).into_bytes())
}

/// The codes of one secret.
pub struct Codes(Totp);

impl Codes {
    fn of(whose: Whose<'_>, secret: Vec<u8>) -> Result<Codes, FactorError> {
        let made = Builder::new()
            .with_secret(secret)
            // One step before and after, for a telephone's clock (RFC 6238 §5.2).
            .with_skew(1)
            .with_account_name(whose.name)
            .with_issuer(Some(format!("Meterpost {}", whose.tenant)))
            .build();
        made.map(Codes)
            .map_err(|error| FactorError::Codes(error.to_string()))
    }

    /// The time step of this code, where it is one that can be taken now and none of this step or a later one was.
    pub fn check(&self, code: &str, now: u64, taken: u64) -> Option<u64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = self.0.check(&code, now)?;
        (step > taken).then_some(step)
    }

    /// What an authenticator app scans: `otpauth://totp/…`.
    ///
    /// # Errors
    /// [`FactorError::Codes`].
    pub fn address(&self) -> Result<String, FactorError> {
        let address = self.0.to_url();
        address.map_err(|error| FactorError::Codes(error.to_string()))
    }

    /// The secret to type where nothing can be scanned (base32), in groups of four.
    pub fn typed(&self) -> String {
        let text = self.0.secret().to_base32();
        let letters: Vec<char> = text.chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|four| four.iter().collect())
            .collect();
        groups.join(" ")
    }

    #[cfg(test)]
    fn at(&self, time: u64) -> String {
        self.0.generate(time).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIN: Whose<'_> = Whose {
        tenant: "east",
        name: "Lin",
    };

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        let codes = Codes::of(LIN, b"12345678901234567890".to_vec()).unwrap();
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(codes.at(time), code, "{time}");
        }
        let address = codes.address().unwrap();
        assert!(address.starts_with("otpauth://totp/"), "{address}");
        assert_eq!(codes.typed(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    #[test]
    fn a_code_is_taken_once_and_one_step_either_side() {
        let codes = Codes::of(LIN, b"12345678901234567890".to_vec()).unwrap();
        let now = 1_234_567_890;
        let step = now / STEP;
        let shown = codes.at(now);
        assert_eq!(codes.check(&shown, now, 0), Some(step));
        let spaced = format!("{} {}", &shown[..3], &shown[3..]);
        assert_eq!(codes.check(&spaced, now, 0), Some(step));
        assert_eq!(codes.check(&shown, now, step), None, "taken already");
        assert_eq!(codes.check(&codes.at(now - STEP), now, step), None, "older");
        for (apart, taken) in [(STEP, true), (2 * STEP, false)] {
            assert_eq!(codes.check(&codes.at(now - apart), now, 0).is_some(), taken);
            assert_eq!(codes.check(&codes.at(now + apart), now, 0).is_some(), taken);
        }
        for wrong in ["", "28708", "2870822", "abcdef", "\u{661}\u{662}"] {
            assert_eq!(codes.check(wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_sealed_secret_opens_for_its_person_and_under_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let key = FactorKey::open(folder.path()).unwrap();
        let sealed = key.new_secret(LIN).unwrap();
        let typed = key.codes(LIN, &sealed).unwrap().typed();
        let again = FactorKey::open(folder.path()).unwrap();
        assert_eq!(again.codes(LIN, &sealed).unwrap().typed(), typed);
        assert_ne!(key.new_secret(LIN).unwrap(), sealed);
        let elsewhere = tempfile::tempdir().unwrap();
        let other_key = FactorKey::open(elsewhere.path()).unwrap();
        let (name, tenant) = ("Mia", "west");
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        for (key, whose, sealed) in [
            (&key, Whose { name, ..LIN }, &sealed[..]),
            (&key, Whose { tenant, ..LIN }, &sealed[..]),
            (&other_key, LIN, &sealed[..]),
            (&key, LIN, &changed[..]),
            (&key, LIN, &sealed[..11]),
            (&key, LIN, &[]),
        ] {
            let opened = key.codes(whose, sealed);
            assert!(matches!(opened, Err(FactorError::Sealed(_))));
        }
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(KEY_FILE), "short").unwrap();
        let said = FactorKey::open(folder.path()).unwrap_err().to_string();
        assert!(
            said.contains(KEY_FILE) && said.contains("32 bytes"),
            "{said}"
        );
    }
}
