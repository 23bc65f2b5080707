//! What the resident in front of the screen is doing.

use std::time::Duration;

use meterpost_bus::meter::Reading;
use meterpost_ledger::{Money, SaleId};
use meterpost_ui::view::{
    AmountProblem, NumberProblem, OwedReason, PayProblem, ServiceReason, SlipState, UnpaidReason,
};

use super::history::OwnReceipt;
use super::loss::LossStep;
use super::pay::{PayStep, WalletBalance};
use crate::service::Service;

/// An earlier payment for the meter that a resident asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierSale {
    /// The sale.
    pub sale: SaleId,
    /// The amount.
    pub amount: Money,
    /// It is at the meter now; otherwise it still is not known.
    pub arrived: bool,
}

/// What the last note did, for the cash screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastNote {
    /// Nothing to say.
    Fine,
    /// It was returned.
    Returned,
    /// It was returned because the sale would have become too high.
    OverLimit,
}

/// The resident's session.
#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    /// The program started; what a power cut left open is being finished.
    Starting,
    /// Nobody.
    Attract,
    /// Choosing how to begin.
    Identify {
        /// Why a card or code was not accepted.
        problem: Option<NumberProblem>,
    },
    /// Typing a meter number.
    Number {
        /// The digits so far.
        entry: String,
        /// Why the last search failed.
        problem: Option<NumberProblem>,
    },
    /// Reporting a card lost.
    Loss(LossStep),
    /// The card's account: choosing one of its meters.
    Who {
        /// Their numbers, in the order shown.
        meters: Vec<String>,
    },
    /// The account's own receipts.
    History {
        /// In the order shown.
        receipts: Vec<OwnReceipt>,
        /// The one that is being printed again, or was.
        again: Option<(SaleId, SlipState)>,
    },
    /// The meter is being read.
    Reading {
        /// Its number.
        number: String,
    },
    /// Looking at the meter.
    Meter {
        /// Its number.
        number: String,
        /// What it said.
        reading: Reading,
        /// An earlier payment for it.
        earlier: Option<EarlierSale>,
    },
    /// What was paid earlier and waited for the meter is at the meter now.
    Collected {
        /// The sale it was paid for.
        sale: SaleId,
        /// What the meter says.
        reading: Reading,
    },
    /// Typing another amount.
    OtherAmount {
        /// The meter's number.
        number: String,
        /// What it said.
        reading: Reading,
        /// The digits so far.
        entry: String,
        /// Why the amount was not accepted.
        problem: Option<AmountProblem>,
    },
    /// Choosing how to pay.
    Pay {
        /// The meter's number.
        number: String,
        /// What it said.
        reading: Reading,
        /// How much.
        target: Money,
        /// What is in the wallet that the card opens.
        balance: WalletBalance,
        /// What went wrong with the way chosen before.
        problem: Option<PayProblem>,
    },
    /// Being paid without cash.
    Paying {
        /// The sale.
        sale: SaleId,
        /// What the meter said.
        reading: Reading,
        /// Since when it waits in this way.
        since: Duration,
        /// Where it is.
        step: PayStep,
    },
    /// Nothing was paid, or it is back in the wallet.
    Unpaid {
        /// The sale.
        sale: SaleId,
        /// Why.
        reason: UnpaidReason,
        /// Since when nothing is awaited any more.
        since: Option<Duration>,
    },
    /// Inserting notes.
    Cash {
        /// The sale.
        sale: SaleId,
        /// What the last note did.
        last_note: LastNote,
        /// When the last note was stacked.
        last_paid: Option<Duration>,
        /// The resident, or the clock, has finished; a note in the path is still awaited.
        finishing: bool,
    },
    /// The money is on its way.
    Delivering {
        /// The sale.
        sale: SaleId,
        /// Since when.
        since: Duration,
        /// The credit has been sent and is being read back.
        checking: bool,
    },
    /// The credit is at the meter.
    Done {
        /// The sale.
        sale: SaleId,
        /// What became of the receipt.
        slip: SlipState,
        /// Since when nothing is awaited any more.
        since: Option<Duration>,
    },
    /// Paid, but not at the meter.
    Owed {
        /// The sale.
        sale: SaleId,
        /// Why.
        reason: OwedReason,
        /// What became of the claim slip.
        slip: SlipState,
        /// Since when nothing is awaited any more.
        since: Option<Duration>,
    },
    /// Staff are at the service menu; nobody is served meanwhile.
    Service(Box<Service>),
    /// Nothing works.
    OutOfService(ServiceReason),
}

impl Session {
    /// The sale that the resident stands there for.
    pub fn sale(&self) -> Option<SaleId> {
        match self {
            Session::Cash { sale, .. }
            | Session::Paying { sale, .. }
            | Session::Unpaid { sale, .. }
            | Session::Delivering { sale, .. }
            | Session::Done { sale, .. }
            | Session::Owed { sale, .. } => Some(*sale),
            Session::Starting
            | Session::Attract
            | Session::Identify { .. }
            | Session::Number { .. }
            | Session::Loss(_)
            | Session::Who { .. }
            | Session::History { .. }
            | Session::Reading { .. }
            | Session::Meter { .. }
            | Session::Collected { .. }
            | Session::OtherAmount { .. }
            | Session::Pay { .. }
            | Session::Service(_)
            | Session::OutOfService(_) => None,
        }
    }
}
