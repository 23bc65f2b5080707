//! What takes its time: tests, slips, the cash box, the ledger, the server. One at a time, an entry before it and one after it.

use std::time::Duration;

use meterpost_ledger::{DeliveryState, Event, Money, SaleId, SlipOutcome, StaffOutcome};
use meterpost_ui::view::{MenuAct, MenuIntent, MenuList, MenuPage, MenuTone, Phrase, Word};

use super::acts::Act;
use super::bus::Calling;
use super::facts::{Power, Served, ServiceJob};
use super::inside::{Closed, Inside, expected};
use super::{Hands, Happening, Order, Sight, said, seconds, slip};
use crate::device::card::CardEvent;
use crate::device::printer::PrintOutcome;
use crate::device::validator::{CashCommand, CashEvent};

/// Fields of the touch test, side by side and one below the other.
pub(super) const FIELDS: (usize, usize) = (8, 5);
/// Pictures of the colour test.
pub(super) const COLOURS: usize = 6;
/// So long a card or a note is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Slips of a collection: one for the money, one for the books.
const COPIES: u32 = 2;

/// Something that is being done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Doing {
    pub(super) act: Act,
    pub(super) since: Duration,
    pub(super) step: Step,
}

/// Where it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Which fields were touched.
    Touching(Vec<bool>),
    /// Which colour is shown.
    Colour(usize),
    /// A person judges what was shown or printed.
    Judging(Word),
    /// A slip of the menu's own is being printed; so many follow.
    Printing(u32),
    /// A card is waited for.
    AwaitCard,
    /// A note is waited for.
    AwaitNote,
    /// It goes back.
    NoteGoesBack(Money),
    /// The box is to be taken out.
    AwaitBoxOut,
    /// It is to be put back.
    AwaitBoxIn(Closed),
    /// Meters are asked one after the other.
    Calling(Calling),
    /// It runs by itself: so much of so much, where that is known.
    Running(Option<(u64, u64)>),
}

impl Doing {
    /// Whether nobody has to touch anything for it to end.
    pub(super) fn runs_by_itself(&self) -> bool {
        match self.step {
            Step::Touching(_)
            | Step::Colour(_)
            | Step::Judging(_)
            | Step::AwaitBoxOut
            | Step::AwaitBoxIn(_)
            // Nothing is lost by leaving: a read changes nothing.
            | Step::Calling(_) => false,
            Step::Printing(_)
            | Step::AwaitCard
            | Step::AwaitNote
            | Step::NoteGoesBack(_)
            | Step::Running(_) => true,
        }
    }

    /// Whether it fills the glass; else it is a notice over the page.
    pub(super) fn has_page(&self) -> bool {
        !matches!(
            self.step,
            Step::Printing(_) | Step::Running(_) | Step::Calling(_)
        )
    }

    fn left(&self, now: Duration) -> u32 {
        seconds((self.since + PATIENCE).saturating_sub(now))
    }

    /// The notice over the page.
    pub(super) fn notice(&self, now: Duration) -> (MenuTone, Phrase) {
        let words = match self.step {
            Step::Running(Some((done, of))) => {
                said(Word::VerifiedEntries, &[&done.to_string(), &of.to_string()])
            }
            Step::Calling(ref calling) => {
                let (asked, of) = calling.progress();
                said(Word::AskedMeters, &[&asked.to_string(), &of.to_string()])
            }
            _ => {
                let seconds = now.saturating_sub(self.since).as_secs();
                match seconds {
                    0 => Word::BeingDone.into(),
                    _ => said(Word::BeingDoneFor, &[&seconds.to_string()]),
                }
            }
        };
        (MenuTone::Busy, words)
    }

