//! The desk: an enrolled terminal that makes cards (`docs/cards.md`). It fetches its jobs over its own outbound connection.
//!
//! | file | what |
//! |---|---|
//! | `secrets` | the codes of each card, from the desk's secret and the card's own id |
//! | `personalise` | what is put on a card, step by step; each may be the last before a cut |
//! | `office` | what the desk and the server say to each other |
//! | `letter` | the slip that goes with a card |
//! | `work` | one job after the other |
//!
//! A job that was cut off anywhere is begun anew, with the same card or another blank one: keys are made again and certified
//! again. The server issues a card only when the desk says that it is done, which comes last.

mod letter;
pub mod office;
pub mod personalise;
pub mod secrets;
mod work;

pub use work::{DeskError, Tell, run};

use crate::device::card::{CardKind, StaffRole};

/// A card to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The server's number for it.
    pub id: i64,
    /// The card's number.
    pub card: String,
    /// Whose card.
    pub kind: CardKind,
}

/// The kind of this name, as the server writes it.
fn read_kind(name: &str) -> Option<CardKind> {
    match name {
        "resident" => Some(CardKind::Resident),
        "maintenance" => Some(CardKind::Staff(StaffRole::Maintenance)),
        "clerk" => Some(CardKind::Staff(StaffRole::Clerk)),
        "manager" => Some(CardKind::Staff(StaffRole::Manager)),
        _ => None,
    }
}
