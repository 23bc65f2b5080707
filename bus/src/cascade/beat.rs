//! What an owner does on its wire: beacons, polls, the jobs that wait, and hand-over to a better owner; and what the others
//! answer.

use std::time::Duration;

use super::event::{Output, Time};
use super::node::Node;
use super::port::{Job, Port, Role, Talk};
use super::standing::priority;
use crate::frame::cascade::{Body, NodeId, Standing};

/// Slots of a beacon that invites nodes which are not known.
const SLOTS: u8 = 3;
/// An owner that is new on a wire invites and polls more often.
const NEW: u32 = 9;
/// Every how many beats an owner invites.
const INVITE: u32 = 8;
/// Every how many beats it polls.
const POLL: u32 = 4;
/// For how many beats an owner that has heard another one says as little as it can.
const CONTESTED: u32 = 10;
/// Polls without an answer after which a node is not there any more.
const MISSED: u8 = 3;
/// Answers in a row by which a node must be the better owner before it gets the wire.
const BETTER: u8 = 3;
/// After how many beats of silence a stand-by does not count a node as there any more.
const FORGET: u32 = 60;
/// How long a node that says hello waits for its poll before it says hello again, in beats.
const UNPOLLED: u32 = 24;

impl Port {
    /// Whether the beacon of this beat has slots. The first one of a new owner has none: somebody may wait for the wire.
    fn invites(&self) -> bool {
        let regular =
            self.beats.is_multiple_of(INVITE) || (self.beats < NEW && self.beats.is_multiple_of(3));
        self.beats > 0 && (regular || self.more_hellos)
    }
}

impl Node {
    /// Forgets who was not heard for long on a wire that others poll.
    fn forget(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let long = port.timing.beat * FORGET;
        let before = port.members.len();
        let peers = &port.settings.peers;
        if !port.is_owner() {
            port.members
                .retain(|node, member| now < member.heard + long || peers.contains(node));
        }
        if port.members.len() != before {
            self.changed();
        }
    }

