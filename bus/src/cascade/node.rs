//! The node: one pure state machine for all its wires.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::cache::{Answered, Broadcasts};
use super::discovery::Discovery;
use super::event::{Input, Output, Time};
use super::graph::Graph;
use super::origin::Asked;
use super::port::Port;
use super::random::Random;
use super::relay::Pending;
use super::settings::NodeSettings;
use super::standing::{NO_WAY, Priority, priority};
use super::versions::Versions;
use crate::frame::cascade::{
    Body, LinkEntry, LinkTable, MAX_HOPS, NodeId, Packet, RequestId, Standing, Version,
};

/// Reports that may wait to be fetched.
pub(super) const REPORTS: usize = 64;

/// A concentrator's part in the cascade.
#[derive(Debug)]
pub struct Node {
    pub(super) settings: NodeSettings,
    pub(super) ports: BTreeMap<u8, Port>,
    pub(super) random: Random,
    pub(super) started: Time,
    pub(super) uplink: bool,
    pub(super) versions: Versions,
    pub(super) pending: BTreeMap<RequestId, Pending>,
    pub(super) answered: Answered,
    pub(super) broadcasts: Broadcasts,
    pub(super) sequence: u16,
    /// Random number of this start, and the count of requests.
    pub(super) boot: u32,
    pub(super) number: u16,
    /// What this node asked others to do.
    pub(super) asked: BTreeMap<u64, Asked>,
    pub(super) tickets: u64,
    /// Exchanges and frames under way here, by ticket.
    pub(super) serving: BTreeMap<u64, RequestId>,
    pub(super) reports: VecDeque<(u16, Vec<u8>)>,
    pub(super) report_number: u16,
    pub(super) graph: Graph,
    pub(super) discovery: Discovery,
    pub(super) out: Vec<Output>,
}

impl Node {
    /// A node that starts `now`. The seed must be random and different at every start.
    pub fn new(settings: NodeSettings, seed: u64, now: Time) -> Node {
        let mut random = Random::new(seed);
        let ports = settings
            .ports
            .iter()
            .map(|settings| {
                let mut port = Port::new(settings.clone(), now);
                // Where many start together, after a power cut, they must not all claim at once.
                port.delay_claim(random.within(port.timing.slot * 12));
                (settings.port, port)
            })
            .collect();
        let me = settings.id;
        let first_version = random.next() as u16;
        let mut node = Node {
            boot: random.next() as u32,
            settings,
            ports,
            random,
            started: now,
            uplink: false,
            versions: Versions::new(me, first_version),
            pending: BTreeMap::new(),
            answered: Answered::default(),
            broadcasts: Broadcasts::default(),
            sequence: 0,
            number: 0,
            asked: BTreeMap::new(),
            tickets: 0,
            serving: BTreeMap::new(),
            reports: VecDeque::new(),
            report_number: 0,
            graph: Graph::default(),
            discovery: Discovery::new(now),
            out: Vec::new(),
        };
        node.sequence = node.random.next() as u16;
        // Reports of an earlier start must not be taken for acknowledged.
        node.report_number = node.random.next() as u16;
        node
    }

    /// Takes what happened and says what is to be done. `now` must not go back.
    pub fn step(&mut self, now: Time, input: Input) -> Vec<Output> {
        match input {
            Input::Heard { port, frame } => self.heard(now, port, &frame),
            Input::Tick => {}
            Input::Ask {
                ticket,
                target,
                operation,
                within,
            } => self.ask(now, ticket, target, operation, within),
            Input::Exchanged {
                port,
                ticket,
                result,
            } => self.exchanged(now, port, ticket, result),
            Input::Want { port, ticket, hold } => self.want(port, ticket, hold),
            Input::Release { port, ticket } => self.release(now, port, ticket),
            Input::Uplink(up) => self.set_uplink(now, up),
            Input::Served { ticket, content } => self.served(now, ticket, content),
            Input::Report(content) => self.add_report(content),
            Input::Broadcast(content) => self.broadcast(now, content),
        }
        self.run_timers(now);
        for port in self.port_numbers() {
            self.advance(now, port);
        }
        std::mem::take(&mut self.out)
    }

    /// Who it is.
    pub fn id(&self) -> NodeId {
        self.settings.id
    }

    /// Who speaks on the wire of a port, as far as the node knows.
    pub fn owner(&self, port: u8) -> Option<NodeId> {
        self.ports.get(&port)?.owner(self.settings.id)
    }

    /// Whether the node owns the wire of a port.
    pub fn owns(&self, port: u8) -> bool {
        self.ports.get(&port).is_some_and(Port::is_owner)
    }

