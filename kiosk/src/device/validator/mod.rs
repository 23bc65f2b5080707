//! The note validator over ITL SSP (GA138, protocol version 6 to 8, without encryption: nothing is paid out).
//!
//! Bytes become packets in [`frame`], packets become [`event`]s and a [`setup`], and [`watch`] turns those into what the
//! terminal needs to know; all of that is pure. [`exchange`] is one request and its answer on the line, and [`task`] keeps
//! the validator polled.
//!
//! Two properties of the protocol carry the money safety:
//! - The poll after a reported escrow *is* the order to stack. A held note is therefore never polled, only held, until the
//!   caller has written its intent and says [`CashCommand::Stack`]; and before the first poll of a connection a note that
//!   somebody left in escrow is sent back.
//! - With POLL WITH ACK a credit is repeated until EVENT ACK, across restarts of either side. The acknowledgement is sent
//!   only on [`CashCommand::Acknowledge`], after the caller's commit.

mod event;
mod exchange;
mod frame;
mod greeting;
mod request;
mod session;
mod setup;
mod task;
mod watch;

pub use task::{ValidatorSettings, spawn};

use meterpost_ledger::{Money, NoteEvidence};

/// What the validator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CashCommand {
    /// Take notes from now on. Remembered while the validator is away.
    Accept,
    /// Take no more notes. A note in escrow goes back.
    Stop,
    /// Stack the note in escrow. The intent is durable.
    Stack,
    /// Give the note in escrow back.
    Return,
    /// The credit is durable: stop repeating it.
    Acknowledge,
}

/// What the validator reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashEvent {
    /// Its state changed.
    State(CashState),
    /// A note of this value is held until `Stack` or `Return`.
    Escrow(Money),
    /// A note is in the cash box. Reported once per connection, and again after a reconnection until it is acknowledged.
    Stacked {
        /// Its value; zero where the validator found a note at power-up whose value it does not know.
        value: Money,
        /// How we know.
        evidence: NoteEvidence,
    },
    /// A note was given back at the front.
    Returned,
    /// A note was in the path at power-up and was given back at the front.
    ReturnedAtPowerUp,
    /// After a start, a reconnection or a reset the validator is at rest and reports neither a credit nor a note found in
    /// its path. At most once per connection, and only if nothing else told what became of the last note.
    NothingToReport {
        /// The validator repeats credits until they are acknowledged and is the one that was there before, so a note whose
        /// outcome is open was never credited. Without this, nobody can say.
        repeats_credits: bool,
    },
    /// The validator took the acknowledgement and does not repeat the credit any more.
    Acknowledged,
    /// The cash box was taken out.
    BoxRemoved,
    /// The cash box was put back.
    BoxReplaced,
}

/// The validator's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashState {
    /// Being found and set up.
    Starting,
    /// Works, takes no notes because nobody asked it to.
    Disabled,
    /// Takes notes.
    Ready,
    /// A note is stuck.
    Jammed,
    /// The cash box is full.
    BoxFull,
    /// The cash box is out.
    BoxRemoved,
    /// It answers, but cannot be used; the text says why, in English, for staff.
    Fault(String),
    /// It does not answer; the text says why, in English, for staff. It is tried again all the time.
    Offline(String),
}
