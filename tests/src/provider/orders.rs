//! Orders, and what becomes of them and of the money. Amounts are minor units.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Fault, Op};

/// What a code says before the order's number.
pub(super) const CODE: &str = "https://pay.example/q/";

/// An order as the provider knows it.
#[derive(Clone, Debug)]
pub struct Order {
    /// How much is wanted.
    pub amount: i64,
    /// `open`, `paid`, `closed`, `expired`, `refunding` or `refunded`.
    pub state: &'static str,
    /// The number of the money that came.
    pub transaction: Option<String>,
    /// How much that was.
    pub received: i64,
    /// Until when it can be paid, in seconds since 1970.
    pub expires_at: u64,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// By number.
    pub all: BTreeMap<String, Order>,
    /// All that payers ever paid.
    pub money_in: i64,
    /// All that went back to them.
    pub money_out: i64,
}

fn refused(status: u16, code: &str, message: &str) -> (u16, Value) {
    (status, json!({ "code": code, "message": message }))
}

impl Orders {
    /// How an order stands; `none` where there is none.
    pub fn state(&self, number: &str) -> &'static str {
        self.all.get(number).map_or("none", |order| order.state)
    }

    pub(super) fn pay(&mut self, number: &str, now: u64) -> bool {
        match self.all.get(number) {
            Some(order) if order.state == "open" && now <= order.expires_at => {
                let amount = order.amount;
                self.receive(number, amount);
                true
            }
            _ => false,
        }
    }

    pub(super) fn receive(&mut self, number: &str, amount: i64) {
        let order = self.all.get_mut(number).expect("an order");
        assert!(order.transaction.is_none(), "paid twice");
        order.state = "paid";
        order.transaction = Some(format!("T-{}", &number[..12]));
        order.received = amount;
        self.money_in += amount;
    }

    /// What a message says of an order.
    pub(super) fn status(&self, number: &str) -> Value {
        let order = &self.all[number];
        let mut status = json!({ "order": number, "state": order.state, "amount": order.amount });
        if order.state == "open" {
            status["code"] = json!(format!("{CODE}{number}"));
        }
        if let Some(transaction) = &order.transaction {
            status["transaction"] = json!(transaction);
            status["received"] = json!(order.received);
        }
        status
    }

    /// Carries out a request: HTTP status and body.
    pub(super) fn act(
        &mut self,
        (op, number): (Op, &str),
        body: &Value,
        fault: Option<&Fault>,
        now: u64,
    ) -> (u16, Value) {
        if let Some(Fault::Refuse(status, code)) = fault {
            return refused(*status, code, "as the test wants it");
        }
        if let Some(order) = self.all.get_mut(number)
            && order.state == "open"
            && now > order.expires_at
        {
            order.state = "expired";
        }
        let amount = body["amount"].as_i64().unwrap_or(0);
        let known = self.all.get(number).map(|order| order.amount);
        match (op, known) {
            (Op::Create, None) => {
                let expires_at = body["expires_at"].as_u64().unwrap_or(0);
                if expires_at < now {
                    return refused(422, "too_late", "it has expired");
                }
                self.add(number, amount, "open", expires_at);
            }
            (Op::Create, Some(other)) if other != amount => {
                return refused(409, "other_content", "another order has it");
            }
            (Op::Create | Op::Query, Some(_)) => {}
            // The number is used up: a request that made it and is still on its way finds it closed.
            (Op::Cancel, None) => self.add(number, amount, "closed", 0),
            (Op::Cancel, Some(_)) => self.close(number),
            (Op::Query | Op::Refund, None) => {
                return refused(404, "unknown_order", "no such order");
            }
            (Op::Refund, Some(_)) => return self.refund(number, amount, fault),
        }
        (200, self.status(number))
    }

    fn close(&mut self, number: &str) {
        if let Some(order) = self.all.get_mut(number)
            && ["open", "expired"].contains(&order.state)
        {
            order.state = "closed";
        }
    }

    fn refund(&mut self, number: &str, amount: i64, fault: Option<&Fault>) -> (u16, Value) {
        let order = self.all.get_mut(number).expect("known");
        if order.transaction.is_none() || order.received != amount {
            return refused(409, "not_paid", "there is no such money");
        }
        if fault == Some(&Fault::Pending) && order.state != "refunded" {
            order.state = "refunding";
        } else if order.state != "refunded" {
            order.state = "refunded";
            self.money_out += amount;
        }
        (200, self.status(number))
    }

    fn add(&mut self, number: &str, amount: i64, state: &'static str, expires_at: u64) {
        let order = Order {
            amount,
            state,
            transaction: None,
            received: 0,
            expires_at,
        };
        self.all.insert(number.to_owned(), order);
    }
}
