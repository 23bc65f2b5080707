//! Once in: pages, questions and numbers. What takes its time is in `doing`.

use meterpost_ledger::{Event, Money, StaffOutcome};
use meterpost_ui::view::{
    MenuAct, MenuIntent, MenuNumber, MenuPage, MenuPerson, MenuQuestion, MenuTone, MenuView,
    Phrase, Word,
};

use super::acts::Act;
use super::bus::BusLook;
use super::doing::Doing;
use super::facts::{Facts, Served, ServiceJob};
use super::memory::Memory;
use super::page::Page;
use super::role::{Area, may};
use super::software::{Software, Uninstalled};
use super::{Hands, Happening, Order, Said, Sight, installing, pages, role, said};
use crate::device::card::StaffRole;

/// Most digits of a count.
const MOST_DIGITS: usize = 9;
/// Most digits of a meter's number.
const MOST_OF_METER: usize = 14;
/// What the answer "yes" to a question is called, behind the act's own name.
const MEANT: &str = "-meant";

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Is this act meant?
    Act(Act),
    /// Is this count to be taken though it differs?
    Difference(u64, Money),
}

/// A collection of this visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) period: u64,
    pub(super) notes: Vec<(Money, u64)>,
    pub(super) expected: Money,
    pub(super) counted: Option<Money>,
}

/// Somebody who is in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inside {
    pub(super) who: String,
    pub(super) role: StaffRole,
    pub(super) trail: Vec<Page>,
    question: Option<Question>,
    pub(super) typed: String,
    pub(super) problem: Option<Word>,
    pub(super) doing: Option<Doing>,
    pub(super) said: Said,
    pub(super) facts: Facts,
    pub(super) bus: BusLook,
    pub(super) closed: Option<Closed>,
    /// The slots and the stick, once looked at.
    pub(super) software: Option<Software>,
    /// The bundle that is asked about: the list may change meanwhile.
    pub(super) chosen: Option<String>,
}

impl Inside {
    pub(super) fn new(who: String, role: StaffRole) -> Inside {
        Inside {
            who,
            role,
            trail: Vec::new(),
            question: None,
            typed: String::new(),
            problem: None,
            doing: None,
            said: None,
            facts: Facts::default(),
            bus: BusLook::default(),
            closed: None,
            software: None,
            chosen: None,
        }
    }

    pub(super) fn page(&self) -> Page {
        self.trail.last().copied().unwrap_or(Page::Home)
    }

    /// Whether something runs that nobody has to touch anything for.
    pub(super) fn waits(&self) -> bool {
        self.doing.as_ref().is_some_and(Doing::runs_by_itself)
    }

    pub(super) fn step(&mut self, hands: &mut Hands<'_, '_>, what: Happening, over: bool) {
        match what {
            Happening::Served(Served::Facts(facts)) => self.facts = *facts,
            Happening::Served(Served::Software(software)) => self.software = Some(*software),
            Happening::Served(Served::Installed(result)) => self.installed(hands, &result),
            Happening::Intent(intent) => self.on_intent(hands, intent),
            other => self.go_on(hands, &other),
        }
        if over {
            self.leave(hands, "nobody touched it");
        }
    }

    fn on_intent(&mut self, hands: &mut Hands<'_, '_>, intent: MenuIntent) {
        if self.doing.is_some() && self.touch_while_doing(hands, &intent) {
            return;
        }
        match intent {
            MenuIntent::Do(name) => self.on_do(hands, &name),
            MenuIntent::Back if self.question.is_some() => self.question = None,
            MenuIntent::Back if self.trail.is_empty() => self.leave(hands, "by hand"),
            MenuIntent::Back => self.back(hands),
            MenuIntent::Leave => self.leave(hands, "by hand"),
            MenuIntent::Digit(digit) => self.type_digit(digit),
            MenuIntent::Delete => drop(self.typed.pop()),
            MenuIntent::Clear => self.typed.clear(),
            MenuIntent::Next => self.next(hands),
            MenuIntent::Open | MenuIntent::Touched(_) | MenuIntent::Stay => {}
        }
    }

