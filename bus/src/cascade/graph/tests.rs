use proptest::prelude::*;

use super::*;

fn node(number: u16) -> NodeId {
    NodeId::new(number).unwrap()
}

fn path(numbers: &[u16]) -> Vec<NodeId> {
    numbers.iter().map(|&number| node(number)).collect()
}

/// A graph out of wires: (number, rate, owner, others).
fn graph(wires: &[(u16, u16, u16, &[u16])]) -> Graph {
    let mut graph = Graph::default();
    for &(segment, rate, owner, others) in wires {
        let everybody: Vec<u16> = others.iter().copied().chain([owner]).collect();
        for &number in &everybody {
            let mut table = graph.table(node(number)).cloned().unwrap_or(LinkTable {
                area: 0x0171,
                terminal: number,
                version: 0,
                reports: 0,
                links: Vec::new(),
            });
            let port = table.links.len() as u8 + 1;
            table.links.push(LinkEntry {
                segment,
                port,
                rate,
                delay: 0,
                owner: NodeId::new(owner),
                members: everybody
                    .iter()
                    .filter(|other| **other != number)
                    .map(|&other| node(other))
                    .collect(),
            });
            graph.set(node(number), table);
        }
    }
    graph
}

fn way(graph: &Graph, from: u16, goal: Goal, avoid: &[(u16, u16)]) -> Option<Vec<NodeId>> {
    let hops = avoid.iter().map(|&(a, b)| (node(a), node(b))).collect();
    let avoid = Avoid {
        hops,
        ..Avoid::default()
    };
    graph.way(node(from), goal, &avoid).map(|way| way.path)
}

#[test]
fn a_chain_is_walked_to_the_owner_of_the_wire() {
    let graph = graph(&[(1, 96, 1, &[2]), (2, 96, 2, &[3]), (3, 96, 3, &[])]);
    assert_eq!(
        way(&graph, 1, Goal::Segment(3), &[]),
        Some(path(&[1, 2, 3]))
    );
    assert_eq!(way(&graph, 1, Goal::Segment(1), &[]), Some(path(&[1])));
    assert_eq!(way(&graph, 1, Goal::Segment(9), &[]), None);
}

#[test]
fn the_faster_of_two_ways_is_taken_and_the_other_one_when_a_hop_is_to_be_avoided() {
    // 1 reaches 4 over 2 (slow) or 3 (fast).
    let graph = graph(&[
        (1, 96, 1, &[2, 3]),
        (2, 12, 2, &[4]),
        (3, 96, 3, &[4]),
        (4, 24, 4, &[]),
    ]);
    assert_eq!(
        way(&graph, 1, Goal::Segment(4), &[]),
        Some(path(&[1, 3, 4]))
    );
    assert_eq!(
        way(&graph, 1, Goal::Segment(4), &[(1, 3)]),
        Some(path(&[1, 2, 4]))
    );
    assert_eq!(way(&graph, 1, Goal::Segment(4), &[(1, 3), (1, 2)]), None);
}

#[test]
fn a_stand_by_is_asked_only_when_the_owner_cannot_be() {
    let graph = graph(&[(1, 96, 1, &[2, 3]), (2, 24, 2, &[3])]);
    assert_eq!(way(&graph, 1, Goal::Segment(2), &[]), Some(path(&[1, 2])));
    assert_eq!(
        way(&graph, 1, Goal::Segment(2), &[(1, 2), (3, 2)]),
        Some(path(&[1, 3]))
    );
}

#[test]
fn a_node_that_does_not_own_the_wire_reaches_the_others_through_the_owner() {
    let graph = graph(&[(1, 96, 1, &[2]), (2, 24, 1, &[])]);
    assert_eq!(way(&graph, 2, Goal::Segment(2), &[]), Some(path(&[2, 1])));
}

#[test]
fn a_wire_has_the_name_of_any_of_its_ports() {
    let graph = graph(&[(7, 96, 1, &[2]), (8, 96, 2, &[])]);
    let name = |terminal, port| PortName {
        area: 0x0171,
        terminal,
        port,
    };
    assert_eq!(graph.segment_of(name(1, 1)), Some(7));
    assert_eq!(graph.segment_of(name(2, 1)), Some(7));
    assert_eq!(graph.segment_of(name(2, 2)), Some(8));
    assert_eq!(graph.segment_of(name(3, 1)), None);
    assert_eq!(graph.node_of(0x0171, 2), Some(node(2)));
}

proptest! {
    #[test]
    fn a_way_names_no_node_twice_and_has_no_more_hops_than_allowed(
        wires in prop::collection::vec((1u16..12, prop::collection::btree_set(1u16..12, 0..4)), 1..14),
        to in 1u16..14,
    ) {
        let wires: Vec<(u16, u16, u16, Vec<u16>)> = wires.iter().enumerate().map(|(index, (owner, others))| {
            let others = others.iter().copied().filter(|other| other != owner).collect();
            (index as u16 + 1, 24, *owner, others)
        }).collect();
        let wires: Vec<(u16, u16, u16, &[u16])> = wires.iter().map(|(a, b, c, d)| (*a, *b, *c, d.as_slice())).collect();
        let graph = graph(&wires);
        let from = wires[0].2;
        if let Some(path) = way(&graph, from, Goal::Segment(to), &[]) {
            let once: BTreeSet<NodeId> = path.iter().copied().collect();
            prop_assert_eq!(once.len(), path.len());
            prop_assert!(path.len() <= MAX_HOPS + 1);
            prop_assert_eq!(path[0], node(from));
        }
    }
}
