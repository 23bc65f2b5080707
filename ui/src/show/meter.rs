//! The meter's page, its use, and an amount being typed.

use slint::Global;

use super::{group_by_four, refill, text, utility};
use crate::generated as glass;
use crate::generated::{
    AmountItem, AppWindow, MeterAdapter, MonthItem, OtherAmountAdapter, ScreenName, TierItem,
};
use crate::view::{AmountProblem, Buys, Language, MeterState, MeterView, OtherAmountView, Usage};

/// More months than a year has are not shown.
const MONTHS: usize = 12;

pub(super) fn meter(app: &AppWindow, view: &MeterView, language: Language) -> ScreenName {
    let adapter = MeterAdapter::get(app);
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_place(text(&view.place));
    adapter.set_balance(text(&view.balance));
    adapter.set_state(match view.state {
        MeterState::Ok => glass::MeterState::Ok,
        MeterState::Low => glass::MeterState::Low,
        MeterState::Off => glass::MeterState::Off,
    });
    let amounts = view.amounts.iter().map(|choice| AmountItem {
        label: text(&choice.label),
        buys: text(choice.buys.as_deref().unwrap_or_default()),
        minor: choice.minor.to_string().into(),
    });
    refill(&adapter.get_amounts(), amounts);
    adapter.set_no_cash(view.no_cash);
    adapter.set_no_receipt(view.no_receipt);
    let earlier = view.earlier.as_ref();
    adapter.set_earlier(match earlier.map(|payment| payment.arrived) {
        None => glass::EarlierState::None,
        Some(true) => glass::EarlierState::Arrived,
        Some(false) => glass::EarlierState::Open,
    });
    adapter.set_earlier_amount(
        earlier
            .map(|payment| text(&payment.amount))
            .unwrap_or_default(),
    );
    let reference = earlier.map(|payment| text(&payment.reference));
    adapter.set_earlier_reference(reference.unwrap_or_default());
    adapter.set_lasts_until(text(view.lasts_until.as_deref().unwrap_or_default()));
    adapter.set_other_amount(view.other_amount);
    usage(&adapter, view.usage.as_ref(), language);
    ScreenName::Meter
}

fn usage(adapter: &MeterAdapter<'_>, usage: Option<&Usage>, language: Language) {
    let months = usage.map_or(&[][..], |usage| usage.months.as_slice());
    let months = &months[months.len().saturating_sub(MONTHS)..];
    let unit = usage.map_or("", |usage| usage.unit.as_str());
    let most = months.iter().map(|month| month.amount).max().unwrap_or(0);
    let share = |amount: u64| match most {
        0 => 0,
        most => i32::try_from(u128::from(amount) * 1000 / u128::from(most)).unwrap_or(1000),
    };
    let item = |month: &crate::view::MonthUse| MonthItem {
        number: month.month.to_string().into(),
        name: language.locale().month(month.month).into(),
        amount: text(&month.shown),
        share: share(month.amount),
    };
    let said = months.iter().filter(|month| !month.shown.is_empty());
    let said =
        said.map(|month| format!("{} {}", language.locale().month(month.month), month.shown));
    adapter.set_months_said(said.collect::<Vec<_>>().join(", ").into());
    adapter.set_unit(text(unit));
    refill(&adapter.get_months(), months.iter().map(item));
}

pub(super) fn other_amount(app: &AppWindow, view: &OtherAmountView) -> ScreenName {
    let adapter = OtherAmountAdapter::get(app);
    adapter.set_number(group_by_four(&view.number).into());
    adapter.set_utility(utility(view.utility));
    adapter.set_entry(text(&view.entry));
    adapter.set_least(text(&view.least));
    adapter.set_most(text(&view.most));
    adapter.set_problem(match view.problem {
        None => glass::AmountProblem::None,
        Some(AmountProblem::TooLittle) => glass::AmountProblem::TooLittle,
        Some(AmountProblem::TooMuch) => glass::AmountProblem::TooMuch,
        Some(AmountProblem::NotWhole) => glass::AmountProblem::NotWhole,
    });
    adapter.set_buys(text(total(view.buys.as_ref())));
    refill(&adapter.get_tiers(), tiers(view.buys.as_ref()));
    ScreenName::OtherAmount
}

pub(super) fn total(buys: Option<&Buys>) -> &str {
    buys.map_or("", |buys| buys.total.as_str())
}

pub(super) fn tiers(buys: Option<&Buys>) -> impl Iterator<Item = TierItem> {
    let tiers = buys.map_or(&[][..], |buys| buys.tiers.as_slice());
    tiers.iter().map(|tier| TierItem {
        quantity: text(&tier.quantity),
        price: text(&tier.price),
    })
}
