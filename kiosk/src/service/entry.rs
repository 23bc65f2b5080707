//! The way in: a staff card and its PIN, or a configured person's PIN and the one-time code of the server; then the door.
//!
//! A try is an entry before anything is checked, and counts from then on, so neither a power cut nor a restart gives tries for nothing.

use std::time::Duration;

use meterpost_ledger::StaffOutcome;
use meterpost_ui::view::{EntryAsk, MenuEntry, MenuIntent, MenuPage, MenuView, Word};
use zeroize::Zeroizing;

use super::facts::{Served, ServiceJob};
use super::inside::Inside;
use super::memory::{ENTER, Memory, code_words, pause};
use super::{Hands, Happening, Order, Sight, pin, role, seconds};
use crate::device::card::{
    CardCommand, CardEvent, CardKind, CardRefusal, PinOutcome, ShownCard, StaffRole,
};

/// Without a touch for so long, the way in closes.
pub(super) const TIME_OUT: Duration = Duration::from_secs(60);
/// The door has to be open within this time.
const DOOR: Duration = Duration::from_secs(30);
/// Most digits that are typed.
const MOST_DIGITS: usize = *pin::LENGTHS.end();
/// Digits of a card's PIN.
const CARD_PIN: std::ops::RangeInclusive<usize> = 6..=8;
/// The name of whoever is not known yet, in entries.
const SOMEBODY: &str = "somebody";

/// Where somebody stands on the way in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    ask: Ask,
    typed: Zeroizing<String>,
    problem: Option<Word>,
}

/// What was typed is in no log.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({:?})", self.ask)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    /// A card, or a PIN.
    Who,
    /// The PIN of this card.
    CardPin(ShownCard),
    /// The card is being asked.
    CardChecks(ShownCard, StaffRole),
    /// Whose PIN it is, is being found out.
    PinChecks,
    /// The one-time code of this person.
    Code(usize),
    /// It is being checked.
    CodeChecks(usize),
    /// The door is to be opened.
    Door(Known, Duration),
}

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    who: String,
    role: StaffRole,
    /// How, in English, for the entry.
    how: String,
}

impl Entry {
    pub(super) fn open(sight: &Sight<'_>) -> Entry {
        let ask = match sight.staff_card {
            Some(card) => Ask::CardPin(card.clone()),
            None => Ask::Who,
        };
        Entry {
            ask,
            typed: Zeroizing::default(),
            problem: None,
        }
    }

    /// One step; whoever is in then.
    pub(super) fn step(
        &mut self,
        hands: &mut Hands<'_, '_>,
        what: Happening,
        over: bool,
    ) -> Option<Inside> {
        match what {
            Happening::Intent(intent) => self.on_intent(hands, &intent),
            Happening::Card(event) => return self.on_card(hands, event),
            Happening::Served(served) => return self.on_served(hands, served),
            Happening::Tick => self.on_tick(hands, over),
            Happening::Cash(_) | Happening::Scanner(_) | Happening::Printed(_) => {}
        }
        None
    }

    fn on_intent(&mut self, hands: &mut Hands<'_, '_>, intent: &MenuIntent) {
        match intent {
            MenuIntent::Leave => return self.leave(hands),
            MenuIntent::Back => return self.back(hands),
            _ => {}
        }
        if !self.takes_digits(hands) {
            return;
        }
        match intent {
            MenuIntent::Digit(digit) if self.typed.len() < MOST_DIGITS => {
                self.problem = None;
                self.typed.extend(char::from_digit(u32::from(*digit), 10));
            }
            MenuIntent::Delete => drop(self.typed.pop()),
            MenuIntent::Clear => self.typed.clear(),
            MenuIntent::Next => self.next(hands),
            _ => {}
        }
    }

