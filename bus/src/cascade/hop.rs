//! From one node to the next: requests handed on, answers and signs of work that come back, and what they wait for.

use std::time::Duration;

use super::event::Time;
use super::node::Node;
use super::port::{Role, Talk};
use super::relay::{Back, Pending, Stage, length_of};
use crate::frame::cascade::{Answer, Body, NodeId, Outcome, Refused, RequestId, Standing};

impl Node {
    /// An owner hands a request to the next node.
    pub(super) fn hand_down(&mut self, now: Time, number: u8, id: RequestId, peer: NodeId) {
        self.hand_over_request(now, number, id, peer, false);
    }

    fn hand_over_request(
        &mut self,
        now: Time,
        number: u8,
        id: RequestId,
        peer: NodeId,
        repeated: bool,
    ) {
        let me = self.settings.id;
        let (Some(pending), Some(port)) = (self.pending.get_mut(&id), self.ports.get(&number))
        else {
            return;
        };
        let mut request = pending.request.clone();
        request.cursor = request.cursor.saturating_add(1);
        request.hops = request.hops.saturating_sub(1);
        request.repeated |= repeated;
        let left = pending.deadline.saturating_sub(now);
        let hop = port.timing.hop(length_of(&request.operation));
        request.remaining = left.saturating_sub(hop);
        if request.remaining.is_zero() || request.hops == 0 {
            if repeated {
                return;
            }
            let why = if request.hops == 0 {
                Refused::HopLimit
            } else {
                Refused::Expired
            };
            return self.finish(now, id, me, Outcome::NotSent(why));
        }
        pending.stage = Stage::Sent(peer);
        let until = pending.deadline;
        let to = Some(peer).filter(|_| port.is_owner());
        let owner = port.is_owner();
        let bytes = self.say(now, number, to, Body::Request(request));
        if let Some(port) = self.ports.get_mut(&number)
            && owner
        {
            port.talk = Talk::Ask {
                id,
                peer,
                repeated,
                silent: now + port.timing.silence(bytes),
                until,
            };
            self.spoke(now, number);
        }
    }

    /// A request that waits for the owner is handed over instead of a status.
    pub(super) fn answer_with_request(&mut self, now: Time, number: u8, owner: NodeId) -> bool {
        while let Some(id) = self
            .ports
            .get_mut(&number)
            .and_then(|port| port.pulls.pop_front())
        {
            let next = self.pending.get(&id).and_then(Pending::next);
            if next == Some(owner) {
                self.hand_over_request(now, number, id, owner, false);
                return self.pending.contains_key(&id);
            }
            if self.pending.contains_key(&id) {
                self.place(now, id);
                // It may have been put back into the same queue: it waits for the next poll.
                return false;
            }
        }
        false
    }

    /// The timers of a request that was handed to a node.
    pub(super) fn run_ask(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let Talk::Ask {
            id,
            peer,
            repeated,
            silent,
            until,
        } = port.talk
        else {
            return;
        };
        if !self.pending.contains_key(&id) {
            port.talk = Talk::Idle;
        } else if now >= until || (now >= silent && repeated) {
            port.talk = Talk::Idle;
            self.finish(now, id, peer, Outcome::Unknown);
        } else if now >= silent {
            // Perhaps the request was lost, perhaps the answer. The node carries an id out once and keeps its answer, so
            // asking again is safe.
            port.talk = Talk::Idle;
            self.hand_over_request(now, number, id, peer, true);
            let gone = self
                .ports
                .get(&number)
                .is_some_and(|port| port.talk == Talk::Idle);
            if gone {
                self.finish(now, id, peer, Outcome::Unknown);
            }
        }
    }

    /// A node works on a request.
    pub(super) fn wait_heard(&mut self, now: Time, number: u8, from: NodeId, heard: RequestId) {
        if let Some(port) = self.ports.get_mut(&number)
            && let Talk::Ask {
                id, peer, silent, ..
            } = &mut port.talk
            && (*id, *peer) == (heard, from)
        {
            *silent = now + port.timing.silence(0);
        }
    }

