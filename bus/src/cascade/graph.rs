//! The graph of wires and nodes as far as it is known, and ways through it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::frame::cascade::{LinkEntry, LinkTable, MAX_HOPS, NodeId, PortName};

/// Bytes that a short request and its answer have on each wire.
const EXCHANGE: u64 = 110;
/// A node that does not own the wire waits for the owner to ask it.
const ASKED_LATER: Duration = Duration::from_millis(1500);
/// A node that does not own the wire and must take it over first: only when there is nothing else.
const LAST_RESORT: Duration = Duration::from_secs(1000);

/// A node that just did not answer: before asking it another way, somebody else on the wire is asked to take over.
const SILENT: Duration = Duration::from_secs(2000);

/// Names of wires that are kept; a district has a few hundred.
const MAX_NAMES: usize = 8192;

/// Where a way is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// At a node that can speak on this wire.
    Segment(u16),
    /// At this node.
    Node(NodeId),
}

/// What is known of all nodes, by their own tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    tables: BTreeMap<NodeId, LinkTable>,
    /// What masters call each wire. A name outlives its node: others may reach the wire.
    names: BTreeMap<PortName, u16>,
}

/// What is not to be used at the moment, by experience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Avoid {
    /// Hops, from one node to the next.
    pub hops: BTreeSet<(NodeId, NodeId)>,
    /// Nodes that did not answer; they are used when there is nothing else.
    pub silent: BTreeSet<NodeId>,
    /// Nodes that do not speak on a wire though it looked so.
    pub refused: BTreeSet<(NodeId, u16)>,
}

/// A way, and what a short exchange over it is expected to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The nodes, first who asks.
    pub path: Vec<NodeId>,
    /// Expected time of its hops.
    pub cost: Duration,
}

impl Way {
    /// Whether somebody on it would have to take a wire over first.
    pub fn is_last_resort(&self) -> bool {
        self.cost >= LAST_RESORT
    }
}

impl Graph {
    /// Takes a node's table in place of the one before.
    pub fn set(&mut self, node: NodeId, table: LinkTable) {
        if self.names.len() < MAX_NAMES {
            for link in &table.links {
                let name = PortName {
                    area: table.area,
                    terminal: table.terminal,
                    port: link.port,
                };
                self.names.insert(name, link.segment);
            }
        }
        self.tables.insert(node, table);
    }

    /// Forgets a node.
    pub fn remove(&mut self, node: NodeId) {
        self.tables.remove(&node);
    }

    /// A node's table.
    pub fn table(&self, node: NodeId) -> Option<&LinkTable> {
        self.tables.get(&node)
    }

    /// A node's table, to note what was learned since.
    pub fn table_mut(&mut self, node: NodeId) -> Option<&mut LinkTable> {
        self.tables.get_mut(&node)
    }

