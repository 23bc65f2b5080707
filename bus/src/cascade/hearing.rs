//! What a node makes of a frame on one of its wires.

use super::event::{Output, Time};
use super::node::Node;
use super::port::Role;
use super::standing::priority;
use crate::frame::cascade::{Body, Packet};
use crate::frame::{cjt188, dlt645};

/// Whether a frame of a meter wire is a master's request; `None` for what no known protocol explains.
fn is_request(frame: &[u8]) -> Option<bool> {
    if let Ok(frame) = dlt645::Frame::parse(frame) {
        return Some(!frame.control().from_meter());
    }
    let frame = cjt188::Frame::parse(frame).ok()?;
    Some(!frame.control().from_meter())
}

impl Node {
    pub(super) fn heard(&mut self, now: Time, number: u8, frame: &[u8]) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        match port.assembler.take(frame) {
            Some(Ok(packet)) => self.packet(now, number, packet),
            Some(Err(error)) => tracing::debug!(port = number, %error, "spoilt cascade message"),
            None => self.meter_frame(now, number, frame),
        }
    }

    /// A frame between a meter and its master: a sign of life of whoever asks the meters.
    fn meter_frame(&mut self, now: Time, number: u8, frame: &[u8]) {
        let asked = is_request(frame) == Some(true);
        let extra = self.silence_extra(now, number);
        let jitter = self.jitter(number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let answer_due = if asked {
            port.timing.meter
        } else {
            Default::default()
        };
        match &mut port.role {
            Role::StandBy {
                claim_at, heard, ..
            } => {
                *heard = now;
                *claim_at = (*claim_at).max(now + answer_due + port.timing.dead + extra);
            }
            Role::Claiming { .. } => self.stand_by(now, number, None, Vec::new()),
            // Another master on the wire that says no term: tell it whose the wire is, when its exchange is over.
            Role::Owner if asked => {
                port.assert_at.get_or_insert(now + answer_due + jitter);
            }
            Role::Owner => {}
        }
    }

    fn packet(&mut self, now: Time, number: u8, packet: Packet) {
        if packet.from == self.settings.id {
            return;
        }
        self.note_member(now, number, &packet);
        let mine = packet.to == Some(self.settings.id);
        let addressed = packet.to.is_some();
        let Packet {
            from,
            standing,
            body,
            ..
        } = packet;
        match body {
            Body::Claim => self.claim_heard(now, number, standing, from),
            Body::Beacon { hold, slots, way } => {
                if self.owner_spoke(now, number, standing, from, Some(way)) {
                    self.hold(number, hold);
                    self.offer_hello(now, number, slots);
                }
            }
            Body::Poll { way, news } => {
                self.owner_spoke(now, number, standing, from, Some(way));
                self.learn_news(from, &news);
                if mine {
                    self.answer_poll(now, number, from);
                }
            }
            Body::HandOver { term } => {
                self.owner_spoke(now, number, standing, from, None);
                if mine {
                    self.take_wire(now, number, term);
                }
            }
            Body::Broadcast {
                origin,
                sequence,
                hops,
                content,
            } => {
                if self.owner_spoke(now, number, standing, from, None) {
                    self.broadcast_heard(now, number, (origin, sequence), hops, content);
                }
            }
            Body::Request(request) => {
                if addressed {
                    self.owner_spoke(now, number, standing, from, None);
                }
                self.request_heard(now, number, from, mine, standing, request);
            }
            Body::Answer(answer) => {
                if addressed {
                    self.owner_spoke(now, number, standing, from, None);
                } else {
                    self.peer_spoke(now, number);
                }
                if !addressed {
                    self.poll_over(now, number, from, standing);
                }
                self.answer_heard(now, number, from, mine || !addressed, answer);
            }
            Body::Hello { .. } => {
                self.peer_spoke(now, number);
                // Where one was, others may have spoken into each other.
                if let Some(port) = self.ports.get_mut(&number) {
                    port.more_hellos = true;
                    let soon = now + port.timing.beat * 8;
                    if let Some(member) = port.members.get_mut(&from) {
                        member.owes = soon;
                    }
                }
            }
            Body::Status { news, .. } => {
                self.peer_spoke(now, number);
                self.learn_news(from, &news);
                self.status_heard(now, number, from, standing);
            }
            Body::Later(id) => {
                self.peer_spoke(now, number);
                self.later_heard(now, number, from, id);
            }
            Body::Wait(id) => {
                self.peer_spoke(now, number);
                self.wait_heard(now, number, from, id);
            }
        }
    }

    /// Everybody who is heard is a member of the wire.
    fn note_member(&mut self, now: Time, number: u8, packet: &Packet) {
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        let member = port
            .members
            .entry(packet.from)
            .or_insert_with(|| super::port::Member::unheard(packet.from));
        let new = member.heard.is_zero();
        member.heard = now;
        member.missed = 0;
        member.priority = priority(packet.standing, packet.from);
        if new {
            // Its first poll comes with the next beat.
            port.poll_due = now;
            self.changed();
        }
    }

    /// The owner of the wire is spoken to by somebody else: it is alive as long as it speaks to others, not when others
    /// answer; but until the answer is over nobody else may speak.
    fn peer_spoke(&mut self, now: Time, number: u8) {
        let extra = self.silence_extra(now, number);
        let Some(port) = self.ports.get_mut(&number) else {
            return;
        };
        if let Role::StandBy { claim_at, .. } = &mut port.role {
            *claim_at = (*claim_at).max(now + port.timing.dead + extra);
        }
    }

    /// Tells who listens here that the owner changed.
    pub(super) fn tell_owner(&mut self, number: u8) {
        let me = self.settings.id;
        if let Some(port) = self.ports.get(&number) {
            let owner = port.owner(me);
            self.out.push(Output::Owner {
                port: number,
                owner,
                own: owner == Some(me),
                term: port.term,
            });
        }
    }
}
