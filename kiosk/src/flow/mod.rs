//! The flow: the whole behaviour of the terminal as one pure state machine.
//!
//! [`Flow::step`] takes the time and one input, changes the state, and says what is to be done. It has no clock, no I/O and
//! no randomness; what the ledger holds is mirrored in [`Books`], so a flow made from the books after a power cut goes on
//! exactly where the last one was cut. The effects of a step are carried out in their order, and an effect that touches the
//! world stands behind the `Record` of its intent (invariant 2).

mod amount;
mod card;
mod cash;
mod collected;
mod command;
mod delivery;
mod history;
mod identify;
mod loss;
mod outlook;
mod owing;
pub mod pay;
mod person;
mod printing;
mod rules;
mod scan;
mod service;
mod session;
mod settle;
mod settling;
mod state;
mod tariff;
mod telling;
mod timers;
mod usage;
mod view;
mod who;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use meterpost_bus::meter::{CreditOrder, Outcome, Reading};
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::{Books, CardRef, Event, Money, SaleId, Slip, Stamp};
use meterpost_ui::view::{Intent, Language, ServiceReason};

pub use command::{Act, AfterRestart};
pub use delivery::HOARDING_LIMIT;
pub use history::OwnReceipt;
pub use loss::{LossAnswer, LossOrder, LossStep};
pub use outlook::UseRead;
pub use pay::{PayEvent, PayOrder, PayRules};
pub use rules::{Delays, DirectoryMeter, Rules, utility_from_word, utility_word};
pub use service::claim_slip;
pub use session::Session;
pub use settle::{Circumstances, Due, due, slip_wanted};
pub use state::{FlowState, Occupied};

use crate::device::card::{CardCommand, CardEvent, ShownCard};
use crate::device::printer::{PrintOutcome, PrinterState};
use crate::device::scanner::ScanEvent;
use crate::device::speech::SpeechState;
use crate::device::validator::{CashCommand, CashEvent};
use crate::service::{Happening, Installing, Memory, Served, ServiceJob};
use crate::told::Told;
use outlook::Outlook;
use settling::Settling;
use state::Devices;

/// Decimal places of an amount: every currency that can be configured has hundredths.
const MINOR_PLACES: u32 = 2;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed.
    Tick,
    /// A person did something on the screen.
    Person(Intent),
    /// The note validator reports.
    Cash(CashEvent),
    /// The card reader reports.
    Card(CardEvent),
    /// The scanner reports.
    Scanner(ScanEvent),
    /// The printer's state changed.
    Printer(PrinterState),
    /// A slip is finished.
    Printed(PrintOutcome),
    /// Whether the terminal can speak.
    Speech(SpeechState),
    /// The way to the meters opened or closed.
    Bus(bool),
    /// A meter was read, or could not be.
    MeterRead(Result<Reading, String>),
    /// A credit or its read-back ended.
    Credited(Outcome),
    /// The use of a meter was read, or was not told.
    UseRead(String, Result<UseRead, String>),
    /// When sales were opened, as far as the ledger keeps it.
    Recalled(Vec<(SaleId, DateTime)>),
    /// The meter that a scanned receipt was for; `None` where the log does not say.
    ReceiptFound(Option<String>),
    /// The server gave a command, which is recorded as taken; or why it is not understood.
    Command(u64, Result<Command, String>),
    /// The server is reached, or is not any more.
    Server(bool),
    /// The server says something of a payment.
    Paid(PayEvent),
    /// The server says something of a card reported lost.
    Loss(LossOrder, LossAnswer),
    /// What a command made the machine do has ended, with words for staff.
    ActDone(u64, Act, Result<String, String>),
    /// The engine has done something for the service menu.
    Served(Served),
    /// The ledger could not be written. Nothing after it was carried out.
    LedgerFailed(String),
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Append these to the ledger, durably, in one commit.
    Record(Vec<Event>),
    /// Write the second copy of the ledger's head.
    SyncHead,
    /// Tell the note validator.
    Cash(CashCommand),
    /// Read a meter; ends in `MeterRead`.
    ReadMeter(String),
    /// Send a credit to a meter and read it back; ends in `Credited`.
    Credit(String, CreditOrder),
    /// Read a meter back without sending anything; ends in `Credited`.
    Judge(String, CreditOrder),
    /// Read the use of a meter, as long as nobody waits for the bus; ends in `UseRead`.
    ReadUse(String),
    /// End that reading after the exchange that is under way.
    CallOffUse,
    /// Look up when these sales were opened; ends in `Recalled`.
    Recall(Vec<SaleId>),
    /// Look up which meter this code of a receipt is for; ends in `ReceiptFound`.
    FindReceipt(String),
    /// Print; ends in `Printed`.
    Print(SaleId, Slip, u32),
    /// Ask the server about money; ends in `Paid`, if at all.
    Pay(PayOrder),
    /// Tell the server that a card is lost; ends in `Loss`.
    ReportLoss(LossOrder),
    /// Do what a command asks for; ends in `ActDone`, or with the program.
    Act(u64, Act),
    /// Ask the card in use; ends in `Card`.
    Card(CardCommand),
    /// Do something for the service menu; ends in `Served` or `Printed`.
    Service(ServiceJob),
}

