//! The server's half of paying without cash, in memory: wallets with holds, codes that people pay, and a log that it follows. Calls are made
//! until they are answered, as the thread that talks with the server makes them; requests and answers get lost.

use std::collections::BTreeMap;
use std::time::Duration;

use meterpost_ledger::{Event, Means, Money, PaymentOutcome, SaleId};
use meterpost_ui::view::QrCode;

use super::world::Dice;
use crate::flow::{Input, PayEvent, PayOrder};

/// How a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Pending,
    Captured,
    Released,
}

/// How a code stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Open,
    Paid,
    Taken,
    Closed,
    Returned,
}

/// The server.
pub struct Bank {
    /// What the resident can spend.
    pub wallet: i64,
    /// What the resident owes for what was sold offline.
    pub debt: i64,
    pub holds: BTreeMap<SaleId, (i64, Hold)>,
    pub codes: BTreeMap<SaleId, (i64, Code)>,
    /// Whether it is reached.
    pub online: bool,
    /// Nothing is answered any more, though the line is there.
    pub silent: bool,
    /// How much of the log it has seen.
    followed: usize,
    orders: Vec<(Duration, PayOrder)>,
}

impl Bank {
    pub fn new(wallet: i64) -> Bank {
        Bank {
            wallet,
            debt: 0,
            holds: BTreeMap::new(),
            codes: BTreeMap::new(),
            online: true,
            silent: false,
            followed: 0,
            orders: Vec::new(),
        }
    }

    pub fn order(&mut self, order: PayOrder, now: Duration) {
        match order {
            PayOrder::Forget { sale } => self.forget(sale),
            PayOrder::Cancel { sale } => {
                if let Some((_, state @ Code::Open)) = self.codes.get_mut(&sale) {
                    *state = Code::Closed;
                }
            }
            order => self.orders.push((now, order)),
        }
    }

    fn forget(&mut self, sale: SaleId) {
        let other = |order: &PayOrder| match order {
            PayOrder::Hold { sale: of, .. } | PayOrder::Code { sale: of, .. } => *of != sale,
            _ => true,
        };
        self.orders.retain(|(_, order)| other(order));
    }

    /// The terminal is cut off: what was on its way may have arrived, and nobody hears the answer.
    pub fn cut(&mut self, dice: &mut Dice) {
        for (_, order) in std::mem::take(&mut self.orders) {
            if self.online && dice.one_in(2) {
                self.carry_out(&order);
            }
        }
    }

    /// The resident pays the code on the screen.
    pub fn pay(&mut self, sale: SaleId) {
        if let Some((_, state @ Code::Open)) = self.codes.get_mut(&sale) {
            *state = Code::Paid;
        }
    }

    /// What there is to hear now. One call in `lost` gets lost, or its answer.
    pub fn turn(&mut self, now: Duration, dice: &mut Dice, lost: u64) -> Vec<Input> {
        if !self.online || self.silent {
            return Vec::new();
        }
        let due = |(at, _): &(Duration, PayOrder)| *at <= now;
        let (ready, later) = std::mem::take(&mut self.orders).into_iter().partition(due);
        self.orders = later;
        let mut heard = Vec::new();
        for (_, order) in ready {
            let again = (now + Duration::from_secs(1), order.clone());
            if dice.one_in(lost) {
                self.orders.push(again);
                continue;
            }
            let (event, over) = self.carry_out(&order);
            if dice.one_in(lost) {
                self.orders.push(again);
                continue;
            }
            if !over {
                self.orders.push(again);
            }
            heard.extend(event.map(Input::Paid));
        }
        heard
    }

    /// What the server does, what it answers, and whether that is the end of it.
    fn carry_out(&mut self, order: &PayOrder) -> (Option<PayEvent>, bool) {
        match order {
            PayOrder::Balance { account } => {
                let event = PayEvent::Balance {
                    account: account.clone(),
                    balance: Some(Money(self.wallet)),
                };
                (Some(event), true)
            }
            PayOrder::Hold { sale, amount, .. } => (Some(self.hold(*sale, amount.0)), true),
            PayOrder::Code { sale, amount, .. } => self.code(*sale, amount.0),
            PayOrder::Cancel { .. } | PayOrder::Forget { .. } => (None, true),
        }
    }

