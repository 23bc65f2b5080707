//! How often anybody may call: a bucket for each terminal and each person, and one for all who are not known yet. Whose bucket it
//! is follows from a signature, a token or the connection, never from a header that a caller sets.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use meterpost_ledger::signing::LogOrigin;

use crate::peer::Peer;
use crate::staff::Staff;

const fn count(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// A terminal that comes back after a month brings a few hundred batches.
const TERMINAL: Quota = Quota::per_second(count(20)).allow_burst(count(200));
/// A person at a desk, or the page that they look at.
const PERSON: Quota = Quota::per_second(count(10)).allow_burst(count(50));
/// Everybody who asks to be enrolled.
const STRANGERS: Quota = Quota::per_second(count(5)).allow_burst(count(50));
/// Signatures and tokens that did not hold, of everybody together: a guess must not be free.
const REFUSED: Quota = Quota::per_second(count(50)).allow_burst(count(500));
/// Somebody with a slip in their hand, or a clerk with a pile of them.
const CHECKS: Quota = Quota::per_minute(count(30)).allow_burst(count(20));
/// Checks of everybody together: each costs a signature and a few reads.
const ALL_CHECKS: Quota = Quota::per_second(count(20)).allow_burst(count(100));
/// Calls after which buckets that are full again are forgotten.
const SWEEP: u64 = 100_000;

type Keyed = RateLimiter<String, HashMapStateStore<String>, DefaultClock>;
type Addressed = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>;
type Single = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

/// All buckets.
#[derive(Debug)]
pub struct Quotas {
    terminals: Keyed,
    people: Keyed,
    strangers: Single,
    refused: Single,
    checks: Addressed,
    all_checks: Single,
    calls: std::sync::atomic::AtomicU64,
}

impl Default for Quotas {
    fn default() -> Quotas {
        Quotas {
            terminals: RateLimiter::hashmap(TERMINAL),
            people: RateLimiter::hashmap(PERSON),
            strangers: RateLimiter::direct(STRANGERS),
            refused: RateLimiter::direct(REFUSED),
            checks: RateLimiter::hashmap(CHECKS),
            all_checks: RateLimiter::direct(ALL_CHECKS),
            calls: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

impl Quotas {
    /// Whether a terminal may call now; its signature holds.
    pub fn terminal(&self, origin: &LogOrigin) -> bool {
        self.sweep();
        self.terminals.check_key(&origin.to_string()).is_ok()
    }

    /// Whether a person may call now; their token holds.
    pub fn person(&self, staff: &Staff) -> bool {
        self.sweep();
        let key = format!("{} {}", staff.tenant, staff.name);
        self.people.check_key(&key).is_ok()
    }

    /// Whether anybody may ask to be enrolled now.
    pub fn stranger(&self) -> bool {
        self.strangers.check().is_ok()
    }

    /// Whether a signature or token that did not hold is answered at all.
    pub fn refused(&self) -> bool {
        self.refused.check().is_ok()
    }

    /// Whether a slip may be checked now for whoever is at the other end. Who is over their own measure takes nothing of everybody's.
    pub fn check(&self, from: Peer) -> bool {
        self.sweep();
        let own = from
            .caller()
            .is_none_or(|caller| self.checks.check_key(&caller).is_ok());
        own && self.all_checks.check().is_ok()
    }

    fn sweep(&self) {
        use std::sync::atomic::Ordering;
        if self.calls.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.terminals.retain_recent();
            self.people.retain_recent();
            self.checks.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_terminal_that_calls_too_often_takes_nothing_from_another() {
        let quotas = Quotas::default();
        let origin = |text: &str| LogOrigin::parse(text).unwrap();
        let (busy, calm) = (origin("meterpost/east/K1/1"), origin("meterpost/east/K2/1"));
        let passed = (0..1000).filter(|_| quotas.terminal(&busy)).count();
        assert!((200..300).contains(&passed), "{passed}");
        assert!(quotas.terminal(&calm));
    }

    #[test]
    fn one_address_that_checks_too_often_takes_nothing_from_another() {
        let quotas = Quotas::default();
        let peer = |text: &str| Peer(text.parse().unwrap());
        let (busy, calm) = (peer("192.0.2.7:1"), peer("192.0.2.8:1"));
        let passed = (0..1000).filter(|_| quotas.check(busy)).count();
        assert!((20..25).contains(&passed), "{passed}");
        assert!(quotas.check(calm));
        // Behind a proxy on this machine nobody has a measure of their own, only all together.
        let proxy = peer("127.0.0.1:1");
        let passed = (0..1000).filter(|_| quotas.check(proxy)).count();
        assert!((70..110).contains(&passed), "{passed}");
    }
}
