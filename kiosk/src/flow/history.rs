//! A person's own receipts at this terminal, and printing one of them again.
//!
//! Only whoever showed the card sees them, and only what that account's cards or its wallet paid: a number alone opens nothing, and what
//! somebody else paid for the same meter is that one's.

use jiff::civil::DateTime;
use meterpost_ledger::{
    Means, Money, PaymentOutcome, PaymentState, Sale, SaleId, Slip, SlipOutcome,
};
use meterpost_ui::view::{HistoryView, Receipt, ReceiptState, Screen, SlipState, Utility};

use super::outlook::day;
use super::printing::usable;
use super::session::Session;
use super::settle::slip_wanted;
use super::{Effect, Flow, utility_from_word};

/// Most receipts shown; whoever needs an older one asks at the office.
const MOST_RECEIPTS: usize = 30;
/// So often a slip is printed again. The roll is everybody's.
const MOST_COPIES: u32 = 5;

/// A receipt in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnReceipt {
    /// Its sale.
    pub sale: SaleId,
    /// When that was opened, by the terminal's clock of then; `None` where it was never set, or the entry is not kept.
    pub opened: Option<DateTime>,
}

impl Flow {
    /// Asks the ledger when the person's own sales were.
    pub(super) fn ask_for_receipts(&mut self) {
        if matches!(self.session, Session::Who { .. }) {
            let sales: Vec<SaleId> = self.own_sales().map(|sale| sale.id).collect();
            self.out.push(Effect::Recall(sales));
        }
    }

    /// The ledger's answer.
    pub(super) fn on_recalled(&mut self, times: &[(SaleId, DateTime)]) {
        if !matches!(self.session, Session::Who { .. }) {
            return;
        }
        let time = |sale| times.iter().find(|(of, _)| *of == sale).map(|(_, at)| *at);
        let receipt = |sale: &Sale| OwnReceipt {
            sale: sale.id,
            opened: time(sale.id),
        };
        let receipts = self.own_sales().map(receipt).collect();
        self.session = Session::History {
            receipts,
            again: None,
        };
    }

    /// The newest first.
    fn own_sales(&self) -> impl Iterator<Item = &Sale> {
        let account = self.own_account();
        let own = move |sale: &&Sale| {
            let Some(account) = account else {
                return false;
            };
            let card = sale.card.as_ref().map(|card| &card.0);
            let wallet = sale.payment.as_ref().map(|payment| &payment.means);
            card.is_some_and(|card| account.cards.contains(card))
                || matches!(wallet, Some(Means::Wallet(of)) if of.0 == account.account)
        };
        let sales = self.books.sales().rev().filter(own);
        sales
            .filter(|sale| sale.closed && became(sale).is_some())
            .take(MOST_RECEIPTS)
    }

    /// Prints a slip again, marked as a copy. What was never on paper is printed as the first one.
    pub(super) fn reprint(&mut self, place: usize) {
        let Session::History { receipts, .. } = &self.session else {
            return;
        };
        let sale = receipts.get(place).and_then(|r| self.books.sale(r.sale));
        let Some((id, slip, copy)) =
            sale.and_then(|s| Some((s.id, slip_wanted(s)?, next_copy(s)?)))
        else {
            return;
        };
        let settled_now = self.settling.as_ref().is_some_and(|s| s.sale == id);
        if self.printer_busy() || settled_now || !usable(&self.devices.printer) {
            return;
        }
        // A copy that a power cut left open.
        let open = self.books.sale(id).and_then(|s| s.slips.last());
        let cut = open.filter(|s| s.outcome.is_none()).map(|s| s.slip);
        if cut.is_some_and(|cut| !self.forget_slip(id, cut)) {
            return;
        }
        if let Session::History { again, .. } = &mut self.session {
            *again = Some((id, SlipState::Printing));
        }
        self.print(id, slip, copy);
    }

    pub(super) fn history_view(
        &self,
        receipts: &[OwnReceipt],
        again: Option<(SaleId, SlipState)>,
    ) -> Screen {
        let own = !self.printer_busy() || matches!(again, Some((_, SlipState::Printing)));
        Screen::History(HistoryView {
            receipts: receipts.iter().filter_map(|r| self.receipt(r)).collect(),
            can_print: own && usable(&self.devices.printer),
            slip: again.map(|(_, slip)| slip),
        })
    }

    fn receipt(&self, own: &OwnReceipt) -> Option<Receipt> {
        let sale = self.books.sale(own.sale)?;
        let (state, amount) = became(sale)?;
        let locale = self.language.locale();
        let when = own.opened.map(|at| {
            let two = |n: i8| u8::try_from(n).unwrap_or(0);
            locale.date_time(day(at.date()), two(at.hour()), two(at.minute()))
        });
        Some(Receipt {
            when: when.unwrap_or_default(),
            utility: utility_from_word(&sale.meter.utility).unwrap_or(Utility::Electricity),
            amount: self.money(amount),
            reference: self.reference(sale.id),
            state,
            can_print: slip_wanted(sale).is_some() && next_copy(sale).is_some(),
        })
    }
}

/// What became of a sale, and of how much; `None` where nothing was paid.
fn became(sale: &Sale) -> Option<(ReceiptState, Money)> {
    let wants = slip_wanted(sale).map(|slip| match slip {
        Slip::Claim => (ReceiptState::Owed, sale.slip_amount(slip)),
        Slip::Pending => (ReceiptState::OnItsWay, sale.slip_amount(slip)),
        Slip::Receipt => (ReceiptState::Credited, sale.slip_amount(slip)),
    });
    let back = sale
        .payment
        .as_ref()
        .filter(|payment| payment.state == PaymentState::Ended(PaymentOutcome::Returned));
    wants.or(back.map(|payment| (ReceiptState::PaidBack, payment.amount)))
}

/// The number of the sale's next copy; 0 where its slip never left the printer, `None` where there were enough.
fn next_copy(sale: &Sale) -> Option<u32> {
    let wanted = slip_wanted(sale)?;
    let printed = |slip: &&meterpost_ledger::SlipRecord| {
        slip.slip == wanted && !matches!(slip.outcome, Some(SlipOutcome::NotPrinted(_)))
    };
    let last = sale
        .slips
        .iter()
        .filter(printed)
        .map(|slip| slip.copy)
        .max();
    let next = last.map_or(0, |last| last.saturating_add(1));
    (next <= MOST_COPIES).then_some(next)
}
