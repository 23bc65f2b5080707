//! Who is next at a wire: by priority, among equals by arrival. Pure.

use std::collections::BTreeMap;

/// Why somebody wants to speak on a wire; what stands first goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Concentrators among themselves: who owns the wire, and what is on its way through them.
    Cascade,
    /// A frame that a master forwards: somebody stands before a terminal.
    Forward,
    /// A reading or switching that a master asked for.
    OnDemand,
    /// A reading of the schedule.
    Scheduled,
    /// Setting clocks.
    Clock,
}

impl Priority {
    /// All, the most urgent first.
    pub const ALL: [Priority; 5] = [
        Priority::Cascade,
        Priority::Forward,
        Priority::OnDemand,
        Priority::Scheduled,
        Priority::Clock,
    ];

    /// How many of this priority may wait for one wire. At 2400 baud eight are more than any patience.
    pub const fn places(self) -> usize {
        match self {
            Priority::Cascade => 16,
            Priority::Forward | Priority::OnDemand => 8,
            Priority::Scheduled | Priority::Clock => 2,
        }
    }
}

/// Those who wait.
#[derive(Debug)]
pub(super) struct Queue<T> {
    waiting: BTreeMap<(Priority, u64), T>,
    arrivals: u64,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Queue {
            waiting: BTreeMap::new(),
            arrivals: 0,
        }
    }

    pub(super) fn put(&mut self, priority: Priority, waiting: T) {
        self.arrivals += 1;
        self.waiting.insert((priority, self.arrivals), waiting);
    }

    /// The priority of whoever is next.
    pub(super) fn next_priority(&self) -> Option<Priority> {
        self.waiting.keys().next().map(|(priority, _)| *priority)
    }

    /// Takes whoever is next.
    pub(super) fn take(&mut self) -> Option<T> {
        self.waiting.pop_first().map(|(_, waiting)| waiting)
    }

    /// Lets go of those who do not wait any more.
    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, waiting| keep(waiting));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forward_overtakes_scheduled_reads_and_equals_keep_their_order() {
        let mut queue = Queue::new();
        queue.put(Priority::Clock, 1);
        queue.put(Priority::Scheduled, 2);
        queue.put(Priority::Forward, 3);
        queue.put(Priority::Scheduled, 4);
        queue.put(Priority::Forward, 5);
        queue.put(Priority::Cascade, 6);
        queue.put(Priority::OnDemand, 7);
        let order: Vec<i32> = std::iter::from_fn(|| queue.take()).collect();
        assert_eq!(order, [6, 3, 5, 7, 2, 4, 1]);
        assert_eq!(queue.next_priority(), None);
    }

    #[test]
    fn whoever_gave_up_is_not_asked() {
        let mut queue = Queue::new();
        queue.put(Priority::Forward, 1);
        queue.put(Priority::Scheduled, 2);
        queue.retain(|waiting| *waiting != 1);
        assert_eq!(queue.next_priority(), Some(Priority::Scheduled));
    }
}
