//! The printer fails: the credit arrives all the same, and what is owed is on paper as soon as there is paper.

mod common;

use common::Scene;
use common::accounts::{Accounts, NOTHING};
use meterpost_tests::district::Command;
use meterpost_tests::meter::FaultKind;
use meterpost_tests::printer::{PaperState, PrinterFault};
use meterpost_tests::scenario::stage::ELECTRICITY;

/// The attract screen with everything working.
const ALL_WORKS: [&str; 3] = ["cash: Works", "receipt: Works", "meters: Works"];

#[test]
fn without_paper_the_credit_arrives_and_the_screen_says_that_there_is_no_receipt() {
    let mut scene = Scene::open();
    scene.paper(PaperState::Out);
    scene.shows(
        "Attract",
        &["cash: Works", "receipt: Broken", "meters: Works"],
    );
    scene.ask_for(ELECTRICITY);
    scene.shows("Meter", &["no_receipt: true", "no_cash: false"]);
    scene.touch("amount-5000");
    scene.shows("Cash", &["no_receipt: true"]);
    scene.insert(50);
    scene.shows(
        "Done",
        &["balance: \"¥ 62.50\"", "K1-000001", "slip: NotPrinted"],
    );
    scene.leave();
    scene.paper(PaperState::Ok);
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
    assert_eq!(
        closing.papers.len(),
        0,
        "nobody stands there any more to take a receipt"
    );
}

#[test]
fn paper_that_ends_in_the_middle_of_a_receipt_leaves_no_rest_for_the_next_one() {
    let mut scene = Scene::open();
    scene.tell(&Command::Paper {
        state: None,
        ends_after: Some(200),
    });
    scene.pay(ELECTRICITY, 50);
    scene.shows("Done", &["balance: \"¥ 62.50\"", "slip: NotPrinted"]);
    scene.leave();
    scene.shows("Attract", &["receipt: Broken"]);
    scene.paper(PaperState::Ok);
    scene.shows("Attract", &ALL_WORKS);
    scene.top_up(ELECTRICITY, 50);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000, 5_000]);
    assert_eq!(closing.accounts, Accounts::credited(10_000));
    let rows: Vec<_> = closing
        .district
        .printer
        .slips
        .iter()
        .map(|s| (s.whole, s.rows))
        .collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0], (false, 200), "the torn one");
    assert!(
        closing.papers[0].code.is_none(),
        "a torn slip must not pass for a receipt"
    );
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_claim_whose_paper_ended_in_the_middle_is_printed_whole_when_paper_is_back() {
    let mut scene = Scene::open();
    scene.tell(&Command::Paper {
        state: None,
        ends_after: Some(200),
    });
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault(ELECTRICITY, FaultKind::Refuse, 1);
    scene.insert(50);
    scene.shows(
        "Owed",
        &[
            "amount: \"¥ 50.00\"",
            "K1-000001",
            "reason: TooMuch",
            "slip: NotPrinted",
        ],
    );
    scene.leave();
    scene.paper(PaperState::Ok);
    scene.until("the claim is printed", |d| {
        d.printer.slips.iter().any(|s| s.whole)
    });
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
    assert_eq!(
        closing.count("SlipIntended"),
        2,
        "an empty printer is not tried"
    );
    assert_eq!(closing.slips(), ["Claim 50.00"]);
}

#[test]
fn a_claim_without_paper_is_printed_when_paper_is_back() {
    let mut scene = Scene::open();
    scene.paper(PaperState::Out);
    scene.shows("Attract", &["receipt: Broken"]);
    scene.choose(ELECTRICITY, 50);
    scene.meter_fault(ELECTRICITY, FaultKind::Refuse, 1);
    scene.insert(50);
    scene.shows(
        "Owed",
        &["reason: TooMuch", "slip: NotPrinted", "K1-000001"],
    );
    scene.leave();
    scene.paper(PaperState::Ok);
    scene.until("the claim is printed", |d| d.printer.slips.len() == 1);
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
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
fn a_printer_that_is_switched_off_takes_only_the_receipt_away() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.tell(&Command::PrinterFault {
        fault: PrinterFault::PowerOff,
    });
    scene.shows(
        "Attract",
        &["cash: Works", "receipt: Broken", "meters: Works"],
    );
    scene.pay(ELECTRICITY, 50);
    scene.shows("Done", &["balance: \"¥ 62.50\"", "slip: NotPrinted"]);
    scene.leave();
    scene.tell(&Command::PrinterFault {
        fault: PrinterFault::PowerOn,
    });
    scene.shows("Attract", &ALL_WORKS);
    scene.top_up(ELECTRICITY, 20);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000, 2_000]);
    assert_eq!(closing.accounts, Accounts::credited(7_000));
    assert_eq!(closing.slips(), ["Receipt"]);
}

#[test]
fn a_printer_that_falls_silent_takes_only_the_receipt_away() {
    let mut scene = Scene::open();
    scene.shows("Attract", &ALL_WORKS);
    scene.tell(&Command::PrinterFault {
        fault: PrinterFault::Silent,
    });
    scene.pay(ELECTRICITY, 50);
    scene.shows("Done", &["balance: \"¥ 62.50\"", "slip: NotPrinted"]);
    scene.leave();
    scene.tell(&Command::PrinterFault {
        fault: PrinterFault::Answering,
    });
    scene.shows("Attract", &ALL_WORKS);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(closing.accounts, Accounts::credited(5_000));
}