/// Who asked for the exchange that is on the bus now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BusJob {
    /// The resident's search.
    Search,
    /// The sale being settled.
    Settle,
    /// The command of this version.
    Command(u64),
    /// The use of the meter that a resident looks at. It gives way to the next resident's meter and to money on its way.
    Use {
        /// It ends after the exchange that is under way.
        called_off: bool,
    },
}

/// The state of the terminal.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The rules of the configuration.
    configured: Rules,
    /// The same under what the server has told.
    rules: Rules,
    /// What was told last and waits until nobody stands there.
    told: Option<Arc<Told>>,
    books: Books,
    now: Duration,
    started: Duration,
    language: Language,
    session: Session,
    /// Since when.
    session_since: Duration,
    /// A command has closed the terminal.
    locked: bool,
    /// The server answered last time.
    online: bool,
    /// The card that the resident has shown.
    card: Option<CardRef>,
    /// The staff card that lies in the reader.
    staff_card: Option<ShownCard>,
    /// What is known of earlier visits to the service menu.
    memory: Memory,
    /// A slip of the service menu is in the printer.
    menu_prints: bool,
    /// What is being installed from a USB stick, whoever is at the glass.
    installing: Option<Installing>,
    /// The last touch, or the end of the last thing the resident had to wait for.
    touched: Duration,
    devices: Devices,
    settling: Option<Settling>,
    /// The use of the meter that somebody looks at.
    outlook: Option<Outlook>,
    bus_job: Option<BusJob>,
    /// The sale whose slip is in the printer.
    printing: Option<SaleId>,
    /// A closed sale that a resident asks about: it is settled before anything else.
    asked: Option<SaleId>,
    /// The next look at sales that are closed but not settled.
    retry_at: Duration,
    /// The last of them that was looked at in this round.
    retried: Option<SaleId>,
    out: Vec<Effect>,
}

impl Flow {
    /// The flow at the start of the program, with what the ledger says.
    pub fn new(configured: Rules, books: Books, now: Duration) -> Flow {
        let rules = configured.under(configured.told.clone());
        let language = rules.language;
        Flow {
            configured,
            rules,
            told: None,
            books,
            now,
            started: now,
            language,
            session: Session::Starting,
            session_since: now,
            locked: false,
            online: false,
            touched: now,
            devices: Devices::default(),
            card: None,
            staff_card: None,
            memory: Memory::default(),
            menu_prints: false,
            installing: None,
            settling: None,
            outlook: None,
            bus_job: None,
            printing: None,
            asked: None,
            retry_at: now,
            retried: None,
            out: Vec::new(),
        }
    }

