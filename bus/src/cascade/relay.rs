//! Requests: taken from a wire, carried out or passed on, and answered on the way they came.

use std::time::Duration;

use super::event::{Output, Time};
use super::node::Node;
use super::port::{Job, Role, Talk};
use crate::frame::cascade::{
    Answer, Body, MAX_MESSAGE, NodeId, Operation, Outcome, Refused, Request, RequestId, Standing,
};

/// Requests under way at one node.
const MOST: usize = 32;
/// How long after its time at this node somebody on the way may still wait for an answer: each hop took its share off the time.
const WAITED_FOR: Duration = Duration::from_secs(10);
/// What a message needs beside the content: header, envelope with the longest path, check value.
const OVERHEAD: usize = 64;
/// Content that fits into one message.
pub(super) const MAX_CONTENT: usize = MAX_MESSAGE - OVERHEAD;

/// Whom the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// Whoever asked at this node, by ticket.
    Here(u64),
    /// This node's own discovery.
    Discovery(NodeId),
    /// The node it came from, on the wire it came over.
    Node(u8, NodeId),
}

/// How far a request has come at this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was sent.
    Waiting,
    /// It was handed on, to a node or a meter.
    Sent(NodeId),
}

/// A request that is under way.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) request: Request,
    pub(super) back: Back,
    pub(super) deadline: Time,
    pub(super) stage: Stage,
    /// When to say that it is still being worked on.
    pub(super) wait_at: Time,
    /// Whoever handed it over does not wait on the wire: the answer is for its poll.
    pub(super) later: bool,
}

impl Pending {
    /// The node after this one on the path.
    pub(super) fn next(&self) -> Option<NodeId> {
        self.request
            .path
            .get(usize::from(self.request.cursor) + 1)
            .copied()
    }
}

impl Node {
    /// A request was heard on a wire.
    pub(super) fn request_heard(
        &mut self,
        now: Time,
        number: u8,
        from: NodeId,
        addressed: bool,
        standing: Standing,
        request: Request,
    ) {
        let me = self.settings.id;
        let cursor = usize::from(request.cursor);
        let for_me = request.path.get(cursor) == Some(&me)
            && cursor.checked_sub(1).and_then(|at| request.path.get(at)) == Some(&from);
        // The answer to a poll is for the owner, who is not named in it.
        let pulled = !addressed
            && self
                .ports
                .get(&number)
                .is_some_and(|port| matches!(port.talk, Talk::Poll { peer, .. } if peer == from));
        if !for_me || !(addressed || pulled) {
            return;
        }
        if pulled {
            self.poll_over(now, number, from, standing);
        }
        let id = request.id;
        let back = Back::Node(number, from);
        if let Some(answer) = self.answered.get(id) {
            let answer = answer.clone();
            return self.send_back(now, back, answer);
        }
        if self.pending.contains_key(&id) {
            return self.say_wait(now, number, id);
        }
        if let Some(outcome) = self.refusal(now, &request) {
            let about = me;
            return self.send_back(now, back, Answer { id, about, outcome });
        }
        let deadline = now + request.remaining;
        self.accept(now, request, back, deadline);
    }

    /// Why a request that was never seen is not taken.
    fn refusal(&mut self, now: Time, request: &Request) -> Option<Outcome> {
        // It was handed over before, perhaps to an earlier life of this node, which may have carried it out.
        if request.repeated && now < self.started + Request::MAX_REMAINING {
            return Some(Outcome::Unknown);
        }
        let why = if request.hops == 0 {
            Refused::HopLimit
        } else if request.remaining.is_zero() {
            Refused::Expired
        } else if self.pending.len() >= MOST || !self.answered.has_room(now) {
            Refused::Busy
        } else {
            return None;
        };
        Some(Outcome::NotSent(why))
    }

    /// Takes a request to its end.
    pub(super) fn accept(&mut self, now: Time, request: Request, back: Back, deadline: Time) {
        let beat = match back {
            Back::Node(number, _) => self.ports.get(&number).map(|port| port.timing.beat),
            Back::Here(_) | Back::Discovery(_) => None,
        };
        let id = request.id;
        self.pending.insert(
            id,
            Pending {
                request,
                back,
                deadline,
                stage: Stage::Waiting,
                wait_at: now + beat.unwrap_or(Duration::MAX / 4),
                later: false,
            },
        );
        self.place(now, id);
    }

