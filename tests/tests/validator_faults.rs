//! The note validator fails: every note is accounted for, and the rest of the terminal goes on.

mod common;

use common::accounts::{Accounts, NOTHING};
use common::{Scene, fast};
use meterpost_tests::district::{Command, DistrictState};
use meterpost_tests::scenario::stage::{ELECTRICITY, StagePlan};
use meterpost_tests::validator::{NoteGoes, PathNote, ValidatorFault};

/// The attract screen with everything working.
const ALL_WORKS: [&str; 3] = ["cash: Works", "receipt: Works", "meters: Works"];

fn note_is_stacked(state: &DistrictState) -> bool {
    matches!(state.validator.path, Some(PathNote::Stacking { .. }))
}

#[test]
fn a_jam_with_money_in_leaves_finish_working() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.validator(ValidatorFault::Jam);
    scene.shows(
        "Cash",
        &["slot: Broken", "can_finish: true", "inserted: \"¥ 20.00\""],
    );
    scene.touch("finish");
    scene.shows(
        "Done",
        &[
            "amount: \"¥ 20.00\"",
            "balance: \"¥ 32.50\"",
            "slip: Printed",
        ],
    );
    scene.leave();
    scene.shows(
        "Attract",
        &["cash: Broken", "receipt: Works", "meters: Works"],
    );
    scene.ask_for(ELECTRICITY);
    scene.shows(
        "Meter",
        &["balance: \"¥ 32.50\"", "no_cash: true", "amounts: []"],
    );
    scene.touch("cancel");
    scene.validator(ValidatorFault::JamCleared);
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [2_000]);
    assert_eq!(closing.accounts, Accounts::credited(2_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_note_that_jams_on_its_way_in_is_in_doubt_and_the_rest_is_credited() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 100);
    scene.insert_seen(20, 20);
    scene.insert(50);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.validator(ValidatorFault::Jam);
    scene.shows("Cash", &["slot: Broken", "inserted: \"¥ 20.00\""]);
    // The 20 are at the meter; the 50 are to be examined.
    scene.shows(
        "Owed",
        &[
            "amount: \"¥ 50.00\"",
            "reason: NoteInDoubt",
            "slip: Printed",
        ],
    );
    scene.leave();
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [2_000]);
    let accounts = Accounts {
        cash_in_doubt: 5_000,
        owed_in_doubt: 5_000,
        ..Accounts::credited(2_000)
    };
    assert_eq!(closing.accounts, accounts);
    assert_eq!(closing.slips(), ["Claim 50.00"]);
}

#[test]
fn a_jammed_note_that_goes_in_after_all_ends_the_doubt_and_is_owed() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert(50);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.validator(ValidatorFault::Jam);
    scene.shows(
        "Owed",
        &[
            "amount: \"¥ 50.00\"",
            "reason: NoteInDoubt",
            "slip: Printed",
        ],
    );
    scene.leave();
    scene.validator(ValidatorFault::JamCleared);
    scene.until("the note is in the box, and the terminal knows", |d| {
        d.validator.box_total == 50 && d.validator.pending.is_empty()
    });
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    let accounts = Accounts {
        cash_box: 5_000,
        owed: 5_000,
        ..Accounts::default()
    };
    assert_eq!(closing.accounts, accounts);
    assert_eq!(closing.count("DoubtEnded"), 1);
    assert_eq!(closing.applied(ELECTRICITY), NOTHING);
    assert_eq!(closing.slips(), ["Claim 50.00"]);
}

