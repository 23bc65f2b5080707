//! When a node has something to do by itself.

use super::event::Time;
use super::node::Node;
use super::port::{Port, Role, Talk};

impl Node {
    pub(super) fn run_timers(&mut self, now: Time) {
        self.run_requests(now);
        self.run_asked(now);
        self.run_discovery(now);
    }

    /// When the next [`Input::Tick`](super::Input::Tick) is due; one that comes earlier or late does no harm.
    pub fn deadline(&self) -> Option<Time> {
        let requests = self
            .pending
            .values()
            .map(|pending| pending.deadline.min(pending.wait_at));
        let discovery = self.uplink.then(|| self.discovery.deadline()).flatten();
        let asked = self.asked.values().map(super::origin::Asked::due);
        requests
            .chain(asked)
            .chain(self.ports.values().filter_map(port_deadline))
            .chain(discovery)
            .min()
    }
}

fn port_deadline(port: &Port) -> Option<Time> {
    let role = match port.role {
        Role::StandBy { claim_at, .. } if port.talk == Talk::Idle => {
            Some(claim_at.max(port.free_at))
        }
        Role::StandBy { .. } => None,
        Role::Claiming { until, .. } => Some(until),
        Role::Owner if port.talk == Talk::Idle => {
            let waiting = !port.jobs.is_empty() || !port.wanted.is_empty();
            let due = if waiting {
                port.free_at
            } else {
                port.next_beat.min(port.assert_at.unwrap_or(port.next_beat))
            };
            Some(due.max(port.free_at))
        }
        Role::Owner => None,
    };
    let talk = match port.talk {
        Talk::Slots { until } | Talk::Poll { until, .. } => Some(until),
        Talk::Ask { silent, until, .. } => Some(silent.min(until)),
        Talk::Idle | Talk::Meter { .. } | Talk::Lent { .. } => None,
    };
    role.into_iter().chain(talk).chain(port.hello_at).min()
}
