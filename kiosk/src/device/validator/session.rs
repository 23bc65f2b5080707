//! One connection: set up, then held and polled until the line breaks or the validator starts anew.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout};

use super::event;
use super::exchange::{Answer, ExchangeError, Line};
use super::greeting::{agree_on_version, check_serial, demand};
use super::request::Request;
use super::setup::Setup;
use super::task::ValidatorSettings;
use super::watch::{Phase, Todo, Watch};
use super::{CashCommand, CashEvent, CashState};

/// Between polls while nothing moves.
const POLL: Duration = Duration::from_millis(150);
/// Between polls while a note moves, so that the credit is seen at once.
const POLL_MOVING: Duration = Duration::from_millis(30);
/// Between holds; the validator gives a note back by itself after five seconds.
const HOLD: Duration = Duration::from_secs(1);
/// So long a note is held for the caller's decision.
const LONGEST_HOLD: Duration = Duration::from_secs(20);
/// Between attempts to switch acceptance.
const SWITCH_RETRY: Duration = Duration::from_millis(500);

/// Why a connection ended.
#[derive(Debug)]
pub enum End {
    /// The line broke or the validator fell silent.
    Line(ExchangeError),
    /// It answers but cannot be used; the text is for staff.
    Fault(String),
    /// It was reset and has to be set up again, on the same line.
    Reset,
    /// The program ends.
    Closed,
}

impl From<ExchangeError> for End {
    fn from(error: ExchangeError) -> Self {
        End::Line(error)
    }
}

/// What outlives a connection.
#[derive(Debug, Default)]
pub struct Memory {
    /// The serial number of the validator last spoken to.
    pub serial: Option<u32>,
    /// Notes are wanted.
    pub accepting: bool,
    /// The cash box is out.
    pub box_removed: bool,
    /// The cash box is full.
    pub box_full: bool,
    /// The state reported last.
    pub shown: Option<CashState>,
}

/// The caller's side.
pub struct Caller {
    /// From the caller.
    pub commands: UnboundedReceiver<CashCommand>,
    /// To the caller.
    pub events: UnboundedSender<CashEvent>,
}

impl Caller {
    fn report(&self, event: CashEvent) -> Result<(), End> {
        tracing::debug!(?event, "validator");
        self.events.send(event).map_err(|_| End::Closed)
    }

    /// Reports a state if it is another one than before.
    pub fn show(&self, memory: &mut Memory, state: CashState) -> Result<(), End> {
        if memory.shown.as_ref() == Some(&state) {
            return Ok(());
        }
        tracing::info!(?state, "validator");
        memory.shown = Some(state.clone());
        self.report(CashEvent::State(state))
    }
}

/// Sets the validator up and serves it until it ends.
pub async fn run<P>(
    line: &mut Line<P>,
    settings: &ValidatorSettings,
    memory: &mut Memory,
    caller: &mut Caller,
) -> End
where
    P: AsyncRead + AsyncWrite + Unpin,
{
    let mut session = match Session::set_up(line, settings, memory, caller).await {
        Ok(session) => session,
        Err(end) => return end,
    };
    let end = loop {
        if let Err(end) = session.round().await {
            break end;
        }
    };
    session.memory.box_removed = session.watch.box_removed;
    session.memory.box_full = session.watch.box_full;
    if let End::Closed = end {
        session.leave().await;
    }
    end
}

struct Session<'a, P> {
    line: &'a mut Line<P>,
    memory: &'a mut Memory,
    caller: &'a mut Caller,
    watch: Watch,
    mask: u16,
    enabled: bool,
    switched_at: Option<Instant>,
    started: Instant,
}

impl<'a, P: AsyncRead + AsyncWrite + Unpin> Session<'a, P> {
    async fn set_up(
        line: &'a mut Line<P>,
        settings: &ValidatorSettings,
        memory: &'a mut Memory,
        caller: &'a mut Caller,
    ) -> Result<Self, End> {
        line.sync().await?;
        agree_on_version(line).await?;
        let setup = demand(line, Request::Setup).await?;
        let setup = Setup::decode(&setup.data).map_err(End::Fault)?;
        let mask = setup
            .mask(&settings.currency, &settings.notes)
            .map_err(End::Fault)?;
        let same = check_serial(line, settings, memory, caller).await?;
        tracing::info!(firmware = setup.firmware, serial = ?memory.serial, "validator found");
        // Nothing is taken yet. A note left in escrow by whoever spoke before goes back: the first poll would stack it.
        // The answers do not matter: a validator without a note refuses the last one.
        line.exchange(Request::Inhibits(0)).await?;
        line.exchange(Request::Disable).await?;
        line.exchange(Request::Reject).await?;
        let mut watch = Watch::new(setup, &settings.currency, same);
        watch.accepting = memory.accepting;
        watch.box_removed = memory.box_removed;
        watch.box_full = memory.box_full;
        Ok(Session {
            line,
            memory,
            caller,
            watch,
            mask,
            enabled: false,
            switched_at: None,
            started: Instant::now(),
        })
    }

    /// Commands, acceptance, one hold or poll, then the pause, which a command ends early.
    async fn round(&mut self) -> Result<(), End> {
        while let Ok(command) = self.caller.commands.try_recv() {
            self.obey(command).await?;
        }
        let pause = match self.watch.phase() {
            Phase::Held(_) => {
                self.hold().await?;
                HOLD
            }
            Phase::Idle | Phase::Reading | Phase::Stacking(_) | Phase::Returning => {
                self.switch().await?;
                self.poll().await?;
                if self.watch.phase() == Phase::Idle {
                    POLL
                } else {
                    POLL_MOVING
                }
            }
        };
        if let Ok(command) = timeout(pause, self.caller.commands.recv()).await {
            self.obey(command.ok_or(End::Closed)?).await?;
        }
        Ok(())
    }

