//! What the note validator reports.
//!
//! A note is held in escrow until its intent is durable, then stacked. The validator repeats the credit until it is
//! acknowledged, and it is acknowledged only after the credit is durable; so a credit that is reported again after a power
//! cut is recognised by the last note in the books and not booked twice.

use meterpost_ledger::{Event, Money, NoteEvidence, NoteReturn};

use super::session::{LastNote, Session};
use super::{Effect, Flow, Happening};
use crate::device::validator::{CashCommand, CashEvent, CashState};

/// What a reported credit means, by what the books hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credit {
    /// It answers the open intent.
    Answer,
    /// It is the last note again, because the acknowledgement was lost.
    Again,
    /// It is the note in doubt, accounted for after all.
    Doubted,
    /// Nobody offered it: a note found in the path at power-up.
    Found,
}

impl Flow {
    pub(super) fn on_cash(&mut self, event: CashEvent) {
        let seen = Happening::Cash(event.clone());
        self.take_cash(event);
        self.in_menu(seen);
    }

    fn take_cash(&mut self, event: CashEvent) {
        match event {
            CashEvent::State(state) => self.on_cash_state(state),
            CashEvent::Escrow(value) => self.on_escrow(value),
            CashEvent::Stacked { value, evidence } => self.on_stacked(value, evidence),
            CashEvent::Returned => self.on_note_returned(NoteReturn::Rejected),
            CashEvent::ReturnedAtPowerUp => self.on_note_returned(NoteReturn::PowerUp),
            CashEvent::NothingToReport { repeats_credits } => self.on_nothing(repeats_credits),
            CashEvent::Acknowledged => {
                if self.books.last_note().is_some_and(|n| !n.acknowledged) {
                    self.record(vec![Event::NoteAcknowledged]);
                }
            }
            CashEvent::BoxRemoved => {
                self.record(vec![Event::CashBoxRemoved]);
            }
            CashEvent::BoxReplaced => {
                self.record(vec![Event::CashBoxReplaced]);
            }
        }
    }

    fn on_cash_state(&mut self, state: CashState) {
        if state == self.devices.cash {
            return;
        }
        let was_working = works(&self.devices.cash);
        self.devices.cash = state;
        if works(&self.devices.cash) != was_working {
            let state = format!("{:?}", self.devices.cash);
            self.record(vec![Event::DeviceChanged {
                device: "validator".into(),
                state,
            }]);
        }
    }

    fn on_escrow(&mut self, value: Money) {
        // The order to stack was lost with the line and the note is held again: its intent stands already.
        if let Some((_, offered)) = self.books.open_note() {
            let order = if offered == value {
                CashCommand::Stack
            } else {
                CashCommand::Return
            };
            self.out.push(Effect::Cash(order));
            return;
        }
        let Session::Cash {
            sale,
            finishing: false,
            ..
        } = self.session
        else {
            self.out.push(Effect::Cash(CashCommand::Return));
            return;
        };
        let paid = self.books.sale(sale).map_or(Money::ZERO, |s| s.paid);
        let fits = paid
            .checked_add(value)
            .is_some_and(|sum| sum <= self.rules.highest_sale);
        if !fits || self.books.allows_note(value).is_err() {
            self.set_last_note(LastNote::OverLimit);
            self.out.push(Effect::Cash(CashCommand::Return));
            return;
        }
        let note = self.books.next_note();
        if self.record(vec![Event::NoteOffered { sale, note, value }]) {
            self.touched = self.now;
            self.set_last_note(LastNote::Fine);
            self.out.push(Effect::Cash(CashCommand::Stack));
        }
    }