#[test]
fn a_full_cash_box_with_money_in_leaves_finish_working_and_an_empty_box_heals_it() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.validator(ValidatorFault::StackerFull);
    scene.shows("Cash", &["slot: Broken", "can_finish: true"]);
    scene.touch("finish");
    scene.shows("Done", &["amount: \"¥ 20.00\"", "slip: Printed"]);
    scene.leave();
    scene.shows(
        "Attract",
        &["cash: Broken", "receipt: Works", "meters: Works"],
    );
    scene.validator(ValidatorFault::BoxRemoved);
    scene.until("the box is out", |d| d.validator.collected_total == 20);
    std::thread::sleep(std::time::Duration::from_millis(500));
    scene.validator(ValidatorFault::BoxReplaced);
    scene.shows("Attract", &ALL_WORKS);
    scene.top_up(ELECTRICITY, 50);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [2_000, 5_000]);
    assert_eq!(closing.accounts, Accounts::credited(7_000));
    assert_eq!(closing.slips(), ["Receipt", "Receipt"]);
    assert_eq!(
        (
            closing.count("CashBoxRemoved"),
            closing.count("CashBoxReplaced")
        ),
        (1, 1)
    );
}

#[test]
fn a_note_that_goes_into_the_box_at_power_up_counts_for_the_sale() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.insert(10);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.tell(&Command::ValidatorPowerCycle {
        note_goes: NoteGoes::Box,
    });
    scene.shows("Cash", &["inserted: \"¥ 30.00\"", "slot: Ready"]);
    scene.insert(20);
    scene.shows("Done", &["amount: \"¥ 50.00\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_note_that_comes_out_at_the_front_at_power_up_does_not_count() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.insert(10);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.tell(&Command::ValidatorPowerCycle {
        note_goes: NoteGoes::Front,
    });
    scene.shows("Cash", &["inserted: \"¥ 20.00\"", "slot: Returned"]);
    scene.insert_seen(10, 30);
    scene.insert(20);
    scene.shows("Done", &["amount: \"¥ 50.00\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
    assert_eq!(
        (closing.count("NoteOffered"), closing.count("NoteReturned")),
        (4, 1)
    );
}

#[test]
fn a_validator_that_cannot_repeat_its_credits_completes_a_top_up() {
    let mut scene = Scene::with(&StagePlan {
        plain_poll: true,
        ..fast()
    });
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.insert_seen(20, 40);
    scene.insert(10);
    scene.shows(
        "Done",
        &[
            "amount: \"¥ 50.00\"",
            "balance: \"¥ 62.50\"",
            "slip: Printed",
        ],
    );
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn lost_and_damaged_answers_of_the_validator_count_no_note_twice() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert(20);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.validator(ValidatorFault::LoseReplies { count: 2 });
    scene.shows("Cash", &["inserted: \"¥ 20.00\""]);
    scene.insert(20);
    scene.until("the note is on its way into the box", note_is_stacked);
    scene.validator(ValidatorFault::CorruptReplies { count: 2 });
    scene.shows("Cash", &["inserted: \"¥ 40.00\""]);
    scene.insert(10);
    scene.shows("Done", &["amount: \"¥ 50.00\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(closing.count("NoteStacked"), 3);
}

#[test]
fn a_silent_validator_leaves_the_balance_to_look_at_and_works_again() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.validator(ValidatorFault::Silent);
    scene.shows(
        "Attract",
        &["cash: Broken", "receipt: Works", "meters: Works"],
    );
    scene.ask_for(ELECTRICITY);
    scene.shows(
        "Meter",
        &["balance: \"¥ 12.50\"", "no_cash: true", "amounts: []"],
    );
    scene.validator(ValidatorFault::Answering);
    scene.shows("Meter", &["no_cash: false", "minor: 5000"]);
    scene.touch("amount-5000");
    scene.shows("Cash", &[]);
    scene.insert(50);
    scene.shows("Done", &["balance: \"¥ 62.50\"", "slip: Printed"]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
}

#[test]
fn a_validator_that_falls_silent_with_money_in_leaves_finish_working() {
    let mut scene = Scene::open();
    scene.choose(ELECTRICITY, 50);
    scene.insert_seen(20, 20);
    scene.validator(ValidatorFault::Silent);
    scene.shows(
        "Cash",
        &["slot: Broken", "can_finish: true", "inserted: \"¥ 20.00\""],
    );
    scene.touch("finish");
    scene.shows("Done", &["amount: \"¥ 20.00\"", "slip: Printed"]);
    scene.leave();
    scene.validator(ValidatorFault::Answering);
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [2_000]);
    assert_eq!(closing.accounts, Accounts::credited(2_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}
