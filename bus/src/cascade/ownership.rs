//! Who speaks on a wire: signs of life, claims, two owners that meet, hand-over.

use std::time::Duration;

use super::event::{Output, Time};
use super::node::Node;
use super::port::{Job, Role, Talk};
use super::standing::{later, prevails};
use crate::frame::cascade::{Body, NodeId, Outcome, Refused, Standing};

impl Node {
    /// How much longer than the first in rank this node waits before it takes over.
    pub(super) fn silence_extra(&mut self, now: Time, number: u8) -> Duration {
        let mine = self.priority(number);
        let jitter = self.jitter(number);
        let me = self.settings.id;
        self.ports.get(&number).map_or(jitter, |port| {
            let ahead = port.ahead_of(mine, port.owner(me), now);
            port.timing.slot * (ahead * 2) + jitter
        })
    }

    /// A little time that differs from node to node, so that two do not speak at once.
    pub(super) fn jitter(&mut self, number: u8) -> Duration {
        let slot = self
            .ports
            .get(&number)
            .map_or(Duration::ZERO, |port| port.timing.slot);
        self.random.within(slot / 2)
    }

    /// Somebody spoke as the owner of the wire. True when it is, as far as this node knows.
    pub(super) fn owner_spoke(
        &mut self,
        now: Time,
        number: u8,
        standing: Standing,
        from: NodeId,
        way: Option<Vec<NodeId>>,
    ) -> bool {
        let (own, _) = self.standing(number);
        let me = self.settings.id;
        let jitter = self.jitter(number);
        let Some(port) = self.ports.get_mut(&number) else {
            return false;
        };
        match &port.role {
            Role::Owner if prevails((standing, from), (own, me)) => {}
            Role::Owner => {
                // Both hear each other: the one that must go learns it from this beacon.
                port.contested = now;
                port.assert_at
                    .get_or_insert(now + port.timing.turn + jitter);
                return false;
            }
            // The owner is alive, or has come back: the claim was too early.
            Role::Claiming { term, .. } if later(term.wrapping_sub(1), standing.term) => {
                return false;
            }
            Role::Claiming { .. } => {}
            Role::StandBy { owner, .. } => {
                // Whoever has just started follows the first owner it hears, whatever its term.
                let outdated = owner.is_some() && later(port.term, standing.term);
                let other = owner.is_some_and(|owner| owner != from);
                // Of two owners of one term this node follows the one that will prevail.
                let worse = other
                    && port.term == standing.term
                    && port
                        .members
                        .get(&owner.unwrap_or(from))
                        .is_some_and(|member| {
                            member.priority < super::standing::priority(standing, from)
                        });
                if outdated || worse {
                    return false;
                }
            }
        }
        let before = match &port.role {
            Role::StandBy {
                owner: Some(owner),
                way,
                ..
            } if *owner == from => Some(way.clone()),
            _ => None,
        };
        let known = before.is_some();
        port.term = standing.term;
        self.stand_by(now, number, Some(from), way.or(before).unwrap_or_default());
        if !known {
            self.tell_owner(number);
            self.changed();
        }
        true
    }

