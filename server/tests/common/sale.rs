//! Sales without cash, as a terminal's log tells them.

use meterpost_ledger::{
    AccountRef, Event, Means, MeterPurse, MeterRef, Money, PaymentEvidence, PaymentOutcome, SaleId,
};

use super::server::Server;
use super::terminal::{Ended, Terminal, stamp};

fn purse(purchase_number: u32) -> MeterPurse {
    MeterPurse {
        purchase_number,
        balance: Money(0),
        last_amount: None,
        cumulative: None,
    }
}

/// A sale that is asked for, with the name of its hold or payment.
#[derive(Clone, Debug)]
pub struct Asked {
    pub name: String,
    sale: SaleId,
    means: Means,
    amount: Money,
}

/// From account A's wallet.
pub fn wallet(account: &str) -> Means {
    Means::Wallet(AccountRef(account.into()))
}

impl Terminal {
    fn write(&mut self, events: &[Event]) {
        self.ledger.commit(&stamp(), events).expect("entries");
    }

    /// Opens a sale for a meter and writes down that its payment is about to be asked for.
    pub fn asks(&mut self, means: Means, meter: &str, amount: i64) -> Asked {
        let (sale, amount) = (self.ledger.books().next_sale(), Money(amount));
        let origin = self.ledger.origin().as_str().to_owned();
        let epoch = origin.rsplit('/').next().expect("an epoch");
        self.write(&[
            Event::SaleOpened {
                sale,
                meter: MeterRef {
                    number: meter.into(),
                    utility: "water".into(),
                    profile: "p".into(),
                },
                target: amount,
                before: purse(4),
                card: None,
            },
            Event::PaymentAsked {
                sale,
                means: means.clone(),
                amount,
            },
        ]);
        Asked {
            name: format!("{epoch}-{}", sale.0),
            sale,
            means,
            amount,
        }
    }

    /// Writes down what became of it, as the rules have it, and brings it to the server.
    pub fn ends(&mut self, server: &Server, asked: &Asked, outcome: PaymentOutcome) {
        self.writes_end(asked, outcome);
        assert_eq!(self.sync(server), Ended::InSync);
    }

    /// The same, and nobody hears of it yet.
    pub fn writes_end(&mut self, asked: &Asked, outcome: PaymentOutcome) {
        let Asked {
            sale,
            means,
            amount,
            ..
        } = asked.clone();
        let meter = self
            .ledger
            .books()
            .sale(sale)
            .expect("open")
            .meter
            .number
            .clone();
        let mut events = Vec::new();
        if outcome != PaymentOutcome::Refused {
            let evidence = PaymentEvidence::Server;
            events.extend([
                Event::PaymentTaken { sale, evidence },
                Event::DeliveryIntended {
                    sale,
                    number: 5,
                    amount,
                    before: purse(4),
                },
            ]);
        }
        events.extend(match outcome {
            PaymentOutcome::Delivered => Some(Event::DeliveryApplied {
                sale,
                number: 5,
                after: purse(5),
            }),
            PaymentOutcome::Returned => Some(Event::DeliveryVoided {
                sale,
                number: 5,
                reason: "refused".into(),
            }),
            PaymentOutcome::Refused => None,
        });
        events.push(Event::PaymentEnded {
            sale,
            means,
            meter,
            amount,
            outcome,
            reason: "test".into(),
        });
        events.push(Event::SaleClosed { sale });
        self.write(&events);
    }
}
