use super::*;
use crate::frame::cascade::{
    Answer, Assembler, Body, NodeId, Operation, Outcome, Packet, Refused, Request, RequestId,
    Standing,
};
use crate::link::SerialSettings;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const METER: &str = "681290785634126811043335C333F916";

fn id(number: u16) -> NodeId {
    NodeId::new(number).unwrap()
}

fn port(port: u8) -> PortSettings {
    PortSettings {
        port,
        segment: u16::from(port) * 10,
        line: SerialSettings {
            baud: 9600,
            ..SerialSettings::default()
        },
        repeater_delay: Duration::ZERO,
        latency: Duration::ZERO,
        peers: Vec::new(),
    }
}

fn node(number: u16, ports: u8) -> Node {
    let settings = NodeSettings {
        id: id(number),
        rank: 5,
        area: 0x0171,
        terminal: number,
        ports: (1..=ports).map(port).collect(),
    };
    Node::new(settings, 42, SECOND)
}

/// Ticks until then; what it said meanwhile, and what else was to be done.
fn run(node: &mut Node, from: Time, until: Time) -> Vec<Output> {
    let mut now = from;
    let mut outputs = Vec::new();
    while let Some(at) = node.deadline().filter(|at| *at <= until) {
        now = at.max(now + Duration::from_micros(1));
        outputs.extend(node.step(now, Input::Tick));
    }
    outputs
}

/// A node that owns its wires, at second 10.
fn owner(number: u16, ports: u8) -> Node {
    let mut node = node(number, ports);
    run(&mut node, SECOND, 10 * SECOND);
    assert!(node.owns(1));
    node
}

fn standing(term: u16) -> Standing {
    Standing {
        term,
        distance: NO_WAY,
        rank: 5,
    }
}

fn heard(port: u8, to: Option<u16>, from: u16, term: u16, body: Body) -> Input {
    let packet = Packet {
        to: to.map(id),
        from: id(from),
        standing: standing(term),
        body,
    };
    let frame = packet.encode(3).unwrap().remove(0);
    Input::Heard { port, frame }
}

fn said(outputs: &[Output]) -> Vec<Body> {
    let mut assembler = Assembler::default();
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send { frames, .. } => Some(frames),
            _ => None,
        })
        .flatten()
        .filter_map(|frame| assembler.take(frame))
        .map(|packet| packet.unwrap().body)
        .collect()
}

fn exchanges(outputs: &[Output]) -> Vec<u64> {
    let ticket = |output: &Output| match output {
        Output::Exchange { ticket, .. } => Some(*ticket),
        _ => None,
    };
    outputs.iter().filter_map(ticket).collect()
}

/// A request of node 1, handed to node 2 at the end of its path, for the wire of its port 2.
fn request(number: u16) -> Request {
    Request {
        id: RequestId {
            origin: id(1),
            boot: 7,
            number,
        },
        repeated: false,
        hops: 1,
        remaining: 5 * SECOND,
        cursor: 1,
        path: vec![id(1), id(2)],
        operation: Operation::Meter {
            segment: 20,
            control: 0,
            patience: Duration::from_millis(500),
            frame: hex::decode(METER).unwrap(),
        },
    }
}

/// Node 2: stand-by of node 1 on the wire of port 1, owner of that of port 2.
fn relay() -> Node {
    let mut node = node(2, 2);
    for second in 2..10 {
        let beacon = Body::Beacon {
            hold: Duration::ZERO,
            slots: 0,
            way: vec![id(1)],
        };
        node.step(second * SECOND, heard(1, None, 1, 1, beacon));
        run(&mut node, second * SECOND, (second + 1) * SECOND);
    }
    assert_eq!(node.owner(1), Some(id(1)));
    assert!(node.owns(2));
    node
}

fn ask(node: &mut Node, now: Time, request: Request) -> Vec<Output> {
    let mut outputs = node.step(now, heard(1, Some(2), 1, 1, Body::Request(request)));
    outputs.extend(run(node, now, now + Duration::from_millis(300)));
    outputs
}

fn outcomes(outputs: &[Output]) -> Vec<Outcome> {
    said(outputs)
        .into_iter()
        .filter_map(|body| match body {
            Body::Answer(Answer { outcome, .. }) => Some(outcome),
            _ => None,
        })
        .collect()
}

#[test]
fn a_request_heard_twice_is_asked_at_the_meter_once_and_answered_twice() {
    let mut node = relay();
    let now = 10 * SECOND;
    let tickets = exchanges(&ask(&mut node, now, request(1)));
    assert_eq!(tickets.len(), 1);
    let again = Request {
        repeated: true,
        ..request(1)
    };
    assert!(exchanges(&ask(&mut node, now + SECOND, again.clone())).is_empty());
    let result = Exchanged::Answer(vec![1, 2, 3]);
    let over = Input::Exchanged {
        port: 2,
        ticket: tickets[0],
        result,
    };
    let answer = Outcome::Done(vec![1, 2, 3]);
    assert_eq!(
        outcomes(&node.step(now + 2 * SECOND, over)),
        std::slice::from_ref(&answer)
    );
    let repeated = ask(&mut node, now + 3 * SECOND, again);
    assert_eq!(
        (exchanges(&repeated), outcomes(&repeated)),
        (vec![], vec![answer])
    );
}