    /// The page it fills.
    pub(super) fn page(&self, sight: &Sight<'_>) -> MenuPage {
        let left = self.left(sight.now).to_string();
        let by_hand = |name: &str, word| MenuAct {
            name: name.to_owned(),
            word,
            grave: true,
            refused: None,
        };
        let stop = MenuAct {
            grave: false,
            ..by_hand("stop", Word::StopTest)
        };
        let (title, tone, words, acts): (Word, MenuTone, Phrase, Vec<MenuAct>) = match &self.step {
            Step::Touching(touched) => {
                return MenuPage::TouchTest {
                    columns: FIELDS.0,
                    rows: FIELDS.1,
                    touched: touched.clone(),
                };
            }
            Step::Colour(step) => return MenuPage::ColourTest { step: *step },
            Step::Judging(words) => (
                self.title(),
                MenuTone::Neutral,
                (*words).into(),
                vec![
                    MenuAct {
                        grave: false,
                        ..by_hand("right", Word::ItIsRight)
                    },
                    MenuAct {
                        grave: false,
                        ..by_hand("wrong", Word::ItIsWrong)
                    },
                ],
            ),
            Step::AwaitCard => (
                self.title(),
                MenuTone::Busy,
                said(Word::ShowACard, &[&left]),
                vec![stop],
            ),
            Step::AwaitNote => (
                self.title(),
                MenuTone::Busy,
                said(Word::InsertATestNote, &[&left]),
                vec![stop],
            ),
            Step::NoteGoesBack(value) => (
                self.title(),
                MenuTone::Busy,
                said(Word::NoteRecognised, &[&sight.money(*value)]),
                Vec::new(),
            ),
            Step::AwaitBoxOut => (
                self.title(),
                MenuTone::Busy,
                Word::TakeTheBoxOut.into(),
                vec![by_hand("box-out", Word::BoxIsOutByHand)],
            ),
            Step::AwaitBoxIn(_) => (
                self.title(),
                MenuTone::Busy,
                Word::PutTheBoxBack.into(),
                vec![by_hand("box-in", Word::BoxIsInByHand)],
            ),
            Step::Printing(_) | Step::Running(_) | Step::Calling(_) => {
                let (tone, words) = self.notice(sight.now);
                (self.title(), tone, words, Vec::new())
            }
        };
        MenuPage::List(MenuList {
            title,
            notice: Some((tone, words)),
            rows: Vec::new(),
            acts,
        })
    }

    fn title(&self) -> Word {
        match self.act {
            Act::TestTouch => Word::TestOfTouch,
            Act::TestColours => Word::TestOfColours,
            Act::TestPrinter => Word::TestOfPrinter,
            Act::TestCard => Word::TestOfCard,
            Act::TestValidator => Word::TestOfValidator,
            act => act.word(),
        }
    }
}

impl Inside {
    /// Begins an act that speaks nothing against.
    pub(super) fn begin(&mut self, hands: &mut Hands<'_, '_>, act: Act) {
        self.said = None;
        let words = self.intent(hands.sight, act);
        hands.record(&self.who, &act.name(), StaffOutcome::Begun, &words);
        let step = match act {
            Act::TestTouch => Step::Touching(vec![false; FIELDS.0 * FIELDS.1]),
            Act::TestColours => Step::Colour(0),
            Act::TestPrinter => {
                let text = slip::test_page(hands.sight, &self.facts, &self.who);
                self.job(hands, ServiceJob::Print(text), Step::Printing(0))
            }
            Act::PrintReadiness => {
                let checks = super::pages::checks(self, hands.sight);
                let text = slip::readiness(hands.sight, &self.facts, &self.who, &checks);
                self.job(hands, ServiceJob::Print(text), Step::Printing(0))
            }
            Act::PrintCollection(period) => {
                let text = self.collection_slip(hands.sight, period, 1);
                self.job(hands, ServiceJob::Print(text), Step::Printing(COPIES - 1))
            }
            Act::TestCard => Step::AwaitCard,
            Act::TestValidator => {
                hands.out.push(Order::Cash(CashCommand::Accept));
                Step::AwaitNote
            }
            Act::Collect => Step::AwaitBoxOut,
            Act::LookAgain(sale) => {
                hands.out.push(Order::LookAgain(sale));
                Step::Running(None)
            }
            Act::PrintClaim(sale) => {
                hands.out.push(Order::PrintClaim(sale));
                Step::Running(None)
            }
            Act::VerifyLedger => self.job(hands, ServiceJob::Verify, Step::Running(None)),
            Act::ExportLedger => self.job(hands, ServiceJob::Export, Step::Running(None)),
            Act::ReadMeter | Act::AskEveryMeter => self.begin_on_bus(hands, act),
            Act::SyncNow => self.job(hands, ServiceJob::Sync, Step::Running(None)),
            Act::Restart => self.power(hands, Power::Restart),
            Act::Reboot => self.power(hands, Power::Reboot),
            Act::ShutDown => self.power(hands, Power::ShutDown),
            // It is typed first, and then recorded as a whole.
            Act::Count(_) => return,
        };
        self.doing = Some(Doing {
            act,
            since: hands.sight.now,
            step,
        });
    }