    /// Becomes (or stays) silent on a wire; what waited to be said there is refused.
    pub(super) fn stand_by(
        &mut self,
        now: Time,
        number: u8,
        owner: Option<NodeId>,
        way: Vec<NodeId>,
    ) {
        let extra = self.silence_extra(now, number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let lost = port.is_owner();
        port.role = Role::StandBy {
            owner,
            way,
            heard: now,
            claim_at: now + port.timing.dead + extra,
        };
        if lost {
            port.assert_at = None;
            port.polled = None;
            for member in port.members.values_mut() {
                member.better = 0;
            }
            self.drop_talk(now, number);
        }
    }

    /// Ends what a wire's former owner had under way or before it, as far as it can be ended.
    fn drop_talk(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let jobs = std::mem::take(&mut port.jobs);
        let wanted = std::mem::take(&mut port.wanted);
        let talk = match port.talk {
            // An exchange with a meter goes on to its end.
            Talk::Meter { .. } | Talk::Lent { .. } => None,
            ref talk => Some(talk.clone()),
        };
        if talk.is_some() {
            port.talk = Talk::Idle;
        }
        for want in wanted {
            self.out.push(Output::Deny {
                port: number,
                ticket: want.ticket,
            });
        }
        if let Some(Talk::Ask { id, peer, .. }) = talk {
            self.finish(now, id, peer, Outcome::Unknown);
        }
        let me = self.settings.id;
        for job in jobs {
            if let Job::Ask(id, _) | Job::Meter(id) = job {
                self.finish(now, id, me, Outcome::NotSent(Refused::NotOwner));
            }
        }
    }

    /// The owner announced a silence.
    pub(super) fn hold(&mut self, number: u8, hold: Duration) {
        if let Some(port) = self.ports.get_mut(&number)
            && let Role::StandBy { claim_at, .. } = &mut port.role
        {
            *claim_at += hold;
        }
    }

    /// Somebody says that it takes over.
    pub(super) fn claim_heard(&mut self, now: Time, number: u8, standing: Standing, from: NodeId) {
        let (own, _) = self.standing(number);
        let me = self.settings.id;
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        match port.role {
            // This node is alive: it objects, with a term that ends the claim.
            Role::Owner => {
                if later(standing.term, port.term) || standing.term == port.term {
                    port.term = standing.term.wrapping_add(1);
                }
                port.contested = now;
                port.assert_at = Some(now);
            }
            Role::Claiming { term, .. } => {
                let mine = Standing { term, ..own };
                if prevails((standing, from), (mine, me)) {
                    port.term = standing.term;
                    self.stand_by(now, number, Some(from), Vec::new());
                    self.tell_owner(number);
                }
            }
            Role::StandBy { .. } => {
                if later(standing.term, port.term) {
                    port.term = standing.term;
                    self.stand_by(now, number, Some(from), Vec::new());
                    self.tell_owner(number);
                }
            }
        }
    }

    /// The owner gives the wire to this node.
    pub(super) fn take_wire(&mut self, now: Time, number: u8, term: u16) {
        let fits = self
            .ports
            .get(&number)
            .is_some_and(|port| !port.is_owner() && (later(term, port.term) || term == port.term));
        if fits {
            self.become_owner(now, number, term);
        }
    }

    pub(super) fn become_owner(&mut self, now: Time, number: u8, term: u16) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        port.term = term;
        port.role = Role::Owner;
        port.beats = 0;
        port.next_beat = now;
        port.poll_due = now;
        port.assert_at = Some(now);
        port.hello_at = None;
        port.more_hellos = false;
        port.invited = false;
        for member in port.members.values_mut() {
            member.missed = 0;
            member.better = 0;
        }
        let pulls = std::mem::take(&mut port.pulls);
        self.tell_owner(number);
        self.changed();
        // What waited for the former owner finds its way anew.
        for id in pulls {
            self.place(now, id);
        }
    }

    /// The timers of a wire's ownership.
    pub(super) fn run_ownership(&mut self, now: Time, number: u8) {
        let Some(port) = self.ports.get(&number) else {
            return;
        };
        match port.role {
            Role::StandBy { claim_at, .. } if now >= claim_at && port.is_free(now) => {
                let term = port.term.wrapping_add(1);
                let (standing, _) = self.standing(number);
                let claim = Standing { term, ..standing };
                let bytes = self.say_as(now, number, None, claim, Body::Claim);
                let jitter = self.jitter(number);
                if let Some(port) = self.ports.get_mut(&number) {
                    let until = now + port.timing.wire(bytes) + port.timing.slot + jitter;
                    port.role = Role::Claiming { term, until };
                    self.tell_owner(number);
                }
            }
            Role::Claiming { term, until } if now >= until => {
                self.become_owner(now, number, term);
            }
            _ => {}
        }
    }
}
