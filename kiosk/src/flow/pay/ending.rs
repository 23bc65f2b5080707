//! How a payment ends: with its delivery, or back in the wallet.

use meterpost_ledger::{Event, PaymentOutcome, Sale, SaleId};
use meterpost_ui::view::UnpaidReason;

use crate::flow::Flow;
use crate::flow::session::Session;

impl Flow {
    /// The entry that says what became of the sale's payment; `None` where it has none that is open.
    pub(in crate::flow) fn payment_ended(
        &self,
        sale: SaleId,
        outcome: PaymentOutcome,
        why: &str,
    ) -> Option<Event> {
        let found = self.books.sale(sale)?;
        let payment = found.payment.as_ref()?;
        let open = match outcome {
            PaymentOutcome::Refused => payment.is_asked(),
            PaymentOutcome::Returned | PaymentOutcome::Delivered => payment.is_taken(),
        };
        open.then(|| Event::PaymentEnded {
            sale,
            means: payment.means.clone(),
            meter: found.meter.number.clone(),
            amount: payment.amount,
            outcome,
            reason: why.to_owned(),
        })
    }

    /// Row "end the payment": the terminal was cut off while it was being asked for, and nobody stands there any more.
    pub(in crate::flow) fn end_unasked(&mut self, sale: &Sale) -> bool {
        let why = "the terminal was cut off while it asked for it";
        match self.payment_ended(sale.id, PaymentOutcome::Refused, why) {
            Some(ended) => self.record(vec![ended]),
            None => false,
        }
    }

    /// What is not delivered: a wallet's money goes back there, other money is owed.
    pub(in crate::flow) fn owed_or_returned(&self, sale: &Sale, claim: Event, why: &str) -> Event {
        let wallet = sale.payment.as_ref().is_some_and(|p| p.is_wallet());
        let returned = self.payment_ended(sale.id, PaymentOutcome::Returned, why);
        match returned.filter(|_| wallet) {
            Some(returned) => returned,
            None => claim,
        }
    }

    /// Shows the resident of this sale that the wallet has its money again. `false`: it was not paid from one.
    pub(in crate::flow) fn show_returned(&mut self, id: SaleId, reason: UnpaidReason) -> bool {
        let payment = self.books.sale(id).and_then(|s| s.payment.as_ref());
        if !payment.is_some_and(|payment| payment.is_wallet()) {
            return false;
        }
        if self.session.sale() == Some(id) {
            self.session = Session::Unpaid {
                sale: id,
                reason,
                since: None,
            };
        }
        true
    }
}
