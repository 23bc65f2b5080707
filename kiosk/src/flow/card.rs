//! Cards: whose it is, and which meter is meant. A card only says who stands there; what is paid is paid in cash.

use meterpost_ledger::{CardRef, Event};
use meterpost_ui::view::NumberProblem;

use super::session::Session;
use super::{Flow, Happening};
use crate::device::card::{CardEvent, CardKind, CardRefusal, CardState, ShownCard};

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

    /// Whether a card may begin or change what is going on: nothing is being paid, and nobody looks at a meter. Another card shown to an
    /// account's screens is the next person's, or the right one at last.
    fn takes_cards(&self) -> bool {
        matches!(
            self.session,
            Session::Attract
                | Session::Identify { .. }
                | Session::Number { .. }
                | Session::Who { .. }
                | Session::History { .. }
        )
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
            return self.leads_nowhere(NumberProblem::CardInvalid);
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
            return self.leads_nowhere(NumberProblem::CardUnknown);
        }
        self.card = Some(CardRef(card.number.clone()));
        self.session = Session::Who { meters };
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
        self.leads_nowhere(match refusal {
            CardRefusal::NotOurs(_) => NumberProblem::CardUnknown,
            CardRefusal::Expired | CardRefusal::NotYetValid | CardRefusal::FailedProof => {
                NumberProblem::CardInvalid
            }
            CardRefusal::Pulled | CardRefusal::Unreadable(_) => NumberProblem::CardUnread,
        });
    }
}
