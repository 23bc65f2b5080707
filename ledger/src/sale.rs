//! One sale as the entries tell it: what has been paid, what is on its way, what is owed, what is still open.

use crate::event::{CardRef, MeterPurse, MeterRef, NoteId, SaleId, Slip, SlipOutcome};
use crate::money::Money;
use crate::payment::Payment;

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
    /// The card that the resident showed, if any.
    pub card: Option<CardRef>,
    /// Everything paid for it that did not go back.
    pub paid: Money,
    /// The notes stacked for it, in order.
    pub notes: Vec<Money>,
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
    /// The payment without cash, where it is paid so.
    pub payment: Option<Payment>,
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

    /// What a slip of this kind says now: credited, owed with the notes in doubt, or on its way.
    pub fn slip_amount(&self, slip: Slip) -> Money {
        match slip {
            Slip::Receipt => self.credited,
            Slip::Claim => self.owed.checked_add(self.in_doubt).unwrap_or(self.owed),
            Slip::Pending => self.in_delivery,
        }
    }

    /// The slip that has been printed for certain, of this kind.
    fn printed(&self, slip: Slip) -> bool {
        self.slips
            .iter()
            .any(|s| s.slip == slip && s.outcome == Some(SlipOutcome::Printed))
    }

    /// The slip the resident should hold and, as far as the printer said, does not: a claim for what is owed or in doubt,
    /// else a pending slip for an open delivery, else a receipt. A pending slip stands in for whatever its delivery
    /// comes to later.
    pub fn due_slip(&self) -> Option<Slip> {
        let pending = self.printed(Slip::Pending);
        let claim = self.printed(Slip::Claim);
        let nothing = Money::ZERO;
        if !claim && (self.in_doubt > nothing || (self.owed > nothing && !pending)) {
            Some(Slip::Claim)
        } else if self.delivery_open() && !pending {
            Some(Slip::Pending)
        } else if self.credited > nothing && !pending && !self.printed(Slip::Receipt) {
            Some(Slip::Receipt)
        } else {
            None
        }
    }

    /// Whether its payment still has to be ended: asked for, or taken and neither owed nor ended.
    fn payment_open(&self) -> bool {
        self.payment.as_ref().is_some_and(|payment| {
            payment.is_asked() || (payment.is_taken() && self.owed == Money::ZERO)
        })
    }

    /// Whether nothing at all is left to do: closed, no delivery or payment open, no money held, no slip due.
    pub fn finished(&self) -> bool {
        self.settled() && self.due_slip().is_none()
    }

    /// Whether all its money has found its place, so that at most a receipt is missing.
    pub(crate) fn settled(&self) -> bool {
        self.closed
            && !self.delivery_open()
            && !self.payment_open()
            && self.suspense == Money::ZERO
            && self.due_slip() != Some(Slip::Claim)
    }
}
