//! A person: who it is, what was used, what an amount buys, and the own receipts.

use meterpost_ui::locale::Day;
use meterpost_ui::view::{
    AmountChoice, AmountProblem, Buys, Device, HistoryView, IdentifyView, Language, MonthUse,
    NumberProblem, OtherAmountView, Receipt, ReceiptState, Screen, SlipState, Tier, Usage, Utility,
    WhoView,
};

use super::number::{choices, elsewhere};
use super::{ELECTRICITY, place};

pub fn identify() -> IdentifyView {
    IdentifyView {
        card: Some(Device::Works),
        code: Some(Device::Works),
        problem: None,
        reports_loss: true,
    }
}

pub fn who(language: Language) -> WhoView {
    let mut meters = choices();
    meters.truncate(3);
    WhoView {
        name: if super::is_chinese(language) {
            "王*"
        } else {
            "W*** L**"
        }
        .into(),
        place: place(language).into(),
        meters,
        has_history: true,
    }
}

const DAY: Day = Day {
    year: 2026,
    month: 12,
    day: 24,
};

pub fn day(language: Language) -> String {
    language.locale().day(DAY)
}

pub fn usage(language: Language) -> Usage {
    let used = [182, 204, 176, 131, 108, 121, 168, 241, 233, 149, 112, 96];
    let month = |(place, amount): (usize, &u64)| MonthUse {
        month: (place as u8 + 11) % 12 + 1,
        shown: language.locale().number(*amount as i64, 0),
        amount: *amount,
    };
    Usage {
        unit: "kWh".into(),
        months: used.iter().enumerate().map(month).collect(),
    }
}

/// Each amount with what it buys.
pub fn bought(mut amounts: Vec<AmountChoice>) -> Vec<AmountChoice> {
    for amount in &mut amounts {
        amount.buys = Some(format!("≈ {} kWh", amount.minor * 100 / 52 / 100));
    }
    amounts
}

pub fn buys() -> Buys {
    let tier = |quantity: &str, price: &str| Tier {
        quantity: quantity.into(),
        price: price.into(),
    };
    Buys {
        total: "146 kWh".into(),
        tiers: vec![
            tier("84 kWh", "¥ 0.52 / kWh"),
            tier("62 kWh", "¥ 0.57 / kWh"),
        ],
    }
}

pub fn other_amount(_: Language) -> OtherAmountView {
    OtherAmountView {
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        entry: "¥ 80".into(),
        least: "¥ 5".into(),
        most: "¥ 1,000".into(),
        problem: None,
        buys: Some(buys()),
    }
}

fn receipts(language: Language) -> Vec<Receipt> {
    let receipt = |day, utility, minor, state| Receipt {
        when: language.locale().date_time(
            Day {
                year: 2026,
                month: 11,
                day,
            },
            9,
            day,
        ),
        utility,
        amount: language.locale().money("¥", minor, 2),
        reference: format!("K1-0000{day}"),
        state,
        can_print: state != ReceiptState::PaidBack,
    };
    vec![
        receipt(26, Utility::Electricity, 5_000, ReceiptState::Credited),
        receipt(19, Utility::Water, 2_000, ReceiptState::OnItsWay),
        receipt(12, Utility::Gas, 10_000, ReceiptState::Owed),
        receipt(8, Utility::HotWater, 1_234_567, ReceiptState::PaidBack),
        receipt(5, Utility::Heat, 20_000, ReceiptState::Credited),
        receipt(2, Utility::Electricity, 5_000, ReceiptState::Credited),
        receipt(1, Utility::Electricity, 5_000, ReceiptState::Credited),
    ]
}

pub fn history(language: Language) -> HistoryView {
    HistoryView {
        receipts: receipts(language),
        can_print: true,
        slip: None,
    }
}

pub fn account_states(language: Language) -> Vec<(&'static str, Screen)> {
    let broken = IdentifyView {
        card: Some(Device::Broken),
        code: Some(Device::Broken),
        problem: Some(NumberProblem::CardInvalid),
        reports_loss: false,
    };
    let only = IdentifyView {
        card: None,
        code: None,
        ..identify()
    };
    let scanned = |problem| {
        Screen::Identify(IdentifyView {
            card: None,
            problem: Some(problem),
            ..identify()
        })
    };
    let many = WhoView {
        meters: choices(),
        ..who(language)
    };
    let places = WhoView {
        meters: elsewhere(),
        has_history: false,
        ..who(language)
    };
    let amount = |problem| {
        Screen::OtherAmount(OtherAmountView {
            problem,
            buys: None,
            ..other_amount(language)
        })
    };
    let empty = OtherAmountView {
        entry: String::new(),
        buys: None,
        ..other_amount(language)
    };
    let slips = |can_print, slip| {
        Screen::History(HistoryView {
            can_print,
            slip,
            ..history(language)
        })
    };
    let none = HistoryView {
        receipts: Vec::new(),
        ..history(language)
    };
    vec![
        ("identify-broken", Screen::Identify(broken)),
        ("identify-number", Screen::Identify(only)),
        ("identify-code", scanned(NumberProblem::CodeUnknown)),
        ("identify-receipt", scanned(NumberProblem::ReceiptElsewhere)),
        ("who-six", Screen::Who(many)),
        ("who-places", Screen::Who(places)),
        ("other-amount-empty", Screen::OtherAmount(empty)),
        ("other-amount-low", amount(Some(AmountProblem::TooLittle))),
        ("other-amount-high", amount(Some(AmountProblem::TooMuch))),
        ("other-amount-coins", amount(Some(AmountProblem::NotWhole))),
        ("history-none", Screen::History(none)),
        ("history-printing", slips(true, Some(SlipState::Printing))),
        ("history-printed", slips(true, Some(SlipState::Printed))),
        ("history-no-paper", slips(false, None)),
    ]
}
