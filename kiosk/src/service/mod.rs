//! The service menu: what staff see behind the hidden corner, and what they can do there.
//!
//! A pure state machine beside the flow's own. [`Service::step`] takes what happened and says what is to be done; it has no clock and no I/O.
//! What it shows of the terminal it sees through [`Sight`], what it shows of the machine it is told as [`Facts`]. Every act is an entry
//! before it and an entry after it ([`meterpost_ledger::Event::StaffActed`]), so [`Memory`] is read back from the ledger alone.
//!
//! | file | what |
//! |---|---|
//! | `role` | who may do what: one table |
//! | `rules` | what the configuration says |
//! | `pin`, `code` | PINs of people without a card, one-time codes |
//! | `memory` | wrong tries, the last code, what tests said: over visits and restarts |
//! | `acts` | every act, with its name |
//! | `entry` | the way in |
//! | `inside` | pages, questions and numbers, once in |
//! | `doing`, `begin`, `going`, `outcome` | an act that takes its time: where it is, its beginning, its way, its end |
//! | `bus` | the meter bus: what is known of it, reading a meter, asking every meter of a wire |
//! | `page`, `pages` | the pages by name; what each shows, as pure functions |
//! | `facts` | what the engine is asked for, and answers |
//! | `slip` | the slips for staff |
//! | `software` | the slots of the image and the bundles on a stick |
//! | `installing` | an installation, which goes on when the menu is left |

pub mod acts;
mod begin;
mod bus;
pub mod code;
mod doing;
mod entry;
mod facts;
mod going;
mod inside;
mod installing;
mod memory;
mod outcome;
mod page;
mod pages;
pub mod pin;
pub mod role;
mod rules;
mod slip;
mod software;

use std::time::Duration;

use meterpost_ledger::{Books, Event, Money, SaleId, StaffOutcome};
use meterpost_ui::view::{Language, MenuIntent, MenuTone, MenuView, Phrase, Word};

pub use bus::{BusFacts, FrameWay, Heard, WireFrame};
pub use facts::{Facts, Link, Power, Served, ServiceJob, SlipText, Unexported, Unverified};
pub use installing::Installing;
pub use memory::Memory;
pub use rules::{Can, Door, Person, ServiceRules};
pub use software::{
    Health, OnStick, Slot, Slots, SlotsError, Software, Uninstalled, bundles, slots,
};

use crate::device::card::{CardCommand, CardEvent, CardState, ShownCard};
use crate::device::printer::{PrintOutcome, PrinterState};
use crate::device::scanner::{ScanEvent, ScannerState};
use crate::device::validator::{CashCommand, CashEvent, CashState};
use crate::flow::Rules;
use entry::Entry;
use inside::Inside;

/// Decimal places of an amount.
const MINOR_PLACES: u32 = 2;
/// The menu warns when so many seconds are left.
const WARN_AT: u32 = 30;
/// Longest text of an entry, in characters.
const MOST_WORDS: usize = 300;

/// What the menu sees of the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The time since the program started.
    pub now: Duration,
    /// The rules in force.
    pub rules: &'a Rules,
    /// Those of the configuration alone.
    pub configured: &'a Rules,
    /// What the ledger holds.
    pub books: &'a Books,
    /// The note validator.
    pub cash: &'a CashState,
    /// The printer.
    pub printer: &'a PrinterState,
    /// Whether a concentrator is reached.
    pub bus: bool,
    /// The card reader; `None` where there is none.
    pub card: Option<&'a CardState>,
    /// The scanner of codes; `None` where there is none.
    pub scanner: Option<&'a ScannerState>,
    /// The staff card that lies in the reader.
    pub staff_card: Option<&'a ShownCard>,
    /// Whether the server answered last time.
    pub online: bool,
    /// The server has closed the terminal.
    pub locked: bool,
    /// A sale is being settled or a slip printed.
    pub busy: bool,
    /// The sale that is being settled, or asked about next.
    pub settling: Option<SaleId>,
    /// What is being installed.
    pub installing: Option<&'a Installing>,
    /// The language on the glass.
    pub language: Language,
}