    fn on_do(&mut self, hands: &mut Hands<'_, '_>, name: &str) {
        if let Some(question) = self.question.take() {
            if let Some(meant) = name.strip_suffix(MEANT)
                && meant == question.name()
            {
                self.meant(hands, question);
            }
            return;
        }
        if let Some(page) = Page::parse(name) {
            if may(self.role, page.area()) {
                self.open(hands, page);
            }
            return;
        }
        if may(self.role, Area::Bus)
            && let Some(page) = self.page_on_bus(name)
        {
            self.open(hands, page);
            return;
        }
        let Some(act) = Act::parse(name) else { return };
        if !may(self.role, act.area()) || pages::refusal(self, hands.sight, act).is_some() {
            return;
        }
        match act {
            Act::Count(period) => self.open(hands, Page::Counting(period)),
            Act::UpdateFromUsb(place) => {
                self.chosen = pages::bundle(self, place).cloned();
                self.question = Some(Question::Act(act));
            }
            act if act.grave() => self.question = Some(Question::Act(act)),
            act => self.begin(hands, act),
        }
    }

    pub(super) fn open(&mut self, hands: &mut Hands<'_, '_>, page: Page) {
        self.said = None;
        self.problem = None;
        self.typed.clear();
        self.trail.push(page);
        self.look(hands);
    }

    fn back(&mut self, hands: &mut Hands<'_, '_>) {
        self.trail.pop();
        self.said = None;
        self.look(hands);
    }

    /// Has what the page shows looked at anew.
    fn look(&self, hands: &mut Hands<'_, '_>) {
        hands.job(ServiceJob::Look);
        if self.page() == Page::Software {
            hands.job(ServiceJob::Software);
        }
    }

    /// An installation has ended, whoever began it.
    fn installed(&mut self, hands: &mut Hands<'_, '_>, result: &Result<(), Uninstalled>) {
        let bundle = hands.sight.installing.map(|of| of.bundle.as_str());
        self.said = installing::outcome(bundle.unwrap_or_default(), result);
        self.look(hands);
    }

    fn meant(&mut self, hands: &mut Hands<'_, '_>, question: Question) {
        match question {
            // What spoke against it may have come meanwhile.
            Question::Act(act) if pages::refusal(self, hands.sight, act).is_some() => {}
            Question::Act(act) => self.begin(hands, act),
            Question::Difference(period, counted) => self.take_count(hands, period, counted),
        }
    }

    fn type_digit(&mut self, digit: u8) {
        let most = match self.page() {
            Page::MeterNumber => MOST_OF_METER,
            _ => MOST_DIGITS,
        };
        if self.typed.len() < most && digit <= 9 {
            self.problem = None;
            self.typed.push(char::from(b'0' + digit));
        }
    }

    fn next(&mut self, hands: &mut Hands<'_, '_>) {
        if self.page() == Page::MeterNumber {
            return self.meter_typed(hands);
        }
        let Page::Counting(period) = self.page() else {
            return;
        };
        let Some(expected) = expected(hands.sight, period) else {
            return self.back(hands);
        };
        let Ok(typed) = self.typed.parse::<i64>() else {
            return;
        };
        let counted = Money(typed.saturating_mul(unit(expected)));
        if counted == expected {
            return self.take_count(hands, period, counted);
        }
        if may(self.role, Area::Difference) {
            self.question = Some(Question::Difference(period, counted));
            return;
        }
        self.problem = Some(Word::ManagerAccepts);
        let act = Act::Count(period).name();
        let words = format!("counted {counted}, expected {expected}: a manager has to take it");
        hands.record(&self.who, &act, StaffOutcome::Begun, "a count is typed");
        hands.record(&self.who, &act, StaffOutcome::Refused, &words);
    }

