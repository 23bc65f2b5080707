//! An act that is under way: touches, cards, notes, the cash box; and its end, which is an entry.

use meterpost_ledger::{Event, Money, StaffOutcome};
use meterpost_ui::view::{MenuIntent, MenuTone, Phrase, Word};

use super::acts::Act;
use super::doing::{COLOURS, Doing, Step};
use super::facts::{Served, ServiceJob};
use super::inside::{Closed, Inside};
use super::{Hands, Happening, Order, said};
use crate::device::card::CardEvent;
use crate::device::scanner::ScanEvent;
use crate::device::validator::{CashCommand, CashEvent};

impl Inside {
    /// Ends it: the entry, and what is said on the page.
    pub(super) fn end(
        &mut self,
        hands: &mut Hands<'_, '_>,
        outcome: StaffOutcome,
        words: &str,
        shown: Phrase,
    ) {
        let Some(doing) = self.doing.take() else {
            return;
        };
        if doing.act == Act::TestValidator {
            hands.out.push(Order::Cash(CashCommand::Stop));
        }
        hands.record(&self.who, &doing.act.name(), outcome, words);
        let tone = match outcome {
            StaffOutcome::Done => MenuTone::Good,
            StaffOutcome::Unknown | StaffOutcome::Begun => MenuTone::Warn,
            StaffOutcome::Failed | StaffOutcome::Refused => MenuTone::Bad,
        };
        self.said = Some((tone, shown));
        hands.out.push(Order::Job(ServiceJob::Look));
    }

    fn pass(&mut self, hands: &mut Hands<'_, '_>, words: &str) {
        self.end(hands, StaffOutcome::Done, words, Word::Passed.into());
    }

    fn fail(&mut self, hands: &mut Hands<'_, '_>, words: &str) {
        self.end(hands, StaffOutcome::Failed, words, Word::Failed.into());
    }

    /// Something is given up, because somebody leaves or goes back.
    pub(super) fn give_up(&mut self, hands: &mut Hands<'_, '_>) {
        let Some(doing) = &self.doing else { return };
        match doing.step.clone() {
            Step::AwaitBoxIn(closed) => {
                let words = format!(
                    "the count of period {} is closed; nobody saw the box come back",
                    closed.period
                );
                self.end(hands, StaffOutcome::Done, &words, Word::Done.into());
            }
            Step::AwaitBoxOut => {
                self.fail(hands, "given up before the box was out; the count goes on");
            }
            _ => self.fail(hands, "given up"),
        }
    }

