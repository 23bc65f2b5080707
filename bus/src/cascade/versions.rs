//! Whose table is how new: each node counts its own changes, and the counts spread with polls and their answers.
//!
//! One count for the whole district would be simpler and is not enough: of two nodes that change at once, or where two roots
//! ask at different times, one change hides behind the other.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::later;
use crate::frame::cascade::{MAX_NEWS, NodeId, Version};

/// Nodes that are kept count of.
const MOST: usize = 1024;
/// How often something new is told on each wire: once is enough unless it is lost.
const TELLS: u8 = 3;
/// Of so many messages one repeats something old.
const EVERY: u8 = 3;

/// The versions that a node knows.
#[derive(Debug)]
pub(super) struct Versions {
    me: NodeId,
    own: u16,
    known: BTreeMap<NodeId, u16>,
    /// What is still to be told on each port, and how often.
    fresh: BTreeMap<(u8, NodeId), u8>,
    /// Whose version was repeated last on each port.
    repeated: BTreeMap<u8, NodeId>,
    /// Messages since then.
    since: BTreeMap<u8, u8>,
    /// Nodes that count from somewhere else than is known of them: they were started anew and have to be told.
    reborn: BTreeSet<NodeId>,
}

impl Versions {
    /// A node that begins to count somewhere; an earlier life of it counted elsewhere.
    pub(super) fn new(me: NodeId, own: u16) -> Versions {
        Versions {
            me,
            own,
            known: BTreeMap::new(),
            fresh: BTreeMap::new(),
            repeated: BTreeMap::new(),
            since: BTreeMap::new(),
            reborn: BTreeSet::new(),
        }
    }

    /// The version of this node's own table.
    pub(super) fn own(&self) -> u16 {
        self.own
    }

    /// This node's own table changed.
    pub(super) fn changed(&mut self, ports: &[u8]) {
        self.own = self.own.wrapping_add(1);
        self.tell_on(ports, self.me);
    }

    fn tell_on(&mut self, ports: &[u8], node: NodeId) {
        for port in ports {
            self.fresh.insert((*port, node), TELLS);
        }
    }

    /// The latest version that is known of a node.
    pub(super) fn of(&self, node: NodeId) -> Option<u16> {
        self.known.get(&node).copied()
    }

    /// Takes what was heard from a node; true if it is news. Somebody who knows a later version of this very node has it from an earlier
    /// life: then this one counts on from there, or nobody would believe it.
    pub(super) fn learn(&mut self, ports: &[u8], from: NodeId, news: Version) -> bool {
        let Version { node, version } = news;
        if node == self.me {
            if later(version, self.own) {
                self.own = version;
                self.changed(ports);
            }
            return false;
        }
        let new = match self.known.get(&node) {
            Some(known) => later(version, *known),
            None => self.known.len() < MOST,
        };
        if new {
            self.known.insert(node, version);
            self.tell_on(ports, node);
        }
        if from == node {
            match self.known.get(&node) == Some(&version) {
                true => self.reborn.remove(&node),
                false => self.reborn.insert(node),
            };
        }
        new
    }

    /// What is told with the next message on a wire: what is known of the receiver, if it seems not to know it; what is new; and
    /// every few messages one of all in turn, for somebody who missed it.
    pub(super) fn tell(&mut self, port: u8, receiver: Option<NodeId>) -> Vec<Version> {
        let mut nodes: Vec<NodeId> = receiver
            .into_iter()
            .filter(|node| self.reborn.contains(node))
            .collect();
        let fresh: Vec<NodeId> = self
            .fresh
            .range((port, NodeId::FIRST)..=(port, NodeId::LAST))
            .map(|((_, node), _)| *node)
            .filter(|node| !nodes.contains(node))
            .take(MAX_NEWS - nodes.len())
            .collect();
        for node in &fresh {
            if let Some(left) = self.fresh.get_mut(&(port, *node)) {
                *left -= 1;
                if *left == 0 {
                    self.fresh.remove(&(port, *node));
                }
            }
        }
        nodes.extend(fresh);
        let since = self.since.entry(port).or_default();
        *since += 1;
        if *since >= EVERY && nodes.len() < MAX_NEWS {
            *since = 0;
            nodes.extend(self.next_in_turn(port, &nodes));
        }
        let version = |node| match node == self.me {
            true => Some(self.own),
            false => self.of(node),
        };
        let told = nodes.into_iter();
        told.filter_map(|node| {
            Some(Version {
                node,
                version: version(node)?,
            })
        })
        .collect()
    }

