//! The meter's answer is lost, late, wrong or a lie: the money arrives once, or the resident has it on paper.

mod common;

use common::accounts::{Accounts, NOTHING};
use common::{PATIENCE, Scene, WATER_ADDRESS};
use meterpost_tests::district::Command;
use meterpost_tests::meter::{FaultKind, FaultScope};
use meterpost_tests::scenario::stage::{ELECTRICITY, WATER};

/// Every request, for longer than any scene.
const ALWAYS: u32 = 1_000_000;

/// One top-up of 50 with the meter broken in this way after the money was asked for; it must end well all the same.
fn comes_through(fault: FaultKind, count: u32, scope: Option<FaultScope>) -> Scene {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault_in(ELECTRICITY, fault, count, scope);
    scene.insert(50);
    scene.shows(
        "Done",
        &[
            "amount: \"¥ 50.00\"",
            "balance: \"¥ 62.50\"",
            "slip: Printed",
        ],
    );
    scene
}

#[track_caller]
fn credited_once(mut scene: Scene) {
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
    assert_eq!(closing.count("DeliveryIntended"), 1);
    assert_eq!(closing.count("DeliveryApplied"), 1);
}

#[test]
fn a_credit_whose_answer_is_lost_is_found_in_the_meters_books() {
    let scene = comes_through(FaultKind::LoseAnswer, 1, None);
    credited_once(scene);
}

#[test]
fn an_answer_that_comes_into_a_later_request_is_not_taken_for_its_answer() {
    let mut scene = Scene::open();
    // The patience is a good 0.8 s: the answer falls into the first, a middle and the last request of the reading back.
    for (sale, delay) in (1..).zip([900, 1_200, 1_800]) {
        scene.choose(ELECTRICITY, 50);
        let (meter, fault) = (ELECTRICITY.to_owned(), FaultKind::LateAnswer);
        scene.tell(&Command::MeterFault {
            meter,
            fault,
            count: 1,
            scope: None,
            delay_ms: Some(delay),
        });
        scene.insert(50);
        let balance = format!("balance: \"¥ {}.50\"", 12 + 50 * sale);
        scene.shows("Done", &["amount: \"¥ 50.00\"", &balance, "slip: Printed"]);
        scene.leave();
    }
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000, 5_000, 5_000]);
    assert_eq!(closing.accounts, Accounts::credited(15_000));
    assert_eq!(closing.slips(), ["Receipt", "Receipt", "Receipt"]);
}

#[test]
fn a_refusal_for_the_hoarding_limit_becomes_a_claim() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault(ELECTRICITY, FaultKind::Refuse, 1);
    scene.insert(50);
    let words = [
        "amount: \"¥ 50.00\"",
        "K1-000001",
        "reason: TooMuch",
        "slip: Printed",
        "400-810-0000",
    ];
    scene.shows("Owed", &words);
    scene.leave();
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), NOTHING);
    assert_eq!(
        closing.accounts,
        Accounts {
            cash_box: 5_000,
            owed: 5_000,
            ..Accounts::default()
        }
    );
    assert_eq!(closing.slips(), ["Claim 50.00"]);
}

#[test]
fn a_meter_that_falls_silent_after_the_money_is_settled_in_the_background() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault_in(
        ELECTRICITY,
        FaultKind::Silent,
        ALWAYS,
        Some(FaultScope::Any),
    );
    scene.insert(50);
    scene.shows("Delivering", &[]);
    scene.shows(
        "Owed",
        &[
            "amount: \"¥ 50.00\"",
            "K1-000001",
            "reason: Pending",
            "slip: Printed",
        ],
    );
    scene.leave();
    assert_eq!(scene.meter(ELECTRICITY).applied.len(), 0);
    scene.tell(&Command::MeterFaultsClear {
        meter: ELECTRICITY.to_owned(),
    });
    scene.until("the terminal settles it by itself", |d| {
        d.meter(ELECTRICITY).is_some_and(|m| m.applied.len() == 1)
    });
    // The meter has it; the terminal still has to read it back and write it down.
    scene.ask_for(ELECTRICITY);
    scene.shows("Meter", &["balance: \"¥ 62.50\"", "earlier: None", "¥ 100"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Pending 50.00"]);
    assert_eq!(
        closing.count("DeliveryIntended"),
        1,
        "the number was sent with one amount only"
    );
}

#[test]
fn a_meter_silent_for_good_leaves_the_money_in_delivery_and_on_paper() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault_in(
        ELECTRICITY,
        FaultKind::Silent,
        ALWAYS,
        Some(FaultScope::Any),
    );
    scene.insert(50);
    scene.shows("Owed", &["reason: Pending", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), NOTHING);
    assert_eq!(
        closing.accounts,
        Accounts {
            cash_box: 5_000,
            in_delivery: 5_000,
            ..Accounts::default()
        }
    );
    assert_eq!(closing.slips(), ["Pending 50.00"]);
    assert_eq!(closing.count("DeliveryUnknown"), 1);
}