    fn job(&self, hands: &mut Hands<'_, '_>, job: ServiceJob, step: Step) -> Step {
        hands.out.push(Order::Job(job));
        step
    }

    fn power(&self, hands: &mut Hands<'_, '_>, power: Power) -> Step {
        self.job(hands, ServiceJob::Power(power), Step::Running(None))
    }

    /// What the entry before the act says.
    fn intent(&self, sight: &Sight<'_>, act: Act) -> String {
        match act {
            Act::Collect => {
                let till = sight.books.till();
                let worth = till.total().unwrap_or(Money::ZERO);
                format!("period {}, {worth} by the terminal's count", till.period())
            }
            Act::TestValidator => "a note is recognised and given back; it is no money".to_owned(),
            Act::LookAgain(sale) | Act::PrintClaim(sale) => sight.reference(sale),
            Act::ReadMeter | Act::AskEveryMeter => self.bus_intent(act),
            _ => String::new(),
        }
    }

    fn collection_slip(&self, sight: &Sight<'_>, period: u64, copy: u32) -> super::SlipText {
        let closed = self.closed.clone().filter(|closed| closed.period == period);
        let closed = closed.unwrap_or_else(|| Closed {
            period,
            notes: Vec::new(),
            expected: expected(sight, period).unwrap_or(Money::ZERO),
            counted: None,
        });
        slip::collection(sight, &self.facts, &self.who, &closed, copy)
    }

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
            (Step::AwaitCard | Step::AwaitNote | Step::Calling(_), MenuIntent::Do(name))
                if name == "stop" =>
            {
                self.fail(hands, "stopped by hand");
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
            (Step::AwaitNote | Step::NoteGoesBack(_), Happening::Cash(event)) => {
                self.note_seen(hands, event);
            }
            (Step::AwaitBoxOut, Happening::Cash(CashEvent::BoxRemoved)) => {
                self.box_is_out(hands, "as the validator says");
            }
            (Step::AwaitBoxIn(_), Happening::Cash(CashEvent::BoxReplaced)) => {
                self.box_is_in(hands, "as the validator says");
            }
            (Step::AwaitCard | Step::AwaitNote, Happening::Tick)
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
        hands.out.push(Order::Record(Event::Collected {
            period: closed.period,
            by: self.who.clone(),
            notes: closed.notes.clone(),
        }));
        hands.memory.take(&Event::Collected {
            period: closed.period,
            by: String::new(),
            notes: Vec::new(),
        });
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

    fn slip_ended(
        &mut self,
        hands: &mut Hands<'_, '_>,
        act: Act,
        more: u32,
        outcome: &PrintOutcome,
    ) {
        match outcome {
            PrintOutcome::Printed if act == Act::TestPrinter => {
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Judging(Word::PageLooksRight);
                }
            }
            PrintOutcome::Printed if more > 0 => {
                if let Act::PrintCollection(period) = act {
                    let text = self.collection_slip(hands.sight, period, COPIES + 1 - more);
                    hands.out.push(Order::Job(ServiceJob::Print(text)));
                }
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Printing(more - 1);
                }
            }
            PrintOutcome::Printed => self.end(
                hands,
                StaffOutcome::Done,
                "the printer confirmed it",
                Word::SlipCameOut.into(),
            ),
            PrintOutcome::NotPrinted(why) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    Word::SlipDidNotComeOut.into(),
                );
            }
            PrintOutcome::Unknown(why) => {
                self.end(hands, StaffOutcome::Unknown, why, Word::SlipNotKnown.into());
            }
        }
    }

    fn served(&mut self, hands: &mut Hands<'_, '_>, served: &Served) {
        match served {
            Served::Verifying(done, of) => {
                if let Some(doing) = &mut self.doing {
                    doing.step = Step::Running(Some((*done, *of)));
                }
            }
            Served::Verified(Ok(entries)) => {
                let shown = said(Word::LedgerSound, &[&entries.to_string()]);
                let words = format!("{entries} entries are sound");
                self.end(hands, StaffOutcome::Done, &words, shown);
            }
            Served::Verified(Err(why)) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::LedgerUnsound, &[why]),
                );
            }
            Served::Exported(Ok(place)) => {
                self.end(
                    hands,
                    StaffOutcome::Done,
                    place,
                    said(Word::ExportedTo, &[place]),
                );
            }
            Served::Exported(Err(why)) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::NotExported, &[why]),
                );
            }
            Served::Synced(Ok(())) => {
                let words = "the server has everything";
                self.end(hands, StaffOutcome::Done, words, Word::SyncDone.into());
            }
            Served::Synced(Err(why)) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::SyncFailed, &[why]),
                );
            }
            Served::NotPowered(why) => {
                self.end(
                    hands,
                    StaffOutcome::Failed,
                    why,
                    said(Word::NotDone, &[why]),
                );
            }
            Served::MeterRead(..)
            | Served::Facts(_)
            | Served::Door(_)
            | Served::Pin(_)
            | Served::Code(_) => {}
        }
    }

    /// What the flow's own table was asked to do has ended when the books say so.
    fn look_at_books(&mut self, hands: &mut Hands<'_, '_>, act: Act) {
        match act {
            Act::LookAgain(sale) if hands.sight.settling != Some(sale) => {
                self.looked_again(hands, sale);
            }
            Act::PrintClaim(sale) if !hands.sight.busy => self.claim_printed(hands, sale),
            _ => {}
        }
    }

    fn looked_again(&mut self, hands: &mut Hands<'_, '_>, sale: SaleId) {
        let sale = hands.sight.books.sale(sale);
        let state = sale
            .and_then(|sale| sale.last_delivery())
            .map(|d| d.state.clone());
        match state {
            // Sales that are forgotten were settled.
            None | Some(DeliveryState::Applied(_)) => {
                let words = "the meter has it";
                self.end(hands, StaffOutcome::Done, words, Word::AtTheMeter.into());
            }
            Some(DeliveryState::Voided(why)) => {
                let words = format!("the meter does not have it: {why}");
                self.end(
                    hands,
                    StaffOutcome::Done,
                    &words,
                    Word::NotAtTheMeter.into(),
                );
            }
            Some(DeliveryState::Unknown(_) | DeliveryState::Intended) => {
                let words = "the meter did not say; it stays unknown";
                self.end(
                    hands,
                    StaffOutcome::Unknown,
                    words,
                    Word::NoNewOutcome.into(),
                );
            }
        }
    }

    fn claim_printed(&mut self, hands: &mut Hands<'_, '_>, sale: SaleId) {
        let slips = hands.sight.books.sale(sale).map(|sale| &sale.slips);
        let last = slips
            .and_then(|slips| slips.last())
            .and_then(|slip| slip.outcome.clone());
        let (outcome, words, shown) = match last {
            Some(SlipOutcome::Printed) => (
                StaffOutcome::Done,
                "the printer confirmed it".to_owned(),
                Word::SlipCameOut,
            ),
            Some(SlipOutcome::NotPrinted(why)) => {
                (StaffOutcome::Failed, why, Word::SlipDidNotComeOut)
            }
            Some(SlipOutcome::Unknown(why)) => (StaffOutcome::Unknown, why, Word::SlipNotKnown),
            None => (
                StaffOutcome::Failed,
                "it was not printed".to_owned(),
                Word::SlipDidNotComeOut,
            ),
        };
        self.end(hands, outcome, &words, shown.into());
    }
}
