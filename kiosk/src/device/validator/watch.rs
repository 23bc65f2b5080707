//! What the polls mean: events and the order to stack, hold or return become what the terminal needs to know. Pure: time
//! comes in as the time since the connection was made.

use std::time::Duration;

use meterpost_ledger::{Money, NoteEvidence};

use super::event::Event;
use super::setup::Setup;
use super::{CashEvent, CashState};

/// A jam counts as present so long after it was reported last; not every validator repeats it in each answer.
const CONDITION: Duration = Duration::from_secs(3);
/// A note that moves and is never heard of again is forgotten after so long.
const LOST_MOVE: Duration = Duration::from_secs(30);
/// So many polls at rest…
const QUIET_POLLS: u32 = 4;
/// …over so long say that nothing is left to report.
const QUIET_TIME: Duration = Duration::from_millis(600);

/// Where the note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// None.
    Idle,
    /// Moving in.
    Reading,
    /// In escrow, to be held.
    Held(Money),
    /// Ordered into the cash box; the value is not known if it was somebody else's order.
    Stacking(Option<Money>),
    /// On its way back.
    Returning,
}

/// What has to be sent because of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Hold the note, before anything else is polled.
    Hold,
    /// Send the note back.
    Reject,
    /// Acknowledge events that carry no money in.
    Acknowledge,
    /// The validator was reset: set it up again.
    SetUp,
}

/// What this connection knows of the validator.
#[derive(Debug)]
pub struct Watch {
    setup: Setup,
    currency: String,
    /// It repeats credits until acknowledged.
    repeats: bool,
    /// It is the validator that was there before, as far as known.
    same: bool,
    /// The caller wants notes to be taken.
    pub accepting: bool,
    /// The cash box is out.
    pub box_removed: bool,
    /// The cash box is full: told once, and true until the box was exchanged or a note goes in after all.
    pub box_full: bool,
    phase: Phase,
    phase_since: Duration,
    /// Told once or all the time; true until it was enabled.
    disabled: bool,
    initialising: bool,
    jam: Option<Duration>,
    /// Repeated events that were already passed on, until they are acknowledged.
    passed_on: Vec<Event>,
    /// Credits passed on whose commit is not confirmed yet.
    unconfirmed: usize,
    first_poll: Option<Duration>,
    quiet: u32,
    settled: bool,
}

impl Watch {
    /// At the start of a connection.
    pub fn new(setup: Setup, currency: &str, same: bool) -> Watch {
        Watch {
            setup,
            currency: currency.to_owned(),
            repeats: true,
            same,
            accepting: false,
            box_removed: false,
            box_full: false,
            phase: Phase::Idle,
            phase_since: Duration::ZERO,
            disabled: true,
            initialising: false,
            jam: None,
            passed_on: Vec::new(),
            unconfirmed: 0,
            first_poll: None,
            quiet: 0,
            settled: false,
        }
    }

    /// Where the note is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Since when it is there.
    pub fn phase_since(&self) -> Duration {
        self.phase_since
    }

    /// The note is somewhere else now.
    pub fn enter(&mut self, phase: Phase, now: Duration) {
        if self.phase != phase {
            self.phase = phase;
            self.phase_since = now;
        }
    }

    /// Whether it says that it takes no notes.
    pub fn disabled(&self) -> bool {
        self.disabled
    }

    /// It took the order to take notes.
    pub fn enabled(&mut self) {
        self.disabled = false;
    }

    /// Whether it repeats credits until they are acknowledged.
    pub fn repeats(&self) -> bool {
        self.repeats
    }

    /// It does not know POLL WITH ACK.
    pub fn does_not_repeat(&mut self) {
        self.repeats = false;
    }

    /// A commit is confirmed; returns whether it was the last one, so that the validator may be told.
    pub fn confirm(&mut self) -> bool {
        let was_open = self.unconfirmed > 0;
        self.unconfirmed = self.unconfirmed.saturating_sub(1);
        was_open && self.unconfirmed == 0
    }

    /// The validator was told: what it reports from now on is new.
    pub fn acknowledged(&mut self) {
        self.passed_on.clear();
    }

    /// The state to show.
    pub fn state(&self, now: Duration) -> CashState {
        let jammed = self
            .jam
            .is_some_and(|at| now.saturating_sub(at) < CONDITION);
        match () {
            () if jammed => CashState::Jammed,
            () if self.box_removed => CashState::BoxRemoved,
            () if self.box_full => CashState::BoxFull,
            () if self.initialising => CashState::Starting,
            () if self.accepting && !self.disabled => CashState::Ready,
            () => CashState::Disabled,
        }
    }

    /// Takes the events of one poll, oldest first.
    pub fn on_poll(&mut self, events: &[Event], now: Duration) -> (Vec<CashEvent>, Vec<Todo>) {
        let first = self.first_poll.is_none();
        let since_first = now.saturating_sub(*self.first_poll.get_or_insert(now));
        let (mut out, mut todo) = (Vec::new(), Vec::new());
        self.initialising = false;
        let mut repeated = self.passed_on.clone();
        for &event in events {
            if let Some(at) = repeated.iter().position(|&e| e == event) {
                repeated.swap_remove(at);
                continue;
            }
            self.on_event(event, first, now, &mut out, &mut todo);
        }
        // Money is acknowledged only after the caller's commit; anything else that is repeated, at once.
        if self.repeats && self.unconfirmed == 0 && !self.passed_on.is_empty() {
            todo.push(Todo::Acknowledge);
        }
        if !matches!(self.phase, Phase::Idle | Phase::Held(_))
            && now.saturating_sub(self.phase_since) > LOST_MOVE
        {
            self.enter(Phase::Idle, now);
        }
        self.judge_quiet(events, since_first, &mut out);
        (out, todo)
    }

