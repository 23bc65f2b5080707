//! What it came to, counted in the meters' own books.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::plan::{Hanging, NODES};
use super::till::{Order, Read};
use crate::meter::MeterState;

/// Everything the scenario says.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Concentrators.
    pub concentrators: usize,
    /// Repeaters.
    pub repeaters: usize,
    /// Meters.
    pub meters: usize,
    /// Meters by kind.
    pub kinds: BTreeMap<&'static str, usize>,
    /// Until the concentrators had found each other and a meter on every wire was reached.
    pub settled_ms: u64,
    /// The reading cycle in the middle of which a concentrator was killed.
    pub cycle: Cycle,
    /// The top-ups in the middle of which one was killed.
    pub top_ups: Vec<Sale>,
    /// Orders that are not in their meter's books.
    pub lost: usize,
    /// Purchases in a meter's books that nobody ordered, or that are there twice.
    pub doubled: usize,
    /// Meters that could not be read.
    pub unreached: usize,
    /// All of it.
    pub seconds: f64,
}

/// A reading cycle.
#[derive(Clone, Debug, Serialize)]
pub struct Cycle {
    /// Which concentrator was killed.
    pub killed: &'static str,
    /// Meters to read.
    pub meters: usize,
    /// Meters read.
    pub read: usize,
    /// Meters not read.
    pub unreached: usize,
    /// Reads that were asked again.
    pub asked_again: usize,
    /// From the first request to the last answer through the concentrators.
    pub ms: u64,
    /// The longest time in which no meter at all was read.
    pub longest_gap_ms: u64,
}

impl Cycle {
    pub(super) fn of(
        killed: &'static str,
        reads: &[Read],
        began: Instant,
        took: Duration,
        heat: usize,
        heat_read: usize,
    ) -> Cycle {
        let read = reads.iter().filter(|read| read.reached).count() + heat_read;
        let meters = reads.len() + heat;
        let mut last = began;
        let mut gap = Duration::ZERO;
        for one in reads.iter().filter(|read| read.reached) {
            gap = gap.max(one.at.saturating_duration_since(last));
            last = one.at;
        }
        Cycle {
            killed,
            meters,
            read,
            unreached: meters - read,
            asked_again: reads.iter().map(|read| read.tries - 1).sum(),
            ms: millis(took),
            longest_gap_ms: millis(gap),
        }
    }
}

/// A top-up.
#[derive(Clone, Debug, Serialize)]
pub struct Sale {
    /// The meter.
    pub meter: String,
    /// Its wire.
    pub wire: String,
    /// Which concentrator was killed.
    pub killed: String,
    /// How long after the order began.
    pub after_ms: u64,
    /// Purchase number.
    pub number: u32,
    /// In fen.
    pub amount: i64,
    /// Whoever ordered it saw it in the meter's books.
    pub applied: bool,
    /// From the order to that.
    pub ms: u64,
    /// How often its outcome was unknown meanwhile.
    pub unknown: usize,
}

impl Sale {
    pub(super) fn of(order: &Order, victim: &str, wire: &str, after: u64) -> Sale {
        Sale {
            meter: order.meter.clone(),
            wire: wire.to_owned(),
            killed: victim.to_owned(),
            after_ms: after,
            number: order.number,
            amount: order.amount,
            applied: order.applied,
            ms: millis(order.took),
            unknown: order.unknown,
        }
    }
}

/// Holds the orders against the meters' books.
pub(super) fn count(
    meters: &[Hanging],
    cycle: Cycle,
    sales: Vec<Sale>,
    books: &[MeterState],
    settled: Duration,
    all: Duration,
) -> Figures {
    let mut kinds = BTreeMap::new();
    for meter in meters {
        *kinds.entry(meter.kind.word()).or_insert(0) += 1;
    }
    let entries = |sale: &Sale| {
        let own = books.iter().filter(|book| book.meter == sale.meter);
        own.flat_map(|book| &book.applied)
            .filter(|entry| entry.number == sale.number && entry.amount == sale.amount)
            .count()
    };
    let in_books: usize = books.iter().map(|book| book.applied.len()).sum();
    let kept = sales.iter().filter(|sale| entries(sale) > 0).count();
    Figures {
        concentrators: NODES.len(),
        repeaters: 1,
        meters: meters.len(),
        kinds,
        settled_ms: millis(settled),
        lost: sales
            .iter()
            .filter(|sale| !sale.applied || entries(sale) == 0)
            .count(),
        doubled: in_books - kept,
        unreached: cycle.unreached,
        cycle,
        top_ups: sales,
        seconds: (all.as_secs_f64() * 10.0).round() / 10.0,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
