//! Bringing the money to the meter: what is sent, and what each answer means.
//!
//! A purchase number is sent with one amount only (invariant 3). It is sent again only after the meter's own books have been
//! read and show no trace of it, and it is given up only as unknown, never as failed (invariant 4).

use meterpost_bus::amount::Amount;
use meterpost_bus::meter::{CreditOrder, Outcome, Reading, Refusal, Supply};
use meterpost_ledger::{
    Delivery, DeliveryState, Event, MeterPurse, Money, PaymentOutcome, Sale, SaleId,
};
use meterpost_ui::view::{NumberProblem, OwedReason, SlipState};

use super::session::{EarlierSale, Session};
use super::{BusJob, Effect, Flow};

/// The reason in the ledger of a credit that the meter refused because it would hold too much.
pub const HOARDING_LIMIT: &str = "the meter would hold more than it may";

/// A purchase number that somebody else took is replaced by the next one so often; then the money is owed.
const MOST_COLLISIONS: u32 = 3;

/// A meter's reading as the ledger keeps it.
pub(super) fn purse(reading: &Reading) -> MeterPurse {
    MeterPurse {
        purchase_number: reading.purchase_number,
        balance: Money(reading.balance.0),
        last_amount: reading.last_amount.map(|a| Money(a.0)),
        cumulative: reading.cumulative.map(|a| Money(a.0)),
    }
}

fn order(delivery: &Delivery) -> CreditOrder {
    CreditOrder {
        number: delivery.number,
        amount: Amount(delivery.amount.0),
        before: Reading {
            purchase_number: delivery.before.purchase_number,
            balance: Amount(delivery.before.balance.0),
            last_amount: delivery.before.last_amount.map(|a| Amount(a.0)),
            cumulative: delivery.before.cumulative.map(|a| Amount(a.0)),
            supply: Supply::NotReported,
        },
    }
}

impl Flow {
    /// Row "deliver": reads the meter where this life of the program has not, then intends and sends.
    pub(super) fn deliver(&mut self, sale: &Sale) -> bool {
        let Some(settling) = &self.settling else {
            return false;
        };
        let Some(before) = settling.purse else {
            return self.read_before_delivery(sale);
        };
        let (id, amount) = (sale.id, sale.suspense);
        let Some(number) = before.purchase_number.checked_add(1) else {
            return self.owe_all(sale, "the meter's purchase number cannot go higher");
        };
        if !self.record(vec![Event::DeliveryIntended {
            sale: id,
            number,
            amount,
            before,
        }]) {
            return false;
        }
        self.send(id)
    }

    fn read_before_delivery(&mut self, sale: &Sale) -> bool {
        // After a power cut the concentrators start together with the terminal: give them time.
        if !self.devices.bus && self.now < self.started + self.rules.delays.start {
            return false;
        }
        if self.bus_job.is_some() {
            return false;
        }
        self.bus_job = Some(BusJob::Settle);
        self.out.push(Effect::ReadMeter(sale.meter.number.clone()));
        false
    }

    /// Row "judge": reads the meter back; or, when its books were just read and show no trace, sends again.
    pub(super) fn judge_or_send_again(&mut self, sale: &Sale) -> bool {
        if self.settling.as_ref().is_some_and(|s| s.absent) {
            return self.send(sale.id);
        }
        if self.bus_job.is_some() {
            return false;
        }
        let Some(delivery) = sale.last_delivery() else {
            return false;
        };
        self.bus_job = Some(BusJob::Settle);
        self.out
            .push(Effect::Judge(sale.meter.number.clone(), order(delivery)));
        self.show_checking(sale.id, true);
        false
    }

    fn send(&mut self, id: SaleId) -> bool {
        // A resident's search may be on the bus: the credit waits for it, it is over in a second.
        if self.bus_job.is_some() {
            return false;
        }
        let Some(sale) = self.books.sale(id) else {
            return false;
        };
        let Some(delivery) = sale.last_delivery() else {
            return false;
        };
        let effect = Effect::Credit(sale.meter.number.clone(), order(delivery));
        if let Some(settling) = &mut self.settling {
            settling.absent = false;
        }
        self.bus_job = Some(BusJob::Settle);
        self.out.push(effect);
        self.show_checking(id, false);
        false
    }

    fn show_checking(&mut self, id: SaleId, now_checking: bool) {
        if let Session::Delivering { sale, checking, .. } = &mut self.session
            && *sale == id
        {
            *checking = now_checking;
        }
    }

    pub(super) fn on_meter_read(&mut self, result: Result<Reading, String>) {
        match self.bus_job.take() {
            Some(BusJob::Search) => self.search_ended(result),
            Some(BusJob::Settle) => self.read_for_delivery_ended(result),
            Some(BusJob::Command(version)) => self.command_read_ended(version, result),
            job @ Some(BusJob::Use { .. }) => {
                self.bus_job = job;
                tracing::warn!("a reading nobody asked for was dropped");
            }
            None => tracing::warn!("a reading nobody asked for was dropped"),
        }
    }

    fn read_for_delivery_ended(&mut self, result: Result<Reading, String>) {
        let (now, pause, most) = (
            self.now,
            self.rules.delays.attempt_pause,
            self.rules.attempts,
        );
        let Some(settling) = &mut self.settling else {
            return;
        };
        match result {
            Ok(reading) => settling.purse = Some(purse(&reading)),
            Err(why) => {
                tracing::warn!(why, "the meter could not be read before a delivery");
                settling.attempts += 1;
                settling.wait_until = now + pause;
                if settling.attempts >= most {
                    settling.attempts = 0;
                    settling.purse = self.books.sale(settling.sale).map(last_known_purse);
                }
            }
        }
    }