    /// A touch while something is being done; `false`: it is for the pages.
    pub(super) fn touch_while_doing(
        &mut self,
        hands: &mut Hands<'_, '_>,
        intent: &MenuIntent,
    ) -> bool {
        let Some(doing) = &mut self.doing else {
            return false;
        };
        match (&mut doing.step, intent) {
            (Step::Touching(touched), MenuIntent::Touched(field)) => {
                if let Some(field) = touched.get_mut(*field) {
                    *field = true;
                }
                if touched.iter().all(|touched| *touched) {
                    self.pass(hands, "every field was touched");
                }
            }
            (Step::Colour(step), MenuIntent::Next | MenuIntent::Touched(_)) => {
                *step += 1;
                if *step == COLOURS {
                    doing.step = Step::Judging(Word::LookedRight);
                }
            }
            (Step::Judging(_), MenuIntent::Do(name)) if name == "right" => {
                self.pass(hands, "somebody looked and found it right");
            }
            (Step::Judging(_), MenuIntent::Do(name)) if name == "wrong" => {
                self.fail(hands, "somebody looked and found it wrong");
            }
            (Step::AwaitCard | Step::AwaitCode | Step::AwaitNote, MenuIntent::Do(name))
                if name == "stop" =>
            {
                self.fail(hands, "stopped by hand");
            }
            (Step::Calling(_), MenuIntent::Do(name)) if name == "stop" => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    "stopped by hand",
                    Word::Stopped.into(),
                );
            }
            (Step::AwaitBoxOut, MenuIntent::Do(name)) if name == "box-out" => {
                self.box_is_out(hands, "by hand");
            }
            (Step::AwaitBoxIn(_), MenuIntent::Do(name)) if name == "box-in" => {
                self.box_is_in(hands, "by hand");
            }
            (step, MenuIntent::Back)
                if !matches!(
                    step,
                    Step::Running(_) | Step::Printing(_) | Step::NoteGoesBack(_)
                ) =>
            {
                self.give_up(hands);
            }
            (_, MenuIntent::Leave) => return false,
            _ => {}
        }
        true
    }

    /// Something other than a touch.
    pub(super) fn go_on(&mut self, hands: &mut Hands<'_, '_>, what: &Happening) {
        let Some(doing) = &self.doing else { return };
        let act = doing.act;
        match (doing.step.clone(), what) {
            (Step::AwaitCard, Happening::Card(event)) => self.card_seen(hands, event),
            (Step::AwaitCode, Happening::Scanner(ScanEvent::Scanned(code))) => {
                let words = format!("a code was read: {}", code.kind());
                self.end(hands, StaffOutcome::Done, &words, Word::CodeRead.into());
            }
            (Step::AwaitNote | Step::NoteGoesBack(_), Happening::Cash(event)) => {
                self.note_seen(hands, event);
            }
            (Step::AwaitBoxOut, Happening::Cash(CashEvent::BoxRemoved)) => {
                self.box_is_out(hands, "as the validator says");
            }
            (Step::AwaitBoxIn(_), Happening::Cash(CashEvent::BoxReplaced)) => {
                self.box_is_in(hands, "as the validator says");
            }
            (Step::AwaitCard | Step::AwaitCode | Step::AwaitNote, Happening::Tick)
                if doing.left(hands.sight.now) == 0 =>
            {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    "nothing came in time",
                    Word::NothingCame.into(),
                );
            }
            // A validator that says nothing more of a note it was to give back.
            (Step::NoteGoesBack(_), Happening::Tick) if doing.left(hands.sight.now) == 0 => {
                self.end(
                    hands,
                    StaffOutcome::Unknown,
                    "the validator did not say that the note was given back",
                    Word::NothingCame.into(),
                );
            }
            (Step::Printing(more), Happening::Printed(outcome)) => {
                self.slip_ended(hands, act, more, outcome);
            }
            (Step::Calling(_), Happening::Served(Served::MeterRead(number, result))) => {
                self.meter_read(hands, number, result);
            }
            (Step::Running(_), Happening::Served(served)) => self.served(hands, served),
            (Step::Running(_), Happening::Tick) => self.look_at_books(hands, act),
            _ => {}
        }
    }

    fn card_seen(&mut self, hands: &mut Hands<'_, '_>, event: &CardEvent) {
        match event {
            CardEvent::Shown(card) => {
                let shown = said(Word::CardShown, &[&card.number]);
                let words = "a card proved itself";
                self.end(hands, StaffOutcome::Done, words, shown);
            }
            CardEvent::Refused(refusal) => {
                let words = refusal.to_string();
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    &words,
                    Word::CardRefused.into(),
                );
            }
            CardEvent::State(_) | CardEvent::Removed | CardEvent::Pin(_) => {}
        }
    }

    /// The flow gives the note back; here it is only seen.
    fn note_seen(&mut self, hands: &mut Hands<'_, '_>, event: &CashEvent) {
        let held = self.doing.as_ref().and_then(|doing| match doing.step {
            Step::NoteGoesBack(value) => Some(value),
            _ => None,
        });
        match event {
            CashEvent::Escrow(value) => {
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::NoteGoesBack(*value);
                    doing.since = hands.sight.now;
                }
            }
            CashEvent::Returned | CashEvent::ReturnedAtPowerUp => match held {
                Some(value) => {
                    let words = format!("a test note of {value} was recognised and given back");
                    let shown = said(Word::NoteRecognised, &[&hands.sight.money(value)]);
                    self.end(hands, StaffOutcome::Done, &words, shown);
                }
                None => self.end(
                    hands,
                    StaffOutcome::Failed,
                    "a test note was given back and not recognised",
                    Word::NoteNotRecognised.into(),
                ),
            },
            CashEvent::Stacked { .. } => self.end(
                hands,
                StaffOutcome::Failed,
                "the test note went into the cash box and is booked as money found",
                Word::NoteWasStacked.into(),
            ),
            CashEvent::State(_)
            | CashEvent::NothingToReport { .. }
            | CashEvent::Acknowledged
            | CashEvent::BoxRemoved
            | CashEvent::BoxReplaced => {}
        }
    }

    /// The count ends in the very commit that says that the box is out.
    fn box_is_out(&mut self, hands: &mut Hands<'_, '_>, how: &str) {
        let till = hands.sight.books.till();
        let closed = Closed {
            period: till.period(),
            notes: till.notes(),
            expected: till.total().unwrap_or(Money::ZERO),
            counted: None,
        };
        let event = Event::Collected {
            period: closed.period,
            by: self.who.clone(),
            notes: closed.notes.clone(),
        };
        hands.memory.take(&event);
        hands.out.push(Order::Record(event));
        tracing::info!(period = closed.period, how, "the cash box is out");
        if let Some(doing) = &mut self.doing {
            doing.step = Step::AwaitBoxIn(closed);
        }
    }

    fn box_is_in(&mut self, hands: &mut Hands<'_, '_>, how: &str) {
        let Some(Doing {
            step: Step::AwaitBoxIn(closed),
            ..
        }) = self.doing.clone()
        else {
            return;
        };
        let words = format!(
            "period {}, {}; the box is back, {how}",
            closed.period, closed.expected
        );
        let shown = said(Word::CollectedWords, &[&hands.sight.money(closed.expected)]);
        self.end(hands, StaffOutcome::Done, &words, shown);
        self.count_next(closed);
    }
}
