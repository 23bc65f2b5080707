//! What concentrators say to each other, under everything a wire does: a message arrives as it was said or not at all, and
//! meters' frames beside it stay what they are.

mod robust;

use std::slice;
use std::time::Duration;

use meterpost_bus::frame::Protocol;
use meterpost_bus::frame::cascade::{
    Assembler, Body, NodeId, Operation, Packet, Request, RequestId, Standing, Version,
};
use robust::{Random, expected, golden, reseal, scan};

fn node(number: u16) -> NodeId {
    NodeId::new(number).unwrap()
}

fn packet(body: Body) -> Packet {
    Packet {
        to: Some(node(3)),
        from: node(2),
        standing: Standing {
            term: 0x0102,
            distance: 2,
            rank: 10,
        },
        body,
    }
}

/// A request that carries a frame of so many bytes for a meter.
fn request(length: usize) -> Packet {
    packet(Body::Request(Request {
        id: RequestId {
            origin: node(1),
            boot: 0x1234_5678,
            number: 7,
        },
        repeated: false,
        hops: 4,
        remaining: Duration::from_secs(9),
        cursor: 2,
        path: vec![node(1), node(2), node(3)],
        operation: Operation::Meter {
            segment: 5,
            control: 0x6B,
            patience: Duration::from_millis(800),
            frame: (0..length).map(|byte| byte as u8).collect(),
        },
    }))
}

fn packets() -> Vec<Packet> {
    let way = vec![node(1), node(2)];
    let beacon = Body::Beacon {
        hold: Duration::from_millis(1500),
        slots: 4,
        way: way.clone(),
    };
    vec![
        packet(Body::Claim),
        packet(beacon),
        packet(Body::Poll {
            way,
            news: vec![Version {
                node: node(2),
                version: 9,
            }],
        }),
        packet(Body::HandOver { term: 0x0103 }),
        request(16),
        request(170),
    ]
}

/// The messages in a stream of bytes.
fn heard(stream: &[u8]) -> Vec<Packet> {
    let mut assembler = Assembler::default();
    let frames = scan(stream).into_iter();
    frames
        .filter(|(protocol, _)| *protocol == Protocol::Dlt645)
        .filter_map(|(_, bytes)| assembler.take(&bytes)?.ok())
        .collect()
}

#[test]
fn messages_and_meters_frames_share_a_wire() {
    for packet in packets() {
        let parts = packet.encode(5).unwrap();
        for frame in golden() {
            let stream = [frame.bytes.as_slice(), &parts.concat(), &frame.bytes].concat();
            assert_eq!(
                heard(&stream),
                slice::from_ref(&packet),
                "beside {}",
                frame.meaning
            );
            let frames = scan(&stream);
            assert_eq!(frames, expected(&stream));
            assert_eq!(frames.len(), parts.len() + 2);
        }
    }
}

#[test]
fn a_changed_byte_loses_the_message_even_where_the_sum_is_made_right_again() {
    for packet in packets() {
        let parts = packet.encode(5).unwrap();
        for (index, part) in parts.iter().enumerate() {
            for place in 0..part.len() {
                for other in (0..=u8::MAX).filter(|value| *value != part[place]) {
                    let mut changed = part.clone();
                    changed[place] = other;
                    if (other ^ part[place]).is_power_of_two() {
                        assert!(feed(&parts, index, &changed).is_empty());
                    }
                    reseal(Protocol::Dlt645, &mut changed);
                    let understood = feed(&parts, index, &changed);
                    // The tag of a message in one part only tells it from the one before; nothing hangs on it.
                    assert!(
                        understood.is_empty() || understood == slice::from_ref(&packet),
                        "{other:02X} at {place} of part {index}: {understood:?}"
                    );
                }
            }
        }
    }
}

/// What is understood when one part is replaced.
fn feed(parts: &[Vec<u8>], replaced: usize, by: &[u8]) -> Vec<Packet> {
    let mut assembler = Assembler::default();
    let part = |index: usize| if index == replaced { by } else { &parts[index] };
    (0..parts.len())
        .filter_map(|index| assembler.take(part(index))?.ok())
        .collect()
}

#[test]
fn parts_that_are_lost_doubled_or_mixed_make_no_other_message() {
    let (one, other) = (request(400), request(900));
    let (parts, foreign) = (one.encode(5).unwrap(), other.encode(6).unwrap());
    let all: Vec<&Vec<u8>> = parts.iter().chain(&foreign).collect();
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let mut assembler = Assembler::default();
        for _ in 0..random.below(12) {
            if let Some(Ok(understood)) = assembler.take(all[random.below(all.len())]) {
                assert!(understood == one || understood == other, "seed {seed}");
            }
        }
    }
}

#[test]
fn every_prefix_is_no_message() {
    for packet in packets() {
        let stream = packet.encode(1).unwrap().concat();
        for length in 0..stream.len() {
            assert!(heard(&stream[..length]).is_empty());
        }
    }
}
