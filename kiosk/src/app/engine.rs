//! The loop that turns the flow: one input, one step, its effects in their order, then the screen.
//!
//! The engine alone owns the ledger. An effect that touches the world is carried out only after every effect before it
//! succeeded; so when a record fails, nothing that stood behind it happens.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use meterpost_ledger::bulletin::COMMAND_KIND;
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::{Bulletin, CommandOutcome, CommitError, Event, Ledger, SaleId, Slip};
use meterpost_ui::view::View;
use tokio::sync::mpsc::UnboundedSender;

use super::acts::{Acts, Next};
use super::boundary::Boundary;
use super::clock::SystemClock;
use super::meters::{MeterJob, MeterTask};
use super::names::{effect_name, outcome_name};
use super::recall::opened;
use super::service::{Attendant, Now};
use super::slips::SlipWriter;
use crate::device::card::{CardCommand, CardEvent, PinOutcome};
use crate::device::printer::{PrintJob, PrintOutcome};
use crate::device::validator::CashCommand;
use crate::flow::{AfterRestart, Effect, Flow, Input, LossAnswer, LossOrder, PayOrder};
use crate::receipt::{Note, NoteLine, Raster, note};
use crate::service::{Served, ServiceJob, SlipText};
use crate::sync::{LedgerJob, Report, SyncJob};
use crate::told::{self, Told};

/// How often time passes for the flow.
const TICK: Duration = Duration::from_millis(100);

/// Where effects go.
pub struct Outlets {
    /// To the note validator's task.
    pub cash: UnboundedSender<CashCommand>,
    /// To the printer's task.
    pub printer: UnboundedSender<PrintJob>,
    /// To the task that talks to meters.
    pub meters: UnboundedSender<MeterTask>,
    /// Set: the use that is being read is called off.
    pub use_called_off: Arc<AtomicBool>,
    /// To the screen.
    pub show: Box<dyn Fn(View) + Send>,
    /// To whatever commands make the machine do.
    pub acts: Acts,
    /// Ends the program, so that it is started anew.
    pub restart: Box<dyn Fn() + Send>,
    /// To the thread that talks with the server, where there is one.
    pub server: Option<std::sync::mpsc::Sender<SyncJob>>,
    /// To the card reader's thread, which ends with this.
    pub cards: Option<std::sync::mpsc::Sender<CardCommand>>,
}

/// What reaches the engine.
pub enum Message {
    /// For the flow.
    Input(Input),
    /// Something to be done with the ledger, which the engine alone owns.
    Ledger(LedgerJob),
    /// What the server has told, all of it, after something new came.
    Told(Arc<Told>),
    /// How the terminal is: to be sent there.
    Report(Sender<Report>),
    /// End the program, so that it is started anew.
    Restart,
    /// Stop: the program is asked to end.
    Stop,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Input(input) => f.debug_tuple("Input").field(input).finish(),
            Message::Ledger(_) => f.write_str("Ledger"),
            Message::Told(_) => f.write_str("Told"),
            Message::Report(_) => f.write_str("Report"),
            Message::Restart => f.write_str("Restart"),
            Message::Stop => f.write_str("Stop"),
        }
    }
}

/// The engine.
pub struct Engine {
    /// The state of the terminal.
    pub flow: Flow,
    /// The ledger.
    pub ledger: Ledger,
    /// The clocks.
    pub clock: SystemClock,
    /// Where effects go.
    pub outlets: Outlets,
    /// Makes slips of sales.
    pub slips: SlipWriter,
    /// Who listens at the boundaries.
    pub boundary: Boundary,
    /// What is on the screen now.
    pub shown: Option<View>,
    /// Inputs that the engine itself has for the next turn.
    pub pending: Vec<Input>,
    /// The program is to be started anew as soon as nobody is there.
    pub restart_due: bool,
    /// Whether the terminal was locked when the program started.
    pub locked: bool,
    /// How many notes the cash box takes; 0 where that is not known.
    pub box_capacity: u64,
    /// Serves the service menu.
    pub attendant: Attendant,
}

impl Engine {
    /// Runs until told to stop.
    pub fn run(mut self, messages: &Receiver<Message>) {
        self.record_start();
        loop {
            let input = match messages.recv_timeout(TICK) {
                Ok(Message::Input(input)) => input,
                Ok(Message::Ledger(job)) => {
                    self.lend(job);
                    continue;
                }
                Ok(Message::Told(told)) => {
                    self.flow.tell(told);
                    Input::Tick
                }
                Ok(Message::Report(to)) => {
                    let _ = to.send(self.report());
                    continue;
                }
                Ok(Message::Restart) => {
                    self.restart_due = true;
                    Input::Tick
                }
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => Input::Tick,
            };
            if let Some(name) = outcome_name(&input) {
                (self.boundary)(&format!("before the outcome {name}"));
            }
            self.turn(input);
            while let Some(input) = self.pending.pop() {
                self.turn(input);
            }
            // Installing took its time; whoever has come meanwhile is served first.
            if self.restart_due && self.flow.may_restart() {
                self.restart_due = false;
                self.restart();
            }
        }
        if let Err(error) = self.ledger.sync_head() {
            tracing::warn!(%error, "the second copy of the head could not be written at the end");
        }
    }

