//! BER-TLV as cards speak it (ISO 7816-4:2020, 6.3). Pure.
//!
//! Strict where a card could mislead: a length beyond the end, an indefinite length, a tag of more than three bytes and bytes
//! behind the last element are errors. A length in more bytes than it needs is allowed, as in the standard.

/// Tags of more bytes than this are in no card's standard.
const LONGEST_TAG: usize = 3;
/// Bytes of a length behind 81, 82 or 83.
const LONGEST_LENGTH: usize = 3;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag with all its bytes, high byte first: 0x53, 0x7F49.
    pub tag: u32,
    /// The value.
    pub value: &'a [u8],
}

/// Why bytes are no TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    /// They end inside an element.
    #[error("the data ends inside an element")]
    CutOff,
    /// A tag of more than three bytes.
    #[error("a tag is too long")]
    Tag,
    /// An indefinite length, or one of more than three bytes.
    #[error("a length cannot be read")]
    Length,
    /// Something else than the element that should be there.
    #[error("the element {0:X} is missing")]
    Missing(u32),
    /// More than that element.
    #[error("bytes behind the last element")]
    Trailing,
}

/// The first element, and what follows it.
///
/// # Errors
/// When the bytes do not begin with a whole element.
pub fn read(bytes: &[u8]) -> Result<(Tlv<'_>, &[u8]), TlvError> {
    let (tag, rest) = read_tag(bytes)?;
    let (length, rest) = read_length(rest)?;
    let value = rest.get(..length).ok_or(TlvError::CutOff)?;
    Ok((Tlv { tag, value }, &rest[length..]))
}

fn read_tag(bytes: &[u8]) -> Result<(u32, &[u8]), TlvError> {
    let (&first, mut rest) = bytes.split_first().ok_or(TlvError::CutOff)?;
    let mut tag = u32::from(first);
    if first & 0x1F != 0x1F {
        return Ok((tag, rest));
    }
    for _ in 1..LONGEST_TAG {
        let (&next, behind) = rest.split_first().ok_or(TlvError::CutOff)?;
        tag = tag << 8 | u32::from(next);
        rest = behind;
        if next & 0x80 == 0 {
            return Ok((tag, rest));
        }
    }
    Err(TlvError::Tag)
}

fn read_length(bytes: &[u8]) -> Result<(usize, &[u8]), TlvError> {
    let (&first, rest) = bytes.split_first().ok_or(TlvError::CutOff)?;
    if first < 0x80 {
        return Ok((usize::from(first), rest));
    }
    let count = usize::from(first & 0x7F);
    if !(1..=LONGEST_LENGTH).contains(&count) {
        return Err(TlvError::Length);
    }
    let digits = rest.get(..count).ok_or(TlvError::CutOff)?;
    let length = digits
        .iter()
        .fold(0, |sum, &digit| sum << 8 | usize::from(digit));
    Ok((length, &rest[count..]))
}

/// All elements of a text that is nothing but elements.
///
/// # Errors
/// When it is not.
pub fn read_all(bytes: &[u8]) -> Result<Vec<Tlv<'_>>, TlvError> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (tlv, behind) = read(rest)?;
        found.push(tlv);
        rest = behind;
    }
    Ok(found)
}

/// The value of the one element that the bytes are.
///
/// # Errors
/// When they are another element, or more than one.
pub fn only(bytes: &[u8], tag: u32) -> Result<&[u8], TlvError> {
    let (tlv, rest) = read(bytes)?;
    if tlv.tag != tag {
        return Err(TlvError::Missing(tag));
    }
    if !rest.is_empty() {
        return Err(TlvError::Trailing);
    }
    Ok(tlv.value)
}

/// The value of the first element of this tag among the elements that the bytes are.
///
/// # Errors
/// When there is none, or when the bytes are not elements.
pub fn find(bytes: &[u8], tag: u32) -> Result<&[u8], TlvError> {
    let found = read_all(bytes)?.into_iter().find(|tlv| tlv.tag == tag);
    found.map(|tlv| tlv.value).ok_or(TlvError::Missing(tag))
}

/// Appends an element, its length in as few bytes as it needs.
pub fn write(out: &mut Vec<u8>, tag: u32, value: &[u8]) {
    push_number(out, tag);
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    if length >= 0x80 {
        let digits = 4 - length.leading_zeros() / 8;
        // At most four.
        out.push(0x80 | digits as u8);
    }
    push_number(out, length);
    out.extend_from_slice(value);
}

/// High byte first, without leading zeros.
fn push_number(out: &mut Vec<u8>, number: u32) {
    let bytes = number.to_be_bytes();
    let skip = (number.leading_zeros() / 8).min(3) as usize;
    out.extend_from_slice(&bytes[skip..]);
}

/// One element.
pub fn element(tag: u32, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 8);
    write(&mut out, tag, value);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_and_lengths_of_every_size_are_read() {
        assert_eq!(only(&[0x53, 0x01, 0xAA], 0x53), Ok(&[0xAA][..]));
        assert_eq!(only(&[0x5F, 0x2F, 0x01, 0xAA], 0x5F2F), Ok(&[0xAA][..]));
        assert_eq!(only(&[0x53, 0x81, 0x01, 0xAA], 0x53), Ok(&[0xAA][..]));
        assert_eq!(only(&[0x53, 0x82, 0x00, 0x01, 0xAA], 0x53), Ok(&[0xAA][..]));
        let long = element(0x53, &[7; 300]);
        assert_eq!(long[..4], [0x53, 0x82, 0x01, 0x2C]);
        assert_eq!(only(&long, 0x53).unwrap().len(), 300);
        assert_eq!(element(0x7F49, &[]), [0x7F, 0x49, 0x00]);
    }

    #[test]
    fn what_is_cut_off_overlong_indefinite_or_followed_is_an_error() {
        assert_eq!(read(&[]), Err(TlvError::CutOff));
        assert_eq!(read(&[0x53]), Err(TlvError::CutOff));
        assert_eq!(read(&[0x53, 0x05, 0x01]), Err(TlvError::CutOff));
        assert_eq!(read(&[0x53, 0x83, 0xFF, 0xFF, 0xFF]), Err(TlvError::CutOff));
        assert_eq!(read(&[0x53, 0x80, 0x00, 0x00]), Err(TlvError::Length));
        assert_eq!(read(&[0x53, 0x84, 0, 0, 0, 1, 0xAA]), Err(TlvError::Length));
        assert_eq!(read(&[0x1F, 0x81, 0x82, 0x01, 0]), Err(TlvError::Tag));
        assert_eq!(only(&[0x53, 0x00, 0x00], 0x53), Err(TlvError::Trailing));
        assert_eq!(only(&[0x54, 0x00], 0x53), Err(TlvError::Missing(0x53)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(found) = read_all(&bytes) {
                let total: usize = found.iter().map(|tlv| tlv.value.len() + 2).sum();
                prop_assert!(total <= bytes.len());
            }
            let _ = only(&bytes, 0x53);
            let _ = find(&bytes, 0x70);
        }

        #[test]
        fn what_is_written_is_read_again(tag in prop::sample::select(vec![0x53_u32, 0x5C, 0x7C, 0x7F49, 0x5FC101]), value in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let written = element(tag, &value);
            // 5FC101 is no tag of its own: C1 says that another byte follows, 01 ends it.
            prop_assert_eq!(only(&written, tag), Ok(&value[..]));
        }
    }
}
