//! A small world around the flow, in memory and by seed: a ledger that keeps what was committed, a meter with real purchase
//! numbers, a validator with a cash box, a printer. The power can be cut between any two effects.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use meterpost_bus::amount::Amount;
use meterpost_bus::meter::{CreditOrder, Decimal, Outcome, Reading, Refusal, Settlements, Supply};
use meterpost_ledger::bulletin::COMMAND_KIND;
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::{Books, CommandOutcome, Event, Limits, Money, NoteEvidence, SaleId, Slip};
use meterpost_ui::view::Intent;

use super::bank::Bank;
use super::fixture;
use crate::device::card::{CardCommand, CardEvent, CardState};
use crate::device::printer::{PrintOutcome, PrinterState};
use crate::device::validator::{CashCommand, CashEvent, CashState};
use crate::flow::{Act, Effect, Flow, Input, LossOrder, PayRules, UseRead};
use crate::service::{Memory, Served, ServiceJob, ServiceRules, pin};
use crate::told::Told;

/// The meter used in every simulation.
pub const METER: &str = "260305510012";

/// SplitMix64: small, and the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n.max(1)
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// How unkind the world is: each event happens once in so many occasions.
#[derive(Clone, Copy)]
pub struct Faults {
    pub power_cut: u64,
    pub lost_request: u64,
    pub lost_answer: u64,
    pub no_read_back: u64,
    pub refusal: u64,
    pub no_paper: u64,
    pub lost_call: u64,
}

impl Faults {
    pub const NONE: Faults = Faults {
        power_cut: u64::MAX,
        lost_request: u64::MAX,
        lost_answer: u64::MAX,
        no_read_back: u64::MAX,
        refusal: u64::MAX,
        no_paper: u64::MAX,
        lost_call: u64::MAX,
    };
}

pub struct Meter {
    pub number: u32,
    pub balance: i64,
    pub last: i64,
    pub cumulative: i64,
    /// Every purchase it applied for this terminal.
    pub applied: Vec<(u32, i64)>,
}

impl Meter {
    fn reading(&self) -> Reading {
        Reading {
            purchase_number: self.number,
            balance: Amount(self.balance),
            last_amount: Some(Amount(self.last)),
            cumulative: Some(Amount(self.cumulative)),
            supply: Supply::On,
        }
    }

    pub fn buy(&mut self, number: u32, amount: i64) -> bool {
        if number != self.number + 1 {
            return false;
        }
        self.number = number;
        self.balance += amount;
        self.last = amount;
        self.cumulative += amount;
        true
    }
}

enum Path {
    Empty,
    Escrow(i64),
    Stacking(i64),
}

/// Sees a step.
pub type Watch = Box<dyn FnMut(&Flow, &Input, &Flow)>;

pub struct World {
    pub dice: Dice,
    pub faults: Faults,
    pub time: Duration,
    pub flow: Flow,
    pub log: Vec<Event>,
    pub meter: Meter,
    pub cash_box: i64,
    /// A credit that the kiosk has not acknowledged.
    unacked: Option<(i64, NoteEvidence)>,
    path: Path,
    accepting: bool,
    pub paper: bool,
    /// The lock file of the machine.
    pub locked: bool,
    pub slips: Vec<(SaleId, Slip)>,
    pub bank: Bank,
    /// Cards that the server is to be told of.
    pub losses: Vec<LossOrder>,
    /// The ways to pay beside cash.
    pub pay: PayRules,
    /// What the server has told.
    pub told: Arc<Told>,
    /// What the configuration says of the service menu.
    pub service: ServiceRules,
    /// What the menu had the engine do.
    pub jobs: Vec<ServiceJob>,
    /// Receipts that the log proves, by their code, with the meters they were for.
    pub receipts: BTreeMap<String, String>,
    /// What cards were asked.
    pub asked_of_cards: Vec<CardCommand>,
    reports: VecDeque<Input>,
    bus: Option<(Duration, Effect)>,
    printer: Option<(Duration, SaleId, Slip)>,
    pub cuts: u32,
    use_called_off: bool,
    /// The printer takes its time.
    pub printer_slow: bool,
    /// Sees every step: the flow before it, the input, and the flow after it.
    pub watch: Option<Watch>,
    /// What the meter counted up to now and up to its settlement days; none: it refuses to tell.
    pub counted: Vec<i64>,
}

