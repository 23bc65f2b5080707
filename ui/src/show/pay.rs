//! The screens of paying: how, without cash, and not at all.

use slint::{Global, Image};

use super::{group_by_four, meter, refill, seconds, text, utility};
use crate::generated as glass;
use crate::generated::{AppWindow, PayAdapter, PayingAdapter, ScreenName, UnpaidAdapter};
use crate::qr;
use crate::view::{
    CashWay, PayProblem, PayView, PayingStep, PayingView, UnpaidReason, UnpaidView, WalletWay,
};

pub(super) fn pay(app: &AppWindow, view: &PayView) -> ScreenName {
    let adapter = PayAdapter::get(app);
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_amount(text(&view.amount));
    adapter.set_buys(text(meter::total(view.buys.as_ref())));
    refill(&adapter.get_tiers(), meter::tiers(view.buys.as_ref()));
    adapter.set_cash(match view.cash {
        CashWay::Open => glass::CashWay::Open,
        CashWay::OutOfOrder => glass::CashWay::OutOfOrder,
        CashWay::NoSuchNotes => glass::CashWay::NoSuchNotes,
        CashWay::AtLimit => glass::CashWay::AtLimit,
    });
    let (wallet, balance) = match &view.wallet {
        None | Some(WalletWay::No) => (glass::WalletWay::No, ""),
        Some(WalletWay::NeedsCard) => (glass::WalletWay::NeedsCard, ""),
        Some(WalletWay::Asking) => (glass::WalletWay::Asking, ""),
        Some(WalletWay::Enough(balance)) => (glass::WalletWay::Enough, balance.as_str()),
        Some(WalletWay::TooLittle(balance)) => (glass::WalletWay::TooLittle, balance.as_str()),
        Some(WalletWay::Offline) => (glass::WalletWay::Offline, ""),
    };
    adapter.set_has_wallet(view.wallet.is_some());
    adapter.set_wallet(wallet);
    adapter.set_wallet_balance(text(balance));
    adapter.set_has_code(view.code.is_some());
    adapter.set_code(view.code.unwrap_or(false));
    adapter.set_problem(match view.problem {
        None => glass::PayProblem::None,
        Some(PayProblem::WalletShort) => glass::PayProblem::WalletShort,
        Some(PayProblem::WalletAway) => glass::PayProblem::WalletAway,
        Some(PayProblem::CodeAway) => glass::PayProblem::CodeAway,
        Some(PayProblem::CodeOver) => glass::PayProblem::CodeOver,
    });
    ScreenName::Pay
}

pub(super) fn paying(app: &AppWindow, view: &PayingView) -> ScreenName {
    let adapter = PayingAdapter::get(app);
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_amount(text(&view.amount));
    // An earlier payment's code goes as soon as it is not to be scanned.
    let (step, code, left) = match &view.step {
        PayingStep::Wallet => (glass::PayingStep::Wallet, None, 0),
        PayingStep::AskingCode => (glass::PayingStep::AskingCode, None, 0),
        PayingStep::Checking => (glass::PayingStep::Checking, None, 0),
        PayingStep::Scan { code, left } => match qr::picture(code) {
            // Not a code: the person waits, and may cancel.
            None => (glass::PayingStep::AskingCode, None, 0),
            drawn => (glass::PayingStep::Scan, drawn, seconds(Some(*left))),
        },
    };
    adapter.set_code(code.unwrap_or_else(Image::default));
    adapter.set_left(left);
    adapter.set_step(step);
    ScreenName::Paying
}

pub(super) fn unpaid(app: &AppWindow, view: &UnpaidView) -> ScreenName {
    let adapter = UnpaidAdapter::get(app);
    adapter.set_amount(text(&view.amount));
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_reference(text(&view.reference));
    adapter.set_reason(match view.reason {
        UnpaidReason::NotConfirmed => glass::UnpaidReason::NotConfirmed,
        UnpaidReason::BackInWallet => glass::UnpaidReason::BackInWallet,
        UnpaidReason::TooMuch => glass::UnpaidReason::TooMuch,
    });
    adapter.set_phone(text(&view.phone));
    adapter.set_closing_in(seconds(view.closing_in));
    adapter.set_counts_down(view.closing_in.is_some());
    ScreenName::Unpaid
}
