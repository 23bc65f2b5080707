use super::*;
use crate::frame::cjt188::Cjt188;
use crate::frame::dlt645::{self, Dlt645};
use crate::frame::gdw376::Gdw376;
use crate::frame::{cjt188, whole};
use proptest::prelude::*;

/// Reads the remaining amount of 341256789012.
const REQUEST: &str = "681290785634126811043335C333F916";
/// 123.45 yuan.
const ANSWER: &str = "681290785634126891083335C33378563433B216";
const WATER: &str = "68101802122020000001038105067416";
/// A transparent forward with REQUEST in it.
const FORWARD: &str = "68CA00CA00684B7101220802106100000100026B85641000681290785634126811043335C333F9160000000000000000\
                       0000000000000000C916";

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn scanner() -> Scanner {
    Scanner::new::<Dlt645>().and::<Cjt188>().and::<Gdw376>()
}

fn scan(mut scanner: Scanner, stream: &[u8]) -> Vec<Found> {
    let mut found = scanner.push(stream);
    found.extend(scanner.idle());
    assert_eq!(scanner.pending(), 0);
    found
}

fn frames(found: &[Found]) -> Vec<Vec<u8>> {
    let frame = |found: &Found| match found {
        Found::Frame { bytes, .. } => Some(bytes.clone()),
        _ => None,
    };
    found.iter().filter_map(frame).collect()
}

#[test]
fn any_number_of_preamble_bytes_is_passed_silently() {
    for count in [0, 1, 3, 4, 7, 40] {
        let stream = [vec![0xFE; count], hex(ANSWER)].concat();
        let expected = Found::Frame {
            protocol: Protocol::Dlt645,
            bytes: hex(ANSWER),
        };
        assert_eq!(scan(Scanner::new::<Dlt645>(), &stream), [expected]);
    }
}

#[test]
fn an_end_mark_inside_the_frame_does_not_end_it() {
    // The meter number, the data and the checksum all hold 16h.
    let address = dlt645::Address::from_digits("161616161616").unwrap();
    let mut ends_inside = 0;
    for value in 0..=u8::MAX {
        let data = vec![0x16u8.wrapping_sub(0x33); usize::from(value % 7)];
        let frame = dlt645::Frame::new(address, dlt645::Control(value), data)
            .unwrap()
            .encode();
        ends_inside += usize::from(frame[frame.len() - 2] == 0x16);
        assert_eq!(frames(&scan(Scanner::new::<Dlt645>(), &frame)), [frame]);
    }
    assert!(ends_inside > 0, "no frame had 16h as its checksum");
}

#[test]
fn a_doubled_start_mark_costs_one_byte() {
    let stream = [vec![0x68], hex(ANSWER)].concat();
    let found = scan(Scanner::new::<Dlt645>(), &stream);
    assert_eq!(frames(&found), [hex(ANSWER)]);
    assert_eq!(found[0], Found::Noise { bytes: 1 });
}

#[test]
fn an_echo_and_the_answer_are_two_frames() {
    let stream = [hex(REQUEST), hex(ANSWER)].concat();
    assert_eq!(
        frames(&scan(Scanner::new::<Dlt645>(), &stream)),
        [hex(REQUEST), hex(ANSWER)]
    );
}

#[test]
fn a_wrong_checksum_is_told_and_the_next_frame_is_found() {
    let mut spoilt = hex(ANSWER);
    let last = spoilt.len() - 2;
    spoilt[last] ^= 0xFF;
    let found = scan(Scanner::new::<Dlt645>(), &[spoilt, hex(ANSWER)].concat());
    let error = FrameError::Checksum {
        expected: 0xB2,
        found: 0x4D,
    };
    let protocol = Protocol::Dlt645;
    assert_eq!(found[0], Found::Spoilt { protocol, error });
    assert_eq!(found[1], Found::Noise { bytes: 20 });
    assert_eq!(frames(&found), [hex(ANSWER)]);
}

#[test]
fn a_wrong_end_mark_is_told() {
    let mut spoilt = hex(ANSWER);
    *spoilt.last_mut().unwrap() = 0x17;
    let found = scan(Scanner::new::<Dlt645>(), &spoilt);
    let error = FrameError::EndMark { found: 0x17 };
    let protocol = Protocol::Dlt645;
    assert_eq!(found[0], Found::Spoilt { protocol, error });
}

#[test]
fn half_a_frame_before_a_good_one_is_given_up_when_the_line_is_quiet() {
    let mut lost = hex(ANSWER);
    lost[9] = 0xFF;
    let mut scanner = Scanner::new::<Dlt645>();
    let stream = [lost, hex(ANSWER)].concat();
    assert_eq!(scanner.push(&stream), []);
    assert_eq!(frames(&scanner.idle()), [hex(ANSWER)]);
}

