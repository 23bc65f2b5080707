//! Parameters of class 04 that are simply kept: what the meter begins with, what may be written, what a value must look like.

use std::collections::BTreeMap;

use crate::frame::dlt645::format::Format;
use crate::frame::dlt645::identifier::find;

/// Values by identifier, as they are on the wire.
pub(super) type Parameters = BTreeMap<u32, Vec<u8>>;

/// Numbers a meter begins with.
const NUMBERS: &[(u32, i64)] = &[
    (0x0400_0103, 15),
    (0x0400_0104, 1),
    (0x0400_0105, 80),
    (0x0400_0201, 2),
    (0x0400_0202, 2),
    (0x0400_0203, 4),
    (0x0400_0204, 4),
    (0x0400_0205, 0),
    (0x0400_0207, 0),
    (0x0400_0301, 10),
    (0x0400_0302, 5),
    (0x0400_0303, 2),
    (0x0400_0304, 4),
    (0x0400_0306, 1),
    (0x0400_0307, 1),
    (0x0400_0409, 1200),
    (0x0400_0F01, 0),
    (0x0400_0F02, 0),
    (0x0400_1001, 1_000),
    (0x0400_1002, 500),
    (0x0400_1202, 60),
    (0x0400_1401, 0),
];

/// Texts a meter begins with.
const TEXTS: &[(u32, &str)] = &[
    (0x0400_0403, "METERPOST EMULATED"),
    (0x0400_0404, "220V"),
    (0x0400_0405, "5A"),
    (0x0400_0406, "60A"),
    (0x0400_0407, "2.0"),
    (0x0400_040B, "EMULATED"),
    (0x0400_040C, "2026-11"),
    (0x0400_040D, "DL/T645-2007"),
    (
        0x0480_0001,
        concat!("meterpost-bus ", env!("CARGO_PKG_VERSION")),
    ),
];

/// Settlement days: the first of the month at midnight, the others not used.
const SETTLEMENTS: &[(u32, [u8; 2])] = &[
    (0x0400_0B01, [0x00, 0x01]),
    (0x0400_0B02, [0x99, 0x99]),
    (0x0400_0B03, [0x99, 0x99]),
];

/// The parameters of a new meter.
pub(super) fn factory() -> Parameters {
    let mut parameters = Parameters::new();
    for &(di, number) in NUMBERS {
        let value = find(di).and_then(|known| known.format.encode(number));
        parameters.extend(value.map(|value| (di, value)));
    }
    for &(di, text) in TEXTS {
        let width = find(di).map_or(0, |known| known.format.bytes());
        let mut value: Vec<u8> = text
            .bytes()
            .chain(std::iter::repeat(0))
            .take(width)
            .collect();
        value.reverse();
        parameters.insert(di, value);
    }
    for &(di, value) in SETTLEMENTS {
        parameters.insert(di, value.to_vec());
    }
    parameters
}

/// The settlement days as hour and day of the month.
pub(super) fn settlements(parameters: &Parameters) -> Vec<(u8, u8)> {
    let pair = |&(di, _): &(u32, [u8; 2])| match parameters.get(&di).map(Vec::as_slice) {
        Some(&[hour, day]) => Some((two_digits(hour)?, two_digits(day)?)),
        _ => None,
    };
    SETTLEMENTS.iter().filter_map(pair).collect()
}

fn two_digits(byte: u8) -> Option<u8> {
    crate::frame::bytes::bcd_to_u64(&[byte]).and_then(|value| u8::try_from(value).ok())
}

/// Whether an identifier is a parameter that a password may write: not the status words, not the passwords themselves.
pub(super) fn writable(di: u32) -> bool {
    di >> 24 == 0x04 && !matches!(di & 0xFFFF_FF00, 0x0400_0500 | 0x0400_0C00)
}

/// Whether a value has the length and the digits its identifier demands.
pub(super) fn fits(di: u32, value: &[u8]) -> bool {
    find(di).is_some_and(|known| {
        !known.block
            && value.len() == known.format.bytes()
            && (matches!(known.format, Format::Text { .. }) || known.format.text(value).is_ok())
    })
}
