//! The task that keeps the validator connected.

use std::time::Duration;

use meterpost_ledger::Money;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_serial::StopBits;

use super::exchange::Line;
use super::session::{self, Caller, End, Memory};
use super::{CashCommand, CashEvent, CashState};
use crate::device::backoff::Backoff;
use crate::device::serial;

/// SSP runs at 9600 baud, 8N2.
const BAUD: u32 = 9600;
/// Every validator that was not given another address.
const ADDRESS: u8 = 0;

/// Which validator, and what it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSettings {
    /// The serial line: `/dev/serial/by-id/…`.
    pub device: String,
    /// ISO 4217 letters; notes of another currency are never taken.
    pub currency: String,
    /// The notes taken; all of the currency if empty.
    pub notes: Vec<Money>,
    /// The only serial number accepted, if one is given.
    pub serial: Option<u32>,
}

/// Starts the task. It ends when `commands` is closed, and stops taking notes then.
pub fn spawn(
    settings: ValidatorSettings,
    commands: UnboundedReceiver<CashCommand>,
    events: UnboundedSender<CashEvent>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let caller = Caller { commands, events };
        keep_connected(&settings, caller, || {
            serial::open(&settings.device, BAUD, StopBits::Two)
        })
        .await;
    })
}

/// Opens the port, serves it, and opens it again after a pause, until the caller is gone.
pub(super) async fn keep_connected<P, F>(
    settings: &ValidatorSettings,
    mut caller: Caller,
    mut open: F,
) where
    P: AsyncRead + AsyncWrite + Unpin,
    F: FnMut() -> Result<P, String>,
{
    let mut memory = Memory::default();
    let mut backoff = Backoff::default();
    if caller.show(&mut memory, CashState::Starting).is_err() {
        return;
    }
    loop {
        let state = match open() {
            Err(why) => CashState::Offline(why),
            Ok(port) => match serve(port, settings, &mut memory, &mut caller, &mut backoff).await {
                Some(state) => state,
                None => return,
            },
        };
        if caller.show(&mut memory, state).is_err()
            || !rest(backoff.pause(), &mut memory, &mut caller).await
        {
            return;
        }
    }
}

/// Serves one open port; the state to show after it, or `None` at the program's end.
async fn serve<P: AsyncRead + AsyncWrite + Unpin>(
    port: P,
    settings: &ValidatorSettings,
    memory: &mut Memory,
    caller: &mut Caller,
    backoff: &mut Backoff,
) -> Option<CashState> {
    let mut line = Line::new(port, ADDRESS);
    loop {
        let started = Instant::now();
        let end = session::run(&mut line, settings, memory, caller).await;
        // A connection that held is no reason to wait long for the next one.
        if started.elapsed() > Duration::from_secs(10) {
            backoff.reset();
        }
        match end {
            End::Reset => {}
            End::Closed => return None,
            End::Line(error) => {
                return Some(CashState::Offline(format!("{}: {error}", settings.device)));
            }
            End::Fault(why) => return Some(CashState::Fault(why)),
        }
    }
}

/// Waits, and meanwhile remembers whether notes are wanted; anything else has no note to refer to. False at the program's end.
async fn rest(pause: Duration, memory: &mut Memory, caller: &mut Caller) -> bool {
    let until = Instant::now() + pause;
    loop {
        match timeout_at(until, caller.commands.recv()).await {
            Err(_) => return true,
            Ok(None) => return false,
            Ok(Some(CashCommand::Accept)) => memory.accepting = true,
            Ok(Some(CashCommand::Stop)) => memory.accepting = false,
            // A credit that was not acknowledged is reported again by the validator.
            Ok(Some(CashCommand::Stack | CashCommand::Return | CashCommand::Acknowledge)) => {}
        }
    }
}
