//! The meter's books of money.

use std::collections::VecDeque;

use crate::frame::wall_time::WallTime;

/// Purchases a meter remembers.
const REMEMBERED: usize = 10;

/// One purchase as the registers `0333xxnn` tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) time: WallTime,
    pub(super) count: u32,
    pub(super) amount: i64,
    pub(super) before: i64,
    pub(super) after: i64,
    pub(super) cumulative: i64,
}

/// Balance, purchase count and the last purchases. Amounts are in fen; a balance below zero is an overdraft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Books {
    pub(super) balance: i64,
    pub(super) count: u32,
    pub(super) cumulative: i64,
    pub(super) account_open: bool,
    /// The last purchase first.
    pub(super) records: VecDeque<Record>,
    /// Order numbers of the last purchases in the order-number dialect.
    pub(super) orders: VecDeque<[u8; 8]>,
    /// What was used and is less than a fen, in fen × watt seconds per kilowatt hour.
    pub(super) unbilled: u64,
}

/// Watt seconds of a kilowatt hour.
const KILOWATT_HOUR: u64 = 3_600_000;

impl Books {
    /// What is there: never negative.
    pub(super) fn remaining(&self) -> i64 {
        self.balance.max(0)
    }

    /// What is owed: never negative.
    pub(super) fn overdraft(&self) -> i64 {
        (-self.balance).max(0)
    }

    /// Adds a purchase; an overdraft is paid from it first, because both are one number here.
    pub(super) fn add(&mut self, amount: i64, count: u32, time: WallTime) {
        let before = self.balance;
        self.balance = self.balance.saturating_add(amount);
        self.cumulative = self.cumulative.saturating_add(amount);
        self.count = count;
        self.records.push_front(Record {
            time,
            count,
            amount,
            before,
            after: self.balance,
            cumulative: self.cumulative,
        });
        self.records.truncate(REMEMBERED);
    }

    /// Remembers an order number.
    pub(super) fn remember(&mut self, order: [u8; 8]) {
        self.orders.push_front(order);
        self.orders.truncate(REMEMBERED);
    }

    /// Takes money for energy used.
    pub(super) fn consume(&mut self, watt_seconds: u64, price: u32) {
        let used = u128::from(watt_seconds) * u128::from(price) + u128::from(self.unbilled);
        let fen = used / u128::from(KILOWATT_HOUR);
        // The remainder is smaller than the divisor, and a cost beyond all money is as good as the largest one.
        self.unbilled = (used % u128::from(KILOWATT_HOUR)) as u64;
        self.balance = self
            .balance
            .saturating_sub(i64::try_from(fen).unwrap_or(i64::MAX));
    }

    /// Watt seconds until the balance is at or below `-overdraft_limit`; `None` where energy costs nothing.
    pub(super) fn lasts(&self, price: u32, overdraft_limit: i64) -> Option<u64> {
        let fen = self.balance.saturating_add(overdraft_limit).max(0);
        let worth = u128::try_from(fen).unwrap_or_default() * u128::from(KILOWATT_HOUR);
        let left = worth.saturating_sub(u128::from(self.unbilled));
        let price = u128::from(price);
        (price > 0).then(|| u64::try_from(left.div_ceil(price)).unwrap_or(u64::MAX))
    }
}