    async fn obey(&mut self, command: CashCommand) -> Result<(), End> {
        let held = match self.watch.phase() {
            Phase::Held(value) => Some(value),
            Phase::Idle | Phase::Reading | Phase::Stacking(_) | Phase::Returning => None,
        };
        match (command, held) {
            (CashCommand::Accept, _) => self.accept(true),
            (CashCommand::Stop, held) => {
                self.accept(false);
                if held.is_some() {
                    self.give_back().await?;
                }
            }
            // The next poll carries the order out; no other request comes before it.
            (CashCommand::Stack, Some(value)) => {
                let now = self.now();
                self.watch.enter(Phase::Stacking(Some(value)), now);
                self.poll().await?;
            }
            (CashCommand::Return, Some(_)) => self.give_back().await?,
            (CashCommand::Stack | CashCommand::Return, None) => {
                tracing::info!(?command, "no note is in escrow");
            }
            (CashCommand::Acknowledge, _) => self.acknowledge().await?,
        }
        Ok(())
    }

    fn accept(&mut self, accepting: bool) {
        self.watch.accepting = accepting;
        self.memory.accepting = accepting;
        self.switched_at = None;
    }

    async fn give_back(&mut self) -> Result<(), End> {
        let now = self.now();
        self.watch.enter(Phase::Returning, now);
        self.line.exchange(Request::Reject).await?;
        Ok(())
    }

    async fn acknowledge(&mut self) -> Result<(), End> {
        if !self.watch.confirm() {
            return Ok(());
        }
        if self.watch.repeats() {
            self.send_ack().await?;
        }
        self.caller.report(CashEvent::Acknowledged)
    }

    async fn send_ack(&mut self) -> Result<(), End> {
        let answer = self.line.exchange(Request::EventAck).await?;
        if !answer.ok() {
            return Err(End::Fault(format!(
                "the acknowledgement was refused: {}",
                answer.reason()
            )));
        }
        self.watch.acknowledged();
        Ok(())
    }

    /// Holds the note in escrow; gives it back when the caller does not decide.
    async fn hold(&mut self) -> Result<(), End> {
        if self.now().saturating_sub(self.watch.phase_since()) > LONGEST_HOLD {
            tracing::warn!("nobody decided on the note in escrow: it goes back");
            return self.give_back().await;
        }
        let answer = self.line.exchange(Request::Hold).await?;
        if !answer.ok() {
            // It is not in escrow any more; the next polls say where it went.
            let now = self.now();
            self.watch.enter(Phase::Reading, now);
        }
        Ok(())
    }

    /// Brings acceptance to what is wanted, while no note is on its way.
    async fn switch(&mut self) -> Result<(), End> {
        let wanted = self.watch.accepting;
        let fell_asleep = wanted && self.enabled && self.watch.disabled();
        if (wanted == self.enabled && !fell_asleep) || self.watch.phase() != Phase::Idle {
            return Ok(());
        }
        if self
            .switched_at
            .is_some_and(|at| at.elapsed() < SWITCH_RETRY)
        {
            return Ok(());
        }
        self.switched_at = Some(Instant::now());
        let (inhibits, order) = if wanted {
            (self.mask, Request::Enable)
        } else {
            (0, Request::Disable)
        };
        let set = self.line.exchange(Request::Inhibits(inhibits)).await?.ok();
        if set && self.line.exchange(order).await?.ok() {
            self.enabled = wanted;
            if wanted {
                self.watch.enabled();
            }
        }
        Ok(())
    }

    async fn poll(&mut self) -> Result<(), End> {
        let answer = self.ask_for_events().await?;
        if !answer.ok() {
            return Err(End::Fault(format!(
                "the poll was refused: {}",
                answer.reason()
            )));
        }
        let events = event::decode(&answer.data);
        let now = self.now();
        let (reports, todo) = self.watch.on_poll(&events, now);
        // A note in escrow is held before anything else happens.
        let mut set_up = false;
        for todo in todo {
            match todo {
                Todo::Hold => self.hold().await?,
                Todo::Reject => self.give_back().await?,
                Todo::Acknowledge => self.send_ack().await?,
                Todo::SetUp => set_up = true,
            }
        }
        for report in reports {
            self.caller.report(report)?;
        }
        if set_up {
            self.caller.show(self.memory, CashState::Starting)?;
            return Err(End::Reset);
        }
        let state = self.watch.state(now);
        self.caller.show(self.memory, state)
    }

    async fn ask_for_events(&mut self) -> Result<Answer, End> {
        if self.watch.repeats() {
            let answer = self.line.exchange(Request::PollWithAck).await?;
            if !answer.unknown_command() {
                return Ok(answer);
            }
            tracing::warn!(
                "the validator does not repeat credits (POLL WITH ACK is not known to it)"
            );
            self.watch.does_not_repeat();
        }
        Ok(self.line.exchange(Request::Poll).await?)
    }

    /// The program ends: no more notes, as far as the validator can still be told.
    async fn leave(&mut self) {
        for request in [Request::Inhibits(0), Request::Disable] {
            if let Err(error) = self.line.exchange(request).await {
                tracing::info!(%error, "the validator could not be switched off");
                return;
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests;