impl World {
    pub fn new(seed: u64, faults: Faults) -> World {
        let mut world = World {
            dice: Dice::new(seed),
            faults,
            time: Duration::ZERO,
            flow: fixture::flow(
                Books::default(),
                Duration::ZERO,
                PayRules::default(),
                Arc::default(),
            ),
            log: vec![Event::LogCreated {
                software: "test".into(),
            }],
            meter: Meter {
                number: 7,
                balance: 1250,
                last: 5000,
                cumulative: 35_000,
                applied: Vec::new(),
            },
            cash_box: 0,
            unacked: None,
            path: Path::Empty,
            accepting: false,
            paper: true,
            locked: false,
            slips: Vec::new(),
            bank: Bank::new(12_000),
            losses: Vec::new(),
            pay: PayRules::default(),
            told: Arc::default(),
            service: ServiceRules::default(),
            jobs: Vec::new(),
            receipts: BTreeMap::new(),
            asked_of_cards: Vec::new(),
            reports: VecDeque::new(),
            bus: None,
            printer: None,
            cuts: 0,
            use_called_off: false,
            printer_slow: false,
            watch: None,
            counted: vec![75_600, 73_000, 70_000],
        };
        world.start();
        world
    }

    /// What the durable log says, replayed.
    pub fn books(&self) -> Books {
        let mut books = Books::default();
        for event in &self.log {
            books.apply(event).expect("the log replays");
        }
        books
    }

    fn start(&mut self) {
        // As the engine does before the flow begins.
        if let Some(version) = self.books().open_command() {
            self.log.push(Event::CommandEnded {
                version,
                outcome: CommandOutcome::Unknown,
                words: "cut off".into(),
            });
        }
        let flow = fixture::flow(self.books(), self.time, self.pay, self.told.clone());
        self.flow = if self.locked { flow.locked() } else { flow };
        self.flow.configured.service = self.service.clone();
        self.flow.rules.service = self.service.clone();
        let mut memory = Memory::default();
        self.log.iter().for_each(|event| memory.take(event));
        self.flow = self.flow.clone().remembering(memory);
        self.log.extend(self.flow.wake_menu(true));
        let books = self.books();
        self.flow.take_books(books);
        self.reports.clear();
        self.reports.push_back(Input::Bus(true));
        if self.pay.wallet {
            let ready = CardEvent::State(CardState::Ready);
            self.reports.push_back(Input::Card(ready));
        }
        if self.pay != PayRules::default() {
            self.reports.push_back(Input::Server(self.bank.online));
        }
        self.reports.push_back(Input::Printer(self.printer_state()));
        match self.unacked {
            Some((value, evidence)) => {
                self.reports.push_back(Input::Cash(CashEvent::Stacked {
                    value: Money(value),
                    evidence,
                }));
            }
            None => self
                .reports
                .push_back(Input::Cash(CashEvent::NothingToReport {
                    repeats_credits: true,
                })),
        }
        self.reports
            .push_back(Input::Cash(CashEvent::State(CashState::Disabled)));
    }

    fn printer_state(&self) -> PrinterState {
        if self.paper {
            PrinterState::Ready { paper_low: false }
        } else {
            PrinterState::PaperOut
        }
    }

    /// The power goes: everything in memory is gone, what is half done in the world ends one way or the other.
    pub fn cut(&mut self) {
        self.cuts += 1;
        if let Some((_, Effect::Credit(_, order))) = self.bus.take()
            && self.dice.one_in(2)
        {
            self.apply(&order);
        }
        if let Some((_, sale, slip)) = self.printer.take()
            && self.dice.one_in(2)
        {
            self.slips.push((sale, slip));
        }
        match std::mem::replace(&mut self.path, Path::Empty) {
            Path::Empty => {}
            // Held and never ordered to stack: most validators give it back, some pull it in at power-up.
            Path::Escrow(value) if self.dice.one_in(4) => {
                self.swallow(value, NoteEvidence::PowerUp)
            }
            Path::Escrow(_) => {}
            Path::Stacking(value) => match self.dice.below(3) {
                0 => {}
                1 => self.swallow(value, NoteEvidence::PowerUp),
                _ => self.swallow(value, NoteEvidence::Credit),
            },
        }
        self.accepting = false;
        self.bank.cut(&mut self.dice);
        self.start();
    }

    /// Starts the program anew while nothing is under way.
    pub fn restart(&mut self) {
        self.start();
    }

    /// The line to the server comes or goes.
    pub fn set_online(&mut self, online: bool) {
        self.bank.online = online;
        self.feed(Input::Server(online));
    }

    /// Limits come into force.
    pub fn limit(&mut self, limits: Limits) {
        let applied = Event::BulletinApplied {
            kind: "limits".into(),
            version: 1,
            digest: [7; 32],
            limits: Some(limits),
        };
        let mut books = self.flow.books().clone();
        books.apply(&applied).expect("the first limits");
        self.log.push(applied);
        self.flow.take_books(books);
    }

    /// The validator finds a note in its path that nobody offered.
    pub fn find_note(&mut self, value: i64) {
        self.swallow(value, NoteEvidence::PowerUp);
        self.reports.push_back(Input::Cash(CashEvent::Stacked {
            value: Money(value),
            evidence: NoteEvidence::PowerUp,
        }));
    }

