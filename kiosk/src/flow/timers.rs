//! What happens because time passes. Money in the machine is never timed out: the terminal finishes with it instead.

use std::time::Duration;

use meterpost_ledger::Event;
use meterpost_ui::view::ServiceReason;

use super::loss::LossStep;
use super::session::Session;
use super::{Flow, Happening, cash};
use crate::device::printer::PrinterState;
use crate::device::validator::CashState;

impl Flow {
    pub(super) fn on_tick(&mut self) {
        match self.session.clone() {
            Session::Starting => self.leave_starting(),
            Session::Attract => {
                self.language_of_nobody();
                self.check_service();
            }
            Session::OutOfService(ServiceReason::NothingWorks) if !self.nothing_works() => {
                self.session = self.nobody();
            }
            Session::OutOfService(_) => self.language_of_nobody(),
            Session::Reading { .. } | Session::Delivering { .. } => {}
            Session::Identify { .. }
            | Session::Number { .. }
            | Session::Who { .. }
            | Session::History { .. }
            | Session::Meter { .. }
            | Session::OtherAmount { .. }
            | Session::Pay { .. } => {
                if self.still_there_left() == Some(Duration::ZERO) {
                    self.end_session();
                }
            }
            Session::Service(_) => self.in_menu(Happening::Tick),
            Session::Loss(_) => self.loss_tick(),
            Session::Cash { .. } => self.cash_tick(),
            Session::Paying { .. } => self.paying_tick(),
            Session::Unpaid { since, .. } => self.close_after(since, self.rules.delays.owed),
            Session::Done { since, .. } => self.close_after(since, self.rules.delays.done),
            Session::Collected { .. } => {
                self.close_after(Some(self.session_since), self.rules.delays.done);
            }
            Session::Owed { since, .. } => self.close_after(since, self.rules.delays.owed),
        }
    }

    /// Whoever chose a language and left without a session leaves it to nobody.
    fn language_of_nobody(&mut self) {
        let delays = &self.rules.delays;
        if self.now >= self.touched + delays.idle + delays.warning {
            self.language = self.rules.language;
        }
    }

    pub(super) fn close_after(&mut self, since: Option<Duration>, delay: Duration) {
        if since.is_some_and(|since| self.now >= since.max(self.touched) + delay) {
            self.end_session();
        }
    }

    fn leave_starting(&mut self) {
        let patience_over = self.now >= self.started + self.rules.delays.start;
        let reported = self.devices.bus
            && self.devices.cash != CashState::Starting
            && !matches!(self.devices.printer, PrinterState::Offline(_));
        let settled = self.settling.is_none() && self.books.unfinished().all(|s| s.closed);
        if settled && (reported || patience_over) {
            self.session = self.nobody();
            self.check_service();
        }
    }

    fn nothing_works(&self) -> bool {
        !self.devices.bus && !cash::works(&self.devices.cash)
    }

    fn check_service(&mut self) {
        if self.nothing_works() && matches!(self.session, Session::Attract) {
            self.session = Session::OutOfService(ServiceReason::NothingWorks);
        }
    }

    fn cash_tick(&mut self) {
        let Session::Cash {
            sale, last_paid, ..
        } = self.session
        else {
            return;
        };
        let open_note = self.books.sale(sale).and_then(|s| s.open_note);
        if let Some((note, _)) = open_note {
            if self.now >= self.touched + self.rules.delays.note_patience {
                self.record(vec![Event::NoteInDoubt { note }]);
                self.finish_now();
            }
            return;
        }
        let finish = match last_paid {
            Some(paid_at) => {
                self.now >= paid_at.max(self.touched) + self.rules.delays.finish_after_note
            }
            None => self.still_there_left() == Some(Duration::ZERO),
        };
        if finish {
            let abandoned = last_paid.is_none();
            self.finish_now();
            if abandoned && matches!(self.session, Session::Number { .. }) {
                self.end_session();
            }
        }
    }

    fn finish_now(&mut self) {
        if let Session::Cash { finishing, .. } = &mut self.session {
            *finishing = true;
        }
        self.finish_if_asked();
    }

    /// How long the "still there?" question stays; `None` while it is not asked.
    pub(super) fn still_there_left(&self) -> Option<Duration> {
        let asked = match &self.session {
            Session::Identify { .. }
            | Session::Number { .. }
            | Session::Who { .. }
            | Session::History { .. }
            | Session::Meter { .. }
            | Session::OtherAmount { .. }
            | Session::Pay { .. }
            | Session::Loss(LossStep::Meter { .. } | LossStep::Card { .. }) => true,
            Session::Cash {
                sale,
                last_paid: None,
                ..
            } => self
                .books
                .sale(*sale)
                .is_some_and(|s| s.open_note.is_none() && s.paid.0 == 0),
            _ => false,
        };
        let asks_at = self.touched + self.rules.delays.idle;
        (asked && self.now >= asks_at)
            .then(|| (asks_at + self.rules.delays.warning).saturating_sub(self.now))
    }

    /// How long until the cash screen finishes by itself; `None` without money in.
    pub(super) fn finishing_left(&self) -> Option<Duration> {
        match self.session {
            Session::Cash {
                last_paid: Some(at),
                ..
            } => {
                let end = at.max(self.touched) + self.rules.delays.finish_after_note;
                Some(end.saturating_sub(self.now))
            }
            _ => None,
        }
    }
}
