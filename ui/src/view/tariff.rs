//! What was used, and what an amount buys.

use super::Utility;

/// Use in the last months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// `kWh`, `m³`.
    pub unit: String,
    /// The oldest first, at most twelve; the last is the current month.
    pub months: Vec<MonthUse>,
}

/// Use in one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthUse {
    /// 1 to 12.
    pub month: u8,
    /// As shown: `128`; empty where it is not known.
    pub shown: String,
    /// The same in any unit that all months share, for the height of the bar.
    pub amount: u64,
}

/// What an amount buys, about, by the tariff in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buys {
    /// In all: `96 kWh`.
    pub total: String,
    /// At each of the tariff's prices, at most three.
    pub tiers: Vec<Tier>,
}

/// A part of what is bought, at one price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// `60 kWh`.
    pub quantity: String,
    /// `¥ 0.52 / kWh`.
    pub price: String,
}

/// An amount being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherAmountView {
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// As typed, with the currency's sign; empty at first.
    pub entry: String,
    /// The least that can be topped up.
    pub least: String,
    /// The most.
    pub most: String,
    /// Why it was not accepted; what was typed is kept.
    pub problem: Option<AmountProblem>,
    /// What it buys; `None` where the tariff is not known.
    pub buys: Option<Buys>,
}

/// Why an amount was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountProblem {
    /// Less than the least.
    TooLittle,
    /// More than the most.
    TooMuch,
    /// Notes cannot make it up.
    NotWhole,
}
