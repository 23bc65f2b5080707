//! The account of the card that was shown: whose it is, and which of its meters is meant.

use meterpost_ledger::bulletin::directory::AccountRecord;
use meterpost_ui::view::{MeterChoice, NumberProblem, Screen, WhoView};

use super::Flow;
use super::session::Session;
use crate::privacy::masked;

/// Most meters offered for one card: as many as the screen has room for. Others are found by their number.
const MOST_METERS: usize = 6;

impl Flow {
    /// The account of the card that was shown.
    pub(super) fn own_account(&self) -> Option<&AccountRecord> {
        let card = self.card.as_ref()?;
        self.rules.told.directory.card(&card.0)
    }

    /// The account's meters that can be topped up here.
    pub(super) fn usable(&self, account: &AccountRecord) -> Vec<String> {
        let numbers = account.meters.iter().map(|meter| &meter.number);
        let here = |number: &&String| {
            let meter = self.rules.meter(number);
            meter.is_some_and(|meter| meter.ours && !meter.on_account)
        };
        numbers.filter(here).take(MOST_METERS).cloned().collect()
    }

    /// The screen of the card's account; `None` where no card was shown, or its account has nothing here any more.
    pub(super) fn own_meters(&self) -> Option<Session> {
        let meters = self.usable(self.own_account()?);
        (!meters.is_empty()).then_some(Session::Who { meters })
    }

    pub(super) fn choose_meter(&mut self, place: usize) {
        let Session::Who { meters } = &self.session else {
            return;
        };
        if let Some(number) = meters.get(place).cloned() {
            self.session = match self.devices.bus {
                true => Session::Reading { number },
                false => Session::Number {
                    entry: number,
                    problem: Some(NumberProblem::NoAnswer),
                },
            };
        }
    }

    pub(super) fn who_view(&self, meters: &[String]) -> Screen {
        let account = self.own_account();
        let choice = |number: &String| {
            let meter = self.rules.meter(number);
            MeterChoice {
                number: number.clone(),
                utility: self.utility(number),
                place: meter.map_or_else(String::new, |meter| masked(&meter.place)),
            }
        };
        Screen::Who(WhoView {
            name: account.map_or_else(String::new, |a| a.name.clone()),
            place: account.map_or_else(String::new, |a| masked(&a.place)),
            meters: meters.iter().map(choice).collect(),
            has_history: account.is_some(),
        })
    }
}
