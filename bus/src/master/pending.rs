//! The sixteen sequence numbers of a connection and who waits on them.

use tokio::sync::mpsc;

use crate::frame::gdw376::{Confirm, Item};

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// The terminal's forward answer: port and content.
    Reply {
        /// The terminal's port.
        port: u8,
        /// The meter's frame; empty = sent, nothing came back.
        content: Vec<u8>,
    },
    /// What the terminal says to a command, a setting, or a request that it denies.
    Verdict(Confirm),
    /// Data that were asked for, all of them.
    Items {
        /// The function of the answer.
        function: u8,
        /// Its items.
        items: Vec<Item>,
    },
}

/// Who waits on which number. Whoever stops waiting drops the receiver, and the number is free again.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: [Option<mpsc::Sender<Incoming>>; 16],
    last: usize,
}

impl Pending {
    /// The next free number, in turn, so that a number rests as long as possible before it is used again: a late answer to
    /// it would otherwise look like the next one's.
    pub(super) fn take(&mut self, waiter: mpsc::Sender<Incoming>) -> Option<u8> {
        let numbers = self.waiting.len();
        for step in 1..=numbers {
            let number = (self.last + step) % numbers;
            let slot = self.waiting.get_mut(number)?;
            if slot.as_ref().is_none_or(mpsc::Sender::is_closed) {
                *slot = Some(waiter);
                self.last = number;
                return u8::try_from(number).ok();
            }
        }
        None
    }

    /// Whether somebody waits on the number.
    pub(super) fn is_waiting(&self, number: u8) -> bool {
        let slot = self
            .waiting
            .get(usize::from(number))
            .and_then(Option::as_ref);
        slot.is_some_and(|waiter| !waiter.is_closed())
    }

    /// Hands over what came back; false when nobody waits on the number.
    pub(super) fn deliver(&self, number: u8, incoming: Incoming) -> bool {
        match self.waiting.get(usize::from(number)) {
            Some(Some(waiter)) => waiter.try_send(incoming).is_ok(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_rests_until_the_other_fifteen_were_used() {
        let mut pending = Pending::default();
        let mut taken = Vec::new();
        for _ in 0..17 {
            let (waiter, _gone) = mpsc::channel(1);
            taken.push(pending.take(waiter).unwrap());
        }
        assert_eq!(taken.first(), taken.last());
        let mut distinct = taken.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 16);
    }

    #[test]
    fn a_number_somebody_waits_on_is_not_given_twice() {
        let mut pending = Pending::default();
        let mut waiters = Vec::new();
        for _ in 0..16 {
            let (waiter, waits) = mpsc::channel(1);
            waiters.push((pending.take(waiter).unwrap(), waits));
        }
        let (waiter, _waits) = mpsc::channel(1);
        assert_eq!(pending.take(waiter), None);
        assert!(pending.deliver(waiters[3].0, Incoming::Verdict(Confirm::None)));
        assert_eq!(
            waiters[3].1.try_recv().unwrap(),
            Incoming::Verdict(Confirm::None)
        );
    }
}
