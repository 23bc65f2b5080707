//! A selling day that never ends: the events of one sale after the other, as the terminal records them.

use std::collections::VecDeque;

use meterpost_ledger::{
    BootId, CardRef, ClockQuality, DeliveryState, Event, Ledger, MeterPurse, MeterRef, Money,
    NoteEvidence, NoteId, NoteReturn, SaleId, Slip, SlipOutcome, Stamp,
};

/// Meters in the district.
const METERS: u64 = 2_000;

/// Sales between two changes of a device's state.
const SALES_A_DEVICE_CHANGE: u64 = 40;

/// The first day's morning, in Unix milliseconds.
const MORNING: u64 = 1_790_000_000_000;

/// Between two entries, in milliseconds.
const PACE: u64 = 3_000;

/// Events without end. Numbers go on where the ledger is.
pub struct Day {
    sale: u64,
    note: u64,
    ready: VecDeque<Event>,
}

impl Day {
    /// Goes on where the ledger is; what was left open there is brought to an end first.
    pub fn after(ledger: &Ledger) -> Day {
        let books = ledger.books();
        Day {
            sale: books.next_sale().0,
            note: books.next_note().0,
            ready: rest_of_sale(ledger),
        }
    }

    /// Whole sales of at least so many events in all.
    pub fn batch(&mut self, events: usize) -> Vec<Event> {
        let mut batch: Vec<Event> = self.ready.drain(..).collect();
        while batch.len() < events {
            self.sell();
            batch.extend(self.ready.drain(..));
        }
        batch
    }

    /// The next event.
    pub fn next_event(&mut self) -> Event {
        loop {
            match self.ready.pop_front() {
                Some(event) => return event,
                None => self.sell(),
            }
        }
    }

    fn sell(&mut self) {
        let number = self.sale;
        self.sale += 1;
        let sale = SaleId(number);
        if number.is_multiple_of(SALES_A_DEVICE_CHANGE) {
            self.ready.push_back(Event::DeviceChanged {
                device: "printer".into(),
                state: "paper is near its end".into(),
            });
        }
        let notes: &[i64] = match number % 4 {
            0 => &[5_000],
            1 => &[2_000, 1_000],
            2 => &[10_000],
            _ => &[1_000, 1_000, 500],
        };
        let target: i64 = notes.iter().sum();
        let purchase = purchase_number(number);
        self.ready.push_back(Event::SaleOpened {
            sale,
            meter: meter(number),
            target: Money(target),
            before: purse(purchase - 1, number),
            card: (number.is_multiple_of(2)).then(|| CardRef(format!("c{:010}", number % METERS))),
        });
        for value in notes {
            self.take_note(sale, Money(*value));
        }
        self.ready.extend([
            Event::DeliveryIntended {
                sale,
                number: purchase,
                amount: Money(target),
                before: purse(purchase - 1, number),
            },
            Event::DeliveryApplied {
                sale,
                number: purchase,
                after: purse(purchase, number),
            },
            Event::SlipIntended {
                sale,
                slip: Slip::Receipt,
                copy: 0,
                amount: Some(Money(target)),
            },
            Event::SlipDone {
                sale,
                slip: Slip::Receipt,
                outcome: SlipOutcome::Printed,
            },
            Event::SaleClosed { sale },
        ]);
    }

    fn take_note(&mut self, sale: SaleId, value: Money) {
        let note = NoteId(self.note);
        self.note += 1;
        self.ready.extend([
            Event::NoteOffered { sale, note, value },
            Event::NoteStacked {
                sale: Some(sale),
                note: Some(note),
                value,
                evidence: NoteEvidence::Credit,
            },
            Event::NoteAcknowledged,
        ]);
    }
}

/// What brings the sale that a kill left open to its end, as recovery does.
fn rest_of_sale(ledger: &Ledger) -> VecDeque<Event> {
    let mut rest = VecDeque::new();
    let books = ledger.books();
    if books.last_note().is_some_and(|last| !last.acknowledged) {
        rest.push_back(Event::NoteAcknowledged);
    }
    let Some(sale) = books.open_sale() else {
        return rest;
    };
    if let Some((note, _)) = sale.open_note {
        rest.push_back(Event::NoteReturned {
            note,
            reason: NoteReturn::NeverCredited,
        });
    }
    if let Some(delivery) = sale.last_delivery()
        && delivery.state == DeliveryState::Intended
    {
        rest.push_back(Event::DeliveryApplied {
            sale: sale.id,
            number: delivery.number,
            after: purse(delivery.number, sale.id.0),
        });
    }
    if let Some(slip) = sale.slips.last().filter(|slip| slip.outcome.is_none()) {
        rest.push_back(Event::SlipDone {
            sale: sale.id,
            slip: slip.slip,
            outcome: SlipOutcome::Printed,
        });
    }
    if sale.suspense > Money::ZERO {
        rest.push_back(Event::ClaimIssued {
            sale: sale.id,
            amount: sale.suspense,
            reason: "the terminal stopped".into(),
        });
    }
    rest.push_back(Event::SaleClosed { sale: sale.id });
    rest
}

fn meter(sale: u64) -> MeterRef {
    MeterRef {
        number: format!("{:012}", 310_000_000_000 + sale % METERS),
        utility: ["water", "electricity", "gas"][(sale % 3) as usize].into(),
        profile: "cjt188-prepaid".into(),
    }
}

fn purchase_number(sale: u64) -> u32 {
    u32::try_from(sale / METERS).unwrap_or(u32::MAX - 1) + 1
}

fn purse(purchase_number: u32, sale: u64) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(12_345 + (sale % 977) as i64),
        last_amount: Some(Money(5_000)),
        cumulative: Some(Money(5_000 * i64::from(purchase_number))),
    }
}

/// When the ledger's next entry is written: a steady pace without a restart.
pub fn next_stamp(ledger: &Ledger) -> Stamp {
    let wall = ledger.last_wall().max(MORNING) + PACE;
    Stamp {
        boot: BootId([1; 16]),
        monotonic_ms: wall - MORNING,
        wall,
        quality: ClockQuality::Ntp,
    }
}
