//! The screens of a person: who it is, which meter, and the own receipts.

use slint::Global;

use super::{meters, number_problem, refill, text, utility};
use crate::generated as glass;
use crate::generated::{
    AppWindow, HistoryAdapter, IdentifyAdapter, ReceiptItem, ScreenName, WhoAdapter,
};
use crate::view::{Device, HistoryView, IdentifyView, Receipt, ReceiptState, SlipState, WhoView};

pub(super) fn identify(app: &AppWindow, view: &IdentifyView) -> ScreenName {
    let adapter = IdentifyAdapter::get(app);
    let works = |device: Option<Device>| device.is_some_and(|device| device != Device::Broken);
    adapter.set_has_card(view.card.is_some());
    adapter.set_card(works(view.card));
    adapter.set_has_code(view.code.is_some());
    adapter.set_code(works(view.code));
    adapter.set_problem(number_problem(view.problem));
    adapter.set_reports_loss(view.reports_loss);
    ScreenName::Identify
}

pub(super) fn who(app: &AppWindow, view: &WhoView) -> ScreenName {
    meters(app, &view.meters);
    let adapter = WhoAdapter::get(app);
    adapter.set_name(text(&view.name));
    adapter.set_place(text(&view.place));
    adapter.set_has_history(view.has_history);
    ScreenName::Who
}

pub(super) fn history(app: &AppWindow, view: &HistoryView) -> ScreenName {
    let adapter = HistoryAdapter::get(app);
    let item = |receipt: &Receipt| ReceiptItem {
        when: text(&receipt.when),
        utility: utility(receipt.utility),
        amount: text(&receipt.amount),
        reference: text(&receipt.reference),
        can_print: receipt.can_print,
        state: match receipt.state {
            ReceiptState::Credited => glass::ReceiptState::Credited,
            ReceiptState::Owed => glass::ReceiptState::Owed,
            ReceiptState::OnItsWay => glass::ReceiptState::OnItsWay,
            ReceiptState::PaidBack => glass::ReceiptState::PaidBack,
        },
    };
    refill(&adapter.get_receipts(), view.receipts.iter().map(item));
    adapter.set_can_print(view.can_print && view.slip != Some(SlipState::NotPrinted));
    adapter.set_printing(view.slip == Some(SlipState::Printing));
    adapter.set_printed(view.slip == Some(SlipState::Printed));
    ScreenName::History
}
