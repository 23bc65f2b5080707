//! What the screen shows for the flow's state: finished strings and codes, nothing to decide.

use meterpost_bus::meter::{Reading, Supply};
use meterpost_ledger::{Delivery, DeliveryState, Money, Sale, SaleId};
use meterpost_ui::view::{
    AmountChoice, Availability, CashView, DeliveringView, DeliveryStep, Device, DoneView, Earlier,
    HelpView, MeterState, MeterView, OwedReason, OwedView, Screen, ServiceReason, SlipState, Slot,
    Utility, View,
};

use super::printing::usable;
use super::session::{EarlierSale, LastNote, Session};
use super::{Flow, cash};
use crate::config::MOST_AMOUNTS;
use crate::device::printer::PrinterState;
use crate::device::speech::SpeechState;
use crate::device::validator::CashState;
use crate::privacy::masked;

/// The countdown to finishing is shown when so many seconds are left.
const COUNTDOWN_FROM: u64 = 30;

impl Flow {
    /// The whole glass, with the time of day as the caller knows it.
    pub fn view(&self, clock: &str) -> View {
        View {
            language: self.language,
            place: self.rules.place.clone(),
            clock: clock.to_owned(),
            screen: self.screen(),
            still_there: self
                .still_there_left()
                .map(|left| seconds(left.as_millis())),
            help: HelpView {
                phone: self.rules.phone.clone(),
                voice: self.devices.speech == Some(SpeechState::Ready),
            },
        }
    }

    /// What works right now, for the attract screen.
    pub fn availability(&self) -> Availability {
        Availability {
            cash: if cash::works(&self.devices.cash) {
                Device::Works
            } else {
                Device::Broken
            },
            receipt: match self.devices.printer {
                PrinterState::Ready { paper_low: false } => Device::Works,
                PrinterState::Ready { paper_low: true } => Device::Low,
                _ => Device::Broken,
            },
            meters: if self.devices.bus {
                Device::Works
            } else {
                Device::Broken
            },
            cards: self.card_reader(),
            codes: self.scanner(),
        }
    }

    fn screen(&self) -> Screen {
        match &self.session {
            Session::Starting => self.out_of_service(ServiceReason::Starting),
            Session::Attract => Screen::Attract(self.availability()),
            Session::Identify { problem } => self.identify_view(*problem),
            Session::Number { entry, problem } => Screen::Number {
                entry: entry.clone(),
                problem: *problem,
                reports_loss: self.reports_loss(),
            },
            Session::Loss(step) => self.loss_view(step),
            Session::Who { meters } => self.who_view(meters),
            Session::History { receipts, again } => self.history_view(receipts, *again),
            Session::Reading { number } => Screen::Reading {
                number: number.clone(),
            },
            Session::Meter {
                number,
                reading,
                earlier,
            } => Screen::Meter(self.meter_view(number, reading, *earlier)),
            Session::Collected { sale, .. } => {
                let closing = self.closing_in(Some(self.session_since), self.rules.delays.done);
                self.with_sale(*sale, |s| self.collected_view(s, closing))
            }
            Session::OtherAmount {
                number,
                reading,
                entry,
                problem,
            } => Screen::OtherAmount(self.other_amount_view(number, reading, entry, *problem)),
            Session::Pay {
                number,
                reading,
                target,
                balance,
                problem,
            } => Screen::Pay(self.pay_view((number, reading), *target, *balance, *problem)),
            Session::Paying { sale, step, .. } => {
                self.with_sale(*sale, |s| self.paying_view(s, step))
            }
            Session::Unpaid {
                sale,
                reason,
                since,
            } => {
                let closing = self.closing_in(*since, self.rules.delays.owed);
                self.with_sale(*sale, |s| self.unpaid_view(s, *reason, closing))
            }
            Session::Cash {
                sale, last_note, ..
            } => self.with_sale(*sale, |s| self.cash_view(s, *last_note)),
            Session::Delivering {
                sale,
                since,
                checking,
            } => self.with_sale(*sale, |s| {
                Screen::Delivering(DeliveringView {
                    amount: self.money(s.paid),
                    number: s.meter.number.clone(),
                    utility: self.utility(&s.meter.number),
                    step: if *checking {
                        DeliveryStep::Checking
                    } else {
                        DeliveryStep::Sending
                    },
                    slow: self.now >= *since + self.rules.delays.slow,
                })
            }),
            Session::Done { sale, slip, since } => {
                let closing = self.closing_in(*since, self.rules.delays.done);
                self.with_sale(*sale, |s| self.done_view(s, *slip, closing))
            }
            Session::Owed {
                sale,
                reason,
                slip,
                since,
            } => {
                let closing = self.closing_in(*since, self.rules.delays.owed);
                self.with_sale(*sale, |s| self.owed_view(s, *reason, *slip, closing))
            }
            Session::Service(service) => Screen::Menu(self.menu_view(service)),
            Session::OutOfService(reason) => self.out_of_service(*reason),
        }
    }

    fn with_sale(&self, id: SaleId, view: impl FnOnce(&Sale) -> Screen) -> Screen {
        match self.books.sale(id) {
            Some(sale) => view(sale),
            None => self.out_of_service(ServiceReason::Ledger),
        }
    }

    fn out_of_service(&self, reason: ServiceReason) -> Screen {
        Screen::OutOfService {
            reason,
            phone: self.rules.phone.clone(),
        }
    }

