//! The scanner under everything a wire does to the frames of the collection: what it finds is exactly what is sound.
//!
//! "Exactly" is judged by a second, plain implementation of the protocols' rules (`robust/mod.rs`).

mod robust;

use meterpost_bus::frame::Protocol;
use robust::{Golden, Random, expected, frames, golden, scan, scan_in_pieces, scanner};

#[test]
fn of_a_prefix_nothing_is_found_but_a_whole_frame_inside_it() {
    for frame in golden() {
        for length in 0..frame.bytes.len() {
            let prefix = &frame.bytes[..length];
            let found = scan(prefix);
            assert_eq!(
                found,
                expected(prefix),
                "{} bytes of {}",
                length,
                frame.meaning
            );
            // Only a transparent forward has a frame inside, and only once that one is complete.
            assert!(found.is_empty() || frame.protocol == Protocol::Gdw376);
        }
    }
}

#[test]
fn a_prefix_that_is_followed_by_a_frame_costs_that_frame_nothing() {
    let answer = hex::decode("681290785634126891083335C33378563433B216").unwrap();
    let mut swallowed = 0;
    for frame in golden() {
        for length in 0..frame.bytes.len() {
            let stream = [&frame.bytes[..length], &answer].concat();
            let found = scan(&stream);
            assert_eq!(found, expected(&stream));
            if found.last() != Some(&(Protocol::Dlt645, answer.clone())) {
                // The sum of Q/GDW 376.1 leaves its header out, so its header before a meter's frame of the right length makes
                // a sound frame with the meter's checksum. The two protocols never share a line.
                assert_eq!(
                    (frame.protocol, length),
                    (Protocol::Gdw376, 6),
                    "{}",
                    frame.meaning
                );
                swallowed += 1;
            }
        }
    }
    assert!(swallowed > 0, "the remark above is out of date");
}

/// All 255 other values at each place of every frame of a protocol, with a sound frame behind.
fn change_every_byte(protocol: Protocol) -> usize {
    let next = hex::decode("6812907856341268D101358D16").unwrap();
    let mut changes = 0;
    for frame in golden().iter().filter(|frame| frame.protocol == protocol) {
        let mut stream = [frame.bytes.as_slice(), &next].concat();
        for place in 0..frame.bytes.len() {
            let right = stream[place];
            for other in (0..=u8::MAX).filter(|value| *value != right) {
                stream[place] = other;
                let found = scan(&stream);
                assert!(
                    found == expected(&stream),
                    "{other:02X} at {place} of {}: {found:02X?}",
                    frame.meaning
                );
                assert!(
                    found.first().is_none_or(|(_, bytes)| bytes.len() != frame.bytes.len()
                        || *bytes == next),
                    "{other:02X} at {place} of {} was taken for a frame",
                    frame.meaning
                );
                changes += 1;
            }
            stream[place] = right;
        }
    }
    changes
}

#[test]
fn every_changed_byte_of_dlt645_is_noticed() {
    assert!(change_every_byte(Protocol::Dlt645) > 250_000);
}

#[test]
fn every_changed_byte_of_cjt188_is_noticed() {
    assert!(change_every_byte(Protocol::Cjt188) > 150_000);
}

#[test]
fn every_changed_byte_of_gdw376_is_noticed() {
    assert!(change_every_byte(Protocol::Gdw376) > 300_000);
}

#[test]
fn every_pair_of_frames_glued_together_is_two_frames() {
    let all = golden();
    for first in &all {
        for second in &all {
            let stream = [first.bytes.as_slice(), &second.bytes].concat();
            let both = [first, second].map(|frame| (frame.protocol, frame.bytes.clone()));
            assert_eq!(
                scan(&stream),
                both,
                "{} / {}",
                first.meaning,
                second.meaning
            );
        }
    }
}

#[test]
fn an_echo_is_one_frame_more_and_half_an_echo_is_none() {
    for frame in golden() {
        let whole = (frame.protocol, frame.bytes.clone());
        let echoed = [frame.bytes.as_slice(), &frame.bytes].concat();
        assert_eq!(scan(&echoed), [whole.clone(), whole.clone()]);
        // The adapter was switched over too late: the end of the echo comes before the answer.
        for lost in 1..frame.bytes.len() {
            let stream = [&frame.bytes[lost..], &frame.bytes].concat();
            let found = scan(&stream);
            assert_eq!(found, expected(&stream));
            assert_eq!(
                found.last(),
                Some(&whole),
                "{lost} bytes of the echo lost: {}",
                frame.meaning
            );
        }
    }
}

#[test]
fn a_lost_or_doubled_byte_spoils_one_frame_only() {
    let next = hex::decode("68101802122020000001038105067416").unwrap();
    for frame in golden() {
        for place in 0..frame.bytes.len() {
            let (before, after) = frame.bytes.split_at(place);
            let lost = [before, &after[1..], &next].concat();
            let doubled = [before, &after[..1], after, &next].concat();
            for stream in [lost, doubled] {
                let found = scan(&stream);
                assert_eq!(
                    found,
                    expected(&stream),
                    "place {place} of {}",
                    frame.meaning
                );
                assert_eq!(found.last(), Some(&(Protocol::Cjt188, next.clone())));
            }
        }
    }
}

#[test]
fn noise_before_between_and_inside_hides_no_sound_frame_however_the_stream_is_cut() {
    let all = golden();
    let (mut sound, mut whole) = (0, 0);
    for seed in 0..3_000 {
        let mut random = Random(seed);
        let mut stream = random.noise(30);
        for _ in 0..=random.below(4) {
            let Golden { bytes, .. } = &all[random.below(all.len())];
            let mut bytes = bytes.clone();
            if random.below(3) == 0 {
                let place = random.below(bytes.len());
                bytes.splice(place..place, random.noise(6));
            }
            stream.extend(bytes);
            stream.extend(random.noise(12));
        }
        let sizes: Vec<usize> = (0..7).map(|_| 1 + random.below(40)).collect();
        let found = scan(&stream);
        assert_eq!(found, expected(&stream), "seed {seed}");
        assert_eq!(
            found,
            scan_in_pieces(&stream, &sizes),
            "seed {seed} in {sizes:?}"
        );
        assert_eq!(
            found,
            scan_in_pieces(&stream, &[1]),
            "seed {seed} byte by byte"
        );
        sound += found.len();
        whole += usize::from(!found.is_empty());
    }
    assert!(
        sound > 3_000 && whole > 2_000,
        "the noise left nothing to find"
    );
}

#[test]
fn what_waits_is_bounded_by_the_longest_frame_of_any_protocol() {
    let all = golden();
    let mut random = Random(7);
    let mut scanner = scanner();
    for _ in 0..2_000 {
        let frame = &all[random.below(all.len())].bytes;
        frames(scanner.push(&frame[..random.below(frame.len()) + 1]));
        assert!(scanner.pending() <= 0x3FFF + 8);
    }
    scanner.idle();
    assert_eq!(scanner.pending(), 0);
}
