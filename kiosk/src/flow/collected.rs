//! What was paid earlier and waited for the meter: it is at the meter now, and somebody who comes to that meter is told so.

use meterpost_bus::meter::Reading;
use meterpost_ledger::{DeliveryState, Sale};
use meterpost_ui::view::{CollectedView, Screen};

use super::Flow;
use super::session::Session;

impl Flow {
    /// The meter shows it: whoever looks at the meter sees that first. They wait for it, for until then nothing can be paid.
    pub(super) fn show_collected(&mut self, sale: &Sale, reading: &Reading) {
        if let Session::Meter { number, .. } = &self.session
            && *number == sale.meter.number
        {
            self.touched = self.now;
            self.session = Session::Collected {
                sale: sale.id,
                reading: reading.clone(),
            };
        }
    }

    /// On to the meter's page, with its new balance.
    pub(super) fn look_at_collected(&mut self) {
        let Session::Collected { sale, reading, .. } = &self.session else {
            return;
        };
        let (id, reading) = (*sale, reading.clone());
        let Some(number) = self.books.sale(id).map(|s| s.meter.number.clone()) else {
            return self.end_session();
        };
        self.session = Session::Meter {
            number,
            reading,
            earlier: self.earlier(id, true),
        };
    }

    pub(super) fn collected_view(&self, sale: &Sale, closing_in: Option<u32>) -> Screen {
        let last = sale.last_delivery();
        let (amount, before) = last.map_or((sale.credited, sale.before.balance), |delivery| {
            (delivery.amount, delivery.before.balance)
        });
        let after = match last.map(|delivery| &delivery.state) {
            Some(DeliveryState::Applied(after)) => after.balance,
            _ => sale.before.balance,
        };
        Screen::Collected(CollectedView {
            amount: self.money(amount),
            before: self.money(before),
            balance: self.money(after),
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            reference: self.reference(sale.id),
            closing_in,
        })
    }
}
