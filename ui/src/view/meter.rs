//! The meter's page.

use super::{Usage, Utility};

/// The meter's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterView {
    /// The meter's number.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// Where it is, as configured: building and room.
    pub place: String,
    /// Money left, with currency sign: `¥ 12.50`.
    pub balance: String,
    /// Balance low, or supply off.
    pub state: MeterState,
    /// Amounts to choose from, at most six.
    pub amounts: Vec<AmountChoice>,
    /// Nothing can be paid now. The balance is still shown.
    pub no_cash: bool,
    /// A receipt cannot be printed now.
    pub no_receipt: bool,
    /// An earlier payment that arrived just now or is still open.
    pub earlier: Option<Earlier>,
    /// Until about when the balance lasts: `4 Dec`.
    pub lasts_until: Option<String>,
    /// What was used in the last months.
    pub usage: Option<Usage>,
    /// Another amount than those can be typed; then at most five of them are shown.
    pub other_amount: bool,
}

/// A meter's state in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeterState {
    /// On, enough left.
    Ok,
    /// On, little left.
    Low,
    /// Switched off.
    Off,
}

/// An earlier payment of the same meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its amount.
    pub amount: String,
    /// Its reference, `K1-000042`.
    pub reference: String,
    /// It is at the meter now.
    pub arrived: bool,
}

/// An amount to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountChoice {
    /// As shown: `¥ 50`.
    pub label: String,
    /// In minor units, handed back with the intent.
    pub minor: i64,
    /// What it buys, about, by the tariff's tiers: `≈ 96 kWh`.
    pub buys: Option<String>,
}
