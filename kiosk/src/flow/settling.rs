//! Bringing a sale to its end: asks the table what is due, and does it, one thing at a time.

use std::time::Duration;

use meterpost_ledger::{Event, MeterPurse, SaleId, Slip, SlipOutcome};
use meterpost_ui::view::{OwedReason, ServiceReason};

use super::printing::usable;
use super::session::Session;
use super::settle::{Circumstances, Due, due, slip_wanted};
use super::{BusJob, Effect, Flow};
use crate::device::validator::CashCommand;

/// The sale that is being settled, and what only this life of the program knows of it.
#[derive(Clone, Debug)]
pub(super) struct Settling {
    pub(super) sale: SaleId,
    /// Exchanges with the meter so far.
    pub(super) attempts: u32,
    /// Purchase numbers that turned out to be taken.
    pub(super) collisions: u32,
    /// Nothing is tried before.
    pub(super) wait_until: Duration,
    /// What the meter says now; read again when it is not known in this life.
    pub(super) purse: Option<MeterPurse>,
    /// The meter's books were read and show no trace of the delivery: it may be sent again.
    pub(super) absent: bool,
    /// An unknown outcome is asked about (once, in the background).
    pub(super) retry: bool,
    /// An unprinted claim is printed (once, in the background).
    pub(super) reprint: bool,
}

impl Settling {
    pub(super) fn new(sale: SaleId, now: Duration) -> Settling {
        Settling {
            sale,
            attempts: 0,
            collisions: 0,
            wait_until: now,
            purse: None,
            absent: false,
            retry: false,
            reprint: false,
        }
    }

    /// For a closed sale whose delivery is open: ask the meter about it once more.
    pub(super) fn again(sale: SaleId, now: Duration) -> Settling {
        Settling {
            retry: true,
            reprint: true,
            ..Settling::new(sale, now)
        }
    }
}

impl Flow {
    /// Goes on with the sale being settled, as far as it can without waiting.
    pub(super) fn settle(&mut self) {
        // Every round records or sends something; the bound is only there so that a mistake cannot hang the terminal.
        for _ in 0..32 {
            if self.ledger_failed() || self.bus_job == Some(BusJob::Settle) {
                return;
            }
            if self.settling.is_none() && !self.pick() {
                return;
            }
            // A copy for somebody else in the printer holds no money up.
            let sale = self.settling.as_ref().map(|settling| settling.sale);
            if (sale.is_some() && sale == self.printing) || !self.settle_once() {
                return;
            }
        }
    }

    /// One row of the table. `false`: wait.
    fn settle_once(&mut self) -> bool {
        let Some(settling) = self.settling.clone() else {
            return false;
        };
        if self.now < settling.wait_until {
            return false;
        }
        let Some(sale) = self.books.sale(settling.sale).cloned() else {
            self.settling = None;
            return true;
        };
        match due(&sale, self.circumstances(&settling)) {
            Due::AwaitNote => false,
            Due::DoubtNote => match sale.open_note {
                Some((note, _)) => self.record(vec![Event::NoteInDoubt { note }]),
                None => false,
            },
            Due::EndPayment => self.end_unasked(&sale),
            Due::Judge => self.judge_or_send_again(&sale),
            Due::Deliver => self.deliver(&sale),
            Due::OweRest => self.record(vec![Event::ClaimIssued {
                sale: sale.id,
                amount: sale.suspense,
                reason: "the purchase before it is still open at the meter".into(),
            }]),
            Due::ForgetSlip(slip) => self.forget_slip(sale.id, slip),
            Due::Print(..) if self.printer_busy() => false,
            Due::Print(slip, copy) => {
                self.print(sale.id, slip, copy);
                false
            }
            Due::Close => {
                let closed = self.record(vec![Event::SaleClosed { sale: sale.id }]);
                self.out.push(Effect::SyncHead);
                self.settled(sale.id);
                closed
            }
            Due::Nothing => {
                self.settled(sale.id);
                true
            }
        }
    }

