//! Money coming in: the checks of each kind of meter in their order.

use super::ElectricityMeter;
use super::refuse::Refusal;
use super::security::Answer;
use crate::frame::dlt645::purchase::{CustomerNumber, OrderPurchase, Purchase, PurchaseAnswer};
use crate::frame::wall_time::WallTime;
use crate::signer::Purpose;

/// The largest count of a meter without ESAM, which keeps two bytes of it.
const LARGEST_PLAIN_COUNT: u32 = 0xFFFF;

impl ElectricityMeter {
    /// A meter without ESAM: the next count or nothing, count 1 learns the customer number, nothing is authenticated.
    pub(super) fn plain_purchase(&mut self, purchase: Purchase, time: WallTime) -> Answer {
        let count = purchase.count;
        if count > LARGEST_PLAIN_COUNT || Some(count) != self.books.count.checked_add(1) {
            return Err(match count == self.books.count {
                true => Refusal::Repeated,
                false => Refusal::Count,
            });
        }
        if count > 1 && !self.is_customer(purchase.customer) {
            return Err(Refusal::Customer);
        }
        let amount = self.price_in_range(purchase.amount)?;
        self.hoards(amount)?;
        self.books.account_open = true;
        self.customer = purchase.customer;
        self.add(amount, count, time);
        if !self.config.long_reply {
            return Ok(Vec::new());
        }
        let answer = PurchaseAnswer {
            balance: self.wallet(),
            count,
            customer: self.customer,
        };
        Ok(answer.to_data(0).get(4..).unwrap_or_default().to_vec())
    }

    /// A meter with ESAM, top-up: account, customer number and its code, count, hoarding, the amount's code, money.
    pub(super) fn top_up(&mut self, purchase: Purchase, time: WallTime) -> Answer {
        if !self.books.account_open {
            return Err(Refusal::Other);
        }
        if !self.is_customer(purchase.customer) {
            return Err(Refusal::Customer);
        }
        self.check_customer(purchase.customer, purchase.customer_mac, time)?;
        if purchase.count == self.books.count {
            return Err(Refusal::Repeated);
        }
        self.next_purchase(purchase, time)
    }

    /// A meter with ESAM, opening of the account: the first purchase or none, and the customer number is learned. Opened again
    /// with the count that is stored, nothing is added.
    pub(super) fn open_account(&mut self, purchase: Purchase, time: WallTime) -> Answer {
        self.check_customer(purchase.customer, purchase.customer_mac, time)?;
        if purchase.count > 1 || self.books.count > 1 {
            return Err(Refusal::Count);
        }
        if purchase.count != self.books.count {
            self.next_purchase(purchase, time)?;
        }
        self.books.account_open = true;
        self.customer = purchase.customer;
        Ok(Vec::new())
    }

    fn next_purchase(&mut self, purchase: Purchase, time: WallTime) -> Answer {
        if Some(purchase.count) != self.books.count.checked_add(1) {
            return Err(Refusal::Count);
        }
        let amount = i64::from(purchase.amount);
        self.hoards(amount)?;
        let covered = Purchase::covered(purchase.amount, purchase.count);
        self.check(Purpose::Purchase, &covered, purchase.mac, time)?;
        self.add(amount, purchase.count, time);
        Ok(Vec::new())
    }

    fn check_customer(
        &mut self,
        customer: CustomerNumber,
        mac: [u8; 4],
        time: WallTime,
    ) -> Result<(), Refusal> {
        self.check(Purpose::Customer, &customer.to_wire(), mac, time)
    }

    /// The order-number dialect. What a real meter does with a number it has seen is not documented; this one refuses it.
    pub(super) fn order_top_up(&mut self, order: OrderPurchase, time: WallTime) -> Answer {
        self.check_order(&order)?;
        let amount = self.price_in_range(order.amount)?;
        self.hoards(amount)?;
        self.books.remember(order.order);
        self.books.account_open = true;
        let count = self.books.count.saturating_add(1);
        self.add(amount, count, time);
        Ok(Vec::new())
    }

    /// Takes money back, no more than is there. It is no purchase and changes no count.
    pub(super) fn order_refund(&mut self, order: OrderPurchase) -> Answer {
        self.check_order(&order)?;
        let amount = i64::from(order.amount);
        if amount == 0 || amount > self.books.remaining() {
            return Err(Refusal::Price);
        }
        self.books.remember(order.order);
        self.books.balance -= amount;
        Ok(Vec::new())
    }

    fn check_order(&self, order: &OrderPurchase) -> Result<(), Refusal> {
        if order.meter != self.number {
            return Err(Refusal::Other);
        }
        match self.books.orders.contains(&order.order) {
            true => Err(Refusal::Repeated),
            false => Ok(()),
        }
    }

    fn price_in_range(&self, amount: u32) -> Result<i64, Refusal> {
        let amount = i64::from(amount);
        let largest = self.config.largest_purchase;
        match amount == 0 || (largest > 0 && amount > largest) {
            true => Err(Refusal::Price),
            false => Ok(amount),
        }
    }

    /// Amount less overdraft plus what is there, against the limit: the balance is both.
    fn hoards(&self, amount: i64) -> Result<(), Refusal> {
        let limit = self.config.hoarding_limit;
        match limit > 0 && self.books.balance.saturating_add(amount) > limit {
            true => Err(Refusal::Hoarding),
            false => Ok(()),
        }
    }

    fn add(&mut self, amount: i64, count: u32, time: WallTime) {
        self.books.add(amount, count, time);
        self.close_after_purchase(time);
    }
}