    pub(super) fn utility(&self, number: &str) -> Utility {
        self.rules
            .meter(number)
            .map_or(Utility::Electricity, |m| m.utility)
    }

    fn meter_view(
        &self,
        number: &str,
        reading: &Reading,
        earlier: Option<EarlierSale>,
    ) -> MeterView {
        let meter = self.rules.meter(number);
        let balance = Money(reading.balance.0);
        let low = meter.as_ref().is_some_and(|m| balance < m.low_balance);
        let blocked = earlier.is_some_and(|e| !e.arrived);
        // An amount beyond the limits of invariant 7 is not offered; where none is left, cash is not taken now.
        let allowed =
            |amount: &&Money| self.books.allows_sale(**amount, self.card.as_ref()).is_ok();
        let amounts: Vec<&Money> = self
            .rules
            .amounts
            .iter()
            .filter(allowed)
            .take(MOST_AMOUNTS)
            .collect();
        let pricing = self.pricing(number);
        let no_cash =
            !self.can_pay(number) || self.books.open_sale().is_some() || amounts.is_empty();
        MeterView {
            number: number.to_owned(),
            utility: self.utility(number),
            place: meter.map_or_else(String::new, |m| masked(&m.place)),
            balance: self.money(balance),
            state: match reading.supply {
                Supply::Off | Supply::Fault => MeterState::Off,
                Supply::On | Supply::NotReported if low => MeterState::Low,
                Supply::On | Supply::NotReported => MeterState::Ok,
            },
            amounts: if blocked || no_cash {
                Vec::new()
            } else {
                amounts
                    .into_iter()
                    .map(|m| AmountChoice {
                        label: self.short_money(*m),
                        minor: m.0,
                        buys: pricing.as_ref().and_then(|p| p.about(*m, reading)),
                    })
                    .collect()
            },
            no_cash,
            no_receipt: !usable(&self.devices.printer),
            earlier: earlier.map(|e| Earlier {
                amount: self.money(e.amount),
                reference: self.reference(e.sale),
                arrived: e.arrived,
            }),
            lasts_until: self.lasts_until(number, reading),
            usage: self.usage(number),
            other_amount: self.offers_other(number, earlier),
        }
    }

    fn cash_view(&self, sale: &Sale, last_note: LastNote) -> Screen {
        let percent = match (sale.paid.0, sale.target.0) {
            (paid, target) if target > 0 => (paid.saturating_mul(100) / target).clamp(0, 100),
            _ => 0,
        };
        let busy = sale.open_note.is_some();
        let left = self.finishing_left().map(|l| seconds(l.as_millis()));
        Screen::Cash(CashView {
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            inserted: self.money(sale.paid),
            target: self.money(sale.target),
            percent: u32::try_from(percent).unwrap_or(0),
            notes: self
                .rules
                .notes
                .iter()
                .map(|n| self.short_money(*n))
                .collect(),
            slot: match (&self.devices.cash, last_note) {
                (CashState::Ready | CashState::Disabled, _) if busy => Slot::Busy,
                (CashState::Ready | CashState::Disabled, LastNote::Returned) => Slot::Returned,
                (CashState::Ready | CashState::Disabled, LastNote::OverLimit) => {
                    Slot::OverLimit(self.short_money(self.rules.highest_sale))
                }
                (CashState::Ready | CashState::Disabled, LastNote::Fine) => Slot::Ready,
                _ => Slot::Broken,
            },
            can_finish: sale.paid > Money::ZERO,
            finishing_in: left.filter(|l| u64::from(*l) <= COUNTDOWN_FROM),
            no_receipt: !usable(&self.devices.printer),
        })
    }

    fn done_view(&self, sale: &Sale, slip: SlipState, closing_in: Option<u32>) -> Screen {
        let last = sale.last_delivery();
        let (before, after) = match last {
            Some(Delivery {
                state: DeliveryState::Applied(after),
                before,
                ..
            }) => (before.balance, after.balance),
            _ => (sale.before.balance, sale.before.balance),
        };
        Screen::Done(DoneView {
            amount: self.money(sale.credited),
            before: self.money(before),
            balance: self.money(after),
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            reference: self.reference(sale.id),
            slip,
            closing_in,
        })
    }

    fn owed_view(
        &self,
        sale: &Sale,
        reason: OwedReason,
        slip: SlipState,
        closing_in: Option<u32>,
    ) -> Screen {
        let amount = match reason {
            OwedReason::Pending => sale.in_delivery,
            OwedReason::NoteInDoubt => sale.in_doubt,
            OwedReason::Refused | OwedReason::TooMuch => sale.owed,
        };
        Screen::Owed(OwedView {
            amount: self.money(amount),
            credited: None,
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            reference: self.reference(sale.id),
            reason,
            slip,
            phone: self.rules.phone.clone(),
            closing_in,
        })
    }

    pub(super) fn closing_in(
        &self,
        since: Option<std::time::Duration>,
        delay: std::time::Duration,
    ) -> Option<u32> {
        let end = since?.max(self.touched) + delay;
        Some(seconds(end.saturating_sub(self.now).as_millis()))
    }
}

/// Whole seconds, rounded up, so that a countdown ends at 0 and not before.
pub(super) fn seconds(millis: u128) -> u32 {
    u32::try_from(millis.div_ceil(1000)).unwrap_or(u32::MAX)
}
