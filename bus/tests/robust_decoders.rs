//! Every decoder on frames that are sound and say anything: it explains or refuses, and never panics.

mod robust;

use meterpost_bus::decode::decode;
use meterpost_bus::frame::{Protocol, cjt188, dlt645, gdw376};
use robust::{Random, golden, reseal};

/// Gives one frame to everything that reads frames of its protocol; what can be written again must be the same bytes.
fn read(protocol: Protocol, bytes: &[u8]) -> bool {
    let explained = decode(protocol, bytes);
    match protocol {
        Protocol::Dlt645 => {
            if let Ok(frame) = dlt645::Frame::parse(bytes) {
                assert_eq!(frame.encode(), bytes);
                let _ = dlt645::answer::parse(&frame);
            }
        }
        Protocol::Cjt188 => {
            if let Ok(frame) = cjt188::Frame::parse(bytes) {
                assert_eq!(frame.encode(), bytes);
                let _ = cjt188::answer::parse(&frame);
            }
        }
        Protocol::Gdw376 => {
            if let Ok(frame) = gdw376::Frame::decode(bytes) {
                assert_eq!(frame.encode().unwrap(), bytes);
                let _ = gdw376::units::split(frame.afn, frame.control.upward(), &frame.data);
            }
        }
        #[allow(unreachable_patterns, reason = "protocols are added")]
        other => panic!("{other} has no decoder here"),
    }
    explained.is_ok()
}

/// A sound frame with other content, and how many of them were explained.
fn with_every_byte_changed(protocol: Protocol) -> usize {
    let mut explained = 0;
    for frame in golden().iter().filter(|frame| frame.protocol == protocol) {
        let mut bytes = frame.bytes.clone();
        for place in 0..bytes.len() - 2 {
            let right = bytes[place];
            for other in 0..=u8::MAX {
                bytes[place] = other;
                reseal(protocol, &mut bytes);
                explained += usize::from(read(protocol, &bytes));
            }
            bytes[place] = right;
        }
    }
    explained
}

#[test]
fn any_content_of_dlt645_is_explained_or_refused() {
    assert!(with_every_byte_changed(Protocol::Dlt645) > 200_000);
}

#[test]
fn any_content_of_cjt188_is_explained_or_refused() {
    assert!(with_every_byte_changed(Protocol::Cjt188) > 100_000);
}

#[test]
fn any_content_of_gdw376_is_explained_or_refused() {
    assert!(with_every_byte_changed(Protocol::Gdw376) > 200_000);
}

/// The frame with `count` bytes of its content, sealed as if it were meant so.
fn shortened(protocol: Protocol, frame: &[u8], count: usize) -> Option<Vec<u8>> {
    let begin = match protocol {
        Protocol::Dlt645 => 10,
        Protocol::Cjt188 => 11,
        _ => 6,
    };
    let mut bytes = frame.get(..begin + count)?.to_vec();
    match protocol {
        Protocol::Dlt645 => bytes[9] = count as u8,
        Protocol::Cjt188 => bytes[10] = count as u8,
        _ => {
            let length = ((count as u16) << 2 | u16::from(frame[1] & 3)).to_le_bytes();
            bytes[1..3].copy_from_slice(&length);
            bytes[3..5].copy_from_slice(&length);
        }
    }
    bytes.extend([0, 0x16]);
    reseal(protocol, &mut bytes);
    Some(bytes)
}

#[test]
fn content_that_breaks_off_anywhere_is_explained_or_refused() {
    let mut random = Random(1);
    for frame in golden() {
        for count in 0..frame.bytes.len() {
            let Some(bytes) = shortened(frame.protocol, &frame.bytes, count) else {
                continue;
            };
            read(frame.protocol, &bytes);
            // And with other values in what is left.
            for _ in 0..20 {
                let mut bytes = bytes.clone();
                let last = bytes.len() - 2;
                for byte in &mut bytes[last.saturating_sub(count)..last] {
                    if random.below(4) == 0 {
                        *byte = random.next() as u8;
                    }
                }
                reseal(frame.protocol, &mut bytes);
                read(frame.protocol, &bytes);
            }
        }
    }
}

#[test]
fn a_frame_of_another_protocol_is_refused() {
    let protocols = [Protocol::Dlt645, Protocol::Cjt188, Protocol::Gdw376];
    for frame in golden() {
        for protocol in protocols {
            assert_eq!(
                read(protocol, &frame.bytes),
                protocol == frame.protocol,
                "{} as {protocol}",
                frame.meaning
            );
        }
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_refused_with_a_reason() {
    for frame in golden() {
        let mut bytes = frame.bytes.clone();
        for length in 0..bytes.len() {
            let error = decode(frame.protocol, &bytes[..length]).unwrap_err();
            assert!(!error.to_string().is_empty());
        }
        for place in 0..bytes.len() {
            let right = bytes[place];
            for other in (0..=u8::MAX).filter(|value| *value != right) {
                bytes[place] = other;
                assert!(
                    decode(frame.protocol, &bytes).is_err(),
                    "{other:02X} at {place} of {}",
                    frame.meaning
                );
            }
            bytes[place] = right;
        }
    }
}
