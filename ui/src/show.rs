//! From a [`View`] to the adapters of the screens.

mod account;
mod enrol;
pub(crate) mod frame;
mod loss;
pub(crate) mod menu;
mod meter;
mod pay;

use slint::{Global, Model, ModelRc, SharedString, VecModel};

use crate::generated as glass;
use crate::generated::{
    AppWindow, AttractAdapter, CashAdapter, ChooseAdapter, DeliveringAdapter, DoneAdapter,
    MeterItem, NumberAdapter, OwedAdapter, ScreenName, ServiceAdapter,
};
use crate::group::group_by_four;
use crate::view::{
    Availability, CashView, CollectedView, DeliveringView, DeliveryStep, Device, DoneView,
    MeterChoice, NumberProblem, OwedReason, OwedView, Screen, ServiceReason, SlipState, Slot,
    Utility, View,
};

/// Puts the view on the glass. The screen's own values come first, so that it is complete when it appears.
pub(crate) fn apply(app: &AppWindow, view: &View) {
    // Fails only where no translations are bundled (live preview); the texts are then in English. Before the screen, because the service
    // menu's words are finished here and not on the glass.
    let _ = frame::select(view.language);
    let name = screen(app, view);
    if name != ScreenName::Menu {
        menu::left(app);
    }
    frame::apply(app, view, name);
}

fn screen(app: &AppWindow, view: &View) -> ScreenName {
    match &view.screen {
        Screen::Attract(availability) => attract(app, *availability),
        Screen::Identify(identify) => account::identify(app, identify),
        Screen::Who(who) => account::who(app, who),
        Screen::History(history) => account::history(app, history),
        Screen::Number {
            entry,
            problem,
            reports_loss,
        } => number(app, entry, *problem, *reports_loss),
        Screen::Loss(loss_view) => loss::loss(app, loss_view),
        Screen::Reading { number } => reading(app, number),
        Screen::Meter(meter_view) => meter::meter(app, meter_view, view.language),
        Screen::OtherAmount(amount) => meter::other_amount(app, amount),
        Screen::Pay(pay_view) => pay::pay(app, pay_view),
        Screen::Cash(cash_view) => cash(app, cash_view),
        Screen::Paying(paying_view) => pay::paying(app, paying_view),
        Screen::Unpaid(unpaid_view) => pay::unpaid(app, unpaid_view),
        Screen::Delivering(delivering_view) => delivering(app, delivering_view),
        Screen::Done(done_view) => done(app, done_view),
        Screen::Collected(collected_view) => collected(app, collected_view),
        Screen::Owed(owed_view) => owed(app, owed_view),
        Screen::Enrol(enrol_view) => enrol::enrol(app, enrol_view),
        Screen::Menu(menu_view) => menu::menu(app, menu_view),
        Screen::OutOfService { reason, phone } => out_of_service(app, *reason, phone),
    }
}

fn attract(app: &AppWindow, availability: Availability) -> ScreenName {
    let adapter = AttractAdapter::get(app);
    adapter.set_cash(device(availability.cash));
    adapter.set_receipt(device(availability.receipt));
    adapter.set_meters(device(availability.meters));
    adapter.set_has_cards(availability.cards.is_some());
    adapter.set_cards(device(availability.cards.unwrap_or(Device::Broken)));
    adapter.set_has_codes(availability.codes.is_some());
    adapter.set_codes(device(availability.codes.unwrap_or(Device::Broken)));
    ScreenName::Attract
}

fn number(
    app: &AppWindow,
    entry: &str,
    problem: Option<NumberProblem>,
    reports_loss: bool,
) -> ScreenName {
    let adapter = NumberAdapter::get(app);
    adapter.set_reports_loss(reports_loss);
    adapter.set_entry(group_by_four(entry).into());
    adapter.set_problem(number_problem(problem));
    ScreenName::Number
}