    /// Finds out what is to be done with a request that waits.
    pub(super) fn place(&mut self, now: Time, id: RequestId) {
        let Some(pending) = self.pending.get(&id) else {
            return;
        };
        let next = pending.next();
        let operation = pending.request.operation.clone();
        let came = match pending.back {
            Back::Node(number, _) => Some(number),
            Back::Here(_) | Back::Discovery(_) => None,
        };
        if let Some(next) = next {
            return self.pass_on(now, id, next, came);
        }
        let me = self.settings.id;
        match operation {
            Operation::Meter { segment, .. } => self.place_meter(now, id, segment),
            Operation::Links => {
                let content = self.links().encode();
                self.finish(now, id, me, Outcome::Done(content));
            }
            Operation::Report { acknowledged } => {
                let content = self.next_report(acknowledged);
                self.finish(now, id, me, Outcome::Done(content));
            }
            Operation::Terminal(frame) => {
                self.tickets += 1;
                let ticket = self.tickets;
                self.serving.insert(ticket, id);
                if let Some(pending) = self.pending.get_mut(&id) {
                    pending.stage = Stage::Sent(me);
                }
                self.out.push(Output::Serve { ticket, frame });
            }
        }
    }

    /// Lets a request wait for the wire on which the next node is.
    fn pass_on(&mut self, now: Time, id: RequestId, next: NodeId, came: Option<u8>) {
        let me = self.settings.id;
        // On the wire it came over nothing can be asked while its owner waits for the answer; but if that is this node, it
        // polled for the request and waits for nothing.
        let own = self
            .ports
            .iter()
            .filter(|(_, port)| port.is_owner())
            .find(|(_, port)| {
                port.members
                    .get(&next)
                    .is_some_and(|member| !member.heard.is_zero())
            })
            .map(|(number, _)| *number);
        let foreign = self
            .ports
            .iter()
            .filter(|(number, _)| Some(**number) != came)
            .find(|(_, port)| !port.is_owner() && port.owner(me) == Some(next))
            .map(|(number, _)| *number);
        if let Some(port) = own.and_then(|number| self.ports.get_mut(&number)) {
            port.jobs.push_back(Job::Ask(id, next));
        } else if let Some(port) = foreign.and_then(|number| self.ports.get_mut(&number)) {
            port.pulls.push_back(id);
            self.put_off(now, id);
        } else {
            self.finish(now, id, me, Outcome::NotSent(Refused::NoWay));
        }
    }

    fn place_meter(&mut self, now: Time, id: RequestId, segment: u16) {
        let me = self.settings.id;
        let port = self
            .ports
            .values_mut()
            .find(|port| port.settings.segment == segment);
        let Some(port) = port else {
            return self.finish(now, id, me, Outcome::NotSent(Refused::NoWay));
        };
        // Where the owner has fallen silent this node may be the next one: the request waits for that.
        if port.is_owner() || !port.has_living_owner(now) {
            port.jobs.push_back(Job::Meter(id));
        } else {
            self.finish(now, id, me, Outcome::NotSent(Refused::NotOwner));
        }
    }

    /// A request is over: its outcome is kept and goes back the way it came.
    pub(super) fn finish(&mut self, now: Time, id: RequestId, about: NodeId, outcome: Outcome) {
        let Some(pending) = self.pending.remove(&id) else {
            return;
        };
        let answer = Answer { id, about, outcome };
        match pending.back {
            Back::Here(ticket) => self.attempt_over(now, ticket, &pending.request, answer),
            Back::Discovery(node) => self.told(now, node, &pending.request, answer),
            Back::Node(number, _) => {
                self.answered.keep(now, answer.clone());
                match self.ports.get_mut(&number) {
                    Some(port) if pending.later && !port.is_owner() => {
                        port.owed.push_back((pending.deadline + WAITED_FOR, answer));
                    }
                    _ => self.send_back(now, pending.back, answer),
                }
            }
        }
    }

    fn send_back(&mut self, now: Time, back: Back, answer: Answer) {
        let Back::Node(number, node) = back else {
            return;
        };
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        match &port.role {
            Role::Owner => port.jobs.push_front(Job::Tell(node, answer)),
            Role::StandBy { owner, .. } if *owner == Some(node) => {
                self.say(now, number, None, Body::Answer(answer));
            }
            // Who asked does not speak here any more: nobody listens for it, and it may ask again by the same id.
            Role::StandBy { .. } | Role::Claiming { .. } => {}
        }
    }
}

/// Bytes of what an operation carries.
pub(super) fn length_of(operation: &Operation) -> usize {
    OVERHEAD
        + match operation {
            Operation::Meter { frame, .. } | Operation::Terminal(frame) => frame.len(),
            Operation::Links | Operation::Report { .. } => 0,
        }
}
