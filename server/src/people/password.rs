//! Passwords: Argon2id as OWASP's cheat sheet has it (19 MiB, 2 passes, 1 lane), and what a password has to be (NIST SP 800-63B-4
//! §3.1.1.2: long rather than odd; none that everybody knows).

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use meterpost_ledger::signing::{EntropyError, system_entropy};
use zxcvbn::{Score, zxcvbn};

/// Fewest characters. With a second factor beside it eight would do; people who handle money get a few more.
const SHORTEST: usize = 12;
/// Most bytes: Argon2 would take any number, and the time with it.
const LONGEST: usize = 200;
/// What an attacker tries who knows where it is for.
const OURS: &[&str] = &[
    "meterpost",
    "meter",
    "water",
    "electricity",
    "gas",
    "heat",
    "utility",
    "utilities",
    "office",
    "manager",
    "clerk",
    "auditor",
    "maintenance",
    "administrator",
    "shuidian",
    "dianfei",
    "shuifei",
    "yudian",
    "beijing",
    "shanghai",
];
/// More than 10^10 guesses, by an estimate that knows the passwords, names, words, dates and keyboards' runs that are tried first (Wheeler,
/// zxcvbn: Low-Budget Password Strength Estimation, USENIX Security 2016).
const STRONG: Score = Score::Four;
/// KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Letters and digits that are not taken for one another.
const PLAIN: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Too few characters.
    Short,
    /// Too many.
    Long,
    /// It is among those that are tried first: known passwords, names, words, dates and runs, and few of them together.
    Common,
}

/// Whether a new password will do for this person.
///
/// # Errors
/// [`Weak`].
pub fn judge(password: &str, known: &[&str]) -> Result<(), Weak> {
    if password.len() > LONGEST {
        return Err(Weak::Long);
    }
    if password.chars().count() < SHORTEST {
        return Err(Weak::Short);
    }
    let mut words: Vec<&str> = OURS.to_vec();
    for word in known {
        words.push(word);
        words.extend(word.split(|c: char| !c.is_alphanumeric()));
    }
    words.retain(|word| word.chars().count() > 1);
    match zxcvbn(password, &words).score() >= STRONG && rest(password, &words) {
        true => Ok(()),
        false => Err(Weak::Common),
    }
}

/// Whether something is left without the names and our own words: the estimate counts a word that is said often as long.
fn rest(password: &str, words: &[&str]) -> bool {
    let lower = password.to_lowercase();
    let rest = words.iter().fold(lower, |text, word| match word.len() {
        0..=2 => text,
        _ => text.replace(&word.to_lowercase(), ""),
    });
    let mut distinct: Vec<char> = rest.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() >= 5
}

fn argon2() -> Result<Argon2<'static>, String> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| error.to_string())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is kept of a password. It takes a while, and is not for a thread that others wait on.
///
/// # Errors
/// When the system has no randomness.
pub fn hash(password: &str) -> Result<String, String> {
    let mut salt = [0; 16];
    system_entropy(&mut salt).map_err(|error| error.to_string())?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// Whether it is the one. The same remark.
pub fn verify(password: &str, kept: &str) -> bool {
    let (Ok(hash), Ok(argon2)) = (PasswordHash::new(kept), argon2()) else {
        return false;
    };
    password.len() <= LONGEST && argon2.verify_password(password.as_bytes(), &hash).is_ok()
}

/// A password for one sign-in, to be told to a person: four groups of five characters, 100 bits.
///
/// # Errors
/// When the system has no randomness.
pub fn one_time() -> Result<String, EntropyError> {
    let mut random = [0; 20];
    system_entropy(&mut random)?;
    // Some letters are a little likelier than others, which costs less than a bit in all.
    let letters: Vec<char> = random
        .iter()
        .map(|byte| char::from(PLAIN[usize::from(*byte) % PLAIN.len()]))
        .collect();
    let groups: Vec<String> = letters
        .chunks(5)
        .map(|five| five.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_would_try_first_is_not_taken() {
        let known = ["Mia Chen", "east"];
        for (password, verdict) in [
            ("correct horse battery", Ok(())),
            ("北京的秋天很好看而且不冷啊", Ok(())),
            ("short", Err(Weak::Short)),
            ("aaaaaaaaaaaaaaa", Err(Weak::Common)),
            ("abcdefghijklmnop", Err(Weak::Common)),
            ("987654321098", Err(Weak::Common)),
            ("zyxwvutsrqponm", Err(Weak::Common)),
            ("Mia Chen Mia Chen", Err(Weak::Common)),
            ("chenmia-chenmia", Err(Weak::Common)),
            ("easteasteast1234", Err(Weak::Common)),
            ("meterpost2026", Err(Weak::Common)),
            ("Shanghai-2026", Err(Weak::Common)),
        ] {
            assert_eq!(judge(password, &known), verdict, "{password}");
        }
        assert_eq!(judge(&"long ".repeat(60), &known), Err(Weak::Long));
    }

    /// What is in every list of the commonest passwords, as long as ours have to be, with the turns that rules of guessing take first.
    #[test]
    fn common_passwords_and_their_turns_are_not_taken() {
        for password in [
            "password1234",
            "passwordpassword",
            "Password123!",
            "P@ssw0rd1234",
            "p@ssw0rdp@ssw0rd",
            "123456789012",
            "1234567890123",
            "qwertyuiop12",
            "qwertyuiop123",
            "qwerty123456",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc",
            "zaq12wsxcde3",
            "asdfghjkl123",
            "qazwsxedcrfv",
            "iloveyou1234",
            "letmein12345",
            "welcome12345",
            "adminadmin123",
            "administrator1",
            "football1234",
            "princess1234",
            "sunshine1234",
            "changeme1234",
            "abc123abc123",
            "112233445566",
            "woaini1314520",
            "woaini123456",
            "superman1234",
            "dragon123456",
        ] {
            assert_eq!(
                judge(password, &["Mia", "east"]),
                Err(Weak::Common),
                "{password}"
            );
        }
    }

    #[test]
    fn a_password_is_kept_as_argon2id_and_only_it_verifies() {
        let kept = hash("correct horse battery").unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(verify("correct horse battery", &kept));
        assert!(!verify("correct horse batterz", &kept));
        assert!(!verify("correct horse battery", "not a hash"));
        assert_ne!(hash("correct horse battery").unwrap(), kept, "salted");
    }

    #[test]
    fn one_time_passwords_differ_and_pass_their_own_rule() {
        let first = one_time().unwrap();
        assert_eq!(first.len(), 23);
        assert_ne!(one_time().unwrap(), first);
        assert_eq!(judge(&first, &["Mia"]), Ok(()));
    }
}
