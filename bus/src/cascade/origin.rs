//! Requests of this node: the way is chosen here, and another one when it is certain that the first did not lead anywhere.

use std::time::Duration;

use super::event::{Output, Target, Time};
use super::graph::{Avoid, Goal};
use super::node::Node;
use super::relay::{Back, MAX_CONTENT};
use crate::frame::cascade::{Answer, NodeId, Operation, Outcome, Refused, Request, RequestId};
use crate::frame::{cjt188, dlt645};

/// Ways that are tried for one request. A further one is taken only when it is certain that nothing was sent.
const WAYS: u8 = 4;
/// How long a hop on which a request was lost is not used while there is another way.
const AVOID: Duration = Duration::from_secs(20);
/// How long a hop that a relay could not make is not used.
const AVOID_REFUSED: Duration = Duration::from_secs(3);

/// A request that was certainly not sent waits so long for a newer picture of the district, so many times.
const RENEW: Duration = Duration::from_secs(5);
const RENEWALS: u8 = 4;

/// What somebody here asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    target: Target,
    operation: Operation,
    deadline: Time,
    ways: u8,
    /// What is told when the time is up: until then some relay may still carry the request out.
    told: Option<Outcome>,
    /// Certainly not sent so far: it waits until then for a newer picture, and is then refused for this reason.
    parked: Option<(Time, Refused)>,
    renewals: u8,
}

impl Asked {
    /// Whether it changes nothing at the meter, so that it may be asked again another way.
    fn is_reading(&self) -> bool {
        match &self.operation {
            Operation::Meter { frame, .. } => is_reading(frame),
            Operation::Links => true,
            Operation::Terminal(_) | Operation::Report { .. } => false,
        }
    }

    /// When there is something to do about it.
    pub(super) fn due(&self) -> Time {
        self.parked.map_or(self.deadline, |(until, _)| until)
    }

    /// Whether it waits for a newer picture of the district.
    pub(super) fn is_parked(&self) -> bool {
        self.parked.is_some()
    }

    /// Whether discovery should not get in its way: it goes the first way that was found for it.
    pub(super) fn goes_first(&self) -> bool {
        self.parked.is_none() && self.told.is_none() && self.ways <= 1 && self.renewals == 0
    }
}

/// Whether a meter's frame certainly only reads. What is not known to read counts as a write.
fn is_reading(frame: &[u8]) -> bool {
    use dlt645::Function::{Read, Read1997, ReadAddress, ReadNext, ReadNext1997};
    if let Ok(frame) = dlt645::Frame::parse(frame) {
        return matches!(
            frame.control().function(),
            Read | ReadNext | ReadAddress | Read1997 | ReadNext1997
        );
    }
    cjt188::Frame::parse(frame).is_ok_and(|frame| {
        matches!(
            frame.control().function(),
            cjt188::Function::Read | cjt188::Function::ReadAddress
        )
    })
}

impl Node {
    pub(super) fn ask(
        &mut self,
        now: Time,
        ticket: u64,
        target: Target,
        operation: Operation,
        within: Duration,
    ) {
        let asked = Asked {
            target,
            operation,
            deadline: now + within.min(Request::MAX_REMAINING),
            ways: 0,
            told: None,
            parked: None,
            renewals: 0,
        };
        self.asked.insert(ticket, asked);
        self.attempt(now, ticket);
    }

    fn done(&mut self, ticket: u64, outcome: Outcome) {
        if self.asked.remove(&ticket).is_some() {
            self.out.push(Output::Done { ticket, outcome });
        }
    }

    /// The goal of a target, as far as this node knows the district.
    fn goal(&self, target: Target) -> Option<Goal> {
        match target {
            Target::Segment(segment) => Some(Goal::Segment(segment)),
            Target::Port(name) => self.graph.segment_of(name).map(Goal::Segment),
            Target::Node(node) => Some(Goal::Node(node)),
            Target::Terminal(area, terminal) => self.graph.node_of(area, terminal).map(Goal::Node),
        }
    }

