//! A resident reports a card lost: a meter's number, the card's number, and the server blocks it. It needs the server, since only the server
//! can make every other terminal refuse the card; nothing is promised here that another terminal would not keep.

use std::time::Duration;

use meterpost_ui::view::{LossNumber, LossProblem, LossView, Screen};

use super::session::Session;
use super::{Effect, Flow};

/// How long the server may take; after that the resident is told that nothing was blocked. If it was all the same, that harms nobody.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most digits of a card's number.
const LONGEST_CARD: usize = 12;

/// What the server is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossOrder {
    /// The meter's number.
    pub meter: String,
    /// The digits of the card's.
    pub card: String,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossAnswer {
    /// The card is blocked.
    Blocked,
    /// The numbers do not belong together.
    NotKnown,
    /// Too often wrong today.
    TooMany,
    /// It was not reached, or could not.
    NoAnswer,
}

/// Where a report is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossStep {
    /// Typing the meter's number.
    Meter {
        /// The digits so far.
        entry: String,
        /// Why it was not accepted.
        problem: Option<LossProblem>,
    },
    /// Typing the card's.
    Card {
        /// The meter's number.
        meter: String,
        /// The digits so far.
        entry: String,
        /// Why it was not accepted.
        problem: Option<LossProblem>,
    },
    /// The server is being told.
    Asking {
        /// What.
        order: LossOrder,
        /// Since when.
        since: Duration,
    },
    /// The card is blocked.
    Blocked {
        /// Since when.
        since: Duration,
    },
}

impl Flow {
    /// Whether a loss can be reported here at all.
    pub(super) fn reports_loss(&self) -> bool {
        self.rules.reports_loss && self.devices.card.is_some()
    }

    pub(super) fn begin_loss(&mut self) {
        let entry = match &self.session {
            Session::Number { entry, .. } => entry.clone(),
            Session::Identify { .. } => String::new(),
            _ => return,
        };
        if self.reports_loss() {
            let problem = None;
            self.session = Session::Loss(LossStep::Meter { entry, problem });
        }
    }

    pub(super) fn edit_loss(&mut self, edit: impl FnOnce(&mut String)) {
        let longest = self.rules.number_lengths().1;
        let (entry, problem, longest) = match &mut self.session {
            Session::Loss(LossStep::Meter { entry, problem }) => (entry, problem, longest),
            Session::Loss(LossStep::Card { entry, problem, .. }) => (entry, problem, LONGEST_CARD),
            _ => return,
        };
        edit(entry);
        entry.truncate(longest);
        *problem = None;
    }

    /// On with what was typed.
    pub(super) fn next_of_loss(&mut self) {
        let (shortest, longest) = self.rules.number_lengths();
        let Session::Loss(step) = &mut self.session else {
            return;
        };
        match step {
            LossStep::Meter { entry, problem } => {
                // Any meter of the account will do, also one that is topped up elsewhere: the server knows it.
                match (shortest..=longest).contains(&entry.len()) {
                    true => {
                        *step = LossStep::Card {
                            meter: std::mem::take(entry),
                            entry: String::new(),
                            problem: None,
                        };
                    }
                    false => *problem = Some(LossProblem::Length),
                }
            }
            LossStep::Card { entry, problem, .. } if entry.is_empty() => {
                *problem = Some(LossProblem::Length);
            }
            LossStep::Card { meter, entry, .. } => {
                let order = LossOrder {
                    meter: std::mem::take(meter),
                    card: std::mem::take(entry),
                };
                *step = LossStep::Asking {
                    order: order.clone(),
                    since: self.now,
                };
                self.out.push(Effect::ReportLoss(order));
            }
            LossStep::Asking { .. } | LossStep::Blocked { .. } => {}
        }
    }

    /// The server's word. One that comes after patience was over, or for somebody else's report, changes nothing.
    pub(super) fn on_loss(&mut self, told: &LossOrder, answer: LossAnswer) {
        let Session::Loss(LossStep::Asking { order, .. }) = &self.session else {
            return;
        };
        if order != told {
            return;
        }
        self.touched = self.now;
        let problem = match answer {
            LossAnswer::Blocked => {
                let since = self.now;
                self.session = Session::Loss(LossStep::Blocked { since });
                return;
            }
            LossAnswer::NotKnown => LossProblem::NotKnown,
            LossAnswer::TooMany => LossProblem::TooMany,
            LossAnswer::NoAnswer => LossProblem::NoAnswer,
        };
        self.session = Session::Loss(LossStep::Card {
            meter: told.meter.clone(),
            entry: told.card.clone(),
            problem: Some(problem),
        });
    }

    pub(super) fn loss_tick(&mut self) {
        let Session::Loss(step) = &self.session else {
            return;
        };
        match step {
            LossStep::Meter { .. } | LossStep::Card { .. } => {
                if self.still_there_left() == Some(Duration::ZERO) {
                    self.end_session();
                }
            }
            LossStep::Asking { order, since } => {
                if self.now >= *since + PATIENCE {
                    let order = order.clone();
                    self.on_loss(&order, LossAnswer::NoAnswer);
                }
            }
            LossStep::Blocked { since } => self.close_after(Some(*since), self.rules.delays.done),
        }
    }

    /// One step back: what was typed before is still there.
    pub(super) fn back_in_loss(&mut self) {
        let Session::Loss(step) = &self.session else {
            return;
        };
        match step {
            LossStep::Meter { entry, .. } if entry.is_empty() && self.has_choice() => {
                self.begin_anew();
            }
            LossStep::Meter { entry, .. } => {
                self.session = Session::Number {
                    entry: entry.clone(),
                    problem: None,
                };
            }
            LossStep::Card { meter, .. } => {
                self.session = Session::Loss(LossStep::Meter {
                    entry: meter.clone(),
                    problem: None,
                });
            }
            LossStep::Asking { .. } | LossStep::Blocked { .. } => {}
        }
    }

    pub(super) fn loss_view(&self, step: &LossStep) -> Screen {
        let typing = |number, entry: &str, problem| LossView::Entry {
            number,
            entry: entry.to_owned(),
            problem,
            phone: self.rules.phone.clone(),
        };
        Screen::Loss(match step {
            LossStep::Meter { entry, problem } => typing(LossNumber::Meter, entry, *problem),
            LossStep::Card { entry, problem, .. } => typing(LossNumber::Card, entry, *problem),
            LossStep::Asking { .. } => LossView::Asking,
            LossStep::Blocked { since } => LossView::Blocked {
                phone: self.rules.phone.clone(),
                closing_in: self.closing_in(Some(*since), self.rules.delays.done),
            },
        })
    }
}