    fn on_stacked(&mut self, value: Money, evidence: NoteEvidence) {
        match self.judge_credit(value, evidence) {
            Credit::Again => {}
            Credit::Answer => {
                let (Some((note, offered)), Some(sale)) =
                    (self.books.open_note(), self.books.open_sale())
                else {
                    return;
                };
                // A validator that lost the note's value at power-up still knows that it was the one in the path.
                let value = if value == Money::ZERO { offered } else { value };
                let sale = Some(sale.id);
                self.record(vec![Event::NoteStacked {
                    sale,
                    note: Some(note),
                    value,
                    evidence,
                }]);
            }
            Credit::Doubted => {
                if let Some((note, _)) = self.books.doubted_note() {
                    self.record(vec![Event::DoubtEnded { note, evidence }]);
                }
            }
            Credit::Found if value == Money::ZERO => {
                let state = "a note of unknown value went into the cash box at power-up".into();
                self.record(vec![Event::DeviceChanged {
                    device: "validator".into(),
                    state,
                }]);
            }
            Credit::Found => {
                // What somebody found the slot open for is nobody's, where the sale is paid otherwise.
                let open = self.books.open_sale();
                let sale = open.filter(|s| s.payment.is_none()).map(|s| s.id);
                self.record(vec![Event::NoteStacked {
                    sale,
                    note: None,
                    value,
                    evidence,
                }]);
            }
        }
        self.note_counted();
        self.out.push(Effect::Cash(CashCommand::Acknowledge));
    }

    fn judge_credit(&self, value: Money, evidence: NoteEvidence) -> Credit {
        if self.books.open_note().is_some() {
            return Credit::Answer;
        }
        match self.books.last_note() {
            Some(last)
                if !last.acknowledged && last.value == value && last.evidence == evidence =>
            {
                Credit::Again
            }
            _ => match self.books.doubted_note() {
                Some((_, doubted)) if doubted == value || value == Money::ZERO => Credit::Doubted,
                _ => Credit::Found,
            },
        }
    }

    /// After a note was counted: the sale is complete when the target is reached, or when it was only waiting for this note.
    fn note_counted(&mut self) {
        let (now, paid) = (
            self.now,
            self.session.sale().and_then(|id| self.books.sale(id)),
        );
        let complete = paid.is_some_and(|s| s.paid >= s.target);
        if let Session::Cash {
            last_paid,
            finishing,
            ..
        } = &mut self.session
        {
            *last_paid = Some(now);
            *finishing |= complete;
            self.touched = now;
        }
        self.finish_if_asked();
    }

    fn on_note_returned(&mut self, reason: NoteReturn) {
        if let Some((note, _)) = self.books.open_note() {
            self.record(vec![Event::NoteReturned { note, reason }]);
        }
        if let Session::Cash {
            last_note: LastNote::Fine,
            ..
        } = self.session
        {
            self.set_last_note(LastNote::Returned);
        }
        self.touched = self.now;
        self.finish_if_asked();
    }

    /// The validator came up and has nothing to report. A note whose outcome is open was then never credited, if this
    /// validator repeats credits; if it does not, nobody can say.
    fn on_nothing(&mut self, repeats_credits: bool) {
        match self.books.open_note() {
            Some(_) if repeats_credits => self.on_note_returned(NoteReturn::NeverCredited),
            Some((note, _)) => {
                self.record(vec![Event::NoteInDoubt { note }]);
                self.finish_if_asked();
            }
            None if self.books.last_note().is_some_and(|n| !n.acknowledged) => {
                self.record(vec![Event::NoteAcknowledged]);
            }
            None => {}
        }
    }

    fn set_last_note(&mut self, note: LastNote) {
        if let Session::Cash { last_note, .. } = &mut self.session {
            *last_note = note;
        }
    }
}

/// Whether the validator can take notes when asked to.
pub(super) fn works(state: &CashState) -> bool {
    match state {
        CashState::Disabled | CashState::Ready => true,
        CashState::Starting
        | CashState::Jammed
        | CashState::BoxFull
        | CashState::BoxRemoved
        | CashState::Fault(_)
        | CashState::Offline(_) => false,
    }
}
