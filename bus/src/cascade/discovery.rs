//! How a root learns the district: it asks every node it hears of for its table, again when something changed, and fetches
//! the reports that wait there.

use std::collections::BTreeMap;
use std::time::Duration;

use super::event::{Output, Time};
use super::graph::{Avoid, Goal};
use super::node::Node;
use super::origin::Asked;
use super::relay::Back;
use crate::frame::cascade::{Answer, LinkTable, NodeId, Operation, Outcome, Request, Version};

/// A table is asked for again after this time, whatever happens.
const REFRESH: Duration = Duration::from_secs(60);
/// Between two questions of a discovery: residents go first.
const PAUSE: Duration = Duration::from_millis(200);
/// How long residents' requests, one after the other, can hold back a question that is due.
const HELD: Duration = Duration::from_secs(6);
/// A question may use a wire for a quarter of the time.
const REST: u32 = 3;
const LONGEST_REST: Duration = Duration::from_secs(10);
/// How long a node that did not answer is left alone; twice as long after each further failure, up to a minute.
const RETRY: Duration = Duration::from_secs(2);
const MOST_DOUBLINGS: u32 = 5;
/// How long a node that did not answer a resident is left alone.
const SILENT: Duration = Duration::from_secs(5);
/// Failures in a row after which a node counts as gone.
const FAILURES: u32 = 3;
/// What one hop of a question may take.
const PER_HOP: Duration = Duration::from_secs(8);

/// What is known about a node's table.
#[derive(Clone, Debug, Default)]
struct Known {
    asked_at: Option<Time>,
    stale: bool,
    failures: u32,
    not_before: Time,
    last_report: u16,
}

/// A root's discovery.
#[derive(Debug)]
pub(super) struct Discovery {
    known: BTreeMap<NodeId, Known>,
    running: bool,
    asked_at: Time,
    next_at: Time,
    /// Since when residents' requests hold back the questions.
    held_since: Option<Time>,
    avoid: BTreeMap<(NodeId, NodeId), Time>,
    silent: BTreeMap<NodeId, Time>,
    refused: BTreeMap<(NodeId, u16), Time>,
}