    fn on_event(
        &mut self,
        event: Event,
        first: bool,
        now: Duration,
        out: &mut Vec<CashEvent>,
        todo: &mut Vec<Todo>,
    ) {
        match event {
            Event::Reset if first => {}
            Event::Reset => {
                self.enter(Phase::Idle, now);
                self.box_full = false;
                todo.push(Todo::SetUp);
            }
            Event::Initialising => self.initialising = true,
            Event::Reading => {
                self.box_full = false;
                if self.phase == Phase::Idle {
                    self.enter(Phase::Reading, now);
                }
            }
            Event::Escrow(channel) => self.on_escrow(channel, now, out, todo),
            Event::Credit(channel) => self.on_money(event, channel, NoteEvidence::Credit, out),
            Event::ClearedToBox(channel) => {
                self.on_money(event, channel, NoteEvidence::PowerUp, out)
            }
            Event::ClearedToFront(_) => {
                self.settled = true;
                self.pass_on(event);
                out.push(CashEvent::ReturnedAtPowerUp);
            }
            Event::Stacking => {
                let value = match self.phase {
                    Phase::Held(value) => Some(value),
                    Phase::Stacking(value) => value,
                    Phase::Idle | Phase::Reading | Phase::Returning => None,
                };
                self.enter(Phase::Stacking(value), now);
            }
            Event::Stacked => self.enter(Phase::Idle, now),
            Event::Rejecting => self.enter(Phase::Returning, now),
            Event::Rejected => {
                self.settled = true;
                self.enter(Phase::Idle, now);
                out.push(CashEvent::Returned);
            }
            Event::BoxRemoved => {
                if !std::mem::replace(&mut self.box_removed, true) {
                    out.push(CashEvent::BoxRemoved);
                }
            }
            Event::BoxReplaced => {
                self.box_removed = false;
                self.box_full = false;
                out.push(CashEvent::BoxReplaced);
            }
            Event::Fraud(channel) => {
                tracing::warn!(
                    channel,
                    "the validator reports an attempt to pull a note back"
                );
                self.pass_on(event);
            }
            Event::BoxFull => self.box_full = true,
            Event::UnsafeJam => self.jam = Some(now),
            Event::Disabled | Event::AllInhibited => self.disabled = true,
            Event::Barcode => {}
            Event::Unknown(code) => {
                tracing::warn!(code, "the validator reports an event that is not known")
            }
        }
    }

    fn on_escrow(
        &mut self,
        channel: u8,
        now: Duration,
        out: &mut Vec<CashEvent>,
        todo: &mut Vec<Todo>,
    ) {
        match self.phase {
            Phase::Stacking(_) => {}
            Phase::Held(_) => todo.push(Todo::Hold),
            Phase::Idle | Phase::Reading | Phase::Returning => {
                match self.setup.value(channel, &self.currency) {
                    Some(value) if self.accepting && self.phase != Phase::Returning => {
                        self.enter(Phase::Held(value), now);
                        todo.push(Todo::Hold);
                        out.push(CashEvent::Escrow(value));
                    }
                    _ => {
                        self.enter(Phase::Returning, now);
                        todo.push(Todo::Reject);
                    }
                }
            }
        }
    }

    fn on_money(
        &mut self,
        event: Event,
        channel: u8,
        evidence: NoteEvidence,
        out: &mut Vec<CashEvent>,
    ) {
        let ordered = match self.phase {
            Phase::Stacking(value) => value,
            Phase::Held(value) => Some(value),
            Phase::Idle | Phase::Reading | Phase::Returning => None,
        };
        let value = self
            .setup
            .value(channel, &self.currency)
            .or(ordered)
            .unwrap_or(Money::ZERO);
        self.settled = true;
        self.unconfirmed += 1;
        self.pass_on(event);
        out.push(CashEvent::Stacked { value, evidence });
    }

    /// Remembers an event that is repeated until acknowledged, so that it is passed on once.
    fn pass_on(&mut self, event: Event) {
        if self.repeats {
            self.passed_on.push(event);
        }
    }

    fn judge_quiet(&mut self, events: &[Event], since_first: Duration, out: &mut Vec<CashEvent>) {
        let at_rest = |e: &Event| {
            matches!(
                e,
                Event::Disabled | Event::AllInhibited | Event::BoxFull | Event::BoxReplaced
            )
        };
        let quiet = self.phase == Phase::Idle && !self.box_removed && events.iter().all(at_rest);
        self.quiet = if quiet { self.quiet + 1 } else { 0 };
        if !self.settled && self.quiet >= QUIET_POLLS && since_first >= QUIET_TIME {
            self.settled = true;
            out.push(CashEvent::NothingToReport {
                repeats_credits: self.repeats && self.same,
            });
        }
    }
}

#[cfg(test)]
mod tests;
