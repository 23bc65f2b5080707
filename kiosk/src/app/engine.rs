//! The loop that turns the flow: one input, one step, its effects in their order, then the screen.
//!
//! The engine alone owns the ledger. An effect that touches the world is carried out only after every effect before it
//! succeeded; so when a record fails, nothing that stood behind it happens.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use meterpost_ledger::{CommitError, Event, Ledger, SaleId, Slip};
use meterpost_ui::view::View;
use tokio::sync::mpsc::UnboundedSender;

use super::boundary::Boundary;
use super::clock::SystemClock;
use super::meters::MeterJob;
use super::slips::SlipWriter;
use crate::device::printer::{PrintJob, PrintOutcome};
use crate::device::validator::CashCommand;
use crate::flow::{Effect, Flow, Input};
use crate::sync::LedgerJob;

/// How often time passes for the flow.
const TICK: Duration = Duration::from_millis(100);

/// Where effects go.
pub struct Outlets {
    /// To the note validator's task.
    pub cash: UnboundedSender<CashCommand>,
    /// To the printer's task.
    pub printer: UnboundedSender<PrintJob>,
    /// To the task that talks to meters.
    pub meters: UnboundedSender<MeterJob>,
    /// To the screen.
    pub show: Box<dyn Fn(View) + Send>,
}

/// What reaches the engine.
pub enum Message {
    /// For the flow.
    Input(Input),
    /// Something to be done with the ledger, which the engine alone owns.
    Ledger(LedgerJob),
    /// Stop: the program is asked to end.
    Stop,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Input(input) => f.debug_tuple("Input").field(input).finish(),
            Message::Ledger(_) => f.write_str("Ledger"),
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

    fn record_start(&mut self) {
        let started = Event::Started {
            software: env!("CARGO_PKG_VERSION").into(),
        };
        if let Err(error) = self.commit(&[started]) {
            self.turn(Input::LedgerFailed(error.to_string()));
        }
    }

    fn turn(&mut self, input: Input) {
        self.flow.pass(&self.clock.stamp());
        let effects = self.flow.step(self.clock.now(), input);
        for effect in effects {
            let name = effect_name(&effect);
            (self.boundary)(&format!("before {name}"));
            if let Err(why) = self.carry_out(effect) {
                for effect in self.flow.step(self.clock.now(), Input::LedgerFailed(why)) {
                    if let Effect::Cash(command) = effect {
                        self.tell_validator(command);
                    }
                }
                break;
            }
            (self.boundary)(&format!("after {name}"));
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
            Effect::Print(sale, slip, copy) => self.print(sale, slip, copy),
        }
        Ok(())
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

    fn tell_meters(&self, job: MeterJob) {
        if self.outlets.meters.send(job).is_err() {
            tracing::error!("the meters' task has ended");
        }
    }

    fn print(&mut self, sale: SaleId, slip: Slip, copy: u32) {
        let sent = match self
            .slips
            .write(&self.ledger, sale, slip, copy, &self.clock)
        {
            Some(raster) => self
                .outlets
                .printer
                .send(PrintJob { raster })
                .map_err(|e| e.to_string()),
            None => Err("the ledger does not know the sale".into()),
        };
        // The intent is recorded, so there must be an outcome; nothing has reached the printer.
        if let Err(why) = sent {
            tracing::error!(why, "a slip could not be handed to the printer");
            self.pending
                .push(Input::Printed(PrintOutcome::NotPrinted(why)));
        }
    }
}

/// The name of an input that reports what an act in the world led to; `None` for the rest.
fn outcome_name(input: &Input) -> Option<String> {
    match input {
        Input::Cash(event) => Some(format!("{event:?}")),
        Input::Printed(outcome) => Some(format!("Printed({outcome:?})")),
        Input::MeterRead(result) => Some(format!("MeterRead(ok: {})", result.is_ok())),
        Input::Credited(outcome) => Some(format!("Credited({outcome:?})")),
        Input::Tick
        | Input::Person(_)
        | Input::Printer(_)
        | Input::Bus(_)
        | Input::LedgerFailed(_) => None,
    }
}

fn effect_name(effect: &Effect) -> String {
    match effect {
        Effect::Record(events) => {
            let kinds: Vec<String> = events.iter().map(event_kind).collect();
            format!("Record({})", kinds.join("+"))
        }
        Effect::SyncHead => "SyncHead".into(),
        Effect::Cash(command) => format!("Cash({command:?})"),
        Effect::ReadMeter(_) => "ReadMeter".into(),
        Effect::Credit(..) => "Credit".into(),
        Effect::Judge(..) => "Judge".into(),
        Effect::Print(_, slip, copy) => format!("Print({slip:?} copy {copy})"),
    }
}

/// The variant's name, without its content.
fn event_kind(event: &Event) -> String {
    let text = format!("{event:?}");
    text.split([' ', '{', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}
