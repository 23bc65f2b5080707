//! Packed decimal digits, low pair first, as both meter protocols send them.

/// `value` as `N` bytes of packed digits, low pair first; digits that do not fit are cut off at the high end.
pub fn encode<const N: usize>(value: u64) -> [u8; N] {
    let mut rest = value;
    std::array::from_fn(|_| {
        let pair = (rest % 100) as u8;
        rest /= 100;
        ((pair / 10) << 4) | (pair % 10)
    })
}

/// The number in `bytes`, or `None` where a half byte is no digit.
pub fn decode(bytes: &[u8]) -> Option<u64> {
    bytes.iter().rev().try_fold(0u64, |sum, byte| {
        let (high, low) = (byte >> 4, byte & 0x0F);
        (high < 10 && low < 10).then(|| sum * 100 + u64::from(high) * 10 + u64::from(low))
    })
}

/// A number written as digits, high first, as it goes on the wire: low pair first.
///
/// # Errors
/// Says what is wrong with the text.
pub fn address<const N: usize>(digits: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|error| format!("{digits:?} is not an address of {N} bytes: {error}"))?;
    bytes.reverse();
    Ok(bytes)
}

/// The digits, high first, of a number as it stands on the wire.
pub fn digits(wire: &[u8]) -> String {
    let mut bytes = wire.to_vec();
    bytes.reverse();
    hex::encode(bytes)
}