    /// A node will have the answer when it is polled.
    pub(super) fn later_heard(&mut self, now: Time, number: u8, from: NodeId, heard: RequestId) {
        let Some(deadline) = self.pending.get(&heard).map(|pending| pending.deadline) else {
            return;
        };
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        if matches!(port.talk, Talk::Ask { id, peer, .. } if (id, peer) == (heard, from)) {
            port.talk = Talk::Idle;
            if let Some(member) = port.members.get_mut(&from) {
                member.owes = deadline;
            }
            self.spoke(now, number);
        }
    }

    /// An answer came: from a node that was handed a request, or from the owner that took one at its poll.
    pub(super) fn answer_heard(
        &mut self,
        now: Time,
        number: u8,
        from: NodeId,
        mine: bool,
        answer: Answer,
    ) {
        let expected = mine
            && self
                .pending
                .get(&answer.id)
                .is_some_and(|pending| pending.stage == Stage::Sent(from));
        if !expected {
            tracing::debug!(port = number, %from, "an answer nobody waits for was dropped");
            return;
        }
        if let Some(port) = self.ports.get_mut(&number)
            && matches!(port.talk, Talk::Ask { id, .. } if id == answer.id)
        {
            port.talk = Talk::Idle;
        }
        self.finish(now, answer.id, answer.about, answer.outcome);
    }

    /// An answer that is owed is given in place of a status.
    pub(super) fn answer_owed(&mut self, now: Time, number: u8) -> bool {
        let owed = self.ports.get_mut(&number).and_then(|port| {
            port.owed.retain(|(until, _)| now < *until);
            port.owed.pop_front()
        });
        let Some((_, answer)) = owed else {
            return false;
        };
        self.say(now, number, None, Body::Answer(answer));
        true
    }

    /// A poll was answered with something else than a status.
    pub(super) fn poll_over(&mut self, now: Time, number: u8, from: NodeId, standing: Standing) {
        if let Some(port) = self.ports.get_mut(&number)
            && matches!(port.talk, Talk::Poll { peer, .. } if peer == from)
        {
            port.talk = Talk::Idle;
            self.weigh(now, number, from, standing);
        }
    }

    /// A request waits for another wire's owner. Two owners that waited on their wires for a node which each of them must
    /// poll first would wait for ever, so whoever handed it over is told not to.
    pub(super) fn put_off(&mut self, now: Time, id: RequestId) {
        let Some(pending) = self.pending.get_mut(&id) else {
            return;
        };
        let Back::Node(number, _) = pending.back else {
            return;
        };
        pending.later = true;
        self.say_wait(now, number, id);
    }

    pub(super) fn say_wait(&mut self, now: Time, number: u8, id: RequestId) {
        let Some(Pending {
            back: Back::Node(came, from),
            ..
        }) = self.pending.get(&id)
        else {
            return;
        };
        let listens = *came == number
            && self.ports.get(&number).is_some_and(
                |port| matches!(&port.role, Role::StandBy { owner, .. } if *owner == Some(*from)),
            );
        let later = self.pending.get(&id).is_some_and(|pending| pending.later);
        if listens {
            let body = if later {
                Body::Later(id)
            } else {
                Body::Wait(id)
            };
            self.say(now, number, None, body);
        }
        if let Some(pending) = self.pending.get_mut(&id)
            && let Some(port) = self.ports.get(&number)
        {
            pending.wait_at = if later {
                Duration::MAX / 4
            } else {
                now.max(port.free_at) + port.timing.beat
            };
        }
    }

    /// Deadlines of requests, and signs that they are being worked on.
    pub(super) fn run_requests(&mut self, now: Time) {
        let due: Vec<RequestId> = self
            .pending
            .iter()
            .filter(|(_, pending)| now >= pending.deadline.min(pending.wait_at))
            .map(|(id, _)| *id)
            .collect();
        let me = self.settings.id;
        for id in due {
            let Some(pending) = self.pending.get(&id) else {
                continue;
            };
            let at_meter = self
                .ports
                .values()
                .any(|port| matches!(port.talk, Talk::Meter { id: asked, .. } if asked == id));
            if now >= pending.deadline && !at_meter {
                let (about, outcome) = match pending.stage {
                    Stage::Waiting => (me, Outcome::NotSent(Refused::Expired)),
                    Stage::Sent(to) => (to, Outcome::Unknown),
                };
                self.finish(now, id, about, outcome);
            } else if now >= pending.wait_at
                && let Back::Node(number, _) = pending.back
            {
                self.say_wait(now, number, id);
            }
        }
    }
}