impl Discovery {
    pub(super) fn new(now: Time) -> Discovery {
        Discovery {
            known: BTreeMap::new(),
            running: false,
            asked_at: now,
            next_at: now,
            held_since: None,
            avoid: BTreeMap::new(),
            silent: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Begins anew: a master came or went.
    pub(super) fn start(&mut self, now: Time) {
        for known in self.known.values_mut() {
            known.stale = true;
        }
        self.next_at = now;
    }

    /// A hop is not to be used until then.
    pub(super) fn avoid(&mut self, until: Time, from: NodeId, to: NodeId) {
        self.avoid.insert((from, to), until);
    }

    /// What a node told may not be so any more.
    pub(super) fn doubt(&mut self, node: NodeId) {
        if let Some(known) = self.known.get_mut(&node) {
            known.stale = true;
        }
    }

    /// There is a newer table of a node, perhaps of one that was never asked. A node that changes is alive, whatever was
    /// heard of it before.
    pub(super) fn renew(&mut self, node: NodeId) {
        let known = self.known.entry(node).or_default();
        known.stale = true;
        known.failures = 0;
        known.not_before = Duration::ZERO;
        self.silent.remove(&node);
    }

    /// Whether a question is under way, or due but for the rest between two: the picture will be newer soon.
    pub(super) fn is_renewing(&self) -> bool {
        self.running
            || self
                .known
                .values()
                .any(|known| known.stale || known.asked_at.is_none())
    }

    /// A resident waits for the picture: the next question does not wait until the wires have rested.
    pub(super) fn hurry(&mut self, now: Time) {
        self.next_at = self.next_at.min(now + PAUSE);
    }

    /// A node did not answer: until then everything else is tried before it. Asking it for its table at once would only take its
    /// wire for as long again.
    pub(super) fn silent(&mut self, now: Time, until: Time, node: NodeId) {
        self.silent.insert(node, until);
        if let Some(known) = self.known.get_mut(&node) {
            known.stale = true;
            known.not_before = known.not_before.max(now + SILENT);
        }
    }

    /// A node does not speak on this wire; it is not asked to until then.
    pub(super) fn refused(&mut self, until: Time, node: NodeId, segment: u16) {
        self.refused.insert((node, segment), until);
    }

    /// A hop was just used.
    pub(super) fn trust(&mut self, from: NodeId, to: NodeId) {
        self.avoid.remove(&(from, to));
        self.silent.remove(&to);
    }

    /// What is not to be used.
    pub(super) fn avoided(&mut self, now: Time) -> Avoid {
        self.avoid.retain(|_, until| now < *until);
        self.silent.retain(|_, until| now < *until);
        self.refused.retain(|_, until| now < *until);
        Avoid {
            hops: self.avoid.keys().copied().collect(),
            silent: self.silent.keys().copied().collect(),
            refused: self.refused.keys().copied().collect(),
        }
    }

    /// When it has something to do.
    pub(super) fn deadline(&self) -> Option<Time> {
        if self.running {
            return None;
        }
        self.known
            .values()
            .map(|known| known.due().max(self.next_at))
            .min()
    }
}

impl Known {
    fn due(&self) -> Time {
        let refresh = match self.asked_at {
            Some(_) if self.stale => Duration::ZERO,
            Some(at) => at + REFRESH,
            None => Duration::ZERO,
        };
        refresh.max(self.not_before)
    }
}

impl Node {
    /// Asks the next node, when it is time and no resident waits.
    pub(super) fn run_discovery(&mut self, now: Time) {
        if !self.uplink || self.discovery.running || now < self.discovery.next_at {
            return;
        }
        if self.held_back(now) {
            self.discovery.next_at = now + PAUSE;
            return;
        }
        self.note_own_table();
        let me = self.settings.id;
        let discovery = &mut self.discovery;
        for node in self.graph.mentioned() {
            if node != me {
                discovery.known.entry(node).or_default();
            }
        }
        discovery.known.remove(&me);
        // What is known to have changed goes before what is only old.
        let next = discovery
            .known
            .iter()
            .filter(|(_, known)| now >= known.due())
            .min_by_key(|(_, known)| (!known.stale, known.failures, known.asked_at))
            .map(|(node, _)| *node);
        let Some(node) = next else { return };
        let avoid = discovery.avoided(now);
        match self.graph.way(me, Goal::Node(node), &avoid) {
            Some(way) => self.question(now, node, way.path, Operation::Links),
            None => self.failed(now, node),
        }
    }

    /// Residents go first, but not for ever, and a request that was refused once on its way may be the reason why the picture
    /// has to be renewed.
    fn held_back(&mut self, now: Time) -> bool {
        let discovery = &mut self.discovery;
        if !self.asked.values().any(Asked::goes_first) {
            discovery.held_since = None;
            return false;
        }
        let since = *discovery.held_since.get_or_insert(now);
        let held = now.saturating_sub(since) < HELD;
        if !held {
            discovery.held_since = None;
        }
        held
    }

    fn question(&mut self, now: Time, node: NodeId, path: Vec<NodeId>, operation: Operation) {
        self.discovery.running = true;
        self.discovery.asked_at = now;
        let hops = u32::try_from(path.len()).unwrap_or(1);
        let deadline = now + PER_HOP * hops;
        self.start(now, path, operation, deadline, Back::Discovery(node));
    }

    fn failed(&mut self, now: Time, node: NodeId) {
        let Some(known) = self.discovery.known.get_mut(&node) else {
            return;
        };
        known.failures += 1;
        known.asked_at = Some(now);
        known.stale = true;
        let doublings = (known.failures - 1).min(MOST_DOUBLINGS);
        known.not_before = now + RETRY * 2u32.pow(doublings);
        if known.failures >= FAILURES {
            // Who is still heard by others goes on being asked now and then.
            self.graph.remove(node);
            if !self.graph.mentioned().contains(&node) {
                self.discovery.known.remove(&node);
            }
        }
    }

    /// A question was answered, or not.
    pub(super) fn told(&mut self, now: Time, node: NodeId, request: &Request, answer: Answer) {
        self.discovery.running = false;
        let rest = (now.saturating_sub(self.discovery.asked_at) * REST).min(LONGEST_REST);
        // A resident who waits for the picture is worth the wire.
        let waited_for = self.asked.values().any(Asked::is_parked);
        let rest = if waited_for { PAUSE } else { PAUSE.max(rest) };
        self.discovery.next_at = now + rest;
        self.learn_from(now, request, &answer);
        let Outcome::Done(content) = answer.outcome else {
            return self.failed(now, node);
        };
        match request.operation {
            Operation::Report { .. } => self.report_told(now, node, request, &content),
            _ => self.table_told(now, node, request, &content),
        }
    }

    fn table_told(&mut self, now: Time, node: NodeId, request: &Request, content: &[u8]) {
        let table = match LinkTable::decode(content) {
            Ok(table) => table,
            Err(error) => {
                tracing::info!(%node, %error, "a malformed table was dropped");
                return self.failed(now, node);
            }
        };
        let (reports, version) = (table.reports, table.version);
        // Whoever is heard there may only have been out of this root's own reach.
        for heard in table.links.iter().flat_map(|link| &link.members) {
            if let Some(known) = self.discovery.known.get_mut(heard) {
                known.not_before = known.not_before.min(now + RETRY);
            }
        }
        self.learn_news(node, &[Version { node, version }]);
        // It may have changed again since it told this.
        let stale = self.versions.of(node).is_some_and(|known| known != version);
        self.graph.set(node, table);
        let known = self.discovery.known.entry(node).or_default();
        *known = Known {
            asked_at: Some(now),
            stale,
            last_report: known.last_report,
            ..Known::default()
        };
        let acknowledged = known.last_report;
        if reports > 0 {
            let operation = Operation::Report { acknowledged };
            self.question(now, node, request.path.clone(), operation);
        }
        self.renew_ways(now);
    }

    fn report_told(&mut self, now: Time, node: NodeId, request: &Request, content: &[u8]) {
        let Some((number, content)) = content.split_first_chunk::<2>() else {
            return;
        };
        let number = u16::from_le_bytes(*number);
        let known = self.discovery.known.entry(node).or_default();
        if known.last_report != number {
            known.last_report = number;
            self.out.push(Output::Report {
                origin: node,
                content: content.to_vec(),
            });
        }
        let operation = Operation::Report {
            acknowledged: number,
        };
        self.question(now, node, request.path.clone(), operation);
    }
}
