//! When the provider is asked next.

use super::state::{State, Target};

/// Seconds of everything that has to do with waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Between two questions while somebody stands in front of the code.
    pub poll: u64,
    /// A call's lease: until then nobody else works on the payment. Longer than a call takes.
    pub lease: u64,
    /// Beyond its expiry a payment that nobody closed is cancelled.
    pub grace: u64,
    /// So long after it was closed the provider is still asked whether money came.
    pub watch: u64,
    /// So long a terminal may leave a payment of its sale untaken.
    pub untaken: u64,
}

/// Longest pause between two attempts to close an order.
const CLOSING: u64 = 60;
/// Longest pause between two attempts to give money back.
const RETURNING: u64 = 15 * 60;
/// Longest pause between two looks at a closed order.
const WATCHING: u64 = 6 * 60 * 60;

/// A payment, as far as waiting goes.
#[derive(Clone, Copy, Debug)]
pub struct Due<'d> {
    /// How it stands.
    pub state: State,
    /// What the money is for.
    pub target: Target,
    /// Since when, in seconds since 1970.
    pub changed_at: u64,
    /// Attempts since then.
    pub attempts: u32,
    /// Spreads payments that failed together.
    pub number: &'d str,
}

/// When there is something to do next; `None` where nothing is left.
pub fn next(schedule: &Schedule, due: Due<'_>, now: u64) -> Option<u64> {
    let pause = |longest: u64| now + backoff(due.attempts, longest, due.number);
    match due.state {
        State::Created => Some(pause(schedule.poll.max(1) * 4)),
        State::Waiting => {
            // Somebody who takes long does not look at the screen every second.
            let age = now.saturating_sub(due.changed_at);
            Some(now + schedule.poll.max(1) + age / 30)
        }
        State::Cancelling | State::Abandoned => Some(pause(CLOSING)),
        State::Cancelled | State::Expired | State::Refused => {
            let end = due.changed_at + schedule.watch;
            let at = pause(WATCHING);
            (at <= end).then_some(at)
        }
        State::PaidLate | State::Refunding => Some(pause(RETURNING)),
        State::Paid => match due.target {
            Target::Sale => Some((due.changed_at + schedule.untaken).max(now + 1)),
            Target::Wallet => None,
        },
        State::Taken | State::Refunded => None,
    }
}

/// 1, 2, 4 ... seconds up to the longest, of which the second half is spread by number and attempt. The spread needs no randomness,
/// because numbers are hashes.
fn backoff(attempts: u32, longest: u64, number: &str) -> u64 {
    let full = 1_u64
        .checked_shl(attempts.min(16))
        .unwrap_or(1)
        .min(longest.max(1));
    let spread = number.bytes().fold(u64::from(attempts), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    full - spread % (full / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule {
        poll: 3,
        lease: 12,
        grace: 60,
        watch: 3 * 86_400,
        untaken: 86_400,
    };

    fn due(state: State, attempts: u32) -> Due<'static> {
        Due {
            state,
            target: Target::Sale,
            changed_at: 1000,
            attempts,
            number: "a1b2",
        }
    }

    #[test]
    fn pauses_grow_up_to_their_longest_and_differ_by_number() {
        let pauses: Vec<u64> = (0..20).map(|n| backoff(n, 900, "a1b2")).collect();
        assert!(pauses[0] == 1 && pauses.iter().all(|pause| (1..=900).contains(pause)));
        assert!(pauses[19] >= 450, "{pauses:?}");
        let numbers = ["00aa", "17bc", "f0e1", "9d33"];
        let spread: std::collections::BTreeSet<u64> = numbers
            .iter()
            .map(|number| backoff(12, 900, number))
            .collect();
        assert!(spread.len() > 1);
    }

    #[test]
    fn money_on_its_way_back_is_never_forgotten() {
        for state in [
            State::PaidLate,
            State::Refunding,
            State::Cancelling,
            State::Abandoned,
            State::Created,
        ] {
            assert!(
                next(&SCHEDULE, due(state, 10_000), 10_000_000_000).is_some(),
                "{state}"
            );
        }
    }

    #[test]
    fn a_closed_order_is_watched_for_a_while_and_then_left() {
        let closed = due(State::Cancelled, 3);
        assert!(next(&SCHEDULE, closed, 1000).is_some());
        assert_eq!(next(&SCHEDULE, closed, 1000 + SCHEDULE.watch), None);
    }

    #[test]
    fn an_untaken_payment_is_looked_at_when_its_time_is_over() {
        assert_eq!(
            next(&SCHEDULE, due(State::Paid, 0), 1000),
            Some(1000 + 86_400)
        );
        let wallet = Due {
            target: Target::Wallet,
            ..due(State::Paid, 0)
        };
        assert_eq!(next(&SCHEDULE, wallet, 1000), None);
    }
}
