//! The way to the meters fails: the screen says so, and money that is in waits for the meter.

mod common;

use common::Scene;
use common::accounts::Accounts;
use meterpost_tests::scenario::stage::ELECTRICITY;
use meterpost_tests::validator::ValidatorFault;

/// The attract screen with everything working.
const ALL_WORKS: [&str; 3] = ["cash: Works", "receipt: Works", "meters: Works"];

#[test]
fn a_pulled_cable_of_the_segment_is_said_at_the_number_and_heals() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.cut("segment1");
    scene.ask_for(ELECTRICITY);
    scene.shows("Number", &["problem: Some(NoAnswer)", ELECTRICITY]);
    scene.restore("segment1");
    scene.touch("find");
    scene.shows("Meter", &["balance: \"¥ 12.50\""]);
    scene.touch("amount-5000");
    scene.shows("Cash", &[]);
    scene.insert(50);
    scene.shows("Done", &["balance: \"¥ 62.50\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
}

#[test]
fn a_cable_pulled_with_money_in_is_waited_for_in_the_background() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.cut("segment1");
    scene.insert(50);
    scene.shows(
        "Owed",
        &["amount: \"¥ 50.00\"", "reason: Pending", "slip: Printed"],
    );
    scene.leave();
    scene.restore("segment1");
    scene.until("the terminal settles it by itself", |d| {
        d.meter(ELECTRICITY).is_some_and(|m| m.applied.len() == 1)
    });
    scene.ask_for(ELECTRICITY);
    scene.shows("Meter", &["balance: \"¥ 62.50\"", "minor: 5000"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Pending 50.00"]);
}

#[test]
fn a_killed_concentrator_is_said_on_the_first_screen_and_heals() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.stage.kill_concentrator().expect("it is killed");
    scene.shows("Attract", &["cash: Works", "meters: Broken"]);
    scene.ask_for(ELECTRICITY);
    scene.shows("Number", &["problem: Some(NoAnswer)"]);
    scene.touch("back");
    scene.stage.start_concentrator().expect("it starts again");
    scene.shows("Attract", &ALL_WORKS);
    scene.top_up(ELECTRICITY, 50);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_concentrator_killed_with_money_in_leaves_a_pending_slip_and_the_credit_follows() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.stage.kill_concentrator().expect("it is killed");
    scene.insert(50);
    scene.shows(
        "Owed",
        &["amount: \"¥ 50.00\"", "reason: Pending", "slip: Printed"],
    );
    scene.leave();
    scene.shows("Attract", &["meters: Broken", "cash: Works"]);
    scene.stage.start_concentrator().expect("it starts again");
    scene.shows("Attract", &["meters: Works"]);
    scene.until("the terminal settles it by itself", |d| {
        d.meter(ELECTRICITY).is_some_and(|m| m.applied.len() == 1)
    });
    scene.ask_for(ELECTRICITY);
    scene.shows("Meter", &["balance: \"¥ 62.50\"", "minor: 5000"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Pending 50.00"]);
}

#[test]
fn with_neither_cash_nor_meters_the_terminal_is_out_of_service_until_one_is_back() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.validator(ValidatorFault::Silent);
    scene.stage.kill_concentrator().expect("it is killed");
    scene.shows("OutOfService", &["NothingWorks", "400-810-0000"]);
    scene.validator(ValidatorFault::Answering);
    scene.stage.start_concentrator().expect("it starts again");
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    assert_eq!(closing.accounts, Accounts::default());
    assert_eq!(closing.papers.len(), 0);
}
