//! A sale under way and at its end.

use meterpost_ui::view::{
    CashView, CollectedView, DeliveringView, DeliveryStep, DoneView, OwedReason, OwedView, Screen,
    ServiceReason, SlipState, Slot, Utility,
};

use super::{ELECTRICITY, PHONE, WATER};

pub fn cash() -> CashView {
    CashView {
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        inserted: "¥ 30.00".into(),
        target: "¥ 50.00".into(),
        percent: 60,
        notes: ["¥ 10", "¥ 20", "¥ 50", "¥ 100"].map(String::from).into(),
        slot: Slot::Ready,
        can_finish: true,
        finishing_in: None,
        no_receipt: false,
    }
}

pub fn cash_states() -> Vec<(&'static str, Screen)> {
    let nothing = || CashView {
        inserted: "¥ 0.00".into(),
        percent: 0,
        can_finish: false,
        ..cash()
    };
    let busy = CashView {
        utility: Utility::Water,
        number: WATER.into(),
        slot: Slot::Busy,
        ..nothing()
    };
    let over = CashView {
        inserted: "¥ 12,300.00".into(),
        target: "¥ 12,345.00".into(),
        percent: 99,
        slot: Slot::OverLimit("¥ 12,345.00".into()),
        finishing_in: Some(115),
        no_receipt: true,
        ..cash()
    };
    let returned = CashView {
        slot: Slot::Returned,
        finishing_in: Some(28),
        ..cash()
    };
    let full = CashView {
        inserted: "¥ 50.00".into(),
        percent: 100,
        slot: Slot::Busy,
        ..cash()
    };
    let many = ["¥ 1", "¥ 5", "¥ 10", "¥ 20", "¥ 50", "¥ 100"]
        .map(String::from)
        .into();
    vec![
        (
            "cash-empty",
            Screen::Cash(CashView {
                notes: many,
                ..nothing()
            }),
        ),
        ("cash-busy", Screen::Cash(busy)),
        ("cash-returned", Screen::Cash(returned)),
        ("cash-over-limit", Screen::Cash(over)),
        ("cash-full", Screen::Cash(full)),
        (
            "cash-broken",
            Screen::Cash(CashView {
                slot: Slot::Broken,
                ..cash()
            }),
        ),
        (
            "cash-broken-empty",
            Screen::Cash(CashView {
                slot: Slot::Broken,
                ..nothing()
            }),
        ),
    ]
}

pub fn delivering(step: DeliveryStep, slow: bool) -> DeliveringView {
    DeliveringView {
        amount: "¥ 50.00".into(),
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        step,
        slow,
    }
}

pub fn done(slip: SlipState) -> DoneView {
    DoneView {
        amount: "¥ 50.00".into(),
        before: "¥ 12.50".into(),
        balance: "¥ 62.50".into(),
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        reference: "K1-000043".into(),
        slip,
        closing_in: Some(14),
    }
}

pub fn collected() -> CollectedView {
    let done = done(SlipState::Printed);
    CollectedView {
        amount: done.amount,
        before: done.before,
        balance: done.balance,
        number: done.number,
        utility: done.utility,
        reference: done.reference,
        closing_in: done.closing_in,
    }
}

pub fn owed(reason: OwedReason, slip: SlipState) -> OwedView {
    OwedView {
        amount: "¥ 50.00".into(),
        credited: None,
        number: WATER.into(),
        utility: Utility::Water,
        reference: "K1-000044".into(),
        reason,
        slip,
        phone: PHONE.into(),
        closing_in: Some(58),
    }
}

pub fn out_of_service(reason: ServiceReason) -> Screen {
    Screen::OutOfService {
        reason,
        phone: PHONE.into(),
    }
}

pub fn last_states() -> Vec<(&'static str, Screen)> {
    let large = DoneView {
        amount: "¥ 12,000.00".into(),
        before: "−¥ 1,234,567.89".into(),
        balance: "−¥ 1,222,567.89".into(),
        utility: Utility::HotWater,
        number: WATER.into(),
        closing_in: None,
        ..done(SlipState::NotPrinted)
    };
    let hidden = OwedView {
        phone: String::new(),
        ..owed(OwedReason::Refused, SlipState::NotPrinted)
    };
    vec![
        (
            "delivering-slow",
            Screen::Delivering(delivering(DeliveryStep::Checking, true)),
        ),
        ("done-printing", Screen::Done(done(SlipState::Printing))),
        ("done-no-slip", Screen::Done(large)),
        ("owed-refused", Screen::Owed(hidden)),
        (
            "owed-partly",
            Screen::Owed(OwedView {
                credited: Some("¥ 30.00".into()),
                ..owed(OwedReason::TooMuch, SlipState::Printed)
            }),
        ),
        (
            "owed-too-much",
            Screen::Owed(owed(OwedReason::TooMuch, SlipState::Printing)),
        ),
        (
            "owed-note",
            Screen::Owed(owed(OwedReason::NoteInDoubt, SlipState::NotPrinted)),
        ),
        ("starting", out_of_service(ServiceReason::Starting)),
        ("ledger", out_of_service(ServiceReason::Ledger)),
        ("locked", out_of_service(ServiceReason::Locked)),
    ]
}
