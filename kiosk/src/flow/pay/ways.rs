//! Which ways to pay there are for a meter, and choosing one.

use meterpost_bus::meter::Reading;
use meterpost_ledger::{AccountRef, CardRef, Event, Means, Money, PaymentEvidence, SaleId};
use meterpost_ui::view::{CashWay, NumberProblem, PayProblem, PayWith, WalletWay};

use super::{PayOrder, PayStep, WalletBalance};
use crate::device::card::{CardKind, ShownCard};
use crate::device::validator::CashCommand;
use crate::flow::session::{LastNote, Session};
use crate::flow::{DirectoryMeter, Effect, Flow, cash};

/// Longest description that a payer sees, in characters.
const MOST_DESCRIPTION: usize = 64;

impl Flow {
    /// Whether anything can be paid now for this meter.
    pub(in crate::flow) fn can_pay(&self, number: &str) -> bool {
        cash::works(&self.devices.cash) || self.pays_without_notes(number, self.rules.least())
    }

    /// Whether this amount can be paid now without notes.
    pub(in crate::flow) fn pays_without_notes(&self, number: &str, amount: Money) -> bool {
        let trusted = || {
            self.books
                .allows_offline(amount, self.card.as_ref())
                .is_ok()
        };
        (self.rules.pay.code && self.online)
            || (self.wallet_account(number).is_some() && (self.online || trusted()))
    }

    /// The account whose wallet the card opens for this meter.
    fn wallet_account(&self, number: &str) -> Option<AccountRef> {
        let card = self.card.as_ref().filter(|_| self.rules.pay.wallet)?;
        let account = self.rules.told.directory.card(&card.0)?;
        let own = account.meters.iter().any(|meter| meter.number == number);
        own.then(|| AccountRef(account.account.clone()))
            .filter(AccountRef::is_valid)
    }

    /// The wallet as a way to pay; `None` where none is offered.
    pub(in crate::flow) fn wallet_way(
        &self,
        number: &str,
        amount: Money,
        balance: WalletBalance,
    ) -> Option<WalletWay> {
        if !self.rules.pay.wallet || self.devices.card.is_none() {
            return None;
        }
        Some(match (&self.card, self.wallet_account(number)) {
            (None, _) => WalletWay::NeedsCard,
            (Some(_), None) => WalletWay::No,
            (Some(card), Some(_)) => match balance {
                WalletBalance::Known(held) if held >= amount => WalletWay::Enough(self.money(held)),
                WalletBalance::Known(held) => WalletWay::TooLittle(self.money(held)),
                WalletBalance::Asking => WalletWay::Asking,
                WalletBalance::Away => match self.books.allows_offline(amount, Some(card)) {
                    Ok(()) => WalletWay::Offline,
                    Err(_) => WalletWay::No,
                },
            },
        })
    }

    /// The QR code as a way to pay; `None` where none is offered.
    pub(in crate::flow) fn code_way(&self) -> Option<bool> {
        self.rules.pay.code.then_some(self.online)
    }

    /// After the amount: where cash is the only way there is, it is not asked for.
    pub(in crate::flow) fn ask_how(&mut self, number: String, reading: Reading, target: Money) {
        let only_cash = !self.rules.pay.code && self.wallet_account(&number).is_none();
        if only_cash && cash::works(&self.devices.cash) {
            self.pay_cash(&number, &reading, target);
            return;
        }
        let balance = self.ask_balance(&number);
        self.session = Session::Pay {
            number,
            reading,
            target,
            balance,
            problem: None,
        };
    }

    /// A card shown to pay: it opens the wallet of its account.
    pub(in crate::flow) fn card_for_payment(&mut self, card: &ShownCard) {
        let Session::Pay { number, .. } = &self.session else {
            return;
        };
        let number = number.clone();
        let denied = self.rules.told.denied.contains(&card.number);
        let resident = card.kind == CardKind::Resident;
        if denied || !resident || self.rules.told.directory.card(&card.number).is_none() {
            return self.no_wallet();
        }
        self.touched = self.now;
        self.card = Some(CardRef(card.number.clone()));
        let found = self.ask_balance(&number);
        if let Session::Pay {
            balance, problem, ..
        } = &mut self.session
        {
            *balance = found;
            *problem = None;
        }
    }

    /// A card that opens no wallet takes nobody's way to pay away.
    pub(in crate::flow) fn no_wallet(&mut self) {
        self.touched = self.now;
        if let Session::Pay { problem, .. } = &mut self.session {
            *problem = Some(PayProblem::WalletAway);
        }
    }

