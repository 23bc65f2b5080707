//! The golden frames, a scanner for everything at once, and a plain second opinion on what is a sound frame.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use meterpost_bus::frame::cjt188::Cjt188;
use meterpost_bus::frame::dlt645::Dlt645;
use meterpost_bus::frame::gdw376::Gdw376;
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::frame::{Protocol, without_preamble};

/// A sound frame of the collection, without its preamble.
#[derive(Clone, Debug)]
pub struct Golden {
    pub protocol: Protocol,
    pub bytes: Vec<u8>,
    pub meaning: &'static str,
}

/// All sound frames of the collection whose protocol has a scanner.
pub fn golden() -> Vec<Golden> {
    let row = |line: &'static str| {
        let mut columns = line.split('\t');
        let protocol = match columns.next()? {
            "645-2007" | "645-1997" => Protocol::Dlt645,
            "188" => Protocol::Cjt188,
            "376.1" => Protocol::Gdw376,
            _ => return None,
        };
        let sound = columns.nth(1)? == "OK";
        let bytes = hex::decode(columns.next()?).unwrap();
        sound.then_some(Golden {
            protocol,
            bytes: without_preamble(&bytes).to_vec(),
            meaning: columns.next()?,
        })
    };
    let rows: Vec<Golden> = include_str!("../frames.tsv")
        .lines()
        .filter_map(row)
        .collect();
    assert!(rows.len() > 100, "the collection has shrunk");
    rows
}

/// A scanner for all protocols.
pub fn scanner() -> Scanner {
    Scanner::new::<Dlt645>().and::<Cjt188>().and::<Gdw376>()
}

/// The frames in what a scanner found.
pub fn frames(found: Vec<Found>) -> Vec<(Protocol, Vec<u8>)> {
    let frame = |found| match found {
        Found::Frame { protocol, bytes } => Some((protocol, bytes)),
        _ => None,
    };
    found.into_iter().filter_map(frame).collect()
}

/// Scans a stream given in one piece; then the line goes quiet.
pub fn scan(stream: &[u8]) -> Vec<(Protocol, Vec<u8>)> {
    let mut scanner = scanner();
    let mut found = scanner.push(stream);
    found.extend(scanner.idle());
    assert_eq!(scanner.pending(), 0);
    frames(found)
}

/// Scans a stream cut into pieces of these sizes, taken in turn.
pub fn scan_in_pieces(stream: &[u8], sizes: &[usize]) -> Vec<(Protocol, Vec<u8>)> {
    let mut scanner = scanner();
    let mut found = Vec::new();
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*size).clamp(1, rest.len()));
        found.extend(scanner.push(piece));
        rest = after;
    }
    found.extend(scanner.idle());
    frames(found)
}

/// What must be found: at every place the shortest sound frame that begins there; the search goes on behind it.
///
/// The rules of the protocols are written here a second time, in the plainest form.
pub fn expected(stream: &[u8]) -> Vec<(Protocol, Vec<u8>)> {
    let mut frames = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        if stream[at] != 0x68 {
            at += 1;
            continue;
        }
        let shortest = PROTOCOLS
            .iter()
            .filter_map(|protocol| Some((sound_length(*protocol, &stream[at..])?, *protocol)))
            .min_by_key(|(length, _)| *length);
        match shortest {
            Some((length, protocol)) => {
                frames.push((protocol, stream[at..at + length].to_vec()));
                at += length;
            }
            None => at += 1,
        }
    }
    frames
}

const PROTOCOLS: [Protocol; 3] = [Protocol::Dlt645, Protocol::Cjt188, Protocol::Gdw376];

/// The length of the sound frame of this protocol that begins at the first byte.
pub fn sound_length(protocol: Protocol, bytes: &[u8]) -> Option<usize> {
    let at = |place: usize| bytes.get(place).copied();
    if at(0)? != 0x68 {
        return None;
    }
    let (summed_from, length) = match protocol {
        Protocol::Dlt645 if at(7)? == 0x68 => (0, 12 + usize::from(at(9)?)),
        Protocol::Cjt188 => (0, 13 + usize::from(at(10)?)),
        Protocol::Gdw376 if at(5)? == 0x68 && at(1)? == at(3)? && at(2)? == at(4)? => {
            let user_data = usize::from(u16::from_le_bytes([at(1)?, at(2)?]) >> 2);
            (user_data >= 8).then_some((6, 8 + user_data))?
        }
        _ => return None,
    };
    let sum = bytes
        .get(summed_from..length - 2)?
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    (at(length - 2)? == sum && at(length - 1)? == 0x16).then_some(length)
}

/// Puts the right checksum on a changed frame.
pub fn reseal(protocol: Protocol, frame: &mut [u8]) {
    let from = if protocol == Protocol::Gdw376 { 6 } else { 0 };
    let end = frame.len() - 2;
    frame[end] = frame[from..end]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
}

/// Pseudo-random numbers that are the same everywhere (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Noise that likes the bytes a scanner stumbles over.
    pub fn noise(&mut self, longest: usize) -> Vec<u8> {
        let count = self.below(longest + 1);
        (0..count)
            .map(|_| match self.below(8) {
                0 => 0x68,
                1 => 0x16,
                2 => 0xFE,
                3 => 0x00,
                _ => self.next() as u8,
            })
            .collect()
    }
}
