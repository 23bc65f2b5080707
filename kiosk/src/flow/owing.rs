//! What no meter takes: owed on a claim, or back in the wallet.

use meterpost_ledger::{Delivery, Event, Sale, SaleId};
use meterpost_ui::view::{OwedReason, SlipState, UnpaidReason};

use super::Flow;
use super::session::Session;

impl Flow {
    /// The meter will not take it.
    pub(super) fn refused(
        &mut self,
        sale: &Sale,
        delivery: &Delivery,
        why: &str,
        shown: OwedReason,
    ) {
        let (id, number, amount) = (sale.id, delivery.number, delivery.amount);
        let voided = Event::DeliveryVoided {
            sale: id,
            number,
            reason: why.into(),
        };
        let amount = amount.checked_add(sale.suspense).unwrap_or(amount);
        let claim = Event::ClaimIssued {
            sale: id,
            amount,
            reason: why.into(),
        };
        let rest = self.owed_or_returned(sale, claim, why);
        if self.record(vec![voided, rest]) {
            self.owe(id, shown);
        }
    }

    /// Nothing can be sent to the meter.
    pub(super) fn owe_all(&mut self, sale: &Sale, why: &str) -> bool {
        let claim = Event::ClaimIssued {
            sale: sale.id,
            amount: sale.suspense,
            reason: why.into(),
        };
        let rest = self.owed_or_returned(sale, claim, why);
        let recorded = self.record(vec![rest]);
        if recorded {
            self.owe(sale.id, OwedReason::Refused);
        }
        recorded
    }

    /// Shows the resident of this sale that money is owed.
    pub(super) fn owe(&mut self, id: SaleId, reason: OwedReason) {
        let back = match reason {
            OwedReason::Refused => Some(UnpaidReason::BackInWallet),
            OwedReason::TooMuch => Some(UnpaidReason::TooMuch),
            OwedReason::Pending | OwedReason::NoteInDoubt => None,
        };
        if back.is_some_and(|reason| self.show_returned(id, reason)) {
            return;
        }
        if self.session.sale() == Some(id) {
            self.session = Session::Owed {
                sale: id,
                reason,
                slip: SlipState::Printing,
                since: None,
            };
        }
    }
}