    /// One step: the input changes the state, and the effects are to be carried out in their order.
    pub fn step(&mut self, now: Duration, input: Input) -> Vec<Effect> {
        self.now = self.now.max(now);
        if self.ledger_failed() {
            return Vec::new();
        }
        let before = std::mem::discriminant(&self.session);
        match input {
            Input::Tick => self.on_tick(),
            Input::Person(intent) => self.on_person(intent),
            Input::Cash(event) => self.on_cash(event),
            Input::Card(event) => self.on_card(event),
            Input::Scanner(event) => self.on_scanner(event),
            Input::Printer(state) => self.on_printer(state),
            Input::Printed(outcome) => self.on_printed(outcome),
            Input::Bus(up) => self.devices.bus = up,
            Input::Speech(state) => self.devices.speech = Some(state),
            Input::MeterRead(result) => self.on_meter_read(result),
            Input::Credited(outcome) => self.on_credited(outcome),
            Input::UseRead(number, result) => self.on_use_read(&number, result),
            Input::Recalled(times) => self.on_recalled(&times),
            Input::ReceiptFound(meter) => self.on_receipt_found(meter),
            Input::Command(version, command) => self.on_command(version, command),
            Input::Server(online) => self.on_server(online),
            Input::Paid(event) => self.on_paid(event),
            Input::Loss(order, answer) => self.on_loss(&order, answer),
            Input::Served(served) => self.on_served(served),
            Input::ActDone(version, act, result) => self.on_act_done(version, &act, result),
            Input::LedgerFailed(why) => self.on_ledger_failed(&why),
        }
        self.take_told();
        self.start_search();
        self.settle();
        self.read_use();
        if std::mem::discriminant(&self.session) != before {
            self.session_since = self.now;
        }
        records_first(std::mem::take(&mut self.out))
    }

    /// What the ledger holds, as the flow sees it.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What the resident is doing.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Whether nothing is open: no session with money, no sale being settled, nothing on the bus or the printer.
    pub fn idle(&self) -> bool {
        matches!(self.session, Session::Attract)
            && self.settling.is_none()
            && self.bus_job.is_none()
            && !self.printer_busy()
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Something was recorded beside the flow, such as a contact with the server: these are the books now. Between two steps the
    /// ledger's books and the mirror differ by nothing else.
    pub fn take_books(&mut self, books: Books) {
        self.books = books;
    }

    /// Lets the books' clock pass as the ledger's does, so that limits in hours are seen before a sale is refused by them.
    pub fn pass(&mut self, stamp: &Stamp) {
        self.books.pass(stamp);
    }

    fn ledger_failed(&self) -> bool {
        matches!(self.session, Session::OutOfService(ServiceReason::Ledger))
    }

    /// Notes stay out and nothing more is sent: without a ledger there is no intent, and without an intent no act.
    fn on_ledger_failed(&mut self, why: &str) {
        tracing::error!(why, "the ledger failed; the terminal is out of service");
        self.session = Session::OutOfService(ServiceReason::Ledger);
        self.settling = None;
        self.out.push(Effect::Cash(CashCommand::Return));
        self.out.push(Effect::Cash(CashCommand::Stop));
    }

    /// Applies the events to the mirror and asks for them to be recorded. `false`: the books refused, which a correct flow
    /// never lets happen; the terminal stops rather than go on with books that do not fit.
    fn record(&mut self, events: Vec<Event>) -> bool {
        for event in &events {
            if let Err(refusal) = self.books.apply(event) {
                self.out.clear();
                self.on_ledger_failed(&format!("the books refused {event:?}: {refusal}"));
                return false;
            }
        }
        self.out.push(Effect::Record(events));
        true
    }

    /// Money for the screen, as the language chosen writes it: `¥ 1,250.00`, `1250,00 ¥`.
    fn money(&self, amount: Money) -> String {
        let locale = self.language.locale();
        locale.money(&self.rules.currency, amount.0, MINOR_PLACES)
    }

    /// Whole amounts without their zeros: `¥ 50`.
    fn short_money(&self, amount: Money) -> String {
        let locale = self.language.locale();
        locale.short_money(&self.rules.currency, amount.0, MINOR_PLACES)
    }

    /// A sale's reference as people read it.
    pub fn reference(&self, sale: SaleId) -> String {
        reference(&self.rules.terminal, sale)
    }
}

/// A sale's reference as people read it: `K1-000042`.
pub fn reference(terminal: &str, sale: SaleId) -> String {
    format!("{terminal}-{:06}", sale.0)
}

/// All records of a step become one commit in front of its acts: fewer waits for the disk, and never a state between them
/// after a power cut. What an act leads to is only known in a later step, so no record ever waits for one.
fn records_first(effects: Vec<Effect>) -> Vec<Effect> {
    let mut events = Vec::new();
    let mut acts = Vec::new();
    for effect in effects {
        match effect {
            Effect::Record(more) => events.extend(more),
            act => acts.push(act),
        }
    }
    if !events.is_empty() {
        acts.insert(0, Effect::Record(events));
    }
    acts
}

#[cfg(test)]
pub(crate) mod tests;
