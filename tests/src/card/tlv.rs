//! Just enough BER-TLV for a card, written apart from the terminal's.

/// A tag of one or two bytes, a length, a value; and what follows. `None` if the bytes are none.
pub(super) fn take(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (tag, rest) = match bytes {
        [first, second, rest @ ..] if first & 0x1F == 0x1F => {
            (u16::from_be_bytes([*first, *second]), rest)
        }
        [first, rest @ ..] => (u16::from(*first), rest),
        [] => return None,
    };
    let (length, rest) = match rest {
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length @ 0..=0x7F, rest @ ..] => (usize::from(*length), rest),
        _ => return None,
    };
    (rest.len() >= length).then(|| (tag, &rest[..length], &rest[length..]))
}

/// All of them, as far as the bytes are some.
pub(super) fn list(mut bytes: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut found = Vec::new();
    while let Some((tag, value, rest)) = take(bytes) {
        found.push((tag, value.to_vec()));
        bytes = rest;
    }
    found
}

/// One of them.
pub(super) fn put(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match tag.to_be_bytes() {
        [0, low] => out.push(low),
        both => out.extend(both),
    }
    match value.len() {
        short @ 0..=0x7F => out.push(short as u8),
        middle @ 0x80..=0xFF => out.extend([0x81, middle as u8]),
        long => {
            out.push(0x82);
            out.extend((long as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    out
}