    /// Asks what is in the wallet, where a card opens one.
    pub(super) fn ask_balance(&mut self, number: &str) -> WalletBalance {
        match self.wallet_account(number) {
            Some(account) if self.online => {
                let account = account.0;
                self.out.push(Effect::Pay(PayOrder::Balance { account }));
                WalletBalance::Asking
            }
            _ => WalletBalance::Away,
        }
    }

    pub(in crate::flow) fn pay_with(&mut self, way: PayWith) {
        let Session::Pay {
            number,
            reading,
            target,
            balance,
            ..
        } = self.session.clone()
        else {
            return;
        };
        match way {
            PayWith::Cash => self.pay_cash(&number, &reading, target),
            PayWith::Wallet => self.pay_from_wallet((number, reading), target, balance),
            PayWith::Code => self.pay_by_code((number, reading), target),
        }
    }

    fn pay_cash(&mut self, number: &str, reading: &Reading, target: Money) {
        if self.cash_way(target) != CashWay::Open {
            return;
        }
        let Some((sale, _)) = self.open_sale(number, reading, target, None) else {
            return;
        };
        self.session = Session::Cash {
            sale,
            last_note: LastNote::Fine,
            last_paid: None,
            finishing: false,
        };
        self.out.push(Effect::Cash(CashCommand::Accept));
    }

    fn pay_from_wallet(
        &mut self,
        (number, reading): (String, Reading),
        target: Money,
        balance: WalletBalance,
    ) {
        let way = self.wallet_way(&number, target, balance);
        let (Some(account), Some(WalletWay::Enough(_) | WalletWay::Offline)) =
            (self.wallet_account(&number), &way)
        else {
            return;
        };
        let means = Means::Wallet(account.clone());
        let Some((sale, meter)) = self.open_sale(&number, &reading, target, Some(means)) else {
            return;
        };
        if way == Some(WalletWay::Offline) {
            self.take(sale, PaymentEvidence::Offline);
            return;
        }
        self.out.push(Effect::Pay(PayOrder::Hold {
            sale,
            account: account.0,
            meter: meter.number,
            amount: target,
        }));
        self.wait_for_payment(sale, reading, PayStep::Wallet);
    }

    fn pay_by_code(&mut self, (number, reading): (String, Reading), target: Money) {
        if self.code_way() != Some(true) {
            return;
        }
        let means = Some(Means::Code);
        let Some((sale, meter)) = self.open_sale(&number, &reading, target, means) else {
            return;
        };
        let description = format!("{} {}", self.rules.place, meter.number);
        self.out.push(Effect::Pay(PayOrder::Code {
            sale,
            reference: self.reference(sale),
            meter: meter.number,
            amount: target,
            description: description.chars().take(MOST_DESCRIPTION).collect(),
            valid: self.rules.delays.code,
        }));
        self.wait_for_payment(sale, reading, PayStep::AskingCode);
    }

    fn wait_for_payment(&mut self, sale: SaleId, reading: Reading, step: PayStep) {
        self.session = Session::Paying {
            sale,
            reading,
            since: self.now,
            step,
        };
    }

    /// Opens the sale, with the payment that it is about to ask for in the same commit. `None`: it may not begin now.
    fn open_sale(
        &mut self,
        number: &str,
        reading: &Reading,
        target: Money,
        means: Option<Means>,
    ) -> Option<(SaleId, DirectoryMeter)> {
        // The last resident's slip may still be in the printer; until then there is one sale too many.
        let busy = self.books.open_sale().is_some();
        let over = self.books.allows_sale(target, self.card.as_ref()).is_err();
        if busy || over || !self.in_step() {
            return None;
        }
        let meter = self.rules.meter(number)?;
        if !meter.ours || meter.on_account {
            self.session = Session::Number {
                entry: number.to_owned(),
                problem: Some(NumberProblem::NotHere),
            };
            return None;
        }
        let sale = self.books.next_sale();
        let mut events = vec![Event::SaleOpened {
            sale,
            meter: meter.reference(),
            target,
            before: crate::flow::delivery::purse(reading),
            card: self.card.clone(),
        }];
        events.extend(means.map(|means| Event::PaymentAsked {
            sale,
            means,
            amount: target,
        }));
        self.record(events).then_some((sale, meter))
    }
}