    fn swallow(&mut self, value: i64, evidence: NoteEvidence) {
        self.cash_box += value;
        self.unacked = Some((value, evidence));
    }

    /// Feeds one input and carries out its effects; the power may go between any two of them.
    pub fn feed(&mut self, input: Input) {
        let before = self
            .watch
            .is_some()
            .then(|| (self.flow.clone(), input.clone()));
        let effects = self.flow.step(self.time, input);
        if let (Some(watch), Some((before, input))) = (&mut self.watch, before) {
            watch(&before, &input, &self.flow);
        }
        for effect in effects {
            if self.dice.one_in(self.faults.power_cut) {
                self.cut();
                return;
            }
            self.carry_out(effect);
        }
        if self.dice.one_in(self.faults.power_cut) {
            self.cut();
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let soon = self.time + Duration::from_millis(50 + self.dice.below(700));
        match effect {
            Effect::Record(events) => self.log.extend(events),
            Effect::SyncHead => {}
            Effect::Cash(command) => self.command(command),
            Effect::CallOffUse => {
                // It may have ended in this very moment.
                self.use_called_off = true;
            }
            Effect::Recall(sales) => {
                let times = sales
                    .into_iter()
                    .map(|sale| (sale, fixture::NOON))
                    .collect();
                self.reports.push_back(Input::Recalled(times));
            }
            Effect::FindReceipt(code) => {
                let meter = self.receipts.get(&code).cloned();
                self.reports.push_back(Input::ReceiptFound(meter));
            }
            Effect::ReadMeter(_) | Effect::Credit(..) | Effect::Judge(..) | Effect::ReadUse(_) => {
                self.use_called_off = false;
                assert!(self.bus.is_none(), "one exchange at a time");
                self.bus = Some((soon, effect));
            }
            Effect::Print(sale, slip, _) => {
                assert!(self.printer.is_none(), "one slip at a time");
                self.printer = Some((soon, sale, slip));
            }
            Effect::Pay(order) => self.bank.order(order, soon),
            Effect::ReportLoss(order) => self.losses.push(order),
            Effect::Card(command) => self.asked_of_cards.push(command),
            Effect::Service(job) => self.serve(job),
            Effect::Act(version, act) => {
                match act {
                    Act::Lock(_) => self.locked = true,
                    Act::Unlock => self.locked = false,
                    _ => {}
                }
                self.reports
                    .push_back(Input::ActDone(version, act, Ok("done".into())));
            }
        }
    }

    /// As the engine does, where that needs no machine; the rest is left to the test.
    fn serve(&mut self, job: ServiceJob) {
        let answer = match &job {
            ServiceJob::Look => Some(Input::Served(Served::Facts(Box::default()))),
            ServiceJob::CheckPin(typed) => {
                let whose = pin::whose(typed, &self.service.people);
                Some(Input::Served(Served::Pin(whose)))
            }
            ServiceJob::Print(_) if self.paper => Some(Input::Printed(PrintOutcome::Printed)),
            ServiceJob::Print(_) => {
                Some(Input::Printed(PrintOutcome::NotPrinted("paper out".into())))
            }
            _ => None,
        };
        self.jobs.push(job);
        self.reports.extend(answer);
    }

    fn command(&mut self, command: CashCommand) {
        match command {
            CashCommand::Accept => self.accepting = true,
            CashCommand::Stop => self.accepting = false,
            CashCommand::Stack => {
                if let Path::Escrow(value) = self.path {
                    self.path = Path::Stacking(value);
                }
            }
            CashCommand::Return => {
                if let Path::Escrow(_) = self.path {
                    self.path = Path::Empty;
                    self.reports.push_back(Input::Cash(CashEvent::Returned));
                }
            }
            CashCommand::Acknowledge => {
                if self.unacked.take().is_some() {
                    self.reports.push_back(Input::Cash(CashEvent::Acknowledged));
                }
            }
        }
    }

    /// A command comes from afar, recorded as taken, unless the one before has not ended.
    pub fn give(&mut self, command: Command) {
        if let Some(version) = self.take_command() {
            self.feed(Input::Command(version, Ok(command)));
        }
    }

    /// The entry that one is taken, alone: it is open from then on.
    pub fn take_command(&mut self) -> Option<u64> {
        let mut books = self.flow.books().clone();
        if books.open_command().is_some() {
            return None;
        }
        let version = books.bulletin_version(COMMAND_KIND).unwrap_or(0) + 1;
        let applied = Event::BulletinApplied {
            kind: COMMAND_KIND.into(),
            version,
            digest: [7; 32],
            limits: None,
        };
        books.apply(&applied).expect("the next command");
        self.log.push(applied);
        self.flow.take_books(books);
        Some(version)
    }

    /// A person pushes a note in; the validator takes it only when it may.
    pub fn insert(&mut self, value: i64) {
        if self.accepting && self.unacked.is_none() && matches!(self.path, Path::Empty) {
            self.path = Path::Escrow(value);
            self.reports
                .push_back(Input::Cash(CashEvent::Escrow(Money(value))));
        }
    }

    pub fn touch(&mut self, intent: Intent) {
        self.feed(Input::Person(intent));
    }

    /// Time passes, and what is ready happens.
    pub fn pass(&mut self, time: Duration) {
        self.time += time;
        if let Path::Stacking(value) = self.path {
            self.path = Path::Empty;
            self.swallow(value, NoteEvidence::Credit);
            let evidence = NoteEvidence::Credit;
            self.reports.push_back(Input::Cash(CashEvent::Stacked {
                value: Money(value),
                evidence,
            }));
        }
        if self
            .printer
            .as_ref()
            .is_some_and(|(at, ..)| *at <= self.time && !self.printer_slow)
        {
            let outcome = self.finish_print();
            self.reports.push_back(Input::Printed(outcome));
        }
        if self.bus.as_ref().is_some_and(|(at, _)| *at <= self.time)
            && let Some((_, job)) = self.bus.take()
        {
            let input = self.finish_exchange(job);
            self.reports.push_back(input);
        }
        let lost = self.faults.lost_call;
        let heard = self.bank.turn(self.time, &mut self.dice, lost);
        self.reports.extend(heard);
        self.bank.follow(&self.log);
        if let Some(input) = self.reports.pop_front() {
            self.feed(input);
        }
        self.feed(Input::Tick);
    }

    fn finish_print(&mut self) -> PrintOutcome {
        let Some((_, sale, slip)) = self.printer.take() else {
            return PrintOutcome::Printed;
        };
        if !self.paper || self.dice.one_in(self.faults.no_paper) {
            return PrintOutcome::NotPrinted("paper out".into());
        }
        self.slips.push((sale, slip));
        PrintOutcome::Printed
    }

    fn apply(&mut self, order: &CreditOrder) -> bool {
        let applied = self.meter.buy(order.number, order.amount.0);
        if applied {
            self.meter.applied.push((order.number, order.amount.0));
        }
        applied
    }

    fn finish_exchange(&mut self, job: Effect) -> Input {
        let unreadable = self.dice.one_in(self.faults.no_read_back);
        match job {
            Effect::ReadUse(number) => {
                let told = self
                    .use_read()
                    .filter(|_| !self.use_called_off && !unreadable);
                Input::UseRead(number, told.ok_or_else(|| "not told".into()))
            }
            Effect::ReadMeter(_) if unreadable => Input::MeterRead(Err("no answer".into())),
            Effect::ReadMeter(_) => Input::MeterRead(Ok(self.meter.reading())),
            Effect::Judge(_, order) => {
                Input::Credited(self.judge(&order, Refusal::Lost, unreadable))
            }
            Effect::Credit(_, order) => Input::Credited(self.credit(&order, unreadable)),
            other => panic!("not an exchange: {other:?}"),
        }
    }

    fn use_read(&self) -> Option<UseRead> {
        let (now, totals) = self.counted.split_first()?;
        let kwh = |value: &i64| Decimal {
            value: *value,
            places: 2,
        };
        Some(UseRead {
            settlements: Settlements {
                day: 1,
                hour: 0,
                now: kwh(now),
                totals: totals.iter().map(kwh).collect(),
            },
            at: Some(fixture::NOON),
        })
    }

    fn credit(&mut self, order: &CreditOrder, unreadable: bool) -> Outcome {
        if self.dice.one_in(self.faults.lost_request) {
            return self.judge(order, Refusal::Lost, unreadable);
        }
        if self.dice.one_in(self.faults.refusal) {
            return self.judge(order, Refusal::HoardingLimit, unreadable);
        }
        self.apply(order);
        let unreadable = unreadable || self.dice.one_in(self.faults.lost_answer);
        self.judge(order, Refusal::WrongNumber, unreadable)
    }

    /// As the driver judges: by the meter's own books.
    fn judge(&self, order: &CreditOrder, refusal: Refusal, unreadable: bool) -> Outcome {
        let now = self.meter.reading();
        if unreadable {
            return Outcome::Unknown("no answer to the read-back".into());
        }
        let ours = self.meter.last == order.amount.0;
        match self.meter.number {
            n if n == order.number && ours => Outcome::Applied(now),
            n if n == order.number => Outcome::NotApplied {
                refusal: Refusal::WrongNumber,
                now,
            },
            n if n + 1 == order.number => Outcome::NotApplied { refusal, now },
            _ => Outcome::Unknown("the meter has gone on".into()),
        }
    }
}