    /// Begins what is due on a wire.
    pub(super) fn advance(&mut self, now: Time, number: u8) {
        self.forget(now, number);
        self.run_talk(now, number);
        self.run_ownership(now, number);
        self.say_hello(now, number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        // A request does not wait for nodes that are not there. One that is says hello again another time.
        let urgent = !port.jobs.is_empty() && !port.more_hellos;
        if urgent && matches!(port.talk, Talk::Slots { .. }) {
            port.talk = Talk::Idle;
        }
        if !port.is_owner() || !port.is_free(now) {
            return;
        }
        if port.assert_at.is_some_and(|at| now >= at) {
            return self.beacon(now, number, Duration::ZERO);
        }
        let overdue = now >= port.poll_due + port.timing.beat * 10 && !port.members.is_empty();
        if overdue {
            return self.beat(now, number);
        }
        if let Some(job) = port.jobs.pop_front() {
            return self.begin(now, number, job);
        }
        if let Some(want) = port.wanted.pop_front() {
            return self.lend(now, number, want.ticket, want.hold);
        }
        if now >= port.next_beat {
            self.beat(now, number);
        }
    }

    fn beat(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        port.beats = port.beats.saturating_add(1);
        // Who said hello is polled before others are invited.
        let invites = port.invites() && !port.invited;
        port.invited = invites;
        let polls = port.has_eager(now)
            || port.beats < NEW
            || port.beats.is_multiple_of(POLL)
            || now >= port.poll_due;
        if polls && !invites && !port.members.is_empty() {
            self.poll(now, number);
        } else {
            self.beacon(now, number, Duration::ZERO);
        }
    }

    /// Says that the owner is alive; `hold` announces a silence.
    pub(super) fn beacon(&mut self, now: Time, number: u8, hold: Duration) {
        let (_, way) = self.standing(number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        port.assert_at = None;
        let slots = if hold.is_zero() && port.invited {
            SLOTS
        } else {
            0
        };
        let hello = port.timing.hello;
        self.say(now, number, None, Body::Beacon { hold, slots, way });
        self.spoke(now, number);
        if let Some(port) = self.ports.get_mut(&number)
            && slots > 0
        {
            port.more_hellos = false;
            let until = port.free_at + hello * u32::from(slots) + port.timing.turn;
            port.talk = Talk::Slots { until };
        }
    }

    fn poll(&mut self, now: Time, number: u8) {
        let (_, way) = self.standing(number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let Some(peer) = port.next_to_poll(now) else {
            return;
        };
        // While two owners have not heard each other yet, every byte more is a collision more.
        let contested =
            !port.contested.is_zero() && now < port.contested + port.timing.beat * CONTESTED;
        let news = match contested {
            true => Vec::new(),
            false => self.versions.tell(number, Some(peer)),
        };
        self.say(now, number, Some(peer), Body::Poll { way, news });
        self.spoke(now, number);
        if let Some(port) = self.ports.get_mut(&number) {
            let until = port.free_at + port.timing.poll;
            port.poll_due = port.free_at + port.timing.beat * POLL;
            port.talk = Talk::Poll { peer, until };
        }
    }

    /// Ends what has taken its time on a wire.
    fn run_talk(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        match port.talk {
            Talk::Slots { until } if now >= until => port.talk = Talk::Idle,
            Talk::Poll { peer, until } if now >= until => {
                port.talk = Talk::Idle;
                self.missed(number, peer);
            }
            Talk::Ask { .. } => self.run_ask(now, number),
            _ => {}
        }
    }

    /// A node did not answer its poll.
    fn missed(&mut self, number: u8, peer: NodeId) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let configured = port.settings.peers.contains(&peer);
        let Some(member) = port.members.get_mut(&peer) else {
            return;
        };
        member.missed = member.missed.saturating_add(1);
        member.better = 0;
        if member.missed < MISSED {
            return;
        }
        let was_there = !member.heard.is_zero();
        if configured {
            // It goes on being polled, but counts as absent.
            member.heard = Duration::ZERO;
        } else {
            port.members.remove(&peer);
        }
        if was_there {
            self.changed();
        }
    }

    /// The owner asks this node how it is. A request that waits for it is the answer, if there is one.
    pub(super) fn answer_poll(&mut self, now: Time, number: u8, owner: NodeId) {
        if let Some(port) = self.ports.get_mut(&number) {
            if port.is_owner() {
                return;
            }
            port.polled = Some(now);
        }
        if self.answer_owed(now, number) || self.answer_with_request(now, number, owner) {
            return;
        }
        let (_, way) = self.standing(number);
        let news = self.versions.tell(number, None);
        self.say(now, number, None, Body::Status { way, news });
    }

    /// A node answered its poll.
    pub(super) fn status_heard(&mut self, now: Time, number: u8, from: NodeId, standing: Standing) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        if let Talk::Poll { peer, .. } = port.talk
            && peer == from
        {
            port.talk = Talk::Idle;
        }
        if !port.is_owner() {
            return;
        }
        if super::standing::later(standing.term, port.term) {
            // There was an owner this node never heard. If it still is, the new term makes it go.
            port.term = standing.term.wrapping_add(1);
            port.assert_at = Some(now);
        }
        self.weigh(now, number, from, standing);
    }

    /// Whether a node that answered its poll is the better owner.
    pub(super) fn weigh(&mut self, now: Time, number: u8, from: NodeId, standing: Standing) {
        let mine = self.priority(number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let Some(member) = port.members.get_mut(&from) else {
            return;
        };
        if priority(standing, from) < mine {
            member.better = member.better.saturating_add(1);
        } else {
            member.better = 0;
        }
        if member.better >= BETTER && port.talk == Talk::Idle && port.jobs.is_empty() {
            self.hand_over(now, number, from);
        }
    }

    /// Gives the wire to a node that is nearer to a root, or before this one in rank.
    fn hand_over(&mut self, now: Time, number: u8, to: NodeId) {
        let Some(port) = self.ports.get(&number) else {
            return;
        };
        let term = port.term.wrapping_add(1);
        self.say(now, number, Some(to), Body::HandOver { term });
        if let Some(port) = self.ports.get_mut(&number) {
            port.term = term;
        }
        self.stand_by(now, number, Some(to), Vec::new());
        self.tell_owner(number);
        self.changed();
    }

    /// Slots were offered. Who was not polled for long takes one.
    pub(super) fn offer_hello(&mut self, now: Time, number: u8, slots: u8) {
        if slots == 0 {
            return;
        }
        let slot = self.random.below(u64::from(slots));
        if let Some(port) = self.ports.get_mut(&number) {
            let known = port
                .polled
                .is_some_and(|at| now < at + port.timing.beat * UNPOLLED);
            if !known && !port.is_owner() {
                let slot = u32::try_from(slot).unwrap_or_default();
                port.hello_at = Some(now + port.timing.hello * slot);
            }
        }
    }

    fn say_hello(&mut self, now: Time, number: u8) {
        let due = self.ports.get_mut(&number).is_some_and(|port| {
            let due = port.hello_at.is_some_and(|at| now >= at);
            if due {
                port.hello_at = None;
            }
            due && matches!(port.role, Role::StandBy { .. }) && port.is_free(now)
        });
        if due {
            let (_, way) = self.standing(number);
            self.say(now, number, None, Body::Hello { way });
        }
    }

    fn begin(&mut self, now: Time, number: u8, job: Job) {
        match job {
            Job::Ask(id, peer) => self.hand_down(now, number, id, peer),
            Job::Meter(id) => self.ask_meter(now, number, id),
            Job::Tell(to, answer) => {
                self.say(now, number, Some(to), Body::Answer(answer));
                self.spoke(now, number);
            }
            Job::Say(body) => {
                self.say(now, number, None, body);
                self.spoke(now, number);
            }
        }
    }

    /// Whatever an owner says or begins is a sign of life: the next beat has time. It comes a little earlier at random; on a wire
    /// that may have another owner at any time from half a beat to one and a quarter, so that two do not go on speaking at
    /// the same moments, and several do not fill the wire.
    pub(super) fn spoke(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let beat = port.timing.beat;
        let settled = port.beats > NEW && now > port.contested + beat * 40;
        let pause = match settled {
            true => beat - self.random.within(beat / 8),
            false => beat / 2 + self.random.within(beat * 3 / 4),
        };
        port.next_beat = port.free_at.max(now) + pause;
    }

    /// Lends the wire to somebody of this node.
    fn lend(&mut self, now: Time, number: u8, ticket: u64, hold: Duration) {
        let long = self
            .ports
            .get(&number)
            .is_some_and(|port| hold > port.timing.meter);
        if long {
            self.beacon(now, number, hold);
        }
        if let Some(port) = self.ports.get_mut(&number) {
            port.talk = Talk::Lent { ticket };
            self.out.push(Output::Grant {
                port: number,
                ticket,
            });
        }
    }

    pub(super) fn want(&mut self, number: u8, ticket: u64, hold: Duration) {
        match self.ports.get_mut(&number) {
            Some(port) if port.is_owner() => {
                port.wanted.push_back(super::port::Wanted { ticket, hold });
            }
            _ => self.out.push(Output::Deny {
                port: number,
                ticket,
            }),
        }
    }

    pub(super) fn release(&mut self, now: Time, number: u8, ticket: u64) {
        if let Some(port) = self.ports.get_mut(&number) {
            port.wanted.retain(|want| want.ticket != ticket);
            if port.talk == (Talk::Lent { ticket }) {
                port.talk = Talk::Idle;
                port.free_at = port.free_at.max(now);
                self.spoke(now, number);
            }
        }
    }
}
