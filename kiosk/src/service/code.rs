//! One-time codes: what the back office tells by telephone, so that a PIN that was seen over somebody's shoulder opens nothing.
//!
//! TOTP (RFC 6238) over SHA-1, eight digits, 60 seconds, one step before and after, with a secret of this terminal's own that the server
//! makes and hands over in the authenticated talk. Each code is good once: the step it is of is in the entry that let somebody in, and
//! no code of that step or an earlier one is taken again (RFC 6238, 5.2).

use totp_rs::{Builder, Totp};

/// Digits of a code.
const DIGITS: u8 = 8;
/// Seconds that a code is for.
const STEP: u64 = 60;

fn codes(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_digits(DIGITS)
        .with_step_duration(STEP)
        .with_skew(1)
        .with_secret(secret.to_vec())
        .build()
        .ok()
}

/// The step, counted from 1970, of a typed code; `None` if it is none of now, which is in seconds since 1970.
pub fn step_of(secret: &[u8], typed: &str, now: u64) -> Option<u64> {
    codes(secret)?.check(typed, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_TEXT: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_good_for_their_step_and_one_either_side() {
        // RFC 4226, appendix D: counter 1 of this secret is ...94287082, counter 2 is ...37359152.
        let at = STEP;
        assert_eq!(step_of(SECRET_TEXT, "94287082", at), Some(1));
        assert_eq!(step_of(SECRET_TEXT, "94287082", at + STEP), Some(1));
        assert_eq!(step_of(SECRET_TEXT, "94287082", at + 2 * STEP), None);
        assert_eq!(step_of(SECRET_TEXT, "37359152", at), Some(2));
        assert_eq!(step_of(SECRET_TEXT, "00000000", at), None);
        assert_eq!(step_of(SECRET_TEXT, "", at), None);
    }

    #[test]
    fn a_secret_that_is_too_short_makes_no_codes() {
        assert_eq!(step_of(b"short", "94287082", STEP), None);
    }
}
