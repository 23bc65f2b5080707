//! The day that is sold: what is committed, in order.

use meterpost_ledger::{
    BootId, ClockQuality, Event, MeterPurse, MeterRef, Money, NoteEvidence, NoteId, NoteReturn,
    SaleId, Slip, SlipOutcome, Stamp,
};

/// The ledger's folder on the device.
pub const FOLDER: &str = "ledger";

/// The log's name.
pub const ORIGIN: &str = "meterpost/test/block/1";

/// What the ledger is told that made it.
pub const SOFTWARE: &str = "selling day";

/// A stamp so many seconds into the day.
pub fn stamp(second: u64) -> Stamp {
    Stamp {
        boot: BootId([3; 16]),
        monotonic_ms: second * 1000,
        wall: 1_790_000_000_000 + second * 1000,
        quality: ClockQuality::Rtc,
    }
}

/// The day's sales, each with its events; every event is a commit of its own.
pub fn sales(count: u64) -> Vec<Vec<Event>> {
    let mut notes = 0;
    (1..=count)
        .map(|sale| match sale % 4 {
            // The meter is out of reach: the money is owed.
            0 => {
                let mut events = opened(sale);
                events.extend(paid(sale, &mut notes, 5000));
                events.push(Event::ClaimIssued {
                    sale: SaleId(sale),
                    amount: Money(5000),
                    reason: "meter unreachable".into(),
                });
                events.extend(slip(sale, Slip::Claim));
                events.push(closed(sale));
                events
            }
            // Two notes, and one that came back.
            1 => {
                let mut events = opened(sale);
                events.extend(returned(sale, &mut notes));
                events.extend(paid(sale, &mut notes, 2000));
                events.extend(paid(sale, &mut notes, 1000));
                events.extend(delivered(sale, 3000));
                events
            }
            _ => {
                let mut events = opened(sale);
                events.extend(paid(sale, &mut notes, 2000));
                events.extend(delivered(sale, 2000));
                events
            }
        })
        .collect()
}

fn opened(sale: u64) -> Vec<Event> {
    vec![Event::SaleOpened {
        sale: SaleId(sale),
        meter: MeterRef {
            number: format!("{sale:08}"),
            utility: "water".into(),
            profile: "test".into(),
        },
        target: Money(5000),
        before: purse(4),
        card: None,
    }]
}

fn offered(sale: u64, notes: &mut u64, value: i64) -> (NoteId, Event) {
    *notes += 1;
    let note = NoteId(*notes);
    let event = Event::NoteOffered {
        sale: SaleId(sale),
        note,
        value: Money(value),
    };
    (note, event)
}

fn paid(sale: u64, notes: &mut u64, value: i64) -> [Event; 3] {
    let (note, offered) = offered(sale, notes, value);
    let stacked = Event::NoteStacked {
        sale: Some(SaleId(sale)),
        note: Some(note),
        value: Money(value),
        evidence: NoteEvidence::Credit,
    };
    [offered, stacked, Event::NoteAcknowledged]
}

fn returned(sale: u64, notes: &mut u64) -> [Event; 2] {
    let (note, offered) = offered(sale, notes, 10_000);
    let reason = NoteReturn::Rejected;
    [offered, Event::NoteReturned { note, reason }]
}

fn delivered(sale: u64, amount: i64) -> Vec<Event> {
    let id = SaleId(sale);
    let mut events = vec![
        Event::DeliveryIntended {
            sale: id,
            number: 5,
            amount: Money(amount),
            before: purse(4),
        },
        Event::DeliveryApplied {
            sale: id,
            number: 5,
            after: purse(5),
        },
    ];
    events.extend(slip(sale, Slip::Receipt));
    events.push(closed(sale));
    events
}

fn slip(sale: u64, slip: Slip) -> [Event; 2] {
    let sale = SaleId(sale);
    let intended = Event::SlipIntended {
        sale,
        slip,
        copy: 0,
        amount: None,
    };
    let outcome = SlipOutcome::Printed;
    [
        intended,
        Event::SlipDone {
            sale,
            slip,
            outcome,
        },
    ]
}

fn closed(sale: u64) -> Event {
    Event::SaleClosed { sale: SaleId(sale) }
}

fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(-305),
        last_amount: Some(Money(1000)),
        cumulative: None,
    }
}