    fn hold(&mut self, sale: SaleId, amount: i64) -> PayEvent {
        let refused = |short, why: &str| PayEvent::Refused {
            sale,
            short,
            why: why.into(),
        };
        match self.holds.get(&sale) {
            Some((_, Hold::Pending | Hold::Captured)) => PayEvent::Held { sale },
            Some((_, Hold::Released)) => refused(false, "released"),
            None if self.wallet < amount => refused(true, "insufficient"),
            None => {
                self.wallet -= amount;
                self.holds.insert(sale, (amount, Hold::Pending));
                PayEvent::Held { sale }
            }
        }
    }

    fn code(&mut self, sale: SaleId, amount: i64) -> (Option<PayEvent>, bool) {
        let made = !self.codes.contains_key(&sale);
        let (_, state) = self.codes.entry(sale).or_insert((amount, Code::Open));
        let why = format!("{state:?}");
        match state {
            Code::Open => {
                let shown = PayEvent::Code {
                    sale,
                    code: QrCode {
                        side: 1,
                        dark: vec![true],
                    },
                    left: Duration::from_secs(180),
                };
                (made.then_some(shown), false)
            }
            Code::Paid | Code::Taken => {
                *state = Code::Taken;
                (Some(PayEvent::Taken { sale }), true)
            }
            Code::Closed | Code::Returned => {
                let refused = PayEvent::Refused {
                    sale,
                    short: false,
                    why,
                };
                (Some(refused), true)
            }
        }
    }

    /// Follows the log, as far as it has come.
    pub fn follow(&mut self, log: &[Event]) {
        if !self.online {
            return;
        }
        for event in log.iter().skip(self.followed) {
            let Event::PaymentEnded {
                sale,
                means,
                amount,
                outcome,
                ..
            } = event
            else {
                continue;
            };
            match means {
                Means::Wallet(_) => self.end_hold(*sale, amount.0, *outcome),
                Means::Code => self.end_code(*sale, *outcome),
            }
        }
        self.followed = log.len();
    }

    fn end_hold(&mut self, sale: SaleId, amount: i64, outcome: PaymentOutcome) {
        let delivered = outcome == PaymentOutcome::Delivered;
        match (self.holds.get_mut(&sale), delivered) {
            (Some((_, state @ Hold::Pending)), true) => *state = Hold::Captured,
            (Some((held, state @ Hold::Pending)), false) => {
                *state = Hold::Released;
                self.wallet += *held;
            }
            (None, true) => {
                self.holds.insert(sale, (amount, Hold::Captured));
                self.wallet -= amount;
            }
            (None, false) => {
                self.holds.insert(sale, (amount, Hold::Released));
            }
            (Some((_, state)), _) => panic!("a second end of {sale:?}, which is {state:?}"),
        }
        self.debt = self.debt.max(-self.wallet);
    }

    fn end_code(&mut self, sale: SaleId, outcome: PaymentOutcome) {
        let Some((_, state)) = self.codes.get_mut(&sale) else {
            return;
        };
        match (outcome, *state) {
            (PaymentOutcome::Refused, Code::Open) => *state = Code::Closed,
            (PaymentOutcome::Refused, Code::Paid | Code::Taken) => *state = Code::Returned,
            (PaymentOutcome::Refused, Code::Closed | Code::Returned) => {}
            (PaymentOutcome::Delivered, Code::Taken) => {}
            other => panic!("{sale:?} ends as {other:?}"),
        }
    }

    /// The sum of the holds that ended so.
    pub fn holds_of(&self, wanted: Hold) -> i64 {
        let of = self.holds.values().filter(|(_, state)| *state == wanted);
        of.map(|(amount, _)| amount).sum()
    }

    /// The sum of the codes that stand so.
    pub fn codes_of(&self, wanted: Code) -> i64 {
        let of = self.codes.values().filter(|(_, state)| *state == wanted);
        of.map(|(amount, _)| amount).sum()
    }
}