#[test]
fn what_was_repeated_is_unknown_to_a_node_that_has_just_started() {
    let mut node = relay();
    let repeated = Request {
        repeated: true,
        ..request(1)
    };
    let outputs = ask(&mut node, 10 * SECOND, repeated.clone());
    assert_eq!(outcomes(&outputs), [Outcome::Unknown]);
    assert!(exchanges(&outputs).is_empty());
}

#[test]
fn without_hops_or_time_left_nothing_is_sent() {
    let mut node = relay();
    let no_hops = Request {
        hops: 0,
        ..request(1)
    };
    let no_time = Request {
        remaining: Duration::ZERO,
        ..request(2)
    };
    // Enough for the relay, not for the meter's patience.
    let short = Request {
        remaining: Duration::from_millis(400),
        ..request(3)
    };
    for (at, request, why) in [
        (10, no_hops, Refused::HopLimit),
        (11, no_time, Refused::Expired),
        (12, short, Refused::Expired),
    ] {
        let outputs = ask(&mut node, at * SECOND, request);
        assert_eq!(outcomes(&outputs), [Outcome::NotSent(why)]);
        assert!(exchanges(&outputs).is_empty());
    }
}

#[test]
fn only_the_node_under_the_cursor_acts_and_only_on_a_request_of_the_node_before() {
    let mut node = relay();
    let other = Request {
        path: vec![id(1), id(3), id(2)],
        ..request(1)
    };
    let outputs = ask(&mut node, 10 * SECOND, other);
    assert_eq!((said(&outputs).len(), exchanges(&outputs)), (0, vec![]));
}

#[test]
fn an_owner_that_hears_a_claim_is_alive_and_says_so_with_a_later_term() {
    let mut node = owner(2, 1);
    let now = 10 * SECOND;
    let mut outputs = node.step(now, heard(1, None, 3, 2, Body::Claim));
    outputs.extend(run(&mut node, now, now + Duration::from_millis(100)));
    assert!(matches!(said(&outputs)[..], [Body::Beacon { .. }]));
    assert!(node.owns(1));
    let later = outputs.iter().find_map(|output| match output {
        Output::Send { frames, .. } => Assembler::default().take(&frames[0]),
        _ => None,
    });
    assert_eq!(later.unwrap().unwrap().standing.term, 3);
}

#[test]
fn of_two_owners_the_one_with_the_later_term_stays() {
    let mut node = owner(2, 1);
    let beacon = Body::Beacon {
        hold: Duration::ZERO,
        slots: 0,
        way: Vec::new(),
    };
    node.step(10 * SECOND, heard(1, None, 3, 9, beacon.clone()));
    assert_eq!(node.owner(1), Some(id(3)));
    let mut node = owner(2, 1);
    node.step(10 * SECOND, heard(1, None, 3, 0, beacon));
    assert!(node.owns(1));
    let outputs = run(
        &mut node,
        10 * SECOND,
        10 * SECOND + Duration::from_millis(200),
    );
    assert!(matches!(said(&outputs)[..], [Body::Beacon { .. }]));
}

#[test]
fn an_unknown_write_is_told_when_its_time_is_up_and_not_before() {
    let mut node = owner(1, 1);
    let now = 10 * SECOND;
    node.step(now, Input::Uplink(true));
    // Node 2 is heard, and has told that it owns a wire 20.
    node.step(now, heard(1, None, 2, 1, Body::Hello { way: Vec::new() }));
    let mut graph_told = false;
    let mut at = now;
    while !graph_told && at < 30 * SECOND {
        at += Duration::from_millis(10);
        for body in said(&node.step(at, Input::Tick)) {
            if let Body::Request(request) = body {
                let content = relay().links().encode();
                let answer = Body::Answer(Answer {
                    id: request.id,
                    about: id(2),
                    outcome: Outcome::Done(content),
                });
                node.step(at, heard(1, None, 2, 1, answer));
                graph_told = true;
            }
        }
    }
    assert!(graph_told);
    // A credit: not known to be reading.
    let write = "68129078563412680311223344556677889900AABBCCDDEEFF0011";
    let input = Input::Ask {
        ticket: 5,
        target: Target::Segment(20),
        operation: Operation::Meter {
            segment: 0,
            control: 0,
            patience: Duration::from_millis(500),
            frame: hex::decode(write).unwrap(),
        },
        within: 8 * SECOND,
    };
    let mut outputs = node.step(at, input);
    outputs.extend(run(&mut node, at, at + 7 * SECOND));
    let requests = said(&outputs)
        .into_iter()
        .filter(|body| matches!(body, Body::Request(request) if request.path.len() == 2 && matches!(request.operation, Operation::Meter { .. })))
        .count();
    assert_eq!(requests, 2, "once, and once more with the same id");
    let done = |outputs: &[Output]| {
        outputs
            .iter()
            .any(|output| matches!(output, Output::Done { .. }))
    };
    assert!(!done(&outputs));
    let outputs = run(&mut node, at + 7 * SECOND, at + 9 * SECOND);
    assert!(outputs.contains(&Output::Done {
        ticket: 5,
        outcome: Outcome::Unknown
    }));
}