impl Sight<'_> {
    /// Money for the glass.
    pub fn money(&self, amount: Money) -> String {
        let locale = self.language.locale();
        locale.money(&self.rules.currency, amount.0, MINOR_PLACES)
    }

    /// A sale's reference.
    pub fn reference(&self, sale: SaleId) -> String {
        crate::flow::reference(&self.rules.terminal, sale)
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Staff touched the glass.
    Intent(MenuIntent),
    /// Time passed.
    Tick,
    /// The card reader reports.
    Card(CardEvent),
    /// The scanner reports.
    Scanner(ScanEvent),
    /// The note validator reports; the flow has recorded what has to be.
    Cash(CashEvent),
    /// A slip of the menu's own is finished.
    Printed(PrintOutcome),
    /// The engine has done something.
    Served(Served),
}

/// Something to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Record it.
    Record(Event),
    /// Tell the note validator.
    Cash(CashCommand),
    /// Ask the card.
    Card(CardCommand),
    /// Have the engine do it.
    Job(ServiceJob),
    /// Have this installed; it goes on when the menu is left.
    Install(Installing),
    /// Read the meter of this sale again, as the flow's table says.
    LookAgain(SaleId),
    /// Print what the sale owes again, as a copy.
    PrintClaim(SaleId),
    /// The menu is over.
    Leave,
}

/// The menu while somebody is at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    stage: Stage,
    touched: Duration,
}

#[derive(Clone, Debug, PartialEq)]
enum Stage {
    Entry(Entry),
    Inside(Box<Inside>),
}

/// What a step works with.
struct Hands<'h, 's> {
    sight: &'h Sight<'s>,
    memory: &'h mut Memory,
    out: Vec<Order>,
}

impl Hands<'_, '_> {
    fn job(&mut self, job: ServiceJob) {
        self.out.push(Order::Job(job));
    }

    /// A job whose end is waited for.
    fn runs(&mut self, job: ServiceJob) -> doing::Step {
        self.job(job);
        doing::Step::Running(None)
    }

    /// Records an act, and remembers it as the ledger does.
    fn record(&mut self, who: &str, act: &str, outcome: StaffOutcome, words: &str) {
        let event = acted(who, act, outcome, words);
        self.memory.take(&event);
        self.out.push(Order::Record(event));
    }
}

impl Service {
    /// Somebody opened it.
    pub fn open(sight: &Sight<'_>) -> Service {
        Service {
            stage: Stage::Entry(Entry::open(sight)),
            touched: sight.now,
        }
    }

    /// One step.
    pub fn step(&mut self, sight: &Sight<'_>, memory: &mut Memory, what: Happening) -> Vec<Order> {
        if let Happening::Intent(_) | Happening::Card(_) = &what {
            self.touched = sight.now;
        }
        let over = matches!(what, Happening::Tick) && self.left(sight).is_zero();
        let mut hands = Hands {
            sight,
            memory,
            out: Vec::new(),
        };
        match &mut self.stage {
            Stage::Entry(entry) => {
                if let Some(inside) = entry.step(&mut hands, what, over) {
                    self.touched = sight.now;
                    self.stage = Stage::Inside(Box::new(inside));
                }
            }
            Stage::Inside(inside) => {
                inside.step(&mut hands, what, over);
                // What takes its time is not a time without anybody.
                if inside.waits() || inside.is_asking() {
                    self.touched = sight.now;
                }
            }
        }
        hands.out
    }

    fn left(&self, sight: &Sight<'_>) -> Duration {
        let most = match &self.stage {
            Stage::Entry(_) => entry::TIME_OUT,
            Stage::Inside(_) => sight.rules.service.time_out,
        };
        (self.touched + most).saturating_sub(sight.now)
    }

    /// What the glass shows.
    pub fn view(&self, sight: &Sight<'_>, memory: &Memory) -> MenuView {
        let left = seconds(self.left(sight));
        let closing_in = (left <= WARN_AT).then_some(left);
        match &self.stage {
            Stage::Entry(entry) => entry.view(sight, memory, closing_in),
            Stage::Inside(inside) => inside.view(sight, memory, closing_in),
        }
    }
}

/// The entry of an act.
fn acted(who: &str, act: &str, outcome: StaffOutcome, words: &str) -> Event {
    Event::StaffActed {
        who: who.to_owned(),
        act: act.to_owned(),
        outcome,
        words: words.chars().take(MOST_WORDS).collect(),
    }
}

/// What was said last, over the page.
type Said = Option<(MenuTone, Phrase)>;

/// Whole seconds, rounded up.
fn seconds(left: Duration) -> u32 {
    u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

/// Words with values.
fn said(word: Word, values: &[&str]) -> Phrase {
    Phrase::Said(
        word,
        values.iter().map(|value| (*value).to_owned()).collect(),
    )
}
