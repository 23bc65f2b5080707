//! What must be true at every moment and in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use meterpost_bus::cascade::Time;
use meterpost_bus::frame::cascade::{Assembler, Body, NodeId, RequestId};

use super::meter::amount_of;

/// Two who both hear each other must be one owner after this time. Each beacon that meets noise or another frame costs the time to
/// the next one, so this is a matter of chance; the longest seen in some thousand districts is printed with the result.
const TWO_OWNERS: Duration = Duration::from_secs(20);
const OWNERS_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub struct Checks {
    /// What was found wrong.
    pub wrong: Vec<String>,
    /// How often a credit was put onto a meter's wire, by amount.
    pub sent: BTreeMap<u32, u32>,
    /// How often a request was said at each hop, and when it must be over.
    requests: BTreeMap<(RequestId, u8), (u32, Time)>,
    two_since: BTreeMap<(usize, u8), Time>,
    next_owners: Time,
    pub longest_two: Duration,
    pub frames: u64,
}

impl Checks {
    pub fn fail(&mut self, what: String) {
        if self.wrong.len() < 20 {
            self.wrong.push(what);
        }
    }

    /// A node asks a meter.
    pub fn exchanged(&mut self, frame: &[u8]) {
        if let Some(amount) = amount_of(frame) {
            let sent = self.sent.entry(amount).or_default();
            *sent += 1;
            if *sent > 1 {
                let sent = *sent;
                self.fail(format!(
                    "the credit {amount} was put onto a wire {sent} times"
                ));
            }
        }
    }

    /// Something is said on a wire.
    pub fn frame(&mut self, now: Time, frame: &[u8]) {
        self.frames += 1;
        let mut assembler = Assembler::default();
        let Some(Ok(packet)) = assembler.take(frame) else {
            return;
        };
        let Body::Request(request) = packet.body else {
            return;
        };
        let (cursor, hops) = (usize::from(request.cursor), usize::from(request.hops));
        if cursor + hops != request.path.len() {
            self.fail(format!("{request:?} has not counted its hops"));
        }
        let ends = now + request.remaining;
        let origin_ends = self
            .requests
            .get(&(request.id, 1))
            .map_or(ends, |(_, ends)| *ends);
        if now > origin_ends + Duration::from_millis(500) {
            self.fail(format!("{request:?} lives on after its time"));
        }
        let (said, _) = self
            .requests
            .entry((request.id, request.cursor))
            .or_insert((0, ends));
        *said += 1;
        // One relay hands a request on twice at most, and it is handed a request twice at most: but the second time it
        // answers from memory.
        if *said > 2 {
            let said = *said;
            self.fail(format!("{request:?} was said {said} times at one hop"));
        }
    }

    pub fn owners_due(&mut self, now: Time) -> bool {
        let due = now >= self.next_owners;
        if due {
            self.next_owners = now + OWNERS_EVERY;
        }
        due
    }

    /// Who owns each piece of each wire now.
    pub fn owners(&mut self, now: Time, owners: &BTreeMap<(usize, u8), Vec<NodeId>>) {
        for (place, owners) in owners {
            if owners.len() < 2 {
                self.two_since.remove(place);
                continue;
            }
            let since = *self.two_since.entry(*place).or_insert(now);
            self.longest_two = self.longest_two.max(now - since);
            if now - since > TWO_OWNERS {
                self.two_since.insert(*place, now);
                self.fail(format!(
                    "wire {place:?} has had several owners since {since:?}: {owners:?}"
                ));
            }
        }
    }

    /// Connections changed: what was is forgotten.
    pub fn cabling_changed(&mut self) {
        self.two_since.clear();
    }
}

/// The same request under another id, for a control that must be noticed.
pub fn second_id(frame: &[u8]) -> Option<Vec<u8>> {
    let mut assembler = Assembler::default();
    let mut packet = assembler.take(frame)?.ok()?;
    let Body::Request(request) = &mut packet.body else {
        return None;
    };
    request.id.number ^= 0x8000;
    packet.encode(9).ok()?.into_iter().next()
}
