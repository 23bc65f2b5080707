//! Number formats the protocols share: byte sums, packed decimals, exact decimal text.

use std::fmt::Write as _;

/// The sum of all bytes modulo 256: the checksum of DL/T 645, CJ/T 188 and Q/GDW 376.1.
pub fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}

/// Packed decimal digits (BCD) with the low byte first, as an integer. `None` if a half byte is not a digit or there are
/// more than nine bytes.
pub fn bcd_to_u64(low_first: &[u8]) -> Option<u64> {
    if low_first.len() > 9 {
        return None;
    }
    low_first.iter().rev().try_fold(0u64, |value, &byte| {
        let (high, low) = (u64::from(byte >> 4), u64::from(byte & 0x0F));
        (high < 10 && low < 10).then_some(value * 100 + high * 10 + low)
    })
}

/// An integer as `N` bytes of packed decimal digits, low byte first. `None` if it has more than `2 * N` digits.
pub fn u64_to_bcd<const N: usize>(mut value: u64) -> Option<[u8; N]> {
    let mut out = [0; N];
    for byte in &mut out {
        let pair = (value % 100) as u8;
        *byte = ((pair / 10) << 4) | (pair % 10);
        value /= 100;
    }
    (value == 0).then_some(out)
}

/// An unsigned binary number with the low byte first, of at most eight bytes.
pub fn le_to_u64(low_first: &[u8]) -> Option<u64> {
    (low_first.len() <= 8).then(|| {
        low_first
            .iter()
            .rev()
            .fold(0, |value, &byte| (value << 8) | u64::from(byte))
    })
}

/// Digits of a number whose bytes come low byte first, high digit first. Half bytes that are no digits show as `A` to `F`.
pub fn digits(low_first: &[u8]) -> String {
    low_first
        .iter()
        .rev()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        })
}

/// Bytes as hex digits in the order they are given.
pub fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

/// `value` with its last `places` digits behind a decimal point: an exact decimal, never rounded.
pub fn decimal(value: u64, places: u32) -> String {
    if places == 0 {
        return value.to_string();
    }
    let width = places as usize + 1;
    let digits = format!("{value:0width$}");
    let (whole, fraction) = digits.split_at(digits.len() - places as usize);
    format!("{whole}.{fraction}")
}

/// Bytes from `at`, `count` of them, or `None` where there are not so many.
pub fn take(bytes: &[u8], at: usize, count: usize) -> Option<&[u8]> {
    bytes.get(at..at.checked_add(count)?)
}

/// The same as [`take`], as an array.
pub fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    take(bytes, at, N)?.try_into().ok()
}

/// Parts one behind the other as an array. Parts beyond `N` bytes are cut off, missing bytes are zero: layouts of a fixed
/// length have a test that they come back.
pub fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    out
}

/// Whether all bytes are the same one of the fillers meters send for "I have no such value".
pub fn is_filler(bytes: &[u8], fillers: &[u8]) -> bool {
    fillers
        .iter()
        .any(|filler| !bytes.is_empty() && bytes.iter().all(|byte| byte == filler))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact_and_keep_leading_zeros_behind_the_point() {
        assert_eq!(decimal(12345, 2), "123.45");
        assert_eq!(decimal(5, 2), "0.05");
        assert_eq!(decimal(0, 3), "0.000");
        assert_eq!(decimal(7, 0), "7");
    }

    #[test]
    fn a_half_byte_above_nine_is_no_number() {
        assert_eq!(bcd_to_u64(&[0x1A]), None);
        assert_eq!(bcd_to_u64(&[0xA1]), None);
        assert_eq!(bcd_to_u64(&[0; 10]), None);
    }

    #[test]
    fn a_number_with_too_many_digits_is_refused() {
        assert_eq!(u64_to_bcd::<2>(9999), Some([0x99, 0x99]));
        assert_eq!(u64_to_bcd::<2>(10_000), None);
    }

    proptest! {
        #[test]
        fn packed_decimals_come_back(value in 0u64..100_000_000) {
            let packed = u64_to_bcd::<4>(value).unwrap();
            prop_assert_eq!(bcd_to_u64(&packed), Some(value));
        }
    }
}