    /// One that is not told anyway: this node and all it knows, by number.
    fn next_in_turn(&mut self, port: u8, told: &[NodeId]) -> Option<NodeId> {
        let last = self.repeated.get(&port).copied();
        let mut all: BTreeSet<NodeId> = self.known.keys().copied().collect();
        all.insert(self.me);
        all.retain(|node| !told.contains(node));
        let next = all.iter().find(|node| Some(**node) > last);
        let next = next.or(all.first()).copied()?;
        self.repeated.insert(port, next);
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u16) -> NodeId {
        NodeId::new(number).unwrap()
    }

    fn version(number: u16, version: u16) -> Version {
        Version {
            node: node(number),
            version,
        }
    }

    #[test]
    fn two_that_change_at_once_do_not_hide_each_other() {
        let mut root = Versions::new(node(1), 0);
        assert!(root.learn(&[1], node(2), version(2, 7)));
        assert!(root.learn(&[1], node(3), version(3, 7)));
        assert_eq!((root.of(node(2)), root.of(node(3))), (Some(7), Some(7)));
        assert!(!root.learn(&[1], node(3), version(3, 7)));
        assert!(!root.learn(&[1], node(3), version(3, 6)));
    }

    fn told(own: &mut Versions) -> Vec<u16> {
        own.tell(1, None)
            .iter()
            .map(|told| told.node.number())
            .collect()
    }

    #[test]
    fn news_go_first_and_everything_is_repeated_in_turn() {
        let mut own = Versions::new(node(1), 5);
        for number in 2..=9 {
            own.learn(&[1], node(2), version(number, 1));
        }
        // Eight nodes thrice, four a message.
        for _ in 0..6 {
            assert_eq!(told(&mut own).len(), 4);
        }
        let mut repeated: Vec<u16> = (0..27).flat_map(|_| told(&mut own)).collect();
        assert_eq!(repeated.len(), 9);
        repeated.sort_unstable();
        assert_eq!(repeated, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        own.learn(&[1], node(2), version(6, 2));
        assert_eq!(told(&mut own)[0], 6);
        own.changed(&[1]);
        assert_eq!(told(&mut own)[0], 1);
    }

    #[test]
    fn a_node_that_was_started_anew_is_told_where_it_was_and_counts_on_from_there() {
        let mut owner = Versions::new(node(1), 5);
        owner.learn(&[1], node(2), version(2, 900));
        while !owner.tell(1, Some(node(2))).is_empty() {}
        owner.learn(&[1], node(2), version(2, 880));
        let told = owner.tell(1, Some(node(2)));
        assert_eq!(told[0], version(2, 900));
        let mut reborn = Versions::new(node(2), 880);
        for news in told {
            reborn.learn(&[1], node(1), news);
        }
        assert_eq!(reborn.own(), 901);
        assert!(owner.learn(&[1], node(2), version(2, 901)));
        assert!(!owner.tell(1, Some(node(2))).contains(&version(2, 900)));
    }

    #[test]
    fn what_is_new_is_told_on_every_wire() {
        let mut relay = Versions::new(node(1), 0);
        relay.learn(&[1, 2], node(3), version(4, 1));
        for port in [1, 2] {
            assert!(relay.tell(port, None).contains(&version(4, 1)));
        }
    }
}