    fn circumstances(&self, settling: &Settling) -> Circumstances {
        let attended = self.session.sale() == Some(settling.sale);
        Circumstances {
            paying: attended
                && matches!(self.session, Session::Cash { .. } | Session::Paying { .. }),
            note_may_resolve: self.now < self.started + self.rules.delays.note_patience,
            retry: settling.retry,
            reprint: settling.reprint,
            printer_ready: usable(&self.devices.printer),
            attended,
        }
    }

    fn settled(&mut self, sale: SaleId) {
        self.settling = None;
        let now = self.now;
        if self.session.sale() == Some(sale)
            && let Session::Done { since, .. }
            | Session::Owed { since, .. }
            | Session::Unpaid { since, .. } = &mut self.session
        {
            since.get_or_insert(now);
        }
    }

    /// Chooses the sale to settle next: the resident's, then any that a power cut left open, then in the background those
    /// that are closed but not at rest.
    fn pick(&mut self) -> bool {
        if let Session::Delivering { sale, .. }
        | Session::Owed {
            sale, since: None, ..
        }
        | Session::Unpaid {
            sale, since: None, ..
        } = self.session
        {
            let mut settling = Settling::new(sale, self.now);
            // The meter was read in this very session, just before the sale was opened.
            settling.purse = self
                .books
                .sale(sale)
                .filter(|s| s.deliveries.is_empty())
                .map(|s| s.before);
            self.settling = Some(settling);
            return true;
        }
        if let Some(sale) = self.asked.take() {
            self.settling = Some(Settling::again(sale, self.now));
            return true;
        }
        let mine = self.session.sale();
        let left = self
            .books
            .unfinished()
            .find(|s| !s.closed && Some(s.id) != mine)
            .map(|s| s.id);
        if let Some(sale) = left {
            self.settling = Some(Settling::new(sale, self.now));
            return true;
        }
        self.pick_in_background()
    }

    fn pick_in_background(&mut self) -> bool {
        // A terminal that is closed to residents still brings to an end what it owes them.
        let nobody = matches!(
            self.session,
            Session::Attract | Session::OutOfService(ServiceReason::Locked)
        );
        if !nobody || self.now < self.retry_at || self.bus_job.is_some() {
            return false;
        }
        let after = self.retried;
        let printer = usable(&self.devices.printer);
        let restless = |s: &&meterpost_ledger::Sale| {
            let slip =
                slip_wanted(s).is_some_and(|slip| slip != Slip::Receipt && printer && unprinted(s));
            s.closed && (slip || (s.delivery_open() && self.devices.bus))
        };
        let next = self
            .books
            .unfinished()
            .filter(restless)
            .map(|s| s.id)
            .find(|id| Some(*id) > after);
        self.retried = next;
        match next {
            Some(sale) => {
                let retry = self.devices.bus;
                self.settling = Some(Settling {
                    retry,
                    ..Settling::again(sale, self.now)
                });
                true
            }
            None => {
                self.retry_at = self.now + self.rules.delays.retry;
                false
            }
        }
    }

    /// Leaves the cash screen once the resident has finished and no note is on its way.
    pub(super) fn finish_if_asked(&mut self) {
        let Session::Cash {
            sale,
            finishing: true,
            ..
        } = self.session
        else {
            return;
        };
        let Some(state) = self.books.sale(sale) else {
            return;
        };
        if state.open_note.is_some() {
            return;
        }
        let (paid, doubt, number) = (state.suspense, state.in_doubt, state.meter.number.clone());
        self.out.push(Effect::Cash(CashCommand::Stop));
        if paid.0 > 0 {
            self.session = Session::Delivering {
                sale,
                since: self.now,
                checking: false,
            };
        } else if doubt.0 > 0 {
            self.owe(sale, OwedReason::NoteInDoubt);
        } else if self.record(vec![Event::SaleClosed { sale }]) {
            self.session = Session::Number {
                entry: number,
                problem: None,
            };
        }
    }
}

/// Whether no slip of the sale that says what is owed is known to have come out.
fn unprinted(sale: &meterpost_ledger::Sale) -> bool {
    !sale
        .slips
        .iter()
        .any(|s| s.slip != Slip::Receipt && s.outcome == Some(SlipOutcome::Printed))
}
