//! M-Bus under everything a wire does. It has a scanner of its own, for the lone byte `E5` is a frame there.

mod robust;

use meterpost_bus::decode::decode;
use meterpost_bus::frame::mbus::record::Records;
use meterpost_bus::frame::mbus::{Frame, Mbus, answer};
use meterpost_bus::frame::scan::Scanner;
use meterpost_bus::frame::{FrameError, Protocol, whole};
use robust::{Random, frames};

/// The M-Bus frames of the collection.
fn golden() -> Vec<Vec<u8>> {
    let rows = include_str!("frames.tsv").lines().filter_map(|line| {
        let mut columns = line.split('\t');
        (columns.next()? == "mbus" && columns.nth(1)? == "OK").then_some(())?;
        hex::decode(columns.next()?).ok()
    });
    let rows: Vec<Vec<u8>> = rows.collect();
    assert!(rows.len() > 10, "the collection has shrunk");
    rows
}

fn scan(stream: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut scanner = Scanner::new::<Mbus>();
    let mut found = Vec::new();
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*size).min(rest.len()));
        found.extend(scanner.push(piece));
        rest = after;
    }
    found.extend(scanner.idle());
    assert_eq!(scanner.pending(), 0);
    frames(found).into_iter().map(|(_, bytes)| bytes).collect()
}

/// The rules of the link layer a second time, in the plainest form (EN 13757-2, 5.4).
fn sound_length(bytes: &[u8]) -> Option<usize> {
    let (from, total) = match bytes {
        [0xE5, ..] => return Some(1),
        [0x10, ..] => (1, 5),
        [0x68, a, b, 0x68, ..] if a == b && *a >= 3 => (4, 6 + usize::from(*a)),
        _ => return None,
    };
    let content = bytes.get(from..total - 2)?;
    let sum = content
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    (bytes.get(total - 2..total)? == [sum, 0x16]).then_some(total)
}

fn expected(stream: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < stream.len() {
        match sound_length(&stream[at..]) {
            Some(length) => {
                found.push(stream[at..at + length].to_vec());
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

#[test]
fn prefixes_pairs_and_lost_or_changed_bytes_leave_exactly_what_is_sound() {
    let all = golden();
    for first in &all {
        for second in &all {
            let both = [first.as_slice(), second].concat();
            assert_eq!(scan(&both, &[1]), [first.clone(), second.clone()]);
        }
        for place in 0..first.len() {
            let prefix = &first[..place];
            assert_eq!(scan(prefix, &[3]), expected(prefix));
            let lost = [prefix, &first[place + 1..], first].concat();
            assert_eq!(scan(&lost, &[64]), expected(&lost));
        }
    }
}

#[test]
fn every_changed_byte_is_noticed() {
    let mut changes = 0;
    for frame in golden() {
        let mut bytes = frame.clone();
        for place in 0..frame.len() {
            for other in (0..=u8::MAX).filter(|value| *value != frame[place]) {
                bytes[place] = other;
                changes += 1;
                assert_eq!(scan(&bytes, &[7]), expected(&bytes));
                let judged = whole::<Mbus>(&bytes);
                // The acknowledgement is one byte without a check: any other byte is none.
                assert!(
                    judged.is_err(),
                    "{other:02X} at {place} of {}",
                    hex::encode(&frame)
                );
                assert!(decode(Protocol::Mbus, &bytes).is_err());
            }
            bytes[place] = frame[place];
        }
    }
    assert!(changes > 60_000, "{changes}");
}

#[test]
fn noise_however_the_stream_is_cut_hides_no_sound_frame() {
    let all = golden();
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let mut stream = random.noise(20);
        for _ in 0..3 {
            stream.extend(&all[random.below(all.len())]);
            stream.extend(random.noise(8));
        }
        let found = expected(&stream);
        assert_eq!(scan(&stream, &[usize::MAX]), found, "seed {seed}");
        assert_eq!(scan(&stream, &[1]), found, "seed {seed}");
        let sizes: Vec<usize> = (0..5).map(|_| 1 + random.below(30)).collect();
        assert_eq!(scan(&stream, &sizes), found, "seed {seed} in {sizes:?}");
    }
}

/// Reads everything there is to read in one frame.
fn read(bytes: &[u8]) {
    let _ = decode(Protocol::Mbus, bytes);
    let Ok(frame) = Frame::parse(bytes) else {
        return;
    };
    assert_eq!(frame.encode().as_deref(), Ok(bytes));
    let _ = answer::parse(&frame);
    let _ = answer::belongs(bytes, bytes);
}

#[test]
fn any_content_under_a_right_sum_is_explained_or_refused() {
    for frame in golden().into_iter().filter(|frame| frame.len() > 9) {
        let end = frame.len() - 2;
        for place in 4..end {
            let mut bytes = frame.clone();
            for other in 0..=u8::MAX {
                bytes[place] = other;
                bytes[end] = bytes[4..end]
                    .iter()
                    .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
                read(&bytes);
            }
        }
        // Broken off anywhere, the length told right.
        for length in 3..end - 4 {
            let content = &frame[4..4 + length];
            let sum = content
                .iter()
                .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            let head = [0x68, length as u8, length as u8, 0x68];
            read(&[&head, content, &[sum, 0x16]].concat());
        }
    }
}

#[test]
fn records_of_any_bytes_end() {
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let bytes = random.noise(80);
        let (high_first, most) = (random.below(2) == 1, bytes.len() + 1);
        let records = Records::new(&bytes, high_first).take(most + 1).count();
        assert!(records <= most, "seed {seed}: more records than bytes");
    }
}

#[test]
fn a_frame_of_a_meter_wire_is_none_of_mbus() {
    for frame in robust::golden() {
        let judged = whole::<Mbus>(&frame.bytes);
        assert!(
            matches!(
                judged,
                Err(FrameError::LengthCopies { .. } | FrameError::BadStart { .. })
            ),
            "{}: {judged:?}",
            frame.meaning
        );
    }
}
