//! The service menu on the glass of the running terminal: who comes in, a test page, a collection with its count and its two slips, the readiness
//! report, a USB stick with an update and for the log, and a top-up afterwards.

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
use meterpost_tests::stick::UsbStick;
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
        Menu::open_with("")
    }

    /// With more in the kiosk's configuration; `DIR` in it is the folder of all of it.
    fn open_with(more: &str) -> Menu {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
        let mut config = std::fs::read_to_string(stage.kiosk_config()).expect("the configuration");
        config += &more.replace("DIR", &stage.folder.display().to_string());
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

/// A folder for a stick, a program that tells of slots, and one that installs: it knows a bundle that is signed from one that is not, and takes its
/// time where the bundle says so.
const UPDATES: &str = r#"
[service]
usb = "DIR/usb"

[commands]
slots = ["sh", "-c", "printf 'A\\t0.9.0\\tbooted\\tgood\\nB\\t0.8.0\\tother\\tbad\\n'"]
update_from = ["sh", "-c", "echo 10% reading; case $(cat \"$0\") in signed) cp \"$0\" DIR/installed;; slow) while cat \"$0\" >/dev/null; do sleep 0.1; done; exit 1;; *) echo signature verification failed >&2; exit 1;; esac", "{file}"]
"#;

/// A member of the staff at the menu of a terminal with these files on its stick; `None` where nothing can be mounted.
fn with_stick(files: &[(&str, &str)]) -> Option<(Menu, UsbStick)> {
    let mut menu = Menu::open_with(UPDATES);
    let stick = UsbStick::plug(&menu.stage.folder.join("usb")).expect("a stick")?;
    for (name, content) in files {
        std::fs::write(stick.folder().join(name), content).expect("the stick takes it");
    }
    menu.enter(MAINTENANCE, "Wang");
    Some((menu, stick))
}

#[test]
fn an_update_from_a_stick_is_installed_when_it_is_signed_and_refused_in_the_programs_words_when_not()
 {
    let files = [
        ("v2.raucb", "signed"),
        ("v1.raucb", "forged"),
        ("a.txt", ""),
    ];
    let Some((mut menu, stick)) = with_stick(&files) else {
        return;
    };
    menu.touch("software");
    menu.shows("Menu", &["SlotRunsGood", "SlotBad", "v2.raucb", "v1.raucb"]);
    menu.touch("update-from-usb-1");
    menu.shows("Menu", &["AskInstall", "v1.raucb"]);
    menu.touch("update-from-usb-1-meant");
    menu.shows("Menu", &["NotInstalled", "signature verification failed"]);
    menu.touch("update-from-usb-0");
    menu.touch("update-from-usb-0-meant");
    menu.shows("Menu", &["Said(Installed, [\"v2.raucb\"])"]);
    let installed = std::fs::read_to_string(menu.stage.folder.join("installed"));
    assert_eq!(installed.expect("it is installed"), "signed");
    stick.pull();
    menu.touch("back");
    menu.touch("software");
    menu.shows("Menu", &["NoStick"]);
    menu.leave();
    menu.top_up(10);
    let (events, _) = menu.close();
    assert_eq!(outcomes(&events, "update-from-usb-1"), ["Begun", "Failed"]);
    assert_eq!(outcomes(&events, "update-from-usb-0"), ["Begun", "Done"]);
}

#[test]
fn residents_top_up_while_an_update_is_installed_and_a_stick_pulled_out_ends_it() {
    let Some((mut menu, stick)) = with_stick(&[("v2.raucb", "slow")]) else {
        return;
    };
    menu.touch("software");
    menu.touch("update-from-usb-0");
    menu.touch("update-from-usb-0-meant");
    menu.shows("Menu", &["BeingInstalled", "10% reading"]);
    menu.leave();
    menu.top_up(20);
    stick.pull();
    // Nobody is at the menu: its end is an entry all the same, and said to whoever comes next.
    let end = Instant::now() + PATIENCE;
    loop {
        menu.enter(MANAGER, "Chen");
        menu.touch("software");
        let shown = menu.screen.shown().expect("a screen").view;
        if shown.contains("the stick was pulled out") {
            break;
        }
        assert!(Instant::now() < end, "{shown}");
        menu.leave();
    }
    menu.leave();
    let (events, accounts) = menu.close();
    assert_eq!(outcomes(&events, "update-from-usb-0"), ["Begun", "Failed"]);
    assert_eq!(accounts["CashBox"], "20.00");
}

#[test]
fn the_log_is_written_to_a_stick_and_is_whole_for_an_auditor() {
    let Some((mut menu, stick)) = with_stick(&[]) else {
        return;
    };
    menu.touch("ledger");
    menu.touch("export-ledger");
    menu.touch("export-ledger-meant");
    let shown = menu.shows("Menu", &["ExportedTo"]);
    let names = std::fs::read_dir(stick.folder()).expect("the stick");
    let names: Vec<String> = names
        .map(|entry| {
            entry
                .expect("a name")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert!(shown.view.contains(&names[0]), "{}", shown.view);
    let folder = stick.folder().join(&names[0]);
    let size = names[0].rsplit('-').next().expect("a size");
    let checkpoint = std::fs::read_to_string(folder.join("checkpoint")).expect("a checkpoint");
    assert_eq!(checkpoint.lines().nth(1), Some(size));
    assert!(folder.join("keys").exists() && folder.join("tile/entries").is_dir());
    stick.pull();
    menu.touch("export-ledger");
    menu.touch("export-ledger-meant");
    menu.shows("Menu", &["NotExported", "no stick is mounted"]);
    menu.leave();
    let (events, _) = menu.close();
    assert_eq!(
        outcomes(&events, "export-ledger"),
        ["Begun", "Done", "Begun", "Failed"]
    );
}
