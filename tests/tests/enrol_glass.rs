//! A new terminal is set up on its own glass: the code that the office sees too, a refusal, a server that is away, and then it runs.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use meterpost_tests::scenario::companions::NewTerminal;
use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::programs::Program;
use meterpost_tests::scenario::topup::PATIENCE;
use meterpost_tests::scenario::touchscreen::Touchscreen;
use serde_json::json;

fn waits(kiosk: &Program, glass: &mut Touchscreen, words: &[&str]) -> String {
    let shown = glass.wait_for(&["Enrol"], words, PATIENCE);
    let shown = shown.unwrap_or_else(|failure| panic!("{failure}\n{}", kiosk.last_words()));
    shown.view
}

/// What follows `code: "` in the view.
fn code(view: &str) -> String {
    let rest = view.split("code: \"").nth(1).expect("a code");
    rest.split('"').next().expect("its end").to_owned()
}

fn ended(kiosk: &mut Program) -> ExitStatus {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = kiosk.ended().expect("a state") {
            return status;
        }
        assert!(Instant::now() < end, "{}", kiosk.last_words());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_new_terminal_shows_its_code_until_the_office_has_decided() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder.path()).expect("an office");
    let new = NewTerminal::deliver(folder.path(), &office, &office.url(), "K9").expect("delivered");

    // A terminal that was never enrolled does not make itself a ledger: the folder may be a disk that was not mounted.
    let mut early = new.start("run", &[]).expect("started");
    assert_eq!(ended(&mut early).code(), Some(1));

    let mut kiosk = new.start("enrol", &["--glass"]).expect("started");
    let mut glass = new.glass().expect("a glass");
    let first = code(&waits(&kiosk, &mut glass, &["Waiting", "terminal: \"K9\""]));
    let listed = office
        .call("GET", "/api/v1/enrolments", None)
        .expect("requests");
    assert_eq!(listed[0]["code"], json!(first), "both see the same");
    office.kill().expect("killed");
    waits(&kiosk, &mut glass, &["Away"]);
    // A power cut: the same code again.
    kiosk.kill().expect("killed");
    let mut kiosk = new.start("enrol", &["--glass"]).expect("started");
    let mut glass = new.glass().expect("a glass");
    waits(&kiosk, &mut glass, &["Away", &first]);
    office.start().expect("up again");
    waits(&kiosk, &mut glass, &["Waiting", &first]);

    let refuse = "/api/v1/enrolments/K9/refuse";
    office
        .call("POST", refuse, Some(&json!({ "code": first })))
        .expect("refused");
    waits(&kiosk, &mut glass, &["Refused"]);
    kiosk.kill().expect("killed");
    let mut kiosk = new.start("enrol", &["--glass"]).expect("started");
    let mut glass = new.glass().expect("a glass");
    let second = code(&waits(&kiosk, &mut glass, &["Waiting"]));
    assert_ne!(second, first, "asked anew, with another key");
    office.approve("K9").expect("approved");
    waits(&kiosk, &mut glass, &["Enrolled"]);
    assert!(ended(&mut kiosk).success(), "{}", kiosk.last_words());

    let mut kiosk = new.start("run", &[]).expect("started");
    let mut glass = new.glass().expect("a glass");
    let shown = glass.wait_for(&["OutOfService", "Attract"], &[], PATIENCE);
    shown.unwrap_or_else(|failure| panic!("{failure}\n{}", kiosk.last_words()));
    kiosk.kill().expect("killed");
    // A second time it is refused, and the ledger stays.
    let mut again = new.start("enrol", &["--glass"]).expect("started");
    let mut glass = new.glass().expect("a glass");
    waits(&again, &mut glass, &["Failed"]);
    again.kill().expect("killed");
}