    /// Between two steps of the flow, so never in the middle of one.
    fn lend(&mut self, job: LedgerJob) {
        let before = self.ledger.size();
        job(&mut self.ledger, &self.clock.stamp());
        if self.ledger.size() > before {
            (self.boundary)("after a record beside the flow");
            self.flow.take_books(self.ledger.books().clone());
        }
    }

    fn report(&self) -> Report {
        let books = self.ledger.books();
        Report::new(&self.flow.state(), books, &self.clock, self.box_capacity)
    }

    /// Whoever started the program starts it anew: the ledger holds all that has to be finished then.
    fn restart(&mut self) {
        if let Err(error) = self.ledger.sync_head() {
            tracing::warn!(%error, "the second copy of the head could not be written at the end");
        }
        tracing::info!("the program ends, to be started anew");
        (self.outlets.restart)();
    }

    /// What became of the command that had not ended when the program did.
    fn end_open_command(&mut self, new_boot: bool, locked: bool) {
        let Some(version) = self.ledger.books().open_command() else {
            return;
        };
        let after = AfterRestart {
            new_boot,
            locked,
            software: env!("CARGO_PKG_VERSION"),
        };
        let (outcome, words) = match self.command_in_force() {
            Ok(command) => after.outcome(&command),
            Err(why) => (CommandOutcome::Unknown, why),
        };
        let ended = Event::CommandEnded {
            version,
            outcome,
            words,
        };
        match self.commit(&[ended]) {
            Ok(()) => self.flow.take_books(self.ledger.books().clone()),
            Err(error) => self.turn(Input::LedgerFailed(error.to_string())),
        }
    }

    fn command_in_force(&self) -> Result<Command, String> {
        let bytes = self
            .ledger
            .bulletin(COMMAND_KIND)
            .map_err(|e| e.to_string())?;
        let bytes = bytes.ok_or("the command is not kept")?;
        let bulletin = Bulletin::peek(&bytes).map_err(|error| error.to_string())?;
        told::command(&bulletin).map_err(|error| error.to_string())
    }

    fn record_start(&mut self) {
        let last = self.ledger.books().last_stamp();
        let new_boot = last.is_some_and(|last| last.boot != self.clock.stamp().boot);
        let started = Event::Started {
            software: env!("CARGO_PKG_VERSION").into(),
        };
        let mut events = vec![started];
        events.extend(self.flow.wake_menu(new_boot));
        match self.commit(&events) {
            Ok(()) => self.end_open_command(new_boot, self.locked),
            Err(error) => self.turn(Input::LedgerFailed(error.to_string())),
        }
    }

    fn turn(&mut self, input: Input) {
        self.flow.pass(&self.clock.stamp());
        let effects = self.flow.step(self.clock.now(), input);
        for effect in effects {
            let name = effect_name(&effect);
            if let Some(name) = &name {
                (self.boundary)(&format!("before {name}"));
            }
            if let Err(why) = self.carry_out(effect) {
                for effect in self.flow.step(self.clock.now(), Input::LedgerFailed(why)) {
                    if let Effect::Cash(command) = effect {
                        self.tell_validator(command);
                    }
                }
                break;
            }
            if let Some(name) = &name {
                (self.boundary)(&format!("after {name}"));
            }
        }
        self.show();
    }