fn number_problem(problem: Option<NumberProblem>) -> glass::NumberProblem {
    match problem {
        None => glass::NumberProblem::None,
        Some(NumberProblem::Length) => glass::NumberProblem::Length,
        Some(NumberProblem::NotFound) => glass::NumberProblem::NotFound,
        Some(NumberProblem::NoAnswer) => glass::NumberProblem::NoAnswer,
        Some(NumberProblem::NotPrepaid) => glass::NumberProblem::NotPrepaid,
        Some(NumberProblem::NotHere) => glass::NumberProblem::NotHere,
        Some(NumberProblem::CardUnread) => glass::NumberProblem::CardUnread,
        Some(NumberProblem::CardUnknown) => glass::NumberProblem::CardUnknown,
        Some(NumberProblem::CardInvalid) => glass::NumberProblem::CardInvalid,
        Some(NumberProblem::CodeUnknown) => glass::NumberProblem::CodeUnknown,
        Some(NumberProblem::ReceiptElsewhere) => glass::NumberProblem::ReceiptElsewhere,
    }
}

/// Meters in one place are told apart by their numbers, others by where they are.
fn meters(app: &AppWindow, meters: &[MeterChoice]) {
    let adapter = ChooseAdapter::get(app);
    let first = meters.first().map_or("", |meter| meter.place.as_str());
    let together = meters.iter().all(|meter| meter.place == first);
    let item = |meter: &MeterChoice| MeterItem {
        utility: utility(meter.utility),
        detail: match together || meter.place.is_empty() {
            true => group_by_four(&meter.number).into(),
            false => text(&meter.place),
        },
    };
    refill(&adapter.get_meters(), meters.iter().map(item));
}

fn reading(app: &AppWindow, number: &str) -> ScreenName {
    NumberAdapter::get(app).set_entry(group_by_four(number).into());
    ScreenName::Reading
}

fn cash(app: &AppWindow, view: &CashView) -> ScreenName {
    let adapter = CashAdapter::get(app);
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_inserted(text(&view.inserted));
    adapter.set_target(text(&view.target));
    adapter.set_percent(i32::try_from(view.percent.min(100)).unwrap_or(100));
    refill(
        &adapter.get_notes(),
        view.notes.iter().map(|note| text(note)),
    );
    let (slot, limit) = match &view.slot {
        Slot::Ready => (glass::Slot::Ready, ""),
        Slot::Busy => (glass::Slot::Busy, ""),
        Slot::Returned => (glass::Slot::Returned, ""),
        Slot::OverLimit(limit) => (glass::Slot::OverLimit, limit.as_str()),
        Slot::Broken => (glass::Slot::Broken, ""),
    };
    adapter.set_limit(text(limit));
    adapter.set_slot(slot);
    adapter.set_can_finish(view.can_finish);
    adapter.set_finishing_in(seconds(view.finishing_in));
    adapter.set_counts_down(view.finishing_in.is_some());
    adapter.set_no_receipt(view.no_receipt);
    ScreenName::Cash
}

fn delivering(app: &AppWindow, view: &DeliveringView) -> ScreenName {
    let adapter = DeliveringAdapter::get(app);
    adapter.set_amount(text(&view.amount));
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_step(match view.step {
        DeliveryStep::Sending => glass::DeliveryStep::Sending,
        DeliveryStep::Checking => glass::DeliveryStep::Checking,
    });
    adapter.set_slow(view.slow);
    ScreenName::Delivering
}

fn done(app: &AppWindow, view: &DoneView) -> ScreenName {
    let adapter = DoneAdapter::get(app);
    adapter.set_collected(false);
    adapter.set_amount(text(&view.amount));
    adapter.set_before(text(&view.before));
    adapter.set_balance(text(&view.balance));
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_reference(text(&view.reference));
    adapter.set_slip(slip(view.slip));
    adapter.set_closing_in(seconds(view.closing_in));
    adapter.set_counts_down(view.closing_in.is_some());
    ScreenName::Done
}

fn collected(app: &AppWindow, view: &CollectedView) -> ScreenName {
    let adapter = DoneAdapter::get(app);
    adapter.set_collected(true);
    adapter.set_amount(text(&view.amount));
    adapter.set_before(text(&view.before));
    adapter.set_balance(text(&view.balance));
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_reference(text(&view.reference));
    adapter.set_closing_in(seconds(view.closing_in));
    adapter.set_counts_down(view.closing_in.is_some());
    ScreenName::Collected
}

