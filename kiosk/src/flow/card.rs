//! Cards: whose it is, and which meter is meant. A card only says who stands there; what is paid is paid in cash.

use meterpost_ledger::bulletin::directory::AccountRecord;
use meterpost_ledger::{CardRef, Event};
use meterpost_ui::view::NumberProblem;

use super::session::Session;
use super::{Flow, Happening};
use crate::device::card::{CardEvent, CardKind, CardRefusal, CardState, ShownCard};

/// Most meters offered for one card: as many as the screen has room for. Others are found by their number.
const MOST_METERS: usize = 6;

impl Flow {
    pub(super) fn on_card(&mut self, event: CardEvent) {
        self.watch_staff_card(&event);
        if let Session::Service(_) = self.session {
            self.in_menu(Happening::Card(event.clone()));
        }
        match event {
            CardEvent::State(state) => self.on_card_state(state),
            CardEvent::Shown(card) => self.on_shown(&card),
            CardEvent::Refused(refusal) => self.on_refused(&refusal),
            // A card on a contactless reader is taken away at once; the session ends as every other does.
            CardEvent::Removed => {}
            // Asked for by the service menu alone, which has taken it.
            CardEvent::Pin(_) => {}
        }
    }

    fn on_card_state(&mut self, state: CardState) {
        let works = |state: Option<&CardState>| matches!(state, Some(CardState::Ready));
        let was_working = works(self.devices.card.as_ref());
        let changed = was_working != works(Some(&state));
        let words = match &state {
            CardState::Ready => "Ready".to_owned(),
            CardState::Starting => "Starting".to_owned(),
            CardState::Missing(why) => why.clone(),
        };
        self.devices.card = Some(state);
        if changed {
            self.record(vec![Event::DeviceChanged {
                device: "card".into(),
                state: words,
            }]);
        }
    }

    /// Whether a card may begin or change what is going on: nothing is being paid, and nobody looks at a meter.
    fn takes_cards(&self) -> bool {
        matches!(self.session, Session::Attract | Session::Number { .. })
    }

    fn on_shown(&mut self, card: &ShownCard) {
        if matches!(self.session, Session::Pay { .. }) {
            return self.card_for_payment(card);
        }
        if !self.takes_cards() {
            return;
        }
        self.touched = self.now;
        let known = self.rules.told.clone();
        if known.denied.contains(&card.number) {
            return self.ask_for_number(NumberProblem::CardInvalid);
        }
        let account = match card.kind {
            CardKind::Resident => known.directory.card(&card.number),
            // Staff have nothing to top up.
            CardKind::Staff(_) => None,
        };
        let meters = account
            .map(|account| self.usable(account))
            .unwrap_or_default();
        if meters.is_empty() {
            return self.ask_for_number(NumberProblem::CardUnknown);
        }
        self.card = Some(CardRef(card.number.clone()));
        match &meters[..] {
            [only] => self.read_meter_of_card(only.clone()),
            _ => self.session = Session::Choose { meters },
        }
    }

    /// The account's meters that can be topped up here.
    fn usable(&self, account: &AccountRecord) -> Vec<String> {
        let numbers = account.meters.iter().map(|meter| &meter.number);
        let here = |number: &&String| {
            let meter = self.rules.meter(number);
            meter.is_some_and(|meter| meter.ours && !meter.on_account)
        };
        numbers.filter(here).take(MOST_METERS).cloned().collect()
    }

    fn on_refused(&mut self, refusal: &CardRefusal) {
        tracing::info!(%refusal, "a card is refused");
        if matches!(self.session, Session::Pay { .. }) {
            return self.no_wallet();
        }
        if !self.takes_cards() {
            return;
        }
        self.touched = self.now;
        self.ask_for_number(match refusal {
            CardRefusal::NotOurs(_) => NumberProblem::CardUnknown,
            CardRefusal::Expired | CardRefusal::NotYetValid | CardRefusal::FailedProof => {
                NumberProblem::CardInvalid
            }
            CardRefusal::Pulled | CardRefusal::Unreadable(_) => NumberProblem::CardUnread,
        });
    }

    /// A card that leads nowhere never ends a visit: the number does as well.
    fn ask_for_number(&mut self, problem: NumberProblem) {
        let entry = match &self.session {
            Session::Number { entry, .. } => entry.clone(),
            _ => String::new(),
        };
        self.session = Session::Number {
            entry,
            problem: Some(problem),
        };
    }

    pub(super) fn choose_meter(&mut self, place: usize) {
        let Session::Choose { meters } = &self.session else {
            return;
        };
        if let Some(number) = meters.get(place).cloned() {
            self.read_meter_of_card(number);
        }
    }

    fn read_meter_of_card(&mut self, number: String) {
        self.session = match self.devices.bus {
            true => Session::Reading { number },
            false => Session::Number {
                entry: number,
                problem: Some(NumberProblem::NoAnswer),
            },
        };
    }

    /// From a meter's page back: to the card's other meters, where it has some.
    pub(super) fn other_meters_of_card(&self) -> Option<Vec<String>> {
        let card = self.card.as_ref()?;
        let account = self.rules.told.directory.card(&card.0)?;
        let meters = self.usable(account);
        (meters.len() > 1).then_some(meters)
    }
}
