//! What the last node of a path does: it asks a meter, or itself.

use super::event::{Exchanged, Output, Time};
use super::node::Node;
use super::port::Talk;
use super::relay::{MAX_CONTENT, Stage};
use crate::frame::cascade::{Operation, Outcome, Refused, RequestId};

impl Node {
    /// An owner asks a meter.
    pub(super) fn ask_meter(&mut self, now: Time, number: u8, id: RequestId) {
        let me = self.settings.id;
        let (Some(pending), Some(port)) = (self.pending.get_mut(&id), self.ports.get(&number))
        else {
            return;
        };
        let Operation::Meter {
            control,
            patience,
            frame,
            ..
        } = pending.request.operation.clone()
        else {
            return;
        };
        let needed = port.timing.wire(frame.len()) + patience + port.timing.turn;
        if now + needed > pending.deadline {
            return self.finish(now, id, me, Outcome::NotSent(Refused::Expired));
        }
        pending.stage = Stage::Sent(me);
        let long = patience > port.timing.meter;
        if long {
            self.beacon(now, number, patience);
        }
        self.tickets += 1;
        let ticket = self.tickets;
        self.serving.insert(ticket, id);
        if let Some(port) = self.ports.get_mut(&number) {
            port.talk = Talk::Meter { id, ticket };
        }
        self.out.push(Output::Exchange {
            port: number,
            ticket,
            control,
            frame,
            patience,
        });
    }

    pub(super) fn exchanged(&mut self, now: Time, number: u8, ticket: u64, result: Exchanged) {
        let me = self.settings.id;
        let Some(id) = self.serving.remove(&ticket) else {
            return;
        };
        if let Some(port) = self.ports.get_mut(&number)
            && matches!(port.talk, Talk::Meter { ticket: own, .. } if own == ticket)
        {
            port.talk = Talk::Idle;
            port.free_at = port.free_at.max(now);
            self.spoke(now, number);
        }
        let outcome = match result {
            Exchanged::Answer(frame) if frame.len() <= MAX_CONTENT => Outcome::Done(frame),
            // No meter's frame is that long; and nothing is said that is not true.
            Exchanged::Answer(_) => Outcome::Unknown,
            Exchanged::Silent => Outcome::Silent,
            Exchanged::NotSent(why) => Outcome::NotSent(why),
        };
        self.finish(now, id, me, outcome);
    }

    pub(super) fn served(&mut self, now: Time, ticket: u64, content: Option<Vec<u8>>) {
        let me = self.settings.id;
        let Some(id) = self.serving.remove(&ticket) else {
            return;
        };
        let outcome = match content {
            Some(content) if content.len() <= MAX_CONTENT => Outcome::Done(content),
            Some(_) => Outcome::Unknown,
            None => Outcome::Silent,
        };
        self.finish(now, id, me, outcome);
    }

    /// Forgets the report that arrived, and gives the next one: its number and what it says.
    pub(super) fn next_report(&mut self, acknowledged: u16) -> Vec<u8> {
        if acknowledged != 0
            && self
                .reports
                .front()
                .is_some_and(|(number, _)| *number == acknowledged)
        {
            self.reports.pop_front();
        }
        self.reports
            .front()
            .map_or(Vec::new(), |(number, content)| {
                let mut out = number.to_le_bytes().to_vec();
                out.extend(content);
                out
            })
    }
}