    /// The nodes whose tables are known.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.tables.keys().copied()
    }

    /// Everybody any known node hears.
    pub fn mentioned(&self) -> BTreeSet<NodeId> {
        self.tables
            .values()
            .flat_map(|table| &table.links)
            .flat_map(|link| link.members.iter().copied())
            .collect()
    }

    /// The nodes whose tables say that they are on this wire.
    pub fn on_segment(&self, segment: u16) -> Vec<NodeId> {
        let on = |table: &LinkTable| table.links.iter().any(|link| link.segment == segment);
        let nodes = self.tables.iter().filter(|(_, table)| on(table));
        nodes.map(|(node, _)| *node).collect()
    }

    /// The wire that masters call so: by the last table of any node with that terminal address.
    pub fn segment_of(&self, name: PortName) -> Option<u16> {
        self.names.get(&name).copied()
    }

    /// The node with this terminal address, when there is just one.
    pub fn node_of(&self, area: u16, terminal: u16) -> Option<NodeId> {
        let mut nodes = self
            .tables
            .iter()
            .filter(|(_, table)| (table.area, table.terminal) == (area, terminal))
            .map(|(node, _)| *node);
        nodes.next().filter(|_| nodes.next().is_none())
    }

    /// The way from `from` to the goal that takes the least time, without what is in `avoid`. Every node is on it once,
    /// and it has no more than [`MAX_HOPS`] hops.
    pub fn way(&self, from: NodeId, goal: Goal, avoid: &Avoid) -> Option<Way> {
        // Ways by cost, then by nodes: the smallest one is taken out first, and the result does not depend on chance.
        let mut open = BTreeSet::from([(Duration::ZERO, vec![from])]);
        // A node may be worth a second visit with fewer hops, because hops are limited.
        let mut fewest: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut best: Option<Way> = None;
        while let Some((cost, path)) = open.pop_first() {
            if best.as_ref().is_some_and(|best| best.cost <= cost) {
                break;
            }
            let Some(&node) = path.last() else { continue };
            let known = fewest.entry(node).or_insert(usize::MAX);
            if path.len() >= *known {
                continue;
            }
            *known = path.len();
            let refused =
                matches!(goal, Goal::Segment(segment) if avoid.refused.contains(&(node, segment)));
            if let Some(more) = self.arrival(node, goal).filter(|_| !refused) {
                let cost = cost + more;
                if best.as_ref().is_none_or(|best| cost < best.cost) {
                    best = Some(Way {
                        path: path.clone(),
                        cost,
                    });
                }
            }
            if path.len() <= MAX_HOPS {
                self.open_hops(&mut open, cost, &path, node, avoid);
            }
        }
        best
    }

    /// Adds the ways that go one hop further.
    fn open_hops(
        &self,
        open: &mut BTreeSet<(Duration, Vec<NodeId>)>,
        cost: Duration,
        path: &[NodeId],
        node: NodeId,
        avoid: &Avoid,
    ) {
        let Some(table) = self.tables.get(&node) else {
            return;
        };
        for link in &table.links {
            for next in self.on_wire(link) {
                if path.contains(&next) || avoid.hops.contains(&(node, next)) {
                    continue;
                }
                let mut path = path.to_vec();
                path.push(next);
                let silent = match avoid.silent.contains(&next) {
                    true => SILENT,
                    false => Duration::ZERO,
                };
                open.insert((cost + hop(link, node, next) + silent, path));
            }
        }
    }

    /// Who is on a wire: whom the table names, and whose own table says so.
    fn on_wire(&self, link: &LinkEntry) -> BTreeSet<NodeId> {
        let told = self
            .tables
            .iter()
            .filter(|(_, table)| table.links.iter().any(|own| own.segment == link.segment))
            .map(|(node, _)| *node);
        link.members.iter().copied().chain(told).collect()
    }

    /// What it takes at the last node; `None` where the goal is not.
    fn arrival(&self, node: NodeId, goal: Goal) -> Option<Duration> {
        match goal {
            Goal::Node(wanted) => (wanted == node).then_some(Duration::ZERO),
            Goal::Segment(segment) => {
                let of = |table: &'_ LinkTable| {
                    let link = table.links.iter().find(|link| link.segment == segment)?;
                    Some(link.owner == Some(node))
                };
                let own = self.tables.get(&node).and_then(of);
                let mut others = self.tables.iter().filter(|(other, _)| **other != node);
                let said = others.any(|(_, table)| of(table) == Some(true));
                match own {
                    Some(true) => Some(Duration::ZERO),
                    // Its own table is old or was never told; those who hear it know better.
                    _ if said => Some(ASKED_LATER),
                    Some(false) => Some(LAST_RESORT),
                    None => None,
                }
            }
        }
    }
}

/// What one hop is expected to take.
fn hop(link: &LinkEntry, from: NodeId, to: NodeId) -> Duration {
    // Eleven bits a byte; the rate counts hundreds of bits per second.
    let wire = Duration::from_micros(EXCHANGE * 11 * 10_000 / u64::from(link.rate.max(1)));
    let delay = Duration::from_millis(u64::from(link.delay) * 20);
    let turn = if link.owner == Some(from) {
        Duration::ZERO
    } else if link.owner == Some(to) {
        ASKED_LATER
    } else {
        LAST_RESORT
    };
    wire + delay + turn
}

#[cfg(test)]
mod tests;
