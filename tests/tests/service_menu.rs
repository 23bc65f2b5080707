//! The service menu on the glass of the running terminal: who comes in, a test page, a collection with its count and its two slips, the readiness
//! report, and a top-up afterwards.

mod common;

use std::io::Write;
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use common::{PATIENCE, fast};
use meterpost_tests::district::Command;
use meterpost_tests::scenario::programs::beside;
use meterpost_tests::scenario::stage::{ELECTRICITY, Stage};
use meterpost_tests::scenario::topup::{choose, insert};
use meterpost_tests::scenario::touchscreen::{Shown, Touchscreen};
use meterpost_tests::validator::ValidatorFault;
use tempfile::TempDir;

const MAINTENANCE: &str = "402917";
const MANAGER: &str = "88160425";

/// The hash of a PIN, as the program makes it.
fn hash(pin: &str) -> String {
    let mut kiosk = Process::new(beside("kiosk").expect("the program"))
        .args(["service", "pin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = kiosk.stdin.take().expect("its input");
    writeln!(input, "{pin}").expect("the PIN is typed");
    drop(input);
    let output = kiosk.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.trim().to_owned()
}

/// A terminal with two people of the staff.
struct Menu {
    stage: Stage,
    screen: Touchscreen,
    _folder: TempDir,
}

impl Menu {
    fn open() -> Menu {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
        let mut config = std::fs::read_to_string(stage.kiosk_config()).expect("the configuration");
        for (name, role, pin) in [
            ("Wang", "maintenance", MAINTENANCE),
            ("Chen", "manager", MANAGER),
        ] {
            let pin = hash(pin);
            config += &format!(
                "\n[[service.person]]\nname = \"{name}\"\nrole = \"{role}\"\npin = \"{pin}\"\n"
            );
        }
        std::fs::write(stage.kiosk_config(), config).expect("the configuration is written");
        let screen = stage.start_kiosk().expect("the kiosk starts");
        let mut menu = Menu {
            stage,
            screen,
            _folder: folder,
        };
        menu.shows(
            "Attract",
            &["cash: Works", "receipt: Works", "meters: Works"],
        );
        menu
    }

    #[track_caller]
    fn shows(&mut self, screen: &str, words: &[&str]) -> Shown {
        match self.screen.wait_for(&[screen], words, PATIENCE) {
            Ok(shown) => shown,
            Err(failure) => panic!("{failure}\n{}", self.stage.last_words()),
        }
    }

    /// Touches an element of the menu; one that stands on a later page of the list is paged to.
    #[track_caller]
    fn touch(&mut self, name: &str) {
        let end = Instant::now() + PATIENCE;
        let id = format!("menu-{name}");
        loop {
            let Err(failure) = self.screen.touch(&id) else {
                return;
            };
            if self.screen.touch("menu-older").is_err() {
                while self.screen.touch("menu-newer").is_ok() {}
            }
            assert!(
                Instant::now() < end,
                "{failure}\n{}",
                self.stage.last_words()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn digits(&mut self, digits: &str) {
        for digit in digits.chars() {
            self.touch(&format!("digit-{digit}"));
        }
        self.touch("next");
    }

    #[track_caller]
    fn enter(&mut self, pin: &str, name: &str) {
        for _ in 0..5 {
            self.touch("corner");
        }
        self.shows("Menu", &["asks: CardOrPin"]);
        self.digits(pin);
        self.shows(
            "Menu",
            &[&format!("name: \"{name}\""), "title: StateAtAGlance"],
        );
    }

    #[track_caller]
    fn leave(&mut self) {
        self.touch("leave");
        self.shows("Attract", &[]);
    }

    #[track_caller]
    fn top_up(&mut self, yuan: u32) {
        if let Err(failure) = choose(&mut self.screen, ELECTRICITY, i64::from(yuan) * 100, None) {
            panic!("{failure}");
        }
        insert(&mut self.stage, yuan).expect("the note is taken");
        self.shows("Done", &["slip: Printed"]);
        if let Err(failure) = self.screen.touch("close") {
            panic!("{failure}");
        }
        self.shows("Attract", &[]);
    }

    fn slips(&mut self) -> usize {
        let state = self.stage.control.state().expect("the district answers");
        state.printer.slips.iter().filter(|slip| slip.whole).count()
    }

    #[track_caller]
    fn validator(&mut self, fault: ValidatorFault) {
        let told = self.stage.control.send(&Command::ValidatorFault { fault });
        told.expect("the district obeys");
    }

    /// Ends the kiosk; the ledger's events in words, and its accounts.
    #[track_caller]
    fn close(&mut self) -> (Vec<String>, serde_json::Value) {
        self.stage.kill_kiosk().expect("the kiosk is killed");
        let verdict = self.stage.verify_ledger().expect("a verdict");
        assert_eq!(verdict["verdict"], "ok", "{}", verdict["problems"]);
        let mut lines = self.stage.list_ledger().expect("the ledger can be listed");
        let accounts = lines.pop().expect("the accounts")["accounts"].clone();
        let events = lines
            .iter()
            .map(|line| line["event"].as_str().expect("an event").to_owned());
        (events.collect(), accounts)
    }
}

/// The outcomes of an act, in their order.
fn outcomes(events: &[String], act: &str) -> Vec<String> {
    let wanted = format!("act: \"{act}\"");
    let acted = events
        .iter()
        .filter(|event| event.starts_with("StaffActed") && event.contains(&wanted));
    let outcome = |event: &String| {
        let rest = event.split("outcome: ").nth(1).expect("an outcome");
        rest.split(',').next().expect("a word").to_owned()
    };
    acted.map(outcome).collect()
}

#[test]
fn staff_test_the_printer_empty_the_box_print_the_report_and_residents_go_on() {
    let mut menu = Menu::open();
    menu.top_up(50);
    let receipts = menu.slips();
    menu.enter(MAINTENANCE, "Wang");
    // Nothing of a resident's can be begun meanwhile.
    assert!(menu.screen.touch("start").is_err());

    menu.touch("devices");
    menu.touch("test-printer");
    menu.shows("Menu", &["PageLooksRight"]);
    menu.touch("right");
    menu.shows("Menu", &["title: Devices", "Passed"]);
    assert_eq!(menu.slips(), receipts + 1);
    menu.touch("test-validator");
    menu.shows("Menu", &["InsertATestNote"]);
    insert(&mut menu.stage, 20).expect("the test note is taken");
    menu.shows("Menu", &["title: Devices", "NoteRecognised"]);
    menu.touch("back");

    menu.touch("cash-box");
    menu.touch("collect");
    menu.touch("collect-meant");
    menu.shows("Menu", &["TakeTheBoxOut"]);
    menu.validator(ValidatorFault::BoxRemoved);
    menu.shows("Menu", &["PutTheBoxBack"]);
    menu.validator(ValidatorFault::BoxReplaced);
    menu.shows("Menu", &["title: Counting"]);
    menu.digits("49");
    menu.shows("Menu", &["ManagerAccepts"]);
    menu.leave();

    menu.enter(MANAGER, "Chen");
    menu.touch("cash-box");
    menu.touch("count-1");
    menu.digits("49");
    menu.touch("count-1-meant");
    menu.shows("Menu", &["DifferenceTaken"]);
    let before = menu.slips();
    menu.touch("print-collection-1");
    menu.shows("Menu", &["SlipCameOut"]);
    assert_eq!(menu.slips(), before + 2, "two copies");
    menu.touch("back");
    menu.touch("readiness");
    menu.touch("print-readiness");
    menu.shows("Menu", &["title: Readiness", "SlipCameOut"]);
    assert_eq!(menu.slips(), before + 3);
    menu.touch("back");
    menu.touch("ledger");
    menu.touch("verify-ledger");
    menu.shows("Menu", &["title: Ledger", "LedgerSound"]);
    menu.leave();

    menu.top_up(20);
    let (events, accounts) = menu.close();
    for (act, wanted) in [
        ("enter", &["Begun", "Done", "Begun", "Done"][..]),
        ("test-printer", &["Begun", "Done"]),
        ("test-validator", &["Begun", "Done"]),
        ("collect", &["Begun", "Done"]),
        ("count-1", &["Begun", "Refused", "Begun", "Done"]),
        ("print-collection-1", &["Begun", "Done"]),
        ("print-readiness", &["Begun", "Done"]),
        ("verify-ledger", &["Begun", "Done"]),
        ("leave", &["Done", "Done"]),
    ] {
        assert_eq!(outcomes(&events, act), wanted, "{act}");
    }
    assert_eq!(accounts["CashBox"], "20.00");
    assert_eq!(accounts["Collected"], "49.00");
    assert_eq!(accounts["CashDifference"], "1.00");
    assert_eq!(accounts["Credited"], "-70.00");
    assert!(
        !events
            .iter()
            .any(|event| event.contains(MAINTENANCE) || event.contains(MANAGER))
    );
}

#[test]
fn a_power_cut_in_the_middle_of_a_collection_leaves_exact_counters() {
    let mut menu = Menu::open();
    menu.top_up(50);
    menu.enter(MAINTENANCE, "Wang");
    menu.touch("cash-box");
    menu.touch("collect");
    menu.touch("collect-meant");
    menu.shows("Menu", &["TakeTheBoxOut"]);
    // Before the box is out: the count goes on.
    menu.stage.kill_kiosk().expect("the power goes");
    menu.screen = menu.stage.start_kiosk().expect("the kiosk starts");
    menu.shows("Attract", &["cash: Works"]);
    menu.enter(MAINTENANCE, "Wang");
    menu.touch("cash-box");
    menu.shows("Menu", &["¥ 50.00"]);
    menu.touch("collect");
    menu.touch("collect-meant");
    menu.shows("Menu", &["TakeTheBoxOut"]);
    menu.validator(ValidatorFault::BoxRemoved);
    menu.shows("Menu", &["PutTheBoxBack"]);
    // While it is out: the count is closed.
    menu.stage.kill_kiosk().expect("the power goes");
    menu.validator(ValidatorFault::BoxReplaced);
    menu.screen = menu.stage.start_kiosk().expect("the kiosk starts");
    menu.shows("Attract", &["cash: Works"]);
    menu.enter(MAINTENANCE, "Wang");
    menu.touch("cash-box");
    menu.touch("count-1");
    menu.digits("50");
    menu.shows("Menu", &["CountTaken"]);
    menu.leave();
    menu.top_up(20);
    let (events, accounts) = menu.close();
    assert_eq!(
        outcomes(&events, "collect"),
        ["Begun", "Failed", "Begun", "Done"]
    );
    let collected = events.iter().filter(|event| event.starts_with("Collected"));
    assert_eq!(collected.count(), 1);
    assert_eq!(accounts["CashBox"], "20.00");
    assert_eq!(accounts["Collected"], "50.00");
}

#[test]
fn a_meter_is_read_from_the_menu_its_frames_are_shown_and_it_takes_a_top_up_afterwards() {
    let mut menu = Menu::open();
    menu.enter(MAINTENANCE, "Wang");
    menu.touch("bus");
    menu.shows("Menu", &["title: Bus"]);
    menu.touch("meter-number");
    menu.shows("Menu", &["title: ReadOneMeter"]);
    menu.digits(ELECTRICITY);
    menu.shows("Menu", &["title: Meter", "NotAskedYet"]);
    menu.touch("read-meter");
    menu.shows("Menu", &["MeterAnswered", "PurchaseNumber", "LastAnswer"]);
    menu.touch("back");
    menu.touch("trace");
    menu.shows("Menu", &["FrameSent", "FrameCame"]);
    menu.leave();
    menu.top_up(10);
    let (events, _) = menu.close();
    assert_eq!(outcomes(&events, "read-meter"), ["Begun", "Done"]);
}