    fn show(&mut self) {
        let view = self.flow.view(&self.clock.time_of_day());
        if self.shown.as_ref() != Some(&view) {
            (self.outlets.show)(view.clone());
            self.shown = Some(view);
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), String> {
        match effect {
            Effect::Record(events) => self.commit(&events).map_err(|e| e.to_string())?,
            // The second copy only trails by this: the ledger itself is whole, and the next sale's end tries again.
            Effect::SyncHead => {
                if let Err(error) = self.ledger.sync_head() {
                    tracing::error!(%error, "the second copy of the head could not be written");
                }
            }
            Effect::Cash(command) => self.tell_validator(command),
            Effect::ReadMeter(number) => self.tell_meters(MeterJob::Read(number)),
            Effect::Credit(number, order) => self.tell_meters(MeterJob::Credit(number, order)),
            Effect::Judge(number, order) => self.tell_meters(MeterJob::Judge(number, order)),
            Effect::ReadUse(number) => {
                self.outlets.use_called_off.store(false, Ordering::Release);
                self.tell_meters(MeterJob::Use(number));
            }
            Effect::CallOffUse => self.outlets.use_called_off.store(true, Ordering::Release),
            Effect::Recall(sales) => {
                let times = opened(&self.ledger, &sales);
                self.pending.push(Input::Recalled(times));
            }
            Effect::Print(sale, slip, copy) => self.print(sale, slip, copy),
            Effect::Pay(order) => self.pay(order),
            Effect::ReportLoss(order) => self.report_loss(order),
            Effect::Card(command) => self.ask_card(command),
            Effect::Service(job) => self.serve(job),
            Effect::Act(version, act) => match self.outlets.acts.carry_out(version, &act) {
                Next::GoOn => {}
                Next::Ended(result) => self.pending.push(Input::ActDone(version, act, result)),
                Next::Restart => self.restart(),
            },
        }
        Ok(())
    }

    fn ask_card(&mut self, command: CardCommand) {
        let cards = self.outlets.cards.as_ref();
        if cards.is_none_or(|cards| cards.send(command).is_err()) {
            let none = CardEvent::Pin(PinOutcome::NoCard);
            self.pending.push(Input::Card(none));
        }
    }

    fn serve(&mut self, job: ServiceJob) {
        if let ServiceJob::Print(text) = &job {
            return self.print_note(text);
        }
        if let ServiceJob::ReadMeter(number) = job {
            return self.tell_meters(MeterJob::Look(number));
        }
        match self.attendant.serve(&self.ledger, &self.clock, &job) {
            Now::Later => {}
            Now::Answer(served) => self.pending.push(Input::Served(served)),
            Now::Restart => self.restart(),
        }
    }

    /// A slip for staff.
    fn print_note(&mut self, text: &SlipText) {
        let lines: Vec<NoteLine> = text
            .lines
            .iter()
            .map(|(zh, en, value, strong)| NoteLine::new(zh, en, value, *strong))
            .collect();
        let doc = Note {
            operator: &self.flow.rules().place,
            title: text.title,
            lines: &lines,
            foot: text.foot,
        };
        let raster = note(&doc, &self.slips.typeface, self.slips.width);
        self.hand_to_printer(Ok(raster));
    }

    fn commit(&mut self, events: &[Event]) -> Result<(), CommitError> {
        let committed = self.ledger.commit(&self.clock.stamp(), events)?;
        for event in events {
            tracing::debug!(size = committed.size, ?event, "recorded");
        }
        Ok(())
    }

    fn tell_validator(&self, command: CashCommand) {
        if self.outlets.cash.send(command).is_err() {
            tracing::error!("the note validator's task has ended");
        }
    }

    fn tell_meters(&mut self, job: MeterJob) {
        let meter = self.flow.rules().meter(job.number());
        if let Err(unsent) = self.outlets.meters.send((meter, job)) {
            tracing::error!("the meters' task has ended");
            let (_, job) = unsent.0;
            if let MeterJob::Look(number) = job {
                let why = Err("the way to the meters is not set up".to_owned());
                self.pending
                    .push(Input::Served(Served::MeterRead(number, why)));
            }
        }
    }

    fn pay(&mut self, order: PayOrder) {
        let server = self.outlets.server.as_ref();
        let sent = server.is_some_and(|server| server.send(SyncJob::Pay(order.clone())).is_ok());
        if !sent {
            let event = order.unheard("there is no way to the server");
            self.pending.extend(event.map(Input::Paid));
        }
    }

    fn report_loss(&mut self, order: LossOrder) {
        let server = self.outlets.server.as_ref();
        let job = SyncJob::ReportLoss(order.clone());
        let sent = server.is_some_and(|server| server.send(job).is_ok());
        if !sent {
            self.pending.push(Input::Loss(order, LossAnswer::NoAnswer));
        }
    }

    fn print(&mut self, sale: SaleId, slip: Slip, copy: u32) {
        let written = self.slips.write(
            &self.ledger,
            self.flow.rules(),
            (sale, slip, copy),
            &self.clock,
        );
        self.hand_to_printer(written.ok_or("the ledger does not know the sale"));
    }

    fn hand_to_printer(&mut self, raster: Result<Raster, &str>) {
        let sent = match raster {
            Ok(raster) => self
                .outlets
                .printer
                .send(PrintJob { raster })
                .map_err(|e| e.to_string()),
            Err(why) => Err(why.to_owned()),
        };
        // The intent is recorded, so there must be an outcome; nothing has reached the printer.
        if let Err(why) = sent {
            tracing::error!(why, "a slip could not be handed to the printer");
            self.pending
                .push(Input::Printed(PrintOutcome::NotPrinted(why)));
        }
    }
}