    /// Whether something is typed now: nothing is being checked and no pause is on.
    fn takes_digits(&self, hands: &Hands<'_, '_>) -> bool {
        match self.ask {
            Ask::Who | Ask::CardPin(_) | Ask::Code(_) => hands.sight.now >= hands.memory.wait_until,
            Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) | Ask::Door(..) => false,
        }
    }

    fn next(&mut self, hands: &mut Hands<'_, '_>) {
        let typed = std::mem::take(&mut self.typed);
        match self.ask.clone() {
            Ask::Who if hands.sight.rules.service.people.is_empty() => {
                self.problem = Some(Word::NobodyConfigured);
            }
            Ask::Who if !pin::is_pin(&typed) => self.problem = Some(Word::PinTooShort),
            Ask::Who => {
                self.begin(hands, SOMEBODY, "a PIN is checked");
                hands.out.push(Order::Job(ServiceJob::CheckPin(typed)));
                self.ask = Ask::PinChecks;
            }
            Ask::CardPin(_) if !CARD_PIN.contains(&typed.len()) => {
                self.problem = Some(Word::CardPinDigits);
            }
            Ask::CardPin(card) => {
                let CardKind::Staff(role) = card.kind else {
                    return;
                };
                self.begin(hands, &card.number, "the PIN of a card is checked");
                hands.out.push(Order::Card(CardCommand::VerifyPin(typed)));
                self.ask = Ask::CardChecks(card, role);
            }
            Ask::Code(person) => {
                hands.out.push(Order::Job(ServiceJob::CheckCode(typed)));
                self.ask = Ask::CodeChecks(person);
            }
            Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) | Ask::Door(..) => {}
        }
    }

    fn begin(&mut self, hands: &mut Hands<'_, '_>, who: &str, words: &str) {
        self.problem = None;
        hands.record(who, ENTER, StaffOutcome::Begun, words);
    }

    /// A try is over: it goes on from the beginning, after a pause.
    fn refuse(&mut self, hands: &mut Hands<'_, '_>, who: &str, problem: Option<Word>, words: &str) {
        hands.record(who, ENTER, StaffOutcome::Refused, words);
        hands.memory.wait_until = hands.sight.now + pause(hands.memory.tries);
        self.typed.clear();
        self.problem = problem;
        self.ask = match hands.sight.staff_card {
            Some(card) => Ask::CardPin(card.clone()),
            None => Ask::Who,
        };
    }

    fn on_card(&mut self, hands: &mut Hands<'_, '_>, event: CardEvent) -> Option<Inside> {
        match event {
            CardEvent::Shown(card) => self.on_shown(hands, card),
            CardEvent::Refused(refusal) => {
                if self.ask == Ask::Who {
                    self.problem = Some(Word::CardRefused);
                    tracing::info!(%refusal, "a card is refused at the service menu");
                }
            }
            CardEvent::Removed => {
                if let Ask::CardPin(_) = self.ask {
                    self.ask = Ask::Who;
                    self.typed.clear();
                    self.problem = Some(Word::CardGone);
                }
            }
            CardEvent::Pin(outcome) => return self.on_card_pin(hands, outcome),
            CardEvent::State(_) => {}
        }
        None
    }

    fn on_shown(&mut self, hands: &Hands<'_, '_>, card: ShownCard) {
        let (Ask::Who | Ask::CardPin(_)) = self.ask else {
            return;
        };
        self.typed.clear();
        let withdrawn = hands.sight.rules.told.denied.contains(&card.number);
        (self.ask, self.problem) = match card.kind {
            CardKind::Staff(_) if withdrawn => (Ask::Who, Some(Word::CardWithdrawn)),
            CardKind::Staff(_) => (Ask::CardPin(card), None),
            CardKind::Resident => (Ask::Who, Some(Word::CardNotStaff)),
        };
    }

    fn on_card_pin(&mut self, hands: &mut Hands<'_, '_>, outcome: PinOutcome) -> Option<Inside> {
        let Ask::CardChecks(card, role) = self.ask.clone() else {
            return None;
        };
        let who = card.number;
        if hands.sight.rules.told.denied.contains(&who) {
            let words = "the card is lost or withdrawn";
            self.refuse(hands, &who, Some(Word::CardWithdrawn), words);
            return None;
        }
        let (problem, words) = match outcome {
            PinOutcome::Right => {
                let known = Known {
                    who,
                    role,
                    how: "by card and PIN".to_owned(),
                };
                return self.known(hands, known);
            }
            PinOutcome::Wrong { tries_left: 1 } => (Word::CardLastTry, "wrong PIN, one left"),
            PinOutcome::Wrong { .. } => (Word::WrongPin, "wrong PIN"),
            PinOutcome::Blocked => (Word::CardBlocked, "the card is blocked"),
            PinOutcome::Malformed => (Word::CardPinDigits, "no PIN"),
            PinOutcome::ContactsOnly => (Word::CardContactsOnly, "the card asks for contacts"),
            PinOutcome::NoCard | PinOutcome::Refused(CardRefusal::Pulled) => {
                (Word::CardGone, "the card was taken away")
            }
            PinOutcome::Refused(_) => (Word::CardRefused, "the card did not prove itself"),
        };
        self.refuse(hands, &who, Some(problem), words);
        None
    }

    fn on_served(&mut self, hands: &mut Hands<'_, '_>, served: Served) -> Option<Inside> {
        match (self.ask.clone(), served) {
            (Ask::PinChecks, Served::Pin(None)) => {
                self.refuse(hands, SOMEBODY, Some(Word::WrongPin), "nobody has this PIN");
            }
            (Ask::PinChecks, Served::Pin(Some(person))) => return self.pin_is_right(hands, person),
            (Ask::CodeChecks(person), Served::Code(answer)) => {
                return self.code_answered(hands, person, answer);
            }
            (Ask::Door(known, _), Served::Door(Ok(true))) => return self.enter(hands, &known),
            (Ask::Door(..), Served::Door(Err(why))) => {
                tracing::warn!(why, "the contact of the door cannot be read");
                self.problem = Some(Word::DoorNotReadable);
            }
            _ => {}
        }
        None
    }

    fn pin_is_right(&mut self, hands: &mut Hands<'_, '_>, person: usize) -> Option<Inside> {
        if hands.sight.rules.service.code {
            self.ask = Ask::Code(person);
            self.problem = None;
            return None;
        }
        let known = self.person(hands, person, "by PIN")?;
        self.known(hands, known)
    }

    fn person(&self, hands: &Hands<'_, '_>, place: usize, how: &str) -> Option<Known> {
        let person = hands.sight.rules.service.people.get(place)?;
        Some(Known {
            who: person.name.clone(),
            role: person.role,
            how: how.to_owned(),
        })
    }

    fn code_answered(
        &mut self,
        hands: &mut Hands<'_, '_>,
        place: usize,
        answer: Result<Option<u64>, String>,
    ) -> Option<Inside> {
        let known = self.person(hands, place, "")?;
        match answer {
            Ok(Some(step)) if step > hands.memory.code_step => {
                let how = format!("by PIN and {}", code_words(step));
                return self.known(hands, Known { how, ..known });
            }
            Ok(_) => {
                let words = "wrong one-time code, or one that was used";
                self.refuse(hands, &known.who, Some(Word::WrongCode), words);
            }
            Err(why) => self.refuse(hands, &known.who, Some(Word::NoCodeYet), &why),
        }
        None
    }

    fn known(&mut self, hands: &mut Hands<'_, '_>, known: Known) -> Option<Inside> {
        if hands.sight.rules.service.door.is_none() {
            return self.enter(hands, &known);
        }
        self.problem = None;
        self.ask = Ask::Door(known, hands.sight.now + DOOR);
        hands.out.push(Order::Job(ServiceJob::Door));
        None
    }

    fn enter(&mut self, hands: &mut Hands<'_, '_>, known: &Known) -> Option<Inside> {
        let words = format!("{}, {}", role::name(known.role), known.how);
        hands.record(&known.who, ENTER, StaffOutcome::Done, &words);
        hands.memory.wait_until = Duration::ZERO;
        hands.out.push(Order::Job(ServiceJob::Look));
        Some(Inside::new(known.who.clone(), known.role))
    }

    fn on_tick(&mut self, hands: &mut Hands<'_, '_>, over: bool) {
        match self.ask.clone() {
            Ask::Door(known, until) if hands.sight.now >= until => {
                let words = "the door was not opened";
                self.refuse(hands, &known.who, Some(Word::DoorStayedShut), words);
            }
            Ask::Door(..) => hands.out.push(Order::Job(ServiceJob::Door)),
            // A reader that hangs must not keep residents out for ever; what it says later is no one's any more.
            Ask::CardChecks(card, _) if over => {
                let words = "the reader did not answer";
                self.refuse(hands, &card.number, Some(Word::CardRefused), words);
            }
            Ask::Who | Ask::CardPin(_) | Ask::Code(_) if over => self.leave(hands),
            _ => {}
        }
    }

    fn back(&mut self, hands: &mut Hands<'_, '_>) {
        match self.ask.clone() {
            Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) => {}
            Ask::Code(_) | Ask::Door(..) => self.give_up(hands),
            Ask::Who | Ask::CardPin(_) => self.leave(hands),
        }
    }

    /// A try that was begun is ended; where the next try stands is not asked.
    fn give_up(&mut self, hands: &mut Hands<'_, '_>) {
        let who = match self.ask.clone() {
            Ask::Door(known, _) => known.who,
            Ask::Code(place) => self
                .person(hands, place, "")
                .map_or_else(|| SOMEBODY.to_owned(), |known| known.who),
            Ask::Who | Ask::CardPin(_) => return,
            Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) => return,
        };
        self.refuse(hands, &who, None, "given up");
    }

    /// While something is being checked nobody leaves: its outcome has to be an entry.
    fn leave(&mut self, hands: &mut Hands<'_, '_>) {
        if let Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) = self.ask {
            return;
        }
        self.give_up(hands);
        hands.out.push(Order::Leave);
    }

    pub(super) fn view(
        &self,
        sight: &Sight<'_>,
        memory: &Memory,
        closing_in: Option<u32>,
    ) -> MenuView {
        let paused = seconds(memory.wait_until.saturating_sub(sight.now));
        let asks = match &self.ask {
            Ask::CardChecks(..) | Ask::PinChecks | Ask::CodeChecks(_) => EntryAsk::Wait(0),
            Ask::Door(_, until) => EntryAsk::Door(seconds(until.saturating_sub(sight.now))),
            _ if paused > 0 => EntryAsk::Wait(paused),
            Ask::Who => EntryAsk::CardOrPin,
            Ask::CardPin(_) => EntryAsk::CardPin,
            Ask::Code(_) => EntryAsk::Code,
        };
        MenuView {
            person: None,
            closing_in,
            page: MenuPage::Entry(MenuEntry {
                asks,
                typed: self.typed.len(),
                problem: self.problem,
            }),
            asks: None,
        }
    }
}
