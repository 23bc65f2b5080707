use std::collections::BTreeSet;
use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::frame::dlt645::{self, Dlt645};
use crate::frame::scan::{Found, Scanner};

fn node() -> impl Strategy<Value = NodeId> {
    (1..u16::MAX).prop_map(|number| NodeId::new(number).unwrap())
}

fn nodes(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<NodeId>> {
    btree_set(node(), count).prop_map(|set: BTreeSet<NodeId>| set.into_iter().collect())
}

fn ticks() -> impl Strategy<Value = Duration> {
    (0..24_000u64).prop_map(|units| Duration::from_millis(units * 10))
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (any::<u16>(), any::<u8>(), ticks(), vec(any::<u8>(), 0..300)).prop_map(
            |(segment, control, patience, frame)| Operation::Meter {
                segment,
                control,
                patience,
                frame
            }
        ),
        vec(any::<u8>(), 0..300).prop_map(Operation::Terminal),
        Just(Operation::Links),
        any::<u16>().prop_map(|acknowledged| Operation::Report { acknowledged }),
    ]
}

fn request_id() -> impl Strategy<Value = RequestId> {
    (node(), any::<u32>(), any::<u16>()).prop_map(|(origin, boot, number)| RequestId {
        origin,
        boot,
        number,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let id = (any::<u32>(), any::<u16>());
    (
        id,
        any::<bool>(),
        any::<u8>(),
        ticks(),
        nodes(2..=MAX_HOPS + 1),
        any::<prop::sample::Index>(),
        operation(),
    )
        .prop_map(
            |((boot, number), repeated, hops, remaining, path, cursor, operation)| Request {
                id: RequestId {
                    origin: path[0],
                    boot,
                    number,
                },
                repeated,
                hops,
                remaining,
                cursor: 1 + cursor.index(path.len() - 1) as u8,
                path,
                operation,
            },
        )
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        vec(any::<u8>(), 0..1000).prop_map(Outcome::Done),
        Just(Outcome::Silent),
        any::<u8>().prop_map(|code| Outcome::NotSent(Refused::of(code))),
        Just(Outcome::Unknown),
    ]
}

fn news() -> impl Strategy<Value = Vec<Version>> {
    let one = (node(), any::<u16>()).prop_map(|(node, version)| Version { node, version });
    vec(one, 0..=MAX_NEWS)
}

fn body() -> impl Strategy<Value = Body> {
    let way = || nodes(0..=MAX_HOPS + 1);
    prop_oneof![
        (ticks(), any::<u8>(), way()).prop_map(|(hold, slots, way)| Body::Beacon {
            hold,
            slots,
            way
        }),
        Just(Body::Claim),
        way().prop_map(|way| Body::Hello { way }),
        (way(), news()).prop_map(|(way, news)| Body::Poll { way, news }),
        (way(), news()).prop_map(|(way, news)| Body::Status { way, news }),
        any::<u16>().prop_map(|term| Body::HandOver { term }),
        request().prop_map(Body::Request),
        (request_id(), node(), outcome()).prop_map(|(id, about, outcome)| Body::Answer(Answer {
            id,
            about,
            outcome
        })),
        request_id().prop_map(Body::Wait),
        request_id().prop_map(Body::Later),
        (node(), any::<u16>(), any::<u8>(), vec(any::<u8>(), 0..300)).prop_map(
            |(origin, sequence, hops, content)| Body::Broadcast {
                origin,
                sequence,
                hops,
                content
            }
        ),
    ]
}

prop_compose! {
    fn packet()(
        to in proptest::option::of(node()),
        from in node(),
        term in any::<u16>(),
        distance in any::<u8>(),
        rank in any::<u8>(),
        body in body(),
    ) -> Packet {
        Packet { to, from, standing: Standing { term, distance, rank }, body }
    }
}

fn link_table() -> impl Strategy<Value = LinkTable> {
    let entry = (
        any::<u16>(),
        any::<u8>(),
        any::<u16>(),
        any::<u16>(),
        proptest::option::of(node()),
        nodes(0..=32),
    )
        .prop_map(|(segment, port, rate, delay, owner, members)| LinkEntry {
            segment,
            port,
            rate,
            delay,
            owner,
            members,
        });
    (
        any::<u16>(),
        any::<u16>(),
        any::<u16>(),
        any::<u8>(),
        vec(entry, 0..=8),
    )
        .prop_map(|(area, terminal, version, reports, links)| LinkTable {
            area,
            terminal,
            version,
            reports,
            links,
        })
}

fn join(frames: &[Vec<u8>]) -> Option<Result<Packet, crate::frame::FrameError>> {
    let mut assembler = Assembler::default();
    let mut last = None;
    for frame in frames {
        assert!(last.is_none(), "a packet before its last part");
        last = assembler.take(frame);
    }
    last
}

fn beacon() -> Packet {
    let node = |number| NodeId::new(number).unwrap();
    Packet {
        to: None,
        from: node(2),
        standing: Standing {
            term: 0x0102,
            distance: 2,
            rank: 10,
        },
        body: Body::Beacon {
            hold: Duration::from_millis(1500),
            slots: 4,
            way: vec![node(1), node(2)],
        },
    }
}

#[test]
fn a_beacon_has_the_documented_bytes() {
    let frames = beacon().encode(5).unwrap();
    assert_eq!(
        hex::encode_upper(&frames[0]),
        "68020000006897689F14DB43353D35333534C93337353433353351919C791316"
    );
}

#[test]
fn a_frame_on_the_wire_is_a_sound_frame_of_another_meter_for_every_meter() {
    let frame = dlt645::Frame::parse(&beacon().encode(0).unwrap()[0]).unwrap();
    assert_eq!(frame.address(), NodeId::new(2).unwrap().address());
    assert!(frame.control().from_meter());
    assert_eq!(frame.control().function().word(), "unknown");
}

#[test]
fn a_missing_part_is_an_error_and_the_next_message_is_read() {
    let mut packet = beacon();
    packet.body = Body::Broadcast {
        origin: packet.from,
        sequence: 1,
        hops: 3,
        content: vec![7; 500],
    };
    let long = packet.encode(1).unwrap();
    assert_eq!(long.len(), 3);
    let mut assembler = Assembler::default();
    assert!(assembler.take(&long[0]).is_none());
    assert!(assembler.take(&long[2]).unwrap().is_err());
    let next = beacon().encode(2).unwrap();
    assert_eq!(assembler.take(&next[0]).unwrap().unwrap(), beacon());
}

#[test]
fn parts_of_two_messages_are_never_joined() {
    let mut packet = beacon();
    let long = |content: u8| Body::Broadcast {
        origin: NodeId::new(2).unwrap(),
        sequence: 1,
        hops: 3,
        content: vec![content; 300],
    };
    packet.body = long(1);
    let first = packet.encode(1).unwrap();
    packet.body = long(2);
    let second = packet.encode(2).unwrap();
    let mut assembler = Assembler::default();
    assert!(assembler.take(&first[0]).is_none());
    assert!(assembler.take(&second[1]).unwrap().is_err());
}

#[test]
fn a_message_too_long_for_eight_parts_is_refused() {
    let mut packet = beacon();
    packet.body = Body::Broadcast {
        origin: packet.from,
        sequence: 1,
        hops: 3,
        content: vec![7; MAX_MESSAGE],
    };
    assert!(packet.encode(1).is_err());
}

#[test]
fn a_path_that_names_a_node_twice_is_refused() {
    let node = |number| NodeId::new(number).unwrap();
    let mut packet = beacon();
    packet.to = Some(node(3));
    packet.body = Body::Poll {
        way: vec![node(1), node(2), node(1)],
        news: Vec::new(),
    };
    let refused = join(&packet.encode(0).unwrap()).unwrap().unwrap_err();
    assert!(refused.to_string().contains("twice"), "{refused}");
}

#[test]
fn a_meters_frame_is_nothing_for_the_assembler() {
    let read = hex::decode("681290785634126811043335C333F916").unwrap();
    assert!(Assembler::default().take(&read).is_none());
}

proptest! {
    #[test]
    fn every_packet_comes_back_from_its_frames(packet in packet(), tag in any::<u8>()) {
        let frames = packet.encode(tag).unwrap();
        prop_assert_eq!(join(&frames).unwrap().unwrap(), packet);
    }

    #[test]
    fn the_scanner_of_meters_finds_the_frames(packet in packet(), noise in vec(any::<u8>(), 0..20)) {
        let frames = packet.encode(3).unwrap();
        let mut scanner = Scanner::new::<Dlt645>();
        let mut found = scanner.push(&noise);
        found.extend(scanner.idle());
        for frame in &frames {
            found.extend(scanner.push(frame));
        }
        let heard: Vec<Vec<u8>> = found.into_iter().filter_map(|found| match found {
            Found::Frame { bytes, .. } => Some(bytes),
            _ => None,
        }).collect();
        prop_assert!(heard.ends_with(&frames));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), data in vec(any::<u8>(), 0..250), answer in any::<bool>()) {
        let _ = Assembler::default().take(&bytes);
        let control = dlt645::Control(if answer { 0x9F } else { 0x1F });
        let frame = dlt645::Frame::new(NodeId::new(9).unwrap().address(), control, data).unwrap();
        let _ = Assembler::default().take(&frame.encode());
        let _ = LinkTable::decode(&bytes);
    }

    #[test]
    fn every_changed_byte_of_the_message_is_noticed(packet in packet(), at in any::<prop::sample::Index>(), with in 1u8..) {
        let frames = packet.encode(0).unwrap();
        let spoilt: Vec<Vec<u8>> = {
            let at = at.index(frames.len());
            frames.iter().enumerate().map(|(index, frame)| {
                let frame = dlt645::Frame::parse(frame).unwrap();
                let mut data = frame.data().to_vec();
                if index == at {
                    let last = data.len() - 1;
                    data[last] ^= with;
                }
                dlt645::Frame::new(frame.address(), frame.control(), data).unwrap().encode()
            }).collect()
        };
        prop_assert!(join(&spoilt).unwrap().is_err());
    }

    #[test]
    fn a_link_table_comes_back(table in link_table()) {
        prop_assert_eq!(LinkTable::decode(&table.encode()).unwrap(), table);
    }
}
