//! What a person does on the screen. An intent that the current screen does not offer is ignored: a late touch never acts
//! on a screen that has changed under the finger.

use meterpost_ledger::Money;
use meterpost_ui::view::{Intent, MenuIntent, NumberProblem};

use super::loss::LossStep;
use super::session::Session;
use super::{BusJob, Effect, Flow};

impl Flow {
    pub(super) fn on_person(&mut self, intent: Intent) {
        let asked = self.still_there_left().is_some();
        self.touched = self.now;
        match intent {
            Intent::Start => self.begin(),
            Intent::ByNumber => self.by_number(),
            Intent::Language(language) => self.language = language,
            Intent::Digit(digit) => self.edit_number(|entry| {
                if let Some(c) = char::from_digit(u32::from(digit), 10) {
                    entry.push(c);
                }
            }),
            Intent::Delete => self.edit_number(|entry| {
                entry.pop();
            }),
            Intent::Clear => self.edit_number(String::clear),
            Intent::Lost => self.begin_loss(),
            Intent::Find => match &self.session {
                Session::Loss(_) => self.next_of_loss(),
                Session::OtherAmount { .. } => self.take_amount(),
                _ => self.find(),
            },
            Intent::Choose(place) => self.choose_meter(place),
            Intent::Back => self.back(),
            Intent::Cancel => {
                self.cancel();
                // "End now" under "still there?" means the session, not the step.
                let began = matches!(self.session, Session::Number { .. } | Session::Loss(_));
                if asked && began {
                    self.end_session();
                }
            }
            Intent::Amount(minor) => self.choose_amount(Money(minor)),
            Intent::Pay(way) => self.pay_with(way),
            Intent::Finish => {
                if let Session::Cash { finishing, .. } = &mut self.session {
                    *finishing = true;
                    self.finish_if_asked();
                }
            }
            Intent::Close => self.close(),
            Intent::Menu(intent) => self.on_menu(intent),
            Intent::OtherAmount => self.open_other_amount(),
            Intent::History => self.ask_for_receipts(),
            Intent::Reprint(place) => self.reprint(place),
            // Only that somebody is there, which the service menu counts for itself.
            Intent::Stay => self.on_menu(MenuIntent::Stay),
        }
    }

    fn edit_number(&mut self, edit: impl FnOnce(&mut String)) {
        match self.session {
            Session::Loss(_) => return self.edit_loss(edit),
            Session::OtherAmount { .. } => return self.edit_amount(edit),
            _ => {}
        }
        let longest = self.rules.number_lengths().1;
        if let Session::Number { entry, problem } = &mut self.session {
            edit(entry);
            entry.truncate(longest);
            *problem = None;
        }
    }

    pub(super) fn find(&mut self) {
        let Session::Number { entry, problem } = &mut self.session else {
            return;
        };
        let (shortest, longest) = self.rules.number_lengths();
        if entry.len() < shortest || entry.len() > longest {
            *problem = Some(NumberProblem::Length);
            return;
        }
        let wrong = match self.rules.meter(entry) {
            None => Some(NumberProblem::NotFound),
            Some(meter) if meter.on_account => Some(NumberProblem::NotPrepaid),
            Some(meter) if !meter.ours => Some(NumberProblem::NotHere),
            Some(_) => None,
        };
        if wrong.is_some() {
            *problem = wrong;
            return;
        }
        if !self.devices.bus {
            *problem = Some(NumberProblem::NoAnswer);
            return;
        }
        self.session = Session::Reading {
            number: entry.clone(),
        };
        // Whoever types a number may top up a meter that is not the card's.
        self.card = None;
    }

    /// Starts the resident's search once the bus is free.
    pub(super) fn start_search(&mut self) {
        if let Session::Reading { number } = &self.session
            && self.bus_job.is_none()
        {
            self.out.push(Effect::ReadMeter(number.clone()));
            self.bus_job = Some(BusJob::Search);
        }
    }

    fn back(&mut self) {
        match &self.session {
            Session::Number { .. } if self.has_choice() => self.begin_anew(),
            Session::Identify { .. } | Session::Number { .. } | Session::Who { .. } => {
                self.end_session();
            }
            Session::Loss(_) => self.back_in_loss(),
            Session::History { .. } => match self.own_meters() {
                Some(who) => self.session = who,
                None => self.end_session(),
            },
            Session::Meter { number, .. } => {
                let by_number = Session::Number {
                    entry: number.clone(),
                    problem: None,
                };
                self.session = self.own_meters().unwrap_or(by_number);
            }
            Session::Pay {
                number, reading, ..
            }
            | Session::OtherAmount {
                number, reading, ..
            } => {
                self.session = Session::Meter {
                    number: number.clone(),
                    reading: reading.clone(),
                    earlier: None,
                };
            }
            Session::Cash { .. } | Session::Paying { .. } => self.cancel(),
            _ => {}
        }
    }

    /// Ends without paying. With money in, or a note on its way in, it finishes instead: no note can be given back.
    fn cancel(&mut self) {
        match &mut self.session {
            Session::Identify { .. }
            | Session::Number { .. }
            | Session::Loss(LossStep::Meter { .. } | LossStep::Card { .. })
            | Session::Who { .. }
            | Session::History { .. }
            | Session::Meter { .. }
            | Session::OtherAmount { .. }
            | Session::Pay { .. } => {
                self.end_session();
            }
            Session::Paying { .. } => self.call_off(),
            Session::Cash { finishing, .. } => {
                *finishing = true;
                self.finish_if_asked();
            }
            _ => {}
        }
    }

    fn choose_amount(&mut self, target: Money) {
        let Session::Meter {
            number,
            reading,
            earlier,
        } = &self.session
        else {
            return;
        };
        let blocked = earlier.is_some_and(|e| !e.arrived);
        if blocked
            || !self.can_pay(number)
            || !self.rules.amounts.contains(&target)
            || self.books.allows_sale(target, self.card.as_ref()).is_err()
        {
            return;
        }
        let (number, reading) = (number.clone(), reading.clone());
        self.ask_how(number, reading, target);
    }

    fn close(&mut self) {
        match self.session {
            Session::Done { .. }
            | Session::Owed { .. }
            | Session::Unpaid { .. }
            | Session::Loss(LossStep::Blocked { .. }) => {
                self.end_session();
            }
            Session::Collected { .. } => self.look_at_collected(),
            _ => {}
        }
    }

    /// Back to the attract screen, with nothing left of this person.
    pub(super) fn end_session(&mut self) {
        self.session = self.nobody();
        self.card = None;
        self.outlook = None;
        self.language = self.rules.language;
        self.out.push(Effect::SyncHead);
    }
}
