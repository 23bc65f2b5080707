//! Whether this concentrator's own readings may speak on a wire that it shares with others of its kind.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::actor::Command;
use crate::cascade::Input;
use crate::concentrator::segment::{Admission, Gate, Priority};

/// How long the wire's task waits before it asks again; a grant wakes it before.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// How far own readings are with the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Nobody wants it.
    None,
    /// Somebody waits for the node to lend it.
    Wanted,
    /// The node has lent it, and it was not taken yet.
    Granted,
    /// Somebody speaks, and does so to the end, whoever owns the wire meanwhile.
    Taken,
}

#[derive(Debug)]
struct State {
    ours: bool,
    turn: Turn,
    ticket: u64,
}

/// The gate of one wire.
#[derive(Debug)]
pub struct OwnerGate {
    port: u8,
    hold: Duration,
    commands: mpsc::UnboundedSender<Command>,
    state: Mutex<State>,
    taken: Notify,
}

impl OwnerGate {
    pub(super) fn new(
        port: u8,
        hold: Duration,
        commands: mpsc::UnboundedSender<Command>,
    ) -> Arc<OwnerGate> {
        Arc::new(OwnerGate {
            port,
            hold,
            commands,
            state: Mutex::new(State {
                ours: false,
                turn: Turn::None,
                ticket: 0,
            }),
            taken: Notify::new(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every field is sound by itself, so the state is even if a holder died.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this concentrator owns the wire.
    pub fn is_ours(&self) -> bool {
        self.state().ours
    }

    /// The owner changed.
    pub(super) fn set_owner(&self, ours: bool) {
        self.state().ours = ours;
    }

    /// The node lends the wire. False when nobody wants it any more.
    pub(super) fn grant(&self, ticket: u64) -> bool {
        let mut state = self.state();
        let wanted = state.turn == Turn::Wanted && state.ticket == ticket;
        if wanted {
            state.turn = Turn::Granted;
        }
        wanted
    }

    /// Returns when what was granted is taken.
    pub(super) async fn taken(&self) {
        self.taken.notified().await;
    }

    /// The turn is over, was not taken, or was not granted.
    pub(super) fn over(&self, ticket: u64) {
        let mut state = self.state();
        if state.ticket == ticket {
            state.turn = Turn::None;
        }
    }
}

impl Gate for OwnerGate {
    fn admit(&self, priority: Priority) -> Admission {
        if priority == Priority::Cascade {
            return Admission::Speak;
        }
        let mut state = self.state();
        match state.turn {
            // Granted before the wire was lost: it must not be used any more.
            Turn::Granted | Turn::None | Turn::Wanted if !state.ours => Admission::Refuse,
            Turn::Granted => {
                state.turn = Turn::Taken;
                self.taken.notify_one();
                Admission::Speak
            }
            Turn::Wanted | Turn::Taken => Admission::Wait(ASK_AGAIN),
            Turn::None => {
                state.ticket += 1;
                state.turn = Turn::Wanted;
                let want = Input::Want {
                    port: self.port,
                    ticket: state.ticket,
                    hold: self.hold,
                };
                match self.commands.send(Command::Step(want)) {
                    Ok(()) => Admission::Wait(ASK_AGAIN),
                    Err(_) => Admission::Refuse,
                }
            }
        }
    }
}
