//! A desk makes cards: the shipping `kiosk desk` with a real server, the rig's printer and the rig's cards behind the machine's
//! own PC/SC. Skipped, and said so, where no daemon can be started.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use meterpost_tests::card::{CardFault, CardService, CardSlot, PivCard, VirtualCard};
use meterpost_tests::printer::{PaperState, Printer, PrinterConfig};
use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::programs::{Program, beside};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// A server with a card authority, and an enrolled desk that runs.
struct Scene {
    desk: Program,
    printer: Printer,
    office: Office,
    _runtime: tokio::runtime::Runtime,
    folder: TempDir,
}

impl Scene {
    fn open() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::open(folder.path()).expect("an office");
        let authority = office.make_card_authority().expect("a card authority");
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let tty = folder.path().join("printer");
        let slips = folder.path().join("slips");
        std::fs::create_dir(&slips).unwrap();
        let config = PrinterConfig::default();
        let printer = runtime
            .block_on(Printer::start(config, &tty, &slips))
            .unwrap();
        let text = format!(
            "[terminal]\nid = \"D1\"\ntenant = \"east-district\"\nplace = \"East\"\nphone = \"400-810-0000\"\ncurrency = \"CNY\"\ndata = \"{0}/desk\"\nclock = \"rtc\"\n\
             [printer]\ntcp = \"{1}\"\n[server]\nurl = \"{2}\"\n[cards]\nca = \"{3}\"\nreader = \"Virtual PCD 00 00\"\n",
            folder.path().display(),
            printer.address(),
            office.url(),
            authority.display()
        );
        std::fs::write(folder.path().join("desk.toml"), text).unwrap();
        enrol(folder.path(), &office);
        let desk = start(folder.path());
        Scene {
            desk,
            printer,
            office,
            _runtime: runtime,
            folder,
        }
    }

    fn order(&self, body: &Value) -> String {
        let ordered = self.office.call("POST", "/api/v1/cards", Some(body));
        let ordered = ordered.expect("an answer");
        ordered["number"]
            .as_str()
            .unwrap_or_else(|| panic!("{ordered}"))
            .to_owned()
    }

    fn state(&self, number: &str) -> String {
        let all = self
            .office
            .call("GET", "/api/v1/cards", None)
            .expect("the cards");
        let all = all.as_array().unwrap();
        let card = all.iter().find(|card| card["number"] == number).unwrap();
        card["state"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    fn wait_for(&self, number: &str, state: &str) {
        let end = Instant::now() + PATIENCE;
        while self.state(number) != state {
            assert!(Instant::now() < end, "{number}: {}", self.desk.last_words());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    #[track_caller]
    fn wait_for_words(&self, words: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let log = std::fs::read_to_string(self.folder.path().join("kiosk.log"));
            if log.is_ok_and(|log| log.contains(words)) {
                return;
            }
            assert!(Instant::now() < end, "{words}: {}", self.desk.last_words());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn slips(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path().join("slips")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".png")).count()
    }
}

fn enrol(folder: &Path, office: &Office) {
    let mut enrol = Command::new(beside("kiosk").expect("built"))
        .args(["desk", "--enrol", "--config"])
        .arg(folder.join("desk.toml"))
        .spawn()
        .expect("the program");
    office.approve("D1").expect("approved");
    assert!(enrol.wait().expect("it ends").success());
}

fn start(folder: &Path) -> Program {
    let config = folder.join("desk.toml");
    let arguments = ["desk", "--config", config.to_str().unwrap()];
    Program::start(folder, "kiosk", &arguments, &[]).expect("the desk starts")
}

fn insert(card: PivCard) -> VirtualCard {
    VirtualCard::insert(CardSlot::First, card).expect("the virtual reader takes the card")
}

#[test]
fn a_desk_makes_cards_and_a_card_is_valid_only_when_it_says_so() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let scene = Scene::open();
    let staff = scene.order(&json!({"kind": "maintenance", "terminal": "D1"}));
    scene.wait_for_words(&format!("{staff} (Maintenance): put a blank card"));
    assert_eq!(scene.state(&staff), "ordered");
    // Without paper there is no PIN letter, and so no card.
    scene.printer.set_paper(PaperState::Out).unwrap();
    let inserted = insert(PivCard::blank());
    scene.wait_for_words("the slip was not printed");
    assert_eq!(scene.state(&staff), "ordered");
    scene.printer.set_paper(PaperState::Ok).unwrap();
    scene.wait_for(&staff, "issued");
    assert_eq!(scene.slips(), 1);
    let card = inserted.remove();
    assert!(card.holds_key(0x9E) && card.holds_key(0x9A));
    assert!(!card.has_factory_management_key());

    scene.office.sql("INSERT INTO account (tenant, account, district, changed) VALUES ('east-district', 'A-1', 'north', 0)").unwrap();
    let resident = scene.order(&json!({"account": "A-1", "terminal": "D1"}));
    scene.wait_for_words(&format!("{resident} (Resident): put a blank card"));
    // A card that is not blank, then one that is pulled too early.
    let foreign = insert(PivCard::foreign());
    scene.wait_for_words("this card cannot be used");
    drop(foreign);
    let mut blank = PivCard::blank();
    blank.fault(CardFault::PulledAt(9));
    let pulled = insert(blank);
    scene.wait_for_words("the card was not finished");
    let mut card = pulled.remove();
    assert_eq!(scene.state(&resident), "ordered");
    card.fault(CardFault::None);
    let _card = insert(card);
    scene.wait_for(&resident, "issued");
    assert_eq!(scene.slips(), 2);
}

#[test]
fn a_desk_killed_in_the_middle_finishes_the_card_when_it_runs_again() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut scene = Scene::open();
    let number = scene.order(&json!({"kind": "clerk", "terminal": "D1"}));
    scene.wait_for_words("put a blank card");
    let mut card = PivCard::blank();
    card.fault(CardFault::Slow(Duration::from_millis(150)));
    let inserted = insert(card);
    let end = Instant::now() + PATIENCE;
    while inserted.timing().commands < 12 {
        assert!(Instant::now() < end, "{}", scene.desk.last_words());
        std::thread::sleep(Duration::from_millis(20));
    }
    scene.desk.kill().expect("killed");
    assert_eq!(scene.state(&number), "ordered");
    let mut card = inserted.remove();
    card.fault(CardFault::None);
    scene.desk = start(scene.folder.path());
    // Longer than the daemon takes to notice that a card was taken out: a faster swap it would take for the same card.
    std::thread::sleep(Duration::from_millis(1500));
    let _card = insert(card);
    scene.wait_for(&number, "issued");
}
