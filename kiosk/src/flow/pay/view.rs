//! What the screens of paying without cash show.

use meterpost_bus::meter::Reading;
use meterpost_ledger::{Money, Sale};
use meterpost_ui::view::{
    CashWay, PayProblem, PayView, PayingStep, PayingView, Screen, UnpaidReason, UnpaidView,
};

use super::{PayStep, WalletBalance};
use crate::flow::view::seconds;
use crate::flow::{Flow, cash};

impl Flow {
    pub(in crate::flow) fn pay_view(
        &self,
        (number, reading): (&str, &Reading),
        target: Money,
        balance: WalletBalance,
        problem: Option<PayProblem>,
    ) -> PayView {
        PayView {
            number: number.to_owned(),
            utility: self.utility(number),
            amount: self.money(target),
            buys: self.pricing(number).and_then(|p| p.buys(target, reading)),
            cash: self.cash_way(target),
            wallet: self.wallet_way(number, target, balance),
            code: self.code_way(),
            problem,
        }
    }

    /// Cash as a way to pay this amount, or why it is none now.
    pub(in crate::flow) fn cash_way(&self, amount: Money) -> CashWay {
        if !cash::works(&self.devices.cash) {
            CashWay::OutOfOrder
        } else if !self.notes_pay(amount) {
            CashWay::NoSuchNotes
        } else if self.books.allows_sale(amount, self.card.as_ref()).is_err() {
            CashWay::AtLimit
        } else {
            CashWay::Open
        }
    }

    pub(in crate::flow) fn paying_view(&self, sale: &Sale, step: &PayStep) -> Screen {
        Screen::Paying(PayingView {
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            amount: self.money(sale.target),
            step: match step {
                PayStep::Wallet => PayingStep::Wallet,
                PayStep::AskingCode => PayingStep::AskingCode,
                PayStep::Scan { code, until } => PayingStep::Scan {
                    code: code.clone(),
                    left: seconds(until.saturating_sub(self.now).as_millis()),
                },
                PayStep::Checking => PayingStep::Checking,
            },
        })
    }

    pub(in crate::flow) fn unpaid_view(
        &self,
        sale: &Sale,
        reason: UnpaidReason,
        closing_in: Option<u32>,
    ) -> Screen {
        Screen::Unpaid(UnpaidView {
            amount: self.money(sale.target),
            number: sale.meter.number.clone(),
            utility: self.utility(&sale.meter.number),
            reference: self.reference(sale.id),
            reason,
            phone: self.rules.phone.clone(),
            closing_in,
        })
    }
}
