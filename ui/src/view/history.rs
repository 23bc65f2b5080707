//! A person's own receipts.

use super::{SlipState, Utility};

/// The receipts of a card's account at this terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryView {
    /// The newest first; the screen pages through them.
    pub receipts: Vec<Receipt>,
    /// They can be printed now.
    pub can_print: bool,
    /// The one that is being printed or was, just now.
    pub slip: Option<SlipState>,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Day and time.
    pub when: String,
    /// What was paid for.
    pub utility: Utility,
    /// The amount.
    pub amount: String,
    /// The reference.
    pub reference: String,
    /// What became of it.
    pub state: ReceiptState,
    /// It can be printed again here: there is a slip of it, and there were not too many copies.
    pub can_print: bool,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptState {
    /// At the meter.
    Credited,
    /// Owed to the person.
    Owed,
    /// Not yet confirmed by the meter.
    OnItsWay,
    /// Paid back.
    PaidBack,
}
