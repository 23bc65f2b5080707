//! What takes its time: tests, slips, the cash box, the ledger, the server. One at a time, an entry before it and one after it.

use std::time::Duration;

use meterpost_ledger::Money;
use meterpost_ui::view::{MenuAct, MenuList, MenuPage, MenuTone, Phrase, Word};

use super::acts::Act;
use super::bus::Calling;
use super::inside::Closed;
use super::{Sight, said, seconds};

/// Fields of the touch test, side by side and one below the other.
pub(super) const FIELDS: (usize, usize) = (8, 5);
/// Pictures of the colour test.
pub(super) const COLOURS: usize = 6;
/// So long a card, a code or a note is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

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
    /// A code is waited for.
    AwaitCode,
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
            | Step::AwaitCode
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

    pub(super) fn left(&self, now: Duration) -> u32 {
        seconds((self.since + PATIENCE).saturating_sub(now))
    }

    /// The notice over the page.
    pub(super) fn notice(&self, now: Duration) -> (MenuTone, Phrase) {
        let words = match self.step {
            Step::Running(Some((done, of))) => {
                let word = match self.act {
                    Act::ExportLedger => Word::ExportedEntries,
                    _ => Word::VerifiedEntries,
                };
                said(word, &[&done.to_string(), &of.to_string()])
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
            Step::AwaitCode => (
                self.title(),
                MenuTone::Busy,
                said(Word::HoldACode, &[&left]),
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
            Act::TestScanner => Word::TestOfScanner,
            Act::TestValidator => Word::TestOfValidator,
            act => act.word(),
        }
    }
}
