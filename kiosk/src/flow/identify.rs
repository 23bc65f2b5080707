//! How to begin: by card, by code or by the meter's number. Reader and scanner are live all the time; whoever has neither touches the number.

use meterpost_ui::view::{Device, IdentifyView, NumberProblem, Screen};

use super::Flow;
use super::session::Session;
use crate::device::card::CardState;

impl Flow {
    /// Whether there is another way to begin than a number.
    pub(super) fn has_choice(&self) -> bool {
        self.devices.card.is_some() || self.devices.scanner.is_some()
    }

    /// The card reader as residents need to know it; `None` where there is none.
    pub(super) fn card_reader(&self) -> Option<Device> {
        self.devices.card.as_ref().map(|state| match state {
            CardState::Ready => Device::Works,
            CardState::Starting | CardState::Missing(_) => Device::Broken,
        })
    }

    /// Somebody touched the first screen.
    pub(super) fn begin(&mut self) {
        if matches!(self.session, Session::Attract) {
            self.begin_anew();
        }
    }

    /// The first screen of a session, with nothing of anybody on it.
    pub(super) fn begin_anew(&mut self) {
        self.card = None;
        self.session = match self.has_choice() {
            true => Session::Identify { problem: None },
            false => Session::Number {
                entry: String::new(),
                problem: None,
            },
        };
    }

    pub(super) fn by_number(&mut self) {
        if matches!(self.session, Session::Identify { .. }) {
            self.session = Session::Number {
                entry: String::new(),
                problem: None,
            };
        }
    }

    /// A card or code that leads nowhere never ends a visit: the number does as well.
    pub(super) fn leads_nowhere(&mut self, wrong: NumberProblem) {
        let problem = Some(wrong);
        self.card = None;
        self.session = match &self.session {
            Session::Number { entry, .. } => Session::Number {
                entry: entry.clone(),
                problem,
            },
            _ => Session::Identify { problem },
        };
    }

    pub(super) fn identify_view(&self, problem: Option<NumberProblem>) -> Screen {
        Screen::Identify(IdentifyView {
            card: self.card_reader(),
            code: self.scanner(),
            problem,
            reports_loss: self.reports_loss(),
        })
    }
}
