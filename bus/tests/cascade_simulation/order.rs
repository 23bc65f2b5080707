//! Who owns an order: a kiosk that reads, credits once, and resolves by reading back.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use meterpost_bus::cascade::Time;

use super::meter::Books;

/// What an order was told to be in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Applied,
    NotApplied,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Reading,
    Crediting(Books),
    Resolving(Books),
    Over(Told),
}

#[derive(Debug)]
pub struct Order {
    pub meter: usize,
    pub amount: u32,
    pub step: Step,
    /// Which master's node was asked, in turn.
    pub root: usize,
    pub tries: u32,
    /// The ask under way, and when the kiosk gives it up.
    pub ticket: Option<u64>,
    pub gives_up: Time,
    /// The credit was certainly not sent, as the network said.
    pub never_sent: bool,
}

impl Order {
    /// What the books say after the credit was sent, or may have been.
    pub fn judge(&self, before: Books, after: Books) -> Told {
        if after.count == before.count + 1 && after.last == self.amount {
            Told::Applied
        } else if after.count == before.count || after.count == before.count + 1 {
            Told::NotApplied
        } else {
            Told::Unknown
        }
    }
}
