//! What became of requests: the guard against carrying one out twice.

use std::collections::BTreeMap;
use std::time::Duration;

use super::event::Time;
use crate::frame::cascade::{Answer, NodeId, Request, RequestId};

/// Answers that are kept at once. A node that has so many refuses further requests; it never forgets one that could still
/// be repeated.
const MOST: usize = 1024;
/// Longer than any request lives.
const KEEP: Duration = Duration::from_secs(Request::MAX_REMAINING.as_secs() + 10);

/// Answers to requests that are over.
#[derive(Debug, Default)]
pub(super) struct Answered(BTreeMap<RequestId, (Time, Answer)>);

impl Answered {
    pub(super) fn get(&self, id: RequestId) -> Option<&Answer> {
        self.0.get(&id).map(|(_, answer)| answer)
    }

    pub(super) fn keep(&mut self, now: Time, answer: Answer) {
        self.0.insert(answer.id, (now, answer));
    }

    /// Whether one more would fit; forgets what is too old to be repeated.
    pub(super) fn has_room(&mut self, now: Time) -> bool {
        self.0.retain(|_, (at, _)| now < *at + KEEP);
        self.0.len() < MOST
    }
}

/// Broadcasts that were heard.
#[derive(Debug, Default)]
pub(super) struct Broadcasts(BTreeMap<(NodeId, u16), Time>);

const REMEMBER: Duration = Duration::from_secs(120);
const MOST_BROADCASTS: usize = 512;

impl Broadcasts {
    /// Whether it is heard for the first time. When too many are remembered, a new one counts as known: better not passed
    /// on than passed on without end.
    pub(super) fn is_new(&mut self, now: Time, origin: NodeId, sequence: u16) -> bool {
        self.0.retain(|_, at| now < *at + REMEMBER);
        if self.0.contains_key(&(origin, sequence)) || self.0.len() >= MOST_BROADCASTS {
            return false;
        }
        self.0.insert((origin, sequence), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::cascade::Outcome;

    fn answer(number: u16) -> Answer {
        let origin = NodeId::new(1).unwrap();
        Answer {
            id: RequestId {
                origin,
                boot: 7,
                number,
            },
            about: origin,
            outcome: Outcome::Silent,
        }
    }

    #[test]
    fn a_full_cache_refuses_and_forgets_nothing_that_could_be_repeated() {
        let mut cache = Answered::default();
        for number in 0..1024 {
            assert!(cache.has_room(Duration::ZERO));
            cache.keep(Duration::ZERO, answer(number));
        }
        let alive = Request::MAX_REMAINING;
        assert!(!cache.has_room(alive));
        assert!(cache.get(answer(0).id).is_some());
        assert!(cache.has_room(alive + Duration::from_secs(10)));
    }

    #[test]
    fn a_broadcast_is_new_once() {
        let mut broadcasts = Broadcasts::default();
        let origin = NodeId::new(1).unwrap();
        assert!(broadcasts.is_new(Duration::ZERO, origin, 1));
        assert!(!broadcasts.is_new(Duration::from_secs(60), origin, 1));
        assert!(broadcasts.is_new(Duration::from_secs(60), origin, 2));
    }
}