    /// Takes the best way that is left.
    fn attempt(&mut self, now: Time, ticket: u64) {
        self.note_own_table();
        let Some(asked) = self.asked.get_mut(&ticket) else {
            return;
        };
        asked.ways += 1;
        let (target, deadline) = (asked.target, asked.deadline);
        let mut operation = asked.operation.clone();
        let fits = match &operation {
            Operation::Meter { frame, .. } | Operation::Terminal(frame) => {
                frame.len() <= MAX_CONTENT
            }
            Operation::Links | Operation::Report { .. } => true,
        };
        if !fits {
            return self.done(ticket, Outcome::NotSent(Refused::Malformed));
        }
        let Some(goal) = self.goal(target) else {
            return self.not_sent(now, ticket, Refused::NoWay);
        };
        if let (Operation::Meter { segment, .. }, Goal::Segment(found)) = (&mut operation, goal) {
            *segment = found;
        }
        let avoid = self.discovery.avoided(now);
        let way = self.graph.way(self.settings.id, goal, &avoid);
        // What is to be avoided is still better than nothing, or than taking over a wire oneself whose owner may be alive: it
        // may have been repaired.
        let way = way
            .filter(|way| !(way.is_last_resort() && way.path.len() == 1))
            .or_else(|| self.graph.way(self.settings.id, goal, &Avoid::default()));
        match way {
            Some(way) => self.start(now, way.path, operation, deadline, Back::Here(ticket)),
            None => self.not_sent(now, ticket, Refused::NoWay),
        }
    }

    /// No way is left, and it is certain that nothing was sent: whoever asked waits a little while the nodes in doubt are
    /// asked for their tables. Without any doubt there is nothing to wait for.
    fn not_sent(&mut self, now: Time, ticket: u64, why: Refused) {
        let renewing = self.discovery.is_renewing();
        let Some(asked) = self.asked.get_mut(&ticket) else {
            return;
        };
        let until = (now + RENEW).min(asked.deadline);
        if self.uplink && renewing && asked.renewals < RENEWALS && now < until {
            asked.renewals += 1;
            asked.parked = Some((until, why));
            self.discovery.hurry(now);
        } else {
            self.done(ticket, Outcome::NotSent(why));
        }
    }

    /// The picture of the district is newer: who waited for that tries the ways there are now.
    pub(super) fn renew_ways(&mut self, now: Time) {
        let avoid = self.discovery.avoided(now);
        let me = self.settings.id;
        let found: Vec<u64> = self
            .asked
            .iter()
            .filter(|(_, asked)| asked.parked.is_some())
            .filter(|(_, asked)| {
                let goal = self.goal(asked.target);
                goal.is_some_and(|goal| self.graph.way(me, goal, &avoid).is_some())
            })
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in found {
            self.unpark(now, ticket);
        }
    }

    fn unpark(&mut self, now: Time, ticket: u64) {
        if let Some(asked) = self.asked.get_mut(&ticket) {
            asked.parked = None;
            asked.ways = 0;
            self.attempt(now, ticket);
        }
    }

    /// Sends a request of this node on its way.
    pub(super) fn start(
        &mut self,
        now: Time,
        path: Vec<NodeId>,
        operation: Operation,
        deadline: Time,
        back: Back,
    ) {
        self.number = self.number.wrapping_add(1);
        if self.number == 0 {
            self.boot = self.random.next() as u32;
        }
        let request = Request {
            id: RequestId {
                origin: self.settings.id,
                boot: self.boot,
                number: self.number,
            },
            repeated: false,
            hops: u8::try_from(path.len()).unwrap_or(u8::MAX),
            remaining: deadline.saturating_sub(now),
            cursor: 0,
            path,
            operation,
        };
        self.accept(now, request, back, deadline);
    }