    fn search_ended(&mut self, result: Result<Reading, String>) {
        let Session::Reading { number } = &self.session else {
            return;
        };
        let number = number.clone();
        self.touched = self.now;
        match result {
            Err(why) => {
                tracing::warn!(why, "the meter could not be read");
                self.session = Session::Number {
                    entry: number,
                    problem: Some(NumberProblem::NoAnswer),
                };
            }
            Ok(reading) => match self.books.pending_for_meter(&number).map(|s| s.id) {
                // The number that the open delivery holds is not free: settle it first, while the resident waits.
                Some(sale) => {
                    self.asked = Some(sale);
                    self.session = Session::Meter {
                        number,
                        reading,
                        earlier: self.earlier(sale, false),
                    };
                }
                None => {
                    self.session = Session::Meter {
                        number,
                        reading,
                        earlier: None,
                    }
                }
            },
        }
    }

    pub(super) fn earlier(&self, sale: SaleId, arrived: bool) -> Option<EarlierSale> {
        let amount = self
            .books
            .sale(sale)
            .and_then(|s| s.last_delivery())
            .map(|d| d.amount)?;
        Some(EarlierSale {
            sale,
            amount,
            arrived,
        })
    }

    pub(super) fn on_credited(&mut self, outcome: Outcome) {
        self.bus_job = None;
        let Some(id) = self.settling.as_ref().map(|s| s.sale) else {
            return;
        };
        let Some(sale) = self.books.sale(id).cloned() else {
            return;
        };
        let Some(delivery) = sale.last_delivery() else {
            return;
        };
        match outcome {
            Outcome::Applied(reading) => self.applied(&sale, delivery.number, &reading),
            Outcome::NotApplied { refusal, now } => {
                self.not_applied(&sale, delivery, refusal, &now)
            }
            Outcome::Unknown(why) => self.try_again_or_give_up(&sale, delivery, false, &why),
        }
    }

    fn applied(&mut self, sale: &Sale, number: u32, reading: &Reading) {
        let after = purse(reading);
        let applied = Event::DeliveryApplied {
            sale: sale.id,
            number,
            after,
        };
        let paid = self.payment_ended(sale.id, PaymentOutcome::Delivered, "the meter has it");
        if !self.record([applied].into_iter().chain(paid).collect()) {
            return;
        }
        if self.session.sale() == Some(sale.id) {
            self.session = if sale.in_doubt > Money::ZERO {
                Session::Owed {
                    sale: sale.id,
                    reason: OwedReason::NoteInDoubt,
                    slip: SlipState::Printing,
                    since: None,
                }
            } else {
                Session::Done {
                    sale: sale.id,
                    slip: SlipState::Printing,
                    since: None,
                }
            };
        }
        self.show_collected(sale, reading);
    }

    fn not_applied(&mut self, sale: &Sale, delivery: &Delivery, refusal: Refusal, now: &Reading) {
        let number = delivery.number;
        match refusal {
            Refusal::Lost => {
                self.try_again_or_give_up(sale, delivery, true, "the meter shows no trace of it")
            }
            // Behind a closed sale nothing new is sent: the money is owed.
            Refusal::WrongNumber if sale.closed => {
                self.refused(
                    sale,
                    delivery,
                    "the purchase number was taken by somebody else",
                    OwedReason::Refused,
                );
            }
            Refusal::WrongNumber => {
                let reason = format!("purchase number {number} was taken by somebody else");
                let Some(settling) = &mut self.settling else {
                    return;
                };
                settling.purse = Some(purse(now));
                settling.collisions += 1;
                let collisions = settling.collisions;
                let voided = Event::DeliveryVoided {
                    sale: sale.id,
                    number,
                    reason: reason.clone(),
                };
                if self.record(vec![voided])
                    && collisions >= MOST_COLLISIONS
                    && let Some(sale) = self.books.sale(sale.id).cloned()
                {
                    self.owe_all(&sale, &reason);
                }
            }
            Refusal::HoardingLimit => {
                self.refused(sale, delivery, HOARDING_LIMIT, OwedReason::TooMuch);
            }
            Refusal::WrongCustomer => {
                self.refused(
                    sale,
                    delivery,
                    "the meter has another customer number",
                    OwedReason::Refused,
                );
            }
            Refusal::Other(why) => self.refused(sale, delivery, &why, OwedReason::Refused),
        }
    }

    fn try_again_or_give_up(&mut self, sale: &Sale, delivery: &Delivery, absent: bool, why: &str) {
        let (now, pause, most) = (
            self.now,
            self.rules.delays.attempt_pause,
            self.rules.attempts,
        );
        let Some(settling) = &mut self.settling else {
            return;
        };
        settling.attempts += 1;
        settling.absent = absent;
        settling.wait_until = now + pause;
        if settling.attempts < most {
            return;
        }
        settling.retry = false;
        settling.wait_until = now;
        if delivery.state == DeliveryState::Intended {
            let unknown = Event::DeliveryUnknown {
                sale: sale.id,
                number: delivery.number,
                reason: why.into(),
            };
            self.record(vec![unknown]);
        }
        self.owe(sale.id, OwedReason::Pending);
    }
}

/// What the meter was last known to say, from the ledger.
fn last_known_purse(sale: &Sale) -> MeterPurse {
    match sale.last_delivery() {
        Some(Delivery {
            state: DeliveryState::Applied(after),
            ..
        }) => *after,
        Some(delivery) => delivery.before,
        None => sale.before,
    }
}