    fn take_count(&mut self, hands: &mut Hands<'_, '_>, period: u64, counted: Money) {
        let Some(expected) = expected(hands.sight, period) else {
            return;
        };
        let act = Act::Count(period).name();
        let words = format!("counted {counted}, expected {expected}");
        hands.record(&self.who, &act, StaffOutcome::Begun, &words);
        hands.out.push(Order::Record(Event::CollectionCounted {
            period,
            counted,
            by: self.who.clone(),
        }));
        hands.record(&self.who, &act, StaffOutcome::Done, &words);
        let closed = self.closed.take().filter(|closed| closed.period == period);
        self.closed = Some(Closed {
            counted: Some(counted),
            ..closed.unwrap_or(Closed {
                period,
                notes: Vec::new(),
                expected,
                counted: None,
            })
        });
        self.trail.pop();
        self.said = Some(match counted.0.checked_sub(expected.0) {
            Some(0) => (MenuTone::Good, Word::CountTaken.into()),
            difference => {
                let difference = Money(difference.unwrap_or(0));
                let money = hands.sight.money(difference);
                (MenuTone::Warn, said(Word::DifferenceTaken, &[&money]))
            }
        });
    }

    /// The box was emptied: what was in it is counted now, or later.
    pub(super) fn count_next(&mut self, closed: Closed) {
        let period = closed.period;
        self.closed = Some(closed);
        self.typed.clear();
        self.problem = None;
        self.trail.push(Page::Counting(period));
    }

    fn leave(&mut self, hands: &mut Hands<'_, '_>, why: &str) {
        if self.waits() {
            return;
        }
        self.give_up(hands);
        hands.record(&self.who, "leave", StaffOutcome::Done, why);
        hands.out.push(Order::Leave);
    }

    pub(super) fn view(
        &self,
        sight: &Sight<'_>,
        memory: &Memory,
        closing_in: Option<u32>,
    ) -> MenuView {
        let page = match (&self.doing, self.page()) {
            (Some(doing), _) if doing.has_page() => doing.page(sight),
            (_, Page::Counting(period)) => self.counting(sight, period),
            (_, Page::MeterNumber) => self.typing_meter(),
            (_, page) => MenuPage::List(pages::list(page, self, sight, memory)),
        };
        MenuView {
            person: Some(MenuPerson {
                name: self.who.clone(),
                role: role::word(self.role),
            }),
            closing_in,
            page,
            asks: self.question.map(|question| question.view(self, sight)),
        }
    }

    fn counting(&self, sight: &Sight<'_>, period: u64) -> MenuPage {
        let expected = expected(sight, period).unwrap_or(Money::ZERO);
        let typed = self.typed.parse::<i64>().unwrap_or(0);
        let entry = match self.typed.is_empty() {
            true => String::new(),
            false => sight.money(Money(typed.saturating_mul(unit(expected)))),
        };
        MenuPage::Number(MenuNumber {
            title: Word::Counting,
            asks: said(
                Word::TypeWhatWasCounted,
                &[&period.to_string(), &sight.money(expected)],
            ),
            entry,
            problem: self.problem,
        })
    }
}

impl Question {
    fn name(self) -> String {
        match self {
            Question::Act(act) => act.name(),
            Question::Difference(period, _) => Act::Count(period).name(),
        }
    }

    fn view(self, inside: &Inside, sight: &Sight<'_>) -> MenuQuestion {
        let (words, word) = match self {
            Question::Act(act) => (pages::question(inside, sight, act), act.word()),
            Question::Difference(period, counted) => {
                let expected = expected(sight, period).unwrap_or(Money::ZERO);
                let difference = Money(counted.0.saturating_sub(expected.0));
                let values = [sight.money(counted), sight.money(difference)];
                let words = Phrase::Said(Word::AskDifference, values.to_vec());
                (words, Word::Yes)
            }
        };
        MenuQuestion {
            words,
            act: MenuAct {
                name: format!("{}{MEANT}", self.name()),
                word,
                grave: true,
                refused: None,
            },
        }
    }
}

/// What a collection that is not counted yet should hold.
pub(super) fn expected(sight: &Sight<'_>, period: u64) -> Option<Money> {
    let mut uncounted = sight.books.till().uncounted();
    uncounted
        .find(|(found, _)| *found == period)
        .map(|(_, money)| money)
}

/// What a typed digit counts: whole units, unless the expected sum has a rest.
fn unit(expected: Money) -> i64 {
    match expected.0 % 100 {
        0 => 100,
        _ => 1,
    }
}