    /// A way has led to an outcome.
    pub(super) fn attempt_over(
        &mut self,
        now: Time,
        ticket: u64,
        request: &Request,
        answer: Answer,
    ) {
        self.learn_from(now, request, &answer);
        let Some(asked) = self.asked.get_mut(&ticket) else {
            return;
        };
        let unknown = answer.outcome == Outcome::Unknown;
        let elsewhere = match answer.outcome {
            Outcome::NotSent(Refused::NoWay | Refused::NotOwner | Refused::Busy) => true,
            _ => unknown && asked.is_reading(),
        };
        if elsewhere && asked.ways < WAYS && now < asked.deadline {
            self.attempt(now, ticket);
        } else if let Outcome::NotSent(why @ (Refused::NoWay | Refused::NotOwner | Refused::Busy)) =
            answer.outcome
        {
            self.not_sent(now, ticket, why);
        } else if unknown && !asked.is_reading() && now < asked.deadline {
            asked.told = Some(answer.outcome);
        } else {
            self.done(ticket, answer.outcome);
        }
    }

    /// Tells what is unknown when nothing can happen any more.
    pub(super) fn run_asked(&mut self, now: Time) {
        let parked: Vec<u64> = self
            .asked
            .iter()
            .filter(|(_, asked)| asked.parked.is_some() && now >= asked.due())
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in parked {
            let over = self
                .asked
                .get(&ticket)
                .filter(|asked| now >= asked.deadline);
            match over.and_then(|asked| asked.parked) {
                Some((_, why)) => self.done(ticket, Outcome::NotSent(why)),
                None => self.unpark(now, ticket),
            }
        }
        let due: Vec<u64> = self
            .asked
            .iter()
            .filter(|(_, asked)| asked.told.is_some() && now >= asked.deadline)
            .map(|(ticket, _)| *ticket)
            .collect();
        for ticket in due {
            self.done(ticket, Outcome::Unknown);
        }
    }

    /// Notes what an outcome says about the way.
    pub(super) fn learn_from(&mut self, now: Time, request: &Request, answer: &Answer) {
        let at = request.path.iter().position(|node| *node == answer.about);
        let Some(at) = at else { return };
        let node = |index: usize| request.path.get(index).copied();
        match answer.outcome {
            Outcome::Unknown => {
                if let (Some(before), Some(silent)) = (at.checked_sub(1).and_then(node), node(at)) {
                    self.discovery.avoid(now + AVOID, before, silent);
                    self.discovery.silent(now, now + AVOID, silent);
                    self.discovery.doubt(before);
                }
            }
            Outcome::NotSent(why @ (Refused::NoWay | Refused::Busy)) => {
                if let (Some(here), Some(next)) = (node(at), node(at + 1)) {
                    // Who does not hear the next node will hardly do so in a moment; who is busy will.
                    let pause = match why {
                        Refused::NoWay => AVOID,
                        _ => AVOID_REFUSED,
                    };
                    self.discovery.avoid(now + pause, here, next);
                    self.discovery.doubt(here);
                }
            }
            Outcome::NotSent(Refused::NotOwner) => {
                if let Operation::Meter { segment, .. } = request.operation
                    && at + 1 == request.path.len()
                {
                    self.not_owner(now, answer.about, segment);
                }
            }
            Outcome::Done(_) | Outcome::Silent => {
                for (from, to) in request.path.iter().zip(request.path.iter().skip(1)) {
                    self.discovery.trust(*from, *to);
                }
            }
            Outcome::NotSent(_) => {}
        }
    }

    /// A node does not speak on a wire, though its table said so or nobody better was known. Somebody else does: the others
    /// on the wire are tried next, and all of them are asked for their tables.
    fn not_owner(&mut self, now: Time, about: NodeId, segment: u16) {
        if let Some(table) = self.graph.table_mut(about) {
            for link in &mut table.links {
                if link.segment == segment {
                    link.owner = None;
                }
            }
        }
        self.discovery.refused(now + AVOID_REFUSED, about, segment);
        for node in self.graph.on_segment(segment) {
            self.discovery.doubt(node);
        }
    }

    pub(super) fn note_own_table(&mut self) {
        let table = self.links();
        self.graph.set(self.settings.id, table);
    }
}
