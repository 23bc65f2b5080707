//! How to pay, paying without cash, and what it came to when nothing was paid.

use super::{Buys, Utility};

/// How a person pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayWith {
    /// With notes.
    Cash,
    /// From the account's wallet.
    Wallet,
    /// With a telephone, by QR code.
    Code,
}

/// The choice of how to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayView {
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// To pay: the amount chosen.
    pub amount: String,
    /// What it buys; `None` where the tariff is not known.
    pub buys: Option<Buys>,
    /// Notes.
    pub cash: CashWay,
    /// The wallet; `None` where the terminal offers none.
    pub wallet: Option<WalletWay>,
    /// Whether the QR code can be had now; `None` where the terminal offers none.
    pub code: Option<bool>,
    /// What went wrong with the way chosen before.
    pub problem: Option<PayProblem>,
}

/// Cash as a way to pay an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CashWay {
    /// Notes are taken.
    Open,
    /// No notes are taken now: the validator does not work.
    OutOfOrder,
    /// The notes that are taken cannot make up the amount.
    NoSuchNotes,
    /// The terminal, or the card, has taken as much as it may for now.
    AtLimit,
}

/// The wallet as a way to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletWay {
    /// Cards open it, and none was shown.
    NeedsCard,
    /// What is in it is being asked for.
    Asking,
    /// Enough is in it: this much.
    Enough(String),
    /// Too little is in it: this much.
    TooLittle(String),
    /// The server is not reached; within its limits the terminal trusts the card.
    Offline,
    /// The server is not reached, or the account is not this meter's: not now.
    No,
}

/// Why a way to pay led nowhere. Nothing was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayProblem {
    /// The wallet holds too little.
    WalletShort,
    /// The wallet was not reached.
    WalletAway,
    /// No QR code could be had.
    CodeAway,
    /// Nobody paid in time, or the payment was refused or given up.
    CodeOver,
}

/// Paying without cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayingView {
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// To pay.
    pub amount: String,
    /// Where we are.
    pub step: PayingStep,
}

/// Steps of a payment without cash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayingStep {
    /// The wallet is being asked.
    Wallet,
    /// The QR code is being asked for.
    AskingCode,
    /// Scan this.
    Scan {
        /// The code.
        code: QrCode,
        /// Seconds in which it can be paid.
        left: u32,
    },
    /// It was scanned, called off or timed out; what became of it is being asked.
    Checking,
}

/// A QR code's modules, row by row, without its quiet zone.
#[derive(Clone, PartialEq, Eq)]
pub struct QrCode {
    /// Modules on a side.
    pub side: u32,
    /// `side * side` of them; `true` is dark.
    pub dark: Vec<bool>,
}

impl std::fmt::Debug for QrCode {
    /// Its size; whoever has the code could be shown somebody else's payment.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "QrCode({0} x {0})", self.side)
    }
}

/// Nothing was paid, or it went back: the last screen of such a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpaidView {
    /// The amount.
    pub amount: String,
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// The reference to name when calling.
    pub reference: String,
    /// Why.
    pub reason: UnpaidReason,
    /// Whom to call, as configured.
    pub phone: String,
    /// Seconds until the screen closes by itself.
    pub closing_in: Option<u32>,
}

/// Why a sale ends without credit and without a debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnpaidReason {
    /// Whether the payment by QR code came is not known here. If it did, it goes back by itself.
    NotConfirmed,
    /// The meter refused the credit; the amount is in the wallet again.
    BackInWallet,
    /// The meter would hold more than it may; the amount is in the wallet again.
    TooMuch,
}
