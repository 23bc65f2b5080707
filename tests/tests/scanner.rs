//! Codes held to the scanner of the running terminal: a meter's label, a receipt of its own, what is none of ours; noise, a cable that is pulled,
//! and top-ups that begin with a code.

mod common;

use common::paper::codes;
use common::{Scene, fast};
use meterpost_tests::district::Command;
use meterpost_tests::scanner::ScanEnding;
use meterpost_tests::scenario::stage::{ELECTRICITY, StagePlan, WATER};

/// A terminal with a scanner and without a card reader, at its first screen.
fn scene() -> Scene {
    let mut scene = Scene::with(&StagePlan {
        scanner: true,
        ..fast()
    });
    scene.shows(
        "Attract",
        &["cash: Works", "receipt: Works", "meters: Works"],
    );
    scene
}

fn scan(scene: &mut Scene, text: &str, ending: ScanEnding) {
    scene.tell(&Command::Scan {
        text: text.to_owned(),
        ending,
    });
}

fn cable(scene: &mut Scene, plugged: bool) {
    scene.tell(&Command::ScannerCable { plugged });
}

#[test]
fn a_scanned_label_leads_to_its_meter_and_a_scanned_receipt_back_to_it() {
    let mut scene = scene();
    let label = format!("meterpost:meter/{ELECTRICITY}");
    scan(&mut scene, &label, ScanEnding::CrLf);
    scene.shows("Meter", &[ELECTRICITY]);
    // While somebody looks at a meter, a code changes nothing.
    scan(&mut scene, WATER, ScanEnding::Cr);
    scene.touch("amount-5000");
    scene.shows("Cash", &[ELECTRICITY]);
    scan(&mut scene, WATER, ScanEnding::Cr);
    scene.insert(50);
    scene.shows("Done", &["slip: Printed", "amount: \"¥ 50.00\""]);
    scene.leave();

    let slips = scene.state().printer.slips;
    let receipt = codes(&slips.last().expect("a receipt").png).remove(0);
    scan(&mut scene, &receipt, ScanEnding::Cr);
    scene.shows("Meter", &[ELECTRICITY]);
    scene.touch("cancel");
    scene.shows("Attract", &[]);
    let closing = scene.close();
    assert_eq!(closing.accounts.credited, 5_000);
    let says = |event: &String| event.contains("DeviceChanged") && event.contains("scanner");
    assert!(closing.events.iter().any(says), "{:?}", closing.events);
}

#[test]
fn a_code_that_leads_nowhere_says_why_and_the_next_one_is_taken() {
    let mut scene = scene();
    scene.touch("start");
    scene.shows("Identify", &["card: None", "code: Some(Works)"]);
    scan(&mut scene, "https://example.org/menu", ScanEnding::Cr);
    scene.shows("Identify", &["CodeUnknown"]);
    scan(&mut scene, "MP1:NOT A RECEIPT", ScanEnding::Lf);
    scene.shows("Identify", &["ReceiptElsewhere"]);
    scan(&mut scene, "260305519999", ScanEnding::Cr);
    scene.shows("Number", &["260305519999", "NotFound"]);
    scan(&mut scene, WATER, ScanEnding::Cr);
    scene.shows("Meter", &[WATER]);
}

#[test]
fn noise_and_a_line_without_an_end_are_no_part_of_a_code() {
    let mut scene = scene();
    scan(&mut scene, "\u{0}\u{7}2026", ScanEnding::Cr);
    scan(&mut scene, &"9".repeat(5_000), ScanEnding::Cr);
    scan(&mut scene, "99", ScanEnding::Nothing);
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(scene.screen.shown().expect("a screen").screen, "Attract");
    scan(&mut scene, WATER, ScanEnding::CrLf);
    scene.shows("Meter", &[WATER]);
}

#[test]
fn a_scanner_whose_cable_is_pulled_is_greyed_and_works_again_when_it_is_back() {
    let mut scene = scene();
    cable(&mut scene, false);
    scene.touch("start");
    scene.shows("Identify", &["code: Some(Broken)"]);
    scene.touch("by-number");
    scene.shows("Number", &[]);
    scene.touch("back");
    scene.shows("Identify", &[]);
    cable(&mut scene, true);
    scene.shows("Identify", &["code: Some(Works)"]);
    scan(&mut scene, ELECTRICITY, ScanEnding::Cr);
    scene.shows("Meter", &[ELECTRICITY]);
    scene.touch("amount-1000");
    scene.shows("Cash", &[]);
    scene.insert(10);
    scene.shows("Done", &["slip: Printed"]);
    scene.leave();
    let closing = scene.close();
    let told = closing.events.iter();
    let told = told.filter(|event| event.contains("DeviceChanged") && event.contains("scanner"));
    assert_eq!(told.count(), 3, "there, gone, there: {:?}", closing.events);
}
