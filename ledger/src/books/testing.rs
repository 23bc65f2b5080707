//! Events for tests: short constructors, and random walks that keep to the rules.

use proptest::prelude::*;

use super::Books;
use crate::event::{
    CommandOutcome, Event, MeterPurse, MeterRef, NoteEvidence, NoteId, NoteReturn, SaleId, Slip,
    SlipOutcome,
};
use crate::money::Money;
use crate::payment::{AccountRef, Means, Payment, PaymentEvidence, PaymentOutcome, PaymentState};
use crate::sale::{DeliveryState, Sale};

pub(crate) fn meter(number: &str) -> MeterRef {
    MeterRef {
        number: number.into(),
        utility: "water".into(),
        profile: "test".into(),
    }
}

pub(crate) fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(-305),
        last_amount: Some(Money(1000)),
        cumulative: None,
    }
}

pub(crate) fn created() -> Event {
    Event::LogCreated {
        software: "test 1".into(),
    }
}

pub(crate) fn opened(sale: u64, number: &str) -> Event {
    Event::SaleOpened {
        sale: SaleId(sale),
        meter: meter(number),
        target: Money(5000),
        before: purse(4),
        card: None,
    }
}

pub(crate) fn offered(sale: u64, note: u64, value: i64) -> Event {
    Event::NoteOffered {
        sale: SaleId(sale),
        note: NoteId(note),
        value: Money(value),
    }
}

pub(crate) fn stacked(sale: u64, note: u64, value: i64) -> Event {
    Event::NoteStacked {
        sale: Some(SaleId(sale)),
        note: Some(NoteId(note)),
        value: Money(value),
        evidence: NoteEvidence::Credit,
    }
}

pub(crate) fn found(sale: Option<u64>, value: i64) -> Event {
    Event::NoteStacked {
        sale: sale.map(SaleId),
        note: None,
        value: Money(value),
        evidence: NoteEvidence::PowerUp,
    }
}

pub(crate) fn returned(note: u64) -> Event {
    Event::NoteReturned {
        note: NoteId(note),
        reason: NoteReturn::Rejected,
    }
}

pub(crate) fn doubt(note: u64) -> Event {
    Event::NoteInDoubt { note: NoteId(note) }
}

pub(crate) fn doubt_ended(note: u64) -> Event {
    Event::DoubtEnded {
        note: NoteId(note),
        evidence: NoteEvidence::Credit,
    }
}

/// From a wallet, or by QR code.
pub(crate) fn wallet() -> Means {
    Means::Wallet(AccountRef("A-1".into()))
}

/// For the sale that [`opened`] opens.
pub(crate) fn asked(sale: u64, means: Means) -> Event {
    Event::PaymentAsked {
        sale: SaleId(sale),
        means,
        amount: Money(5000),
    }
}

pub(crate) fn taken(sale: u64) -> Event {
    Event::PaymentTaken {
        sale: SaleId(sale),
        evidence: PaymentEvidence::Server,
    }
}

pub(crate) fn ended(sale: u64, number: &str, means: Means, outcome: PaymentOutcome) -> Event {
    Event::PaymentEnded {
        sale: SaleId(sale),
        means,
        meter: number.into(),
        amount: Money(5000),
        outcome,
        reason: "test".into(),
    }
}

pub(crate) fn intended(sale: u64, number: u32, amount: i64) -> Event {
    Event::DeliveryIntended {
        sale: SaleId(sale),
        number,
        amount: Money(amount),
        before: purse(number.wrapping_sub(1)),
    }
}

pub(crate) fn applied(sale: u64, number: u32) -> Event {
    Event::DeliveryApplied {
        sale: SaleId(sale),
        number,
        after: purse(number),
    }
}

pub(crate) fn voided(sale: u64, number: u32) -> Event {
    Event::DeliveryVoided {
        sale: SaleId(sale),
        number,
        reason: "refused".into(),
    }
}

pub(crate) fn unknown(sale: u64, number: u32) -> Event {
    Event::DeliveryUnknown {
        sale: SaleId(sale),
        number,
        reason: "no answer".into(),
    }
}

pub(crate) fn claim(sale: u64, amount: i64) -> Event {
    Event::ClaimIssued {
        sale: SaleId(sale),
        amount: Money(amount),
        reason: "meter unreachable".into(),
    }
}

pub(crate) fn slip(sale: u64, slip: Slip) -> Event {
    let sale = SaleId(sale);
    Event::SlipIntended {
        sale,
        slip,
        copy: 0,
        amount: None,
    }
}

pub(crate) fn slip_done(sale: u64, slip: Slip, outcome: SlipOutcome) -> Event {
    Event::SlipDone {
        sale: SaleId(sale),
        slip,
        outcome,
    }
}

pub(crate) fn closed(sale: u64) -> Event {
    Event::SaleClosed { sale: SaleId(sale) }
}

pub(crate) fn collected(period: u64, notes: Vec<(Money, u64)>) -> Event {
    Event::Collected {
        period,
        by: "staff".into(),
        notes,
    }
}

pub(crate) fn counted(period: u64, counted: i64) -> Event {
    Event::CollectionCounted {
        period,
        counted: Money(counted),
        by: "office".into(),
    }
}

/// One sale from start to end: a note, its delivery, its receipt.
pub(crate) fn whole_sale(sale: u64, number: &str, purchase: u32) -> Vec<Event> {
    vec![
        opened(sale, number),
        offered(sale, sale, 2000),
        stacked(sale, sale, 2000),
        Event::NoteAcknowledged,
        intended(sale, purchase, 2000),
        applied(sale, purchase),
        slip(sale, Slip::Receipt),
        slip_done(sale, Slip::Receipt, SlipOutcome::Printed),
        closed(sale),
    ]
}

