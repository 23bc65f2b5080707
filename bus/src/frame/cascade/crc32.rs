//! CRC-32 as in ISO 3309 and IEEE 802.3: polynomial 04C11DB7 reflected, start and final value FFFFFFFF.

/// The check value of `parts`, one behind the other.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().copied().flatten() {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_nine_digits_is_the_published_one() {
        assert_eq!(crc32(&[b"12345", b"6789"]), 0xCBF4_3926);
    }
}
