//! PINs of people without a card, kept as Argon2id hashes (RFC 9106).
//!
//! A PIN has few digits, so whoever holds the configuration file can find it by trying; the hash only makes that slow. What keeps strangers
//! out at the terminal is the pause that grows with every wrong try, and the one-time code.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use super::rules::Person;

/// Fewest and most digits of a PIN.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 6..=12;

/// Memory in KiB, passes, lanes: OWASP's second choice, which a small machine answers in a fraction of a second.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Why a PIN cannot be hashed.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// Not a PIN.
    #[error("a PIN has 6 to 12 digits and nothing else")]
    Malformed,
    /// The same digit over and over, or a run.
    #[error("this PIN is one of the first that anybody would try")]
    Simple,
    /// The hash function refuses.
    #[error("the PIN cannot be hashed: {0}")]
    Hash(String),
}

fn argon2() -> Result<Argon2<'static>, PinError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None);
    let params = params.map_err(|error| PinError::Hash(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether this can be a PIN.
pub fn is_pin(typed: &str) -> bool {
    LENGTHS.contains(&typed.len()) && typed.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it is among those that everybody tries first: one digit repeated, or digits that rise or fall by one.
fn is_simple(pin: &str) -> bool {
    let steps: Vec<i16> = pin
        .as_bytes()
        .windows(2)
        .map(|pair| i16::from(pair[1]) - i16::from(pair[0]))
        .collect();
    [0, 1, -1]
        .iter()
        .any(|step| steps.iter().all(|found| found == step))
}

/// What the configuration keeps of a PIN.
///
/// # Errors
/// When it is none, or too simple.
pub fn hash(pin: &str, salt: &[u8; 16]) -> Result<String, PinError> {
    if !is_pin(pin) {
        return Err(PinError::Malformed);
    }
    if is_simple(pin) {
        return Err(PinError::Simple);
    }
    argon2()?
        .hash_password_with_salt(pin.as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(|error| PinError::Hash(error.to_string()))
}

/// Whether the configuration's text is a hash that can be checked.
pub fn is_hash(kept: &str) -> bool {
    kept.starts_with("$argon2id$") && PasswordHash::new(kept).is_ok()
}

/// Whose PIN it is. Every hash is tried, whether one fitted before or not, so the time tells nothing.
pub fn whose(typed: &str, people: &[Person]) -> Option<usize> {
    let Ok(argon2) = argon2() else { return None };
    let fits = |person: &Person| {
        PasswordHash::new(&person.pin)
            .is_ok_and(|hash| argon2.verify_password(typed.as_bytes(), &hash).is_ok())
    };
    let fitting: Vec<bool> = people.iter().map(fits).collect();
    fitting.iter().position(|fits| *fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::card::StaffRole;

    fn person(name: &str, pin: &str, salt: u8) -> Person {
        Person {
            name: name.into(),
            role: StaffRole::Maintenance,
            pin: hash(pin, &[salt; 16]).unwrap(),
        }
    }

    #[test]
    fn a_pin_says_whose_it_is_and_a_wrong_one_nobodys() {
        let people = [person("Wang", "402917", 1), person("Li", "88160425", 2)];
        assert_eq!(whose("402917", &people), Some(0));
        assert_eq!(whose("88160425", &people), Some(1));
        assert_eq!(whose("402918", &people), None);
        assert!(is_hash(&people[0].pin));
        assert!(!is_hash("402917"));
    }

    #[test]
    fn what_anybody_would_try_first_is_no_pin() {
        for pin in ["000000", "123456", "98765432", "777777777"] {
            assert!(
                matches!(hash(pin, &[0; 16]), Err(PinError::Simple)),
                "{pin}"
            );
        }
        for text in ["12345", "1234567890123", "40291x", ""] {
            assert!(
                matches!(hash(text, &[0; 16]), Err(PinError::Malformed)),
                "{text}"
            );
        }
    }
}
