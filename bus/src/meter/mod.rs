//! Meter drivers: `read`, `credit` and `switch` for each kind of prepaid meter, over any [`Link`](crate::link::Link).
//!
//! A write's answer is only a hint: every write is followed by a read-back, and the result is one of three. No driver ever
//! repeats a write by itself; the order's owner decides, after a read-back.

mod address;
mod amounts;
mod cjt188;
mod clock;
mod dlt645;
mod dlt645_1997;
mod driver;
#[cfg(test)]
mod emulated;
mod esam;
mod frozen;
mod judge;
mod mbus;
mod patience;
pub mod profile;
mod registers;
#[cfg(test)]
mod scripted;
mod settlements;
mod switching;
mod value;

pub use address::{BadAddress, MeterAddress};
pub use clock::ClockOutcome;
pub use driver::{BadDriver, MeterDriver};
pub use judge::{Numbering, Reply, judge};
pub use profile::{BadProfile, Billing, Capabilities, Capability, Profile};
pub use settlements::Settlements;
pub use switching::SwitchOutcome;
pub use value::{BadDecimal, Decimal, RegisterReading, RegisterValue};

use crate::amount::Amount;

/// What a prepaid meter says of itself. Amounts are in hundredths of what the profile
/// [credits](Profile::credit_unit): money, or cubic metres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The number of the last purchase it applied.
    pub purchase_number: u32,
    /// Money left; negative when overdrawn.
    pub balance: Amount,
    /// The amount of the last purchase, where the meter tells it.
    pub last_amount: Option<Amount>,
    /// The sum of all purchases, where the meter tells it.
    pub cumulative: Option<Amount>,
    /// Whether the relay or valve lets the utility through.
    pub supply: Supply,
}

/// The state of a meter's relay or valve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Current or water flows.
    On,
    /// Switched off.
    Off,
    /// The meter reports a fault of its relay or valve.
    Fault,
    /// The meter does not say.
    NotReported,
}

/// One purchase to be applied once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditOrder {
    /// The purchase number: the meter's last one plus one. For a meter that counts none ([`Numbering::Uncounted`]) any number
    /// that was never used at this meter.
    pub number: u32,
    /// The amount; always positive.
    pub amount: Amount,
    /// What the meter said before the first attempt.
    pub before: Reading,
}

/// What became of a write, judged by reading the meter back.
///
/// For a credit with purchase number n: the meter's last number is n and the amount (and the sum of all purchases, where
/// told) fits → applied; it is n and they do not fit → not applied, somebody else took the number; it is n − 1 → not
/// applied; it is anything else → unknown, for whoever bought later may have bought after ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The meter's books show it.
    Applied(Reading),
    /// The meter's books show that it was not applied; the reading says where the meter stands.
    NotApplied {
        /// Why, as far as the meter said.
        refusal: Refusal,
        /// What the meter says now.
        now: Reading,
    },
    /// It may or may not have been applied (the read-back failed).
    Unknown(String),
}

/// Why a meter did not apply a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It said nothing: the request or its answer was lost, and the books show no trace. It may be sent again.
    Lost,
    /// The purchase number was taken or skipped by somebody else.
    WrongNumber,
    /// The purchase would exceed the meter's hoarding limit.
    HoardingLimit,
    /// The meter belongs to another customer number.
    WrongCustomer,
    /// Any other answer, in the field's words.
    Other(String),
}

/// Why a meter could not be read. Nothing was changed at the meter.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeterError {
    /// The way to the meter failed.
    #[error(transparent)]
    Link(#[from] crate::link::LinkError),
    /// The meter answered that it cannot.
    #[error("the meter refused: {0}")]
    Refused(String),
    /// The meter's profile has no such thing; nothing was sent.
    #[error("this kind of meter cannot: {0}")]
    Unsupported(String),
    /// The meter's answer makes no sense.
    #[error("the meter's answer is malformed: {0}")]
    Malformed(String),
}
