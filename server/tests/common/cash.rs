//! Sales for cash, as a terminal's log tells them, at moments that the test chooses.

use meterpost_ledger::{
    BootId, CardRef, ClockQuality, Event, MeterPurse, MeterRef, Money, NoteEvidence, NoteId,
    SaleId, Stamp,
};

use super::terminal::Terminal;

fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(0),
        last_amount: None,
        cumulative: None,
    }
}

/// By a clock from the network, at this second.
pub fn at(seconds: i64) -> Stamp {
    let seconds = u64::try_from(seconds).expect("after 1970");
    Stamp {
        boot: BootId([7; 16]),
        monotonic_ms: seconds,
        wall: seconds * 1000,
        quality: ClockQuality::Ntp,
    }
}

impl Terminal {
    pub fn commits(&mut self, seconds: i64, events: &[Event]) {
        self.ledger.commit(&at(seconds), events).expect("entries");
    }

    /// Opens a sale and takes these notes for it.
    pub fn takes(&mut self, seconds: i64, (meter, utility): (&str, &str), notes: &[i64]) -> SaleId {
        let sale = self.ledger.books().next_sale();
        self.commits(
            seconds,
            &[Event::SaleOpened {
                sale,
                meter: MeterRef {
                    number: meter.into(),
                    utility: utility.into(),
                    profile: "p".into(),
                },
                target: Money(notes.iter().sum::<i64>().max(2_000)),
                before: purse(4),
                card: Some(CardRef("C-1".into())),
            }],
        );
        for value in notes {
            let note = self.offers(seconds, sale, *value);
            let stacked = Event::NoteStacked {
                sale: Some(sale),
                note: Some(note),
                value: Money(*value),
                evidence: NoteEvidence::Credit,
            };
            self.commits(seconds, &[stacked, Event::NoteAcknowledged]);
        }
        sale
    }

    pub fn offers(&mut self, seconds: i64, sale: SaleId, value: i64) -> NoteId {
        let note = self.ledger.books().next_note();
        let value = Money(value);
        self.commits(seconds, &[Event::NoteOffered { sale, note, value }]);
        note
    }

    /// A whole sale: the notes, and the credit at the meter.
    pub fn sells(&mut self, seconds: i64, meter: (&str, &str), notes: &[i64]) {
        let sale = self.takes(seconds, meter, notes);
        self.commits(
            seconds,
            &[
                Event::DeliveryIntended {
                    sale,
                    number: 5,
                    amount: Money(notes.iter().sum()),
                    before: purse(4),
                },
                Event::DeliveryApplied {
                    sale,
                    number: 5,
                    after: purse(5),
                },
                Event::SaleClosed { sale },
            ],
        );
    }

    /// A sale whose meter does not answer: the money is owed.
    pub fn owes(&mut self, seconds: i64, meter: (&str, &str), notes: &[i64]) {
        let sale = self.takes(seconds, meter, notes);
        let amount = Money(notes.iter().sum());
        let reason = "meter unreachable".to_owned();
        let claim = Event::ClaimIssued {
            sale,
            amount,
            reason,
        };
        self.commits(seconds, &[claim, Event::SaleClosed { sale }]);
    }

    /// The box is emptied.
    pub fn is_emptied(&mut self, seconds: i64, by: &str) -> u64 {
        let till = self.ledger.books().till();
        let (period, notes) = (till.period(), till.notes());
        let by = by.to_owned();
        self.commits(seconds, &[Event::Collected { period, by, notes }]);
        period
    }

    /// And counted.
    pub fn is_counted(&mut self, seconds: i64, period: u64, counted: i64) {
        let (counted, by) = (Money(counted), "office".to_owned());
        let event = Event::CollectionCounted {
            period,
            counted,
            by,
        };
        self.commits(seconds, &[event]);
    }
}