/// Books after the log was created and these events.
pub(crate) fn books_after(events: &[Event]) -> Books {
    let mut books = Books::new();
    for event in [created()].iter().chain(events) {
        if let Err(error) = books.apply(event) {
            panic!("{event:?}: {error}");
        }
    }
    books
}

/// Every event that may come next and makes a difference.
fn next_events(books: &Books, value: i64) -> Vec<Event> {
    let number = ["111", "222"][usize::from(value % 2 == 0)];
    let mut events = vec![
        found(None, value),
        Event::CashBoxRemoved,
        collected(books.till().period(), books.till().notes()),
        Event::Contact {
            size: books.last_contact().unwrap_or(0),
            witness: [7; 32],
        },
        Event::BulletinApplied {
            kind: "directory".into(),
            version: books.bulletin_version("directory").unwrap_or(0) + 1,
            digest: [8; 32],
            limits: None,
        },
    ];
    events.push(match books.open_command() {
        None => Event::BulletinApplied {
            kind: "command".into(),
            version: books.bulletin_version("command").unwrap_or(0) + 1,
            digest: [9; 32],
            limits: None,
        },
        Some(version) => Event::CommandEnded {
            version,
            outcome: CommandOutcome::Done,
            words: String::new(),
        },
    });
    if let Some((period, worth)) = books.till().uncounted().next() {
        events.push(counted(period, (worth.0 + value % 3 - 1).max(0)));
    }
    if books.last_note().is_some_and(|last| !last.acknowledged) {
        events.push(Event::NoteAcknowledged);
    }
    match books.open_sale() {
        None => events.push(opened(books.next_sale().0, number)),
        Some(sale) => {
            let id = sale.id.0;
            if sale.payment.is_none() {
                events.push(found(Some(id), value));
                let means = [wallet(), Means::Code][usize::from(value % 3 == 0)].clone();
                let untouched = [sale.paid, sale.in_doubt, sale.owed] == [Money::ZERO; 3];
                if untouched && sale.open_note.is_none() {
                    events.push(asked(id, means));
                }
            }
            match sale.open_note {
                None if sale.payment.is_some() => {}
                None => events.push(offered(id, books.next_note().0, value)),
                Some((note, offer)) => {
                    events.push(stacked(id, note.0, offer.0));
                    events.push(stacked(id, note.0, value));
                    events.push(returned(note.0));
                    events.push(doubt(note.0));
                }
            }
            let held = sale.suspense.0;
            if held > 0 && books.pending_for_meter(&sale.meter.number).is_none() {
                let next = sale.last_delivery().map_or(5, |d| d.number + 1);
                events.push(intended(id, next, held));
                if !sale.payment.as_ref().is_some_and(Payment::is_wallet) {
                    events.push(intended(id, next, 1 + value % held));
                }
            }
            let intent = sale
                .last_delivery()
                .is_some_and(|d| d.state == DeliveryState::Intended);
            let asking = sale.payment.as_ref().is_some_and(Payment::is_asked);
            if asking {
                events.push(taken(id));
            }
            if held == 0 && !intent && !asking && sale.open_note.is_none() {
                events.push(closed(id));
            }
        }
    }
    for sale in books.sales() {
        let id = sale.id.0;
        if sale.delivery_open() {
            let sent = sale.last_delivery().map_or(0, |d| d.number);
            events.extend([applied(id, sent), voided(id, sent), unknown(id, sent)]);
        }
        let wallets = sale.payment.as_ref().is_some_and(Payment::is_wallet);
        if sale.suspense > Money::ZERO && !wallets {
            events.push(claim(id, sale.suspense.0));
        }
        events.extend(payment_end(sale));
        match sale.slips.last() {
            Some(open) if open.outcome.is_none() => {
                events.push(slip_done(id, open.slip, SlipOutcome::Printed));
                let why = "paper".into();
                events.push(slip_done(id, open.slip, SlipOutcome::NotPrinted(why)));
            }
            _ => events.extend(sale.due_slip().map(|due| slip(id, due))),
        }
    }
    events
}

/// How the sale's payment may end now.
fn payment_end(sale: &Sale) -> Option<Event> {
    let payment = sale.payment.as_ref()?;
    let all = payment.amount;
    let outcome = match payment.state {
        PaymentState::Asked => PaymentOutcome::Refused,
        PaymentState::Taken(_) if sale.credited == all => PaymentOutcome::Delivered,
        PaymentState::Taken(_) if payment.is_wallet() && sale.suspense == all => {
            PaymentOutcome::Returned
        }
        PaymentState::Taken(_) | PaymentState::Ended(_) => return None,
    };
    let (number, means) = (&sale.meter.number, payment.means.clone());
    Some(ended(sale.id.0, number, means, outcome))
}

/// A random history that keeps to the rules, beginning with the log's creation.
pub(crate) fn history(longest: usize) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((any::<usize>(), 1..10_000_i64), 0..longest).prop_map(|choices| {
        let mut books = books_after(&[]);
        let mut events = vec![created()];
        for (choice, value) in choices {
            let mut possible = next_events(&books, value);
            let event = possible.swap_remove(choice % possible.len());
            if let Err(error) = books.apply(&event) {
                panic!("{event:?}: {error}");
            }
            events.push(event);
        }
        events
    })
}