    /// What is known of the district.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn port_numbers(&self) -> Vec<u8> {
        self.ports.keys().copied().collect()
    }

    /// The best way from a root to this node, itself last, that does not lead over the wire `except`.
    pub(super) fn way(&self, except: Option<u8>) -> Vec<NodeId> {
        let me = self.settings.id;
        if self.uplink {
            return vec![me];
        }
        let ways = self
            .ports
            .iter()
            .filter(|(number, _)| Some(**number) != except)
            .filter_map(|(_, port)| match &port.role {
                super::port::Role::StandBy {
                    owner: Some(_),
                    way,
                    ..
                } => Some(way),
                _ => None,
            })
            .filter(|way| !way.is_empty() && way.len() <= MAX_HOPS && !way.contains(&me));
        let best = ways.min_by_key(|way| (way.len(), (*way).clone()));
        best.map(|way| {
            let mut way = way.clone();
            way.push(me);
            way
        })
        .unwrap_or_default()
    }

    /// The standing on a wire with the way that counts there: an owner may use any, a stand-by only one that does not lead
    /// over the wire itself.
    pub(super) fn standing(&self, port: u8) -> (Standing, Vec<NodeId>) {
        let (owner, term) = self
            .ports
            .get(&port)
            .map_or((false, 0), |port| (port.is_owner(), port.term));
        let way = self.way(if owner { None } else { Some(port) });
        let distance = match way.len() {
            0 => NO_WAY,
            length => u8::try_from(length).unwrap_or(NO_WAY),
        };
        let standing = Standing {
            term,
            distance,
            rank: self.settings.rank,
        };
        (standing, way)
    }

    pub(super) fn priority(&self, port: u8) -> Priority {
        priority(self.standing(port).0, self.settings.id)
    }

    /// Sends a message on a wire, and notes how long the wire is taken. Its bytes are returned.
    pub(super) fn say(&mut self, now: Time, number: u8, to: Option<NodeId>, body: Body) -> usize {
        let (standing, _) = self.standing(number);
        self.say_as(now, number, to, standing, body)
    }

    pub(super) fn say_as(
        &mut self,
        now: Time,
        number: u8,
        to: Option<NodeId>,
        standing: Standing,
        body: Body,
    ) -> usize {
        let packet = Packet {
            to,
            from: self.settings.id,
            standing,
            body,
        };
        let Some(port) = self.ports.get_mut(&number) else {
            return 0;
        };
        port.tag = port.tag.wrapping_add(1);
        // What is too long was refused when it came in.
        let Ok(frames) = packet.encode(port.tag) else {
            return 0;
        };
        let bytes = frames.iter().map(Vec::len).sum();
        port.free_at = port.free_at.max(now) + port.timing.wire(bytes);
        // A stand-by speaks when the owner waits for it; the owner is heard again after that.
        let until = port.free_at + port.timing.dead;
        if let super::port::Role::StandBy { claim_at, .. } = &mut port.role {
            *claim_at = (*claim_at).max(until);
        }
        self.out.push(Output::Send {
            port: number,
            frames,
        });
        bytes
    }

    /// Notes that something changed at this node, for roots to ask again.
    pub(super) fn changed(&mut self) {
        let ports = self.port_numbers();
        self.versions.changed(&ports);
    }

    /// Learns of changes elsewhere. A root asks those that changed.
    pub(super) fn learn_news(&mut self, from: NodeId, news: &[Version]) {
        let ports = self.port_numbers();
        for version in news {
            if self.versions.learn(&ports, from, *version) {
                self.discovery.renew(version.node);
            }
        }
    }

    /// This node's own table.
    pub(super) fn links(&self) -> LinkTable {
        let me = self.settings.id;
        let links = self.ports.values().map(|port| LinkEntry {
            segment: port.settings.segment,
            port: port.settings.port,
            rate: u16::try_from(port.settings.line.baud / 100).unwrap_or(u16::MAX),
            delay: u16::try_from(port.settings.repeater_delay.as_millis() / 10).unwrap_or(u16::MAX),
            owner: port.owner(me),
            members: port
                .members
                .iter()
                .filter(|(_, member)| member.heard > Duration::ZERO)
                .map(|(node, _)| *node)
                .take(32)
                .collect(),
        });
        LinkTable {
            area: self.settings.area,
            terminal: self.settings.terminal,
            version: self.versions.own(),
            reports: u8::try_from(self.reports.len()).unwrap_or(u8::MAX),
            links: links.collect(),
        }
    }

    fn add_report(&mut self, content: Vec<u8>) {
        if self.reports.len() >= REPORTS {
            self.reports.pop_front();
        }
        // 0 acknowledges nothing.
        self.report_number = self.report_number.wrapping_add(1).max(1);
        self.reports.push_back((self.report_number, content));
        self.changed();
    }

    fn set_uplink(&mut self, now: Time, up: bool) {
        if self.uplink != up {
            self.uplink = up;
            self.discovery.start(now);
            self.changed();
        }
    }
}
