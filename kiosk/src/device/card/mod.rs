//! The card reader: which card is there, and proof that it is the operator's (`docs/cards.md`).
//!
//! A card holds keys that never leave it, and certificates of the operator's card authority; nothing of value, and no secret that
//! the terminal would have to keep. A resident's card proves itself by its key 9E, without a PIN. A staff card does so too, and
//! then, with the PIN that the card itself counts, by its key 9A.
//!
//! [`spawn`] is a thread that owns the readers: PC/SC waits, and a card may take its time. What a card says is decoded by pure
//! functions; [`session`] is the talk with one card, [`bays`] decides which card it is, [`reader`] is the edge to PC/SC.

pub mod apdu;
pub(crate) mod bays;
pub mod certificate;
pub mod piv;
pub(crate) mod reader;
pub mod session;
mod task;
pub mod time;
pub mod tlv;

use std::path::PathBuf;

use zeroize::Zeroizing;

pub use task::{CardWorld, RandomBytes, spawn};
pub use time::CardTime;

/// Whether cards can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardState {
    /// Not looked yet.
    Starting,
    /// There is a reader.
    Ready,
    /// There is none, or none can be used; the text says why, in English, for staff.
    Missing(String),
}

/// Whose card it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardKind {
    /// A household's.
    Resident,
    /// Somebody's who works for the operator. Until [`PinOutcome::Right`] only the card is known, not who holds it.
    Staff(StaffRole),
}

/// What staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StaffRole {
    /// Repairs and empties terminals.
    Maintenance,
    /// Serves residents.
    Clerk,
    /// Decides.
    Manager,
}

/// A card that proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownCard {
    /// Its number, as in the ledger's `CardRef`: 4 to 32 letters, digits and hyphens.
    pub number: String,
    /// Whose it is.
    pub kind: CardKind,
}

/// What the thread reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardEvent {
    /// The state changed.
    State(CardState),
    /// A card proved itself. It is the one in use until [`CardEvent::Removed`]; other cards are not looked at meanwhile.
    Shown(ShownCard),
    /// A card did not. Nothing more is said of it; the next card may come in any reader.
    Refused(CardRefusal),
    /// The card in use is gone. Exactly one for each [`CardEvent::Shown`], and nothing of that card afterwards.
    Removed,
    /// What became of [`CardCommand::VerifyPin`], one for each.
    Pin(PinOutcome),
}

/// Why a card is not accepted. The texts are for staff.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardRefusal {
    /// Another kind of card, a blank one, or another operator's.
    #[error("not a card of this operator: {0}")]
    NotOurs(String),
    /// Its certificate has expired.
    #[error("the card has expired")]
    Expired,
    /// Its certificate is not valid yet.
    #[error("the card is not valid yet")]
    NotYetValid,
    /// It shows a certificate and does not hold the key: a copy.
    #[error("the card could not prove that it is genuine")]
    FailedProof,
    /// It was taken away too early.
    #[error("the card was taken away too early")]
    Pulled,
    /// It does not answer, or not as a card should.
    #[error("the card cannot be read: {0}")]
    Unreadable(String),
}

/// What became of a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinOutcome {
    /// It is right, and the card proved the key behind it.
    Right,
    /// It is wrong; the card allows so many more tries, at least one.
    Wrong {
        /// As counted on the card.
        tries_left: u8,
    },
    /// The card takes no more tries; it must go to the desk.
    Blocked,
    /// It cannot be a PIN, which is 6 to 8 digits; the card was not asked and no try spent.
    Malformed,
    /// The card takes its PIN over contacts only: it must go into the other reader.
    ContactsOnly,
    /// No staff card is in use.
    NoCard,
    /// The PIN may be right, but the card did not prove the key behind it.
    Refused(CardRefusal),
}

/// What the thread is asked to do.
#[derive(Clone, PartialEq, Eq)]
pub enum CardCommand {
    /// Shows a PIN to the staff card in use; ends in one [`CardEvent::Pin`].
    VerifyPin(Zeroizing<String>),
}

/// A PIN is in no log.
impl std::fmt::Debug for CardCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CardCommand::VerifyPin(_) => f.write_str("VerifyPin"),
        }
    }
}

/// Which cards, in which readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardSettings {
    /// PEM file with the certificates of the operator's card authorities.
    pub ca: PathBuf,
    /// The operator's tenant: cards of another one are not accepted.
    pub tenant: String,
    /// Part of the reader's name; every reader if `None`.
    pub reader: Option<String>,
}