#[test]
fn a_credit_applied_behind_a_lost_wire_is_recognised_after_a_restart() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault(ELECTRICITY, FaultKind::LoseAnswer, 1);
    scene.meter_fault_in(
        ELECTRICITY,
        FaultKind::Silent,
        ALWAYS,
        Some(FaultScope::Read),
    );
    scene.insert(50);
    scene.shows(
        "Owed",
        &["amount: \"¥ 50.00\"", "reason: Pending", "slip: Printed"],
    );
    assert_eq!(
        scene.meter(ELECTRICITY).applied.len(),
        1,
        "the meter has it, and nobody knows"
    );
    scene.stage.kill_kiosk().expect("the power is cut");
    scene.tell(&Command::MeterFaultsClear {
        meter: ELECTRICITY.to_owned(),
    });
    scene.screen = scene.stage.start_kiosk().expect("the power is back");
    scene.shows("Attract", &["meters: Works", "cash: Works"]);
    scene.ask_for(ELECTRICITY);
    scene.shows("Meter", &["balance: \"¥ 62.50\""]);
    // An earlier payment is either settled by now, or while the resident looks at the meter; then amounts are offered.
    scene.shows("Meter", &["minor: 5000"]);
    let closing = scene.close();
    assert_eq!(
        closing.applied(ELECTRICITY),
        [5_000],
        "nothing was sent again"
    );
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Pending 50.00"]);
}

#[test]
fn a_resident_who_comes_back_sees_the_earlier_payment_arrive() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault(ELECTRICITY, FaultKind::LoseAnswer, 1);
    scene.meter_fault_in(
        ELECTRICITY,
        FaultKind::Silent,
        ALWAYS,
        Some(FaultScope::Read),
    );
    scene.insert(50);
    scene.shows("Owed", &["reason: Pending", "slip: Printed"]);
    scene.tell(&Command::MeterFaultsClear {
        meter: ELECTRICITY.to_owned(),
    });
    scene.leave();
    scene.ask_for(ELECTRICITY);
    // The terminal asks by itself as well: then the meter's page has it already, and there is nothing left to say.
    let shown = scene
        .screen
        .wait_for(&["Collected", "Meter"], &["¥ 62.50"], PATIENCE)
        .expect("the payment has arrived");
    if shown.screen == "Collected" {
        scene.touch("close");
    }
    scene.shows("Meter", &["balance: \"¥ 62.50\"", "minor: 5000"]);
    scene.touch("amount-5000");
    scene.insert(50);
    scene.shows("Done", &["balance: \"¥ 112.50\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000, 5_000]);
    assert_eq!(closing.accounts, Accounts::credited(10_000));
    assert_eq!(closing.slips(), ["Pending 50.00", "Receipt"]);
}

#[test]
fn a_refusal_of_a_credit_that_the_meter_applied_is_not_believed() {
    let scene = comes_through(FaultKind::RefuseThoughApplied, 1, None);
    credited_once(scene);
}

#[test]
fn an_acknowledgement_of_a_credit_that_the_meter_dropped_is_not_believed() {
    let scene = comes_through(FaultKind::AckThoughNotApplied, 1, None);
    credited_once(scene);
}

#[test]
fn wrong_checksums_around_the_credit_do_no_harm() {
    let scene = comes_through(FaultKind::WrongChecksum, 2, Some(FaultScope::Any));
    credited_once(scene);
}

#[test]
fn noise_before_every_answer_does_no_harm() {
    let scene = comes_through(FaultKind::Garbage, ALWAYS, Some(FaultScope::Any));
    credited_once(scene);
}

#[test]
fn truncated_answers_around_the_credit_do_no_harm() {
    let scene = comes_through(FaultKind::Truncated, 2, Some(FaultScope::Any));
    credited_once(scene);
}

#[test]
fn answers_of_another_meter_before_every_answer_do_no_harm() {
    let scene = comes_through(FaultKind::ForeignFirst, ALWAYS, Some(FaultScope::Any));
    credited_once(scene);
}

#[test]
fn a_water_meter_is_topped_up_end_to_end() {
    let mut scene = Scene::open();
    scene.choose(WATER, 50);
    scene.insert_seen(20, 20);
    scene.insert_seen(20, 40);
    scene.insert(10);
    scene.shows(
        "Done",
        &[
            "amount: \"¥ 50.00\"",
            "before: \"¥ 87.50\"",
            "balance: \"¥ 137.50\"",
            "slip: Printed",
        ],
    );
    scene.leave();
    let closing = scene.close();
    assert_eq!(closing.applied(WATER_ADDRESS), [5_000]);
    assert_eq!(closing.applied(ELECTRICITY), NOTHING);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_water_meters_lost_answer_is_found_in_its_books() {
    let mut scene = Scene::open();
    scene.choose(WATER, 50);
    scene.meter_fault(WATER_ADDRESS, FaultKind::LoseAnswer, 1);
    scene.insert(50);
    scene.shows("Done", &["balance: \"¥ 137.50\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(WATER_ADDRESS), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}