#[test]
fn three_protocols_share_one_line() {
    let stream = [hex(WATER), vec![0x00, 0x55], hex(FORWARD), hex(ANSWER)].concat();
    let found = scan(scanner(), &stream);
    assert_eq!(frames(&found), [hex(WATER), hex(FORWARD), hex(ANSWER)]);
    assert_eq!(found[1], Found::Noise { bytes: 2 });
}

#[test]
fn the_frame_inside_a_forward_is_not_taken_for_one_on_the_line() {
    let mut scanner = scanner();
    let mut found = Vec::new();
    for byte in hex(FORWARD) {
        found.extend(scanner.push(&[byte]));
    }
    assert_eq!(frames(&found), [hex(FORWARD)]);
}

#[test]
fn endless_start_marks_neither_fill_the_memory_nor_hang() {
    let mut scanner = Scanner::new::<Dlt645>().and::<Cjt188>();
    for _ in 0..100 {
        scanner.push(&[0x68; 100]);
        assert!(scanner.pending() <= Dlt645::LONGEST.max(Cjt188::LONGEST));
    }
    scanner.idle();
    assert_eq!(scanner.pending(), 0);
}

/// Noise that likes the bytes a scanner stumbles over; without preamble bytes, which are not counted.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        Just(0x68),
        Just(0x16),
        Just(0x00),
        Just(0x0C),
        0u8..0xFE,
        Just(0xFF)
    ];
    proptest::collection::vec(byte, 0..60)
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let data = proptest::collection::vec(any::<u8>(), 0..=255);
    (any::<bool>(), any::<[u8; 8]>(), any::<u8>(), data).prop_map(
        |(electricity, address, control, data)| {
            let [kind, a @ ..] = address;
            let [b, c, d, e, f, g, _] = a;
            if electricity {
                let address = dlt645::Address::from_wire([b, c, d, e, f, g]);
                dlt645::Frame::new(address, dlt645::Control(control), data)
                    .unwrap()
                    .encode()
            } else {
                let address = cjt188::Address::from_wire(kind, a);
                cjt188::Frame::new(address, cjt188::Control(control), data)
                    .unwrap()
                    .encode()
            }
        },
    )
}

/// Pushes the stream cut at these sizes.
fn scan_in_chunks(stream: &[u8], sizes: &[usize]) -> Vec<Found> {
    let mut scanner = scanner();
    let mut found = Vec::new();
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, after) = rest.split_at((*size).min(rest.len()));
        found.extend(scanner.push(chunk));
        rest = after;
    }
    found.extend(scanner.idle());
    found
}

proptest! {
    #[test]
    fn how_the_stream_is_cut_makes_no_difference(
        before in noise(), frame in any_frame(), after in noise(),
        sizes in proptest::collection::vec(1usize..40, 1..8),
    ) {
        let stream = [before, frame, after].concat();
        prop_assert_eq!(scan_in_chunks(&stream, &sizes), scan(scanner(), &stream));
    }

    #[test]
    fn a_frame_in_noise_is_found(before in noise(), frame in any_frame(), after in noise()) {
        let stream = [before.clone(), frame.clone(), after].concat();
        let found = frames(&scan(scanner(), &stream));
        // Noise may happen to be a sound frame that reaches into the real one: then that one is rightly found instead.
        let range = before.len()..before.len() + frame.len();
        let overlapped = found.iter().any(|other| {
            let sound = whole::<Dlt645>(other).is_ok() || whole::<Cjt188>(other).is_ok() || whole::<Gdw376>(other).is_ok();
            let places = stream.windows(other.len()).enumerate().filter(|(_, window)| window == other);
            sound && places.into_iter().any(|(at, _)| {
                at != range.start && at < range.end && at + other.len() > range.start
            })
        });
        prop_assert!(found.contains(&frame) || overlapped);
    }

    #[test]
    fn every_byte_is_accounted_for(before in noise(), frame in any_frame(), after in noise()) {
        let stream = [before, frame, after].concat();
        let preamble = stream.iter().filter(|&&byte| byte == PREAMBLE).count();
        let counted: usize = scan(scanner(), &stream).iter().map(|found| match found {
            Found::Frame { bytes, .. } => bytes.len(),
            Found::Noise { bytes } => *bytes,
            Found::Spoilt { .. } => 0,
        }).sum();
        prop_assert!(counted <= stream.len() && counted + preamble >= stream.len());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        scan(scanner(), &bytes);
    }
}
