//! One sale as the entries tell it: what has been paid, what is on its way, what is owed, what is still open.

use crate::event::{MeterPurse, MeterRef, NoteId, SaleId, Slip, SlipOutcome};
use crate::money::Money;

/// A delivery of the sale's money to the meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The purchase number sent.
    pub number: u32,
    /// The amount sent.
    pub amount: Money,
    /// What the meter said before.
    pub before: MeterPurse,
    /// What became of it.
    pub state: DeliveryState,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Intended; the outcome is not recorded yet.
    Intended,
    /// The meter's books show it.
    Applied(MeterPurse),
    /// Proven not applied; the amount went back to the sale.
    Voided(String),
    /// Not known (invariant 4).
    Unknown(String),
}

/// A slip of the sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlipRecord {
    /// Which slip.
    pub slip: Slip,
    /// 0 for the original.
    pub copy: u32,
    /// `None` while the outcome is not recorded.
    pub outcome: Option<SlipOutcome>,
}

/// One sale, folded from its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Its number.
    pub id: SaleId,
    /// For which meter.
    pub meter: MeterRef,
    /// The amount chosen on the screen.
    pub target: Money,
    /// What the meter said when the sale was opened.
    pub before: MeterPurse,
    /// Everything stacked for it.
    pub paid: Money,
    /// Paid, and neither on its way, nor credited, nor owed.
    pub suspense: Money,
    /// On its way, outcome open.
    pub in_delivery: Money,
    /// Credited at the meter.
    pub credited: Money,
    /// Owed on claims.
    pub owed: Money,
    /// The note whose outcome is not recorded yet, with its value.
    pub open_note: Option<(NoteId, Money)>,
    /// Notes in doubt.
    pub in_doubt: Money,
    /// Its deliveries, oldest first; only the last can be open.
    pub deliveries: Vec<Delivery>,
    /// Its slips, oldest first; only the last can be open.
    pub slips: Vec<SlipRecord>,
    /// Nothing more is done while the resident stands there.
    pub closed: bool,
}

impl Sale {
    /// The last delivery, if any.
    pub fn last_delivery(&self) -> Option<&Delivery> {
        self.deliveries.last()
    }

    /// Whether a delivery is open: intended or unknown.
    pub fn delivery_open(&self) -> bool {
        self.last_delivery()
            .is_some_and(|d| matches!(d.state, DeliveryState::Intended | DeliveryState::Unknown(_)))
    }
}
