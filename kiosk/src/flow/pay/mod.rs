//! Paying without cash: from the account's wallet, or with a telephone by QR code.
//!
//! | file | what |
//! |---|---|
//! | `ways` | which ways to pay there are, and choosing one |
//! | `paying` | what the server answers, and what the clock says |
//! | `ending` | how a payment ends with its delivery |
//! | `view` | what the screens show |
//!
//! What is asked for is durable before it is asked for (invariant 2), and what became of it is an entry that the server follows in the
//! log. So an answer that is lost is nobody's money: the terminal says that it took nothing, and whatever was put aside or paid goes back.

mod ending;
mod paying;
mod view;
mod ways;

use std::time::Duration;

use meterpost_ledger::{Money, SaleId};
use meterpost_ui::view::QrCode;

/// Which ways to pay this terminal offers beside cash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayRules {
    /// From wallets.
    pub wallet: bool,
    /// By QR code.
    pub code: bool,
}

/// What the server is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayOrder {
    /// What is in the wallet; ends in [`PayEvent::Balance`].
    Balance {
        /// Whose.
        account: String,
    },
    /// Put the amount aside; ends in [`PayEvent::Held`], [`PayEvent::Refused`] or [`PayEvent::NoAnswer`].
    Hold {
        /// For which sale.
        sale: SaleId,
        /// Whose wallet.
        account: String,
        /// Which meter is credited.
        meter: String,
        /// How much.
        amount: Money,
    },
    /// Get a QR code and watch it until the money is the sale's; ends in [`PayEvent::Taken`] or [`PayEvent::Refused`].
    Code {
        /// For which sale.
        sale: SaleId,
        /// The sale's reference.
        reference: String,
        /// Which meter is credited.
        meter: String,
        /// How much.
        amount: Money,
        /// What the payer sees.
        description: String,
        /// How long it can be paid.
        valid: Duration,
    },
    /// Close the sale's QR code; whatever becomes of that ends what [`PayOrder::Code`] began.
    Cancel {
        /// Which sale's.
        sale: SaleId,
    },
    /// Nobody waits for the sale's payment any more.
    Forget {
        /// Which sale's.
        sale: SaleId,
    },
}

impl PayOrder {
    /// What it comes to where it cannot be brought to the server; `None` where nothing is awaited.
    pub fn unheard(self, why: &str) -> Option<PayEvent> {
        let why = why.to_owned();
        match self {
            PayOrder::Balance { account } => Some(PayEvent::Balance {
                account,
                balance: None,
            }),
            PayOrder::Hold { sale, .. } | PayOrder::Code { sale, .. } => {
                Some(PayEvent::NoAnswer { sale, why })
            }
            PayOrder::Cancel { .. } | PayOrder::Forget { .. } => None,
        }
    }
}

/// What the server said of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayEvent {
    /// What is in a wallet; `None` where nobody answered.
    Balance {
        /// Whose.
        account: String,
        /// What can be spent.
        balance: Option<Money>,
    },
    /// The wallet's money is put aside for the sale.
    Held {
        /// Which sale.
        sale: SaleId,
    },
    /// The code can be shown.
    Code {
        /// Whose.
        sale: SaleId,
        /// Its modules.
        code: QrCode,
        /// How long it can be paid.
        left: Duration,
    },
    /// The money paid by code is the sale's.
    Taken {
        /// Which sale.
        sale: SaleId,
    },
    /// Nothing is paid.
    Refused {
        /// For which sale.
        sale: SaleId,
        /// The wallet holds too little.
        short: bool,
        /// Why, in English, for staff.
        why: String,
    },
    /// Nobody answered; what the server did is not known.
    NoAnswer {
        /// For which sale.
        sale: SaleId,
        /// Why, in English, for staff.
        why: String,
    },
}

/// What is known of the wallet that a card opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalletBalance {
    /// It is being asked for, or nobody has asked.
    Asking,
    /// The server said so.
    Known(Money),
    /// The server was not reached.
    Away,
}

/// Where a payment without cash is.
#[derive(Clone, Debug, PartialEq)]
pub enum PayStep {
    /// The wallet is being asked.
    Wallet,
    /// The code is being asked for.
    AskingCode,
    /// The code is shown.
    Scan {
        /// The code.
        code: QrCode,
        /// Until then it can be paid.
        until: Duration,
    },
    /// It was called off or its time is over; what became of it is being asked.
    Checking,
}
