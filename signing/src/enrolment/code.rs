//! The code that people compare: eight characters that stand for a whole request.

use std::fmt;

use sha2::{Digest, Sha256};

use super::request::EnrolmentRequest;

/// Crockford's base32 digits: no I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is hashed before the request's lines.
const LABEL: &[u8] = b"meterpost-enrolment-code/v1\0";

/// How often the hash is hashed again. Eight characters are 40 bits; somebody who wants another request with the same
/// code has to try 2^40 of them, and each try costs this many hashes.
const ROUNDS: u32 = 1 << 16;

/// The first 40 bits of a stretched SHA-256 over a request's lines, as eight base32 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnrolmentCode([u8; 8]);

impl EnrolmentCode {
    pub(super) fn of(request: &EnrolmentRequest) -> EnrolmentCode {
        let mut hash: [u8; 32] = Sha256::new()
            .chain_update(LABEL)
            .chain_update(request.lines())
            .finalize()
            .into();
        for _ in 0..ROUNDS {
            hash = Sha256::digest(hash).into();
        }
        let [a, b, c, d, e, ..] = hash;
        let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
        let mut code = [0; 8];
        for (place, digit) in code.iter_mut().enumerate() {
            let value = (bits >> (35 - 5 * place)) & 31;
            *digit = DIGITS[value as usize];
        }
        EnrolmentCode(code)
    }

    /// Whether this is the code that somebody typed. Case and hyphens do not matter, and letters that look like digits
    /// are read as those: O is 0, I and L are 1.
    pub fn matches(&self, typed: &str) -> bool {
        let read = typed
            .chars()
            .filter(|c| *c != '-')
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        read.eq(self.0.iter().copied().map(char::from))
    }
}

impl fmt::Display for EnrolmentCode {
    /// In two groups of four.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.iter().enumerate() {
            if place == 4 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*digit))?;
        }
        Ok(())
    }
}