fn owed(app: &AppWindow, view: &OwedView) -> ScreenName {
    let adapter = OwedAdapter::get(app);
    adapter.set_amount(text(&view.amount));
    adapter.set_credited(text(view.credited.as_deref().unwrap_or_default()));
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_reference(text(&view.reference));
    adapter.set_reason(match view.reason {
        OwedReason::Refused => glass::OwedReason::Refused,
        OwedReason::TooMuch => glass::OwedReason::TooMuch,
        OwedReason::Pending => glass::OwedReason::Pending,
        OwedReason::NoteInDoubt => glass::OwedReason::NoteInDoubt,
    });
    adapter.set_slip(slip(view.slip));
    adapter.set_phone(text(&view.phone));
    adapter.set_closing_in(seconds(view.closing_in));
    adapter.set_counts_down(view.closing_in.is_some());
    ScreenName::Owed
}

fn out_of_service(app: &AppWindow, reason: ServiceReason, phone: &str) -> ScreenName {
    let adapter = ServiceAdapter::get(app);
    adapter.set_reason(match reason {
        ServiceReason::Starting => glass::ServiceReason::Starting,
        ServiceReason::NothingWorks => glass::ServiceReason::NothingWorks,
        ServiceReason::Ledger => glass::ServiceReason::Ledger,
        ServiceReason::Locked => glass::ServiceReason::Locked,
    });
    adapter.set_phone(text(phone));
    ScreenName::OutOfService
}

fn device(device: Device) -> glass::Device {
    match device {
        Device::Works => glass::Device::Works,
        Device::Low => glass::Device::Low,
        Device::Broken => glass::Device::Broken,
    }
}

fn utility(utility: Utility) -> glass::Utility {
    match utility {
        Utility::Electricity => glass::Utility::Electricity,
        Utility::Water => glass::Utility::Water,
        Utility::HotWater => glass::Utility::HotWater,
        Utility::Gas => glass::Utility::Gas,
        Utility::Heat => glass::Utility::Heat,
    }
}

fn slip(slip: SlipState) -> glass::SlipState {
    match slip {
        SlipState::Printing => glass::SlipState::Printing,
        SlipState::Printed => glass::SlipState::Printed,
        SlipState::NotPrinted => glass::SlipState::NotPrinted,
    }
}

fn text(text: &str) -> SharedString {
    SharedString::from(text)
}

/// Seconds for a countdown; nought where none is shown.
fn seconds(seconds: Option<u32>) -> i32 {
    i32::try_from(seconds.unwrap_or(0)).unwrap_or(i32::MAX)
}

/// Brings the model's rows to the wanted ones. Rows that stay the same are left alone, so that a control under a finger is
/// not made anew.
fn refill<T: Clone + PartialEq + 'static>(model: &ModelRc<T>, wanted: impl Iterator<Item = T>) {
    let Some(rows) = model.as_any().downcast_ref::<VecModel<T>>() else {
        return;
    };
    let mut length = 0;
    for item in wanted {
        if length >= rows.row_count() {
            rows.push(item);
        } else if rows.row_data(length).as_ref() != Some(&item) {
            rows.set_row_data(length, item);
        }
        length += 1;
    }
    while rows.row_count() > length {
        rows.remove(rows.row_count() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{ModelRc, VecModel, refill};
    use slint::Model;

    fn after(before: &[i32], wanted: &[i32]) -> Vec<i32> {
        let model = ModelRc::new(VecModel::from(before.to_vec()));
        refill(&model, wanted.iter().copied());
        model.iter().collect()
    }

    #[test]
    fn a_model_grows_shrinks_and_changes_to_what_is_wanted() {
        assert_eq!(after(&[], &[1, 2]), [1, 2]);
        assert_eq!(after(&[1, 2, 3], &[1]), [1]);
        assert_eq!(after(&[1, 2, 3], &[1, 5, 3]), [1, 5, 3]);
        assert_eq!(after(&[1], &[]), Vec::<i32>::new());
    }
}
