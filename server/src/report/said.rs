//! What entries say, in rows: pure.

use meterpost_ledger::{Account, ClockQuality, Entry, Event, Money};

use crate::database::storable;

/// Minor units of the largest posting that is believed: ten million million of the currency.
const LARGEST: u64 = 1_000_000_000_000_000;

/// What a piece of a log says, by columns.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) sales: Vec<SaleRow>,
    pub(super) money: Vec<MoneyRow>,
    pub(super) collections: Vec<CollectionRow>,
    pub(super) counts: Vec<CountRow>,
}

#[derive(Debug)]
pub(super) struct SaleRow {
    pub(super) sale: i64,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) meter: String,
    pub(super) utility: String,
    pub(super) card: Option<String>,
    pub(super) target: i64,
}

#[derive(Debug)]
pub(super) struct MoneyRow {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) clock: i16,
    pub(super) event: i16,
    pub(super) sale: Option<i64>,
    pub(super) moved: [i64; Account::ALL.len()],
}

#[derive(Debug)]
pub(super) struct CollectionRow {
    pub(super) period: i64,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) by: String,
    pub(super) notes: i64,
    pub(super) amount: i64,
}

#[derive(Debug)]
pub(super) struct CountRow {
    pub(super) period: i64,
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) by: String,
    pub(super) counted: i64,
}

impl Found {
    /// Takes in what an entry says. Whoever has a terminal's key may sign nonsense; it must not keep the log from going on.
    pub(super) fn take(&mut self, seq: i64, entry: &Entry, now: i64) {
        let wall = i64::try_from(entry.stamp.wall / 1000).unwrap_or(i64::MAX);
        // A clock that is ahead must not put money into a day that has not come.
        let at = wall.min(now);
        if let Some((event, sale)) = money_event(&entry.event) {
            let moved = moved(entry);
            if !balanced(&moved) {
                tracing::error!(
                    seq,
                    "an entry's postings do not balance; they are in no report"
                );
            } else if moved.iter().any(|amount| *amount != 0) {
                let clock = clock(entry.stamp.quality);
                let sale = sale.map(as_i64);
                self.money.push(MoneyRow {
                    seq,
                    at,
                    clock,
                    event,
                    sale,
                    moved,
                });
            }
        }
        match &entry.event {
            Event::SaleOpened {
                sale,
                meter,
                target,
                card,
                ..
            } => self.sales.push(SaleRow {
                sale: as_i64(sale.0),
                seq,
                at,
                meter: storable(&meter.number),
                utility: storable(&meter.utility),
                card: card.as_ref().map(|card| storable(&card.0)),
                target: target.0,
            }),
            Event::Collected { period, by, notes } => self.collections.push(CollectionRow {
                period: as_i64(*period),
                seq,
                at,
                by: storable(by),
                notes: notes
                    .iter()
                    .fold(0, |sum: i64, (_, count)| sum.saturating_add(as_i64(*count))),
                amount: posted(entry, Account::Collected).0,
            }),
            Event::CollectionCounted {
                period,
                counted,
                by,
            } => self.counts.push(CountRow {
                period: as_i64(*period),
                seq,
                at,
                by: storable(by),
                counted: counted.0,
            }),
            _ => {}
        }
    }
}

/// The number of an event that may move money, and its sale.
fn money_event(event: &Event) -> Option<(i16, Option<u64>)> {
    Some(match event {
        Event::NoteStacked { sale, .. } => (4, sale.map(|sale| sale.0)),
        Event::NoteInDoubt { .. } => (7, None),
        Event::DeliveryIntended { sale, .. } => (8, Some(sale.0)),
        Event::DeliveryApplied { sale, .. } => (9, Some(sale.0)),
        Event::DeliveryVoided { sale, .. } => (10, Some(sale.0)),
        Event::ClaimIssued { sale, .. } => (12, Some(sale.0)),
        Event::DoubtEnded { .. } => (19, None),
        Event::Collected { .. } => (24, None),
        Event::CollectionCounted { .. } => (25, None),
        Event::PaymentTaken { sale, .. } => (29, Some(sale.0)),
        Event::PaymentEnded { sale, .. } => (30, Some(sale.0)),
        _ => return None,
    })
}

/// What the entry's own postings, which its signature covers, add to each account.
fn moved(entry: &Entry) -> [i64; Account::ALL.len()] {
    Account::ALL.map(|account| posted(entry, account).0)
}

/// Whether they sum to zero (invariant 1), each small enough that sums of many fit.
fn balanced(moved: &[i64]) -> bool {
    let sum: i128 = moved.iter().copied().map(i128::from).sum();
    sum == 0 && moved.iter().all(|amount| amount.unsigned_abs() <= LARGEST)
}

fn posted(entry: &Entry, account: Account) -> Money {
    let postings = entry.postings.iter();
    let of = postings.filter(|posting| posting.account == account);
    // The books have refused what does not fit.
    Money(of.fold(0, |sum: i64, posting| sum.saturating_add(posting.amount.0)))
}

fn clock(quality: ClockQuality) -> i16 {
    match quality {
        ClockQuality::Unset => 0,
        ClockQuality::Restored => 1,
        ClockQuality::Rtc => 2,
        ClockQuality::Ntp => 3,
        ClockQuality::Server => 4,
    }
}

/// Numbers of a log are small; one that is not would be at the end of every order.
fn as_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
