//! Broadcasts: from owners to everybody on their wires, once.

use super::event::{Output, Time};
use super::node::Node;
use super::port::Job;
use super::relay::MAX_CONTENT;
use crate::frame::cascade::{Body, MAX_HOPS, NodeId};

impl Node {
    /// Begins a broadcast. This node's own part in it is done by whoever calls.
    pub(super) fn broadcast(&mut self, now: Time, content: Vec<u8>) {
        if content.len() > MAX_CONTENT {
            tracing::warn!(
                bytes = content.len(),
                "a broadcast that is too long was dropped"
            );
            return;
        }
        self.sequence = self.sequence.wrapping_add(1);
        let key = (self.settings.id, self.sequence);
        self.broadcasts.is_new(now, key.0, key.1);
        let hops = u8::try_from(MAX_HOPS).unwrap_or_default();
        self.spread(None, key, hops, &content);
    }

    /// A broadcast was heard from the owner of a wire.
    pub(super) fn broadcast_heard(
        &mut self,
        now: Time,
        number: u8,
        key: (NodeId, u16),
        hops: u8,
        content: Vec<u8>,
    ) {
        if !self.broadcasts.is_new(now, key.0, key.1) {
            return;
        }
        if let Some(left) = hops.checked_sub(1).filter(|left| *left > 0) {
            self.spread(Some(number), key, left, &content);
        }
        self.out.push(Output::Broadcast {
            origin: key.0,
            content,
        });
    }

    /// Lets it wait for every wire this node owns, but the one it came over.
    fn spread(&mut self, came: Option<u8>, key: (NodeId, u16), hops: u8, content: &[u8]) {
        for (number, port) in &mut self.ports {
            if Some(*number) != came && port.is_owner() {
                port.jobs.push_back(Job::Say(Body::Broadcast {
                    origin: key.0,
                    sequence: key.1,
                    hops,
                    content: content.to_vec(),
                }));
            }
        }
    }
}
