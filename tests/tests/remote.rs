//! The terminal under remote control: the shipping programs, a real screen, and a sale in the middle.

use std::time::{Duration, Instant};

use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::stage::{ELECTRICITY, Stage, StagePlan, TERMINAL};
use meterpost_tests::scenario::topup::{PATIENCE, choose, insert};
use meterpost_tests::scenario::touchscreen::Touchscreen;
use serde_json::{Value, json};

struct Scene {
    office: Office,
    stage: Stage,
    screen: Touchscreen,
    _folder: tempfile::TempDir,
}

/// A terminal that is enrolled and waits for somebody. `change` may change its configuration first.
fn scene(change: impl Fn(String) -> String) -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let office = Office::open(folder.path()).expect("an office");
    let address = office.address.parse().expect("an address");
    let plan = StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    };
    let online = Some((&office, address));
    let mut stage = Stage::set_online(folder.path(), &plan, online).expect("a stage");
    let config = std::fs::read_to_string(stage.kiosk_config()).expect("a configuration");
    std::fs::write(stage.kiosk_config(), change(config)).expect("written");
    let screen = stage.start_kiosk().expect("a kiosk");
    Scene {
        office,
        stage,
        screen,
        _folder: folder,
    }
}

impl Scene {
    fn command(&self, command: &Value) -> (String, String) {
        let version = self
            .office
            .command_terminal(TERMINAL, command)
            .expect("given");
        self.office
            .command_outcome(TERMINAL, version)
            .expect("an outcome")
    }

    fn shows(&mut self, screen: &str, words: &[&str]) {
        let shown = self.screen.wait_for(&[screen], words, PATIENCE);
        shown.unwrap_or_else(|failure| panic!("{failure}\n{}", self.stage.last_words()));
    }

    /// After a search: whether it led to a meter. While that is being read there is no way back yet.
    fn found(&mut self) -> bool {
        let end = Instant::now() + PATIENCE;
        loop {
            let shown = self.screen.shown().expect("a screen");
            match shown.screen.as_str() {
                "Meter" => return true,
                "Number" if shown.view.contains("problem: Some") => return false,
                _ => {}
            }
            assert!(Instant::now() < end, "{}", self.stage.last_words());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn top_up(&mut self) {
        choose(&mut self.screen, ELECTRICITY, 1_000, None).expect("the cash screen");
        insert(&mut self.stage, 10).expect("taken");
        self.shows("Done", &[]);
        self.screen.touch("close").expect("touched");
        self.shows("Attract", &[]);
    }
}

#[test]
fn commands_close_open_and_restart_the_terminal_and_wait_for_no_resident() {
    let mut scene = scene(|config| config);
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    let read = json!({"command": "read_meter", "meter": ELECTRICITY});
    let (state, words) = scene.command(&read);
    assert_eq!(state, "done", "{words}");
    assert!(words.starts_with("balance "), "{words}");

    choose(&mut scene.screen, ELECTRICITY, 1_000, None).expect("the cash screen");
    let lock = json!({"command": "lock", "reason": "audit"});
    let (state, words) = scene.command(&lock);
    assert_eq!(state, "refused", "in the middle of a sale: {words}");
    insert(&mut scene.stage, 10).expect("taken");
    scene.shows("Done", &[]);
    scene.screen.touch("close").expect("touched");
    scene.shows("Attract", &[]);

    let state = until_not_refused(&scene, &lock);
    assert_eq!(state, "done");
    scene.shows("OutOfService", &["Locked"]);
    // The program ends to be started anew, and the lock is still there.
    let version = scene
        .office
        .command_terminal(TERMINAL, &json!({"command": "restart"}))
        .expect("given");
    let end = Instant::now() + Duration::from_secs(30);
    let code = loop {
        match scene.stage.kiosk_ended().expect("a state") {
            Some(status) => break status.code(),
            None if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
            None => panic!("it does not end\n{}", scene.stage.last_words()),
        }
    };
    assert_eq!(code, Some(75));
    scene.screen = scene.stage.start_kiosk().expect("a kiosk");
    scene.shows("OutOfService", &["Locked"]);
    let (state, words) = scene
        .office
        .command_outcome(TERMINAL, version)
        .expect("an outcome");
    assert_eq!((state.as_str(), words.as_str()), ("done", "started again"));

    let logs = scene
        .office
        .command_terminal(TERMINAL, &json!({"command": "send_logs", "lines": 200}))
        .expect("given");
    let (state, _) = scene
        .office
        .command_outcome(TERMINAL, logs)
        .expect("an outcome");
    assert_eq!(state, "done");
    let lines = scene.office.terminal_log(TERMINAL, logs).expect("lines");
    assert!(lines.contains("INFO"), "{lines}");

    // What no program is configured for is told, not pretended.
    let (state, words) = scene.command(&json!({"command": "reboot"}));
    assert_eq!(state, "failed", "{words}");
    let (state, _) = scene.command(&json!({"command": "unlock"}));
    assert_eq!(state, "done");
    scene.shows("Attract", &[]);
    scene.top_up();
    scene.stage.kill_kiosk().expect("killed");
    assert_eq!(
        scene.stage.verify_ledger().expect("a verdict")["verdict"],
        "ok"
    );
}

/// A slip may still be in the printer when the resident has gone: a command is refused then, and given again.
fn until_not_refused(scene: &Scene, command: &Value) -> String {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let (state, _) = scene.command(command);
        if state != "refused" || Instant::now() > end {
            return state;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// The stage's configuration without its own meters.
fn without_meters(config: &str) -> String {
    let end = config.find("[[meter]]").expect("meters");
    let server = config.find("[server]").expect("a server");
    format!("{}{}", &config[..end], &config[server..])
}

#[test]
fn a_terminal_sells_for_the_meters_of_its_directory_under_the_servers_parameters() {
    let mut scene = scene(|config| without_meters(&config));
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    let meter = |number: &str, owner: &str| {
        json!({"number": number, "utility": "electricity", "profile": "dlt645-plain", "address": number, "segment": 1,
            "baud": 19_200, "customer": "000000001234", "low_balance": "10.00", "owner": owner})
    };
    let accounts = json!([
        {"account": "A1", "district": "east", "name": "王小明", "place": "3栋1单元1201",
         "meters": [meter(ELECTRICITY, TERMINAL), meter("260305510013", "K7")]}
    ]);
    scene.office.put_accounts(&accounts).expect("put in");
    scene.office.assign(TERMINAL, "east").expect("assigned");
    let parameters =
        json!({"phone": "400-820-1234", "amounts": ["10.00", "30.00"], "valid_days": 3});
    scene.office.set_parameters(&parameters).expect("set");
    let end = Instant::now() + Duration::from_secs(30);
    // The directory comes with a sign of life; until then no meter is known here.
    loop {
        scene.screen.touch("start").expect("touched");
        scene.shows("Number", &[]);
        for digit in ELECTRICITY.chars() {
            scene
                .screen
                .touch(&format!("digit-{digit}"))
                .expect("touched");
        }
        scene.screen.touch("find").expect("touched");
        if scene.found() {
            break;
        }
        assert!(Instant::now() < end, "{}", scene.stage.last_words());
        scene.screen.touch("back").expect("touched");
        scene.shows("Attract", &[]);
    }
    scene.shows("Meter", &["30", "3栋1单元12**"]);
    scene.screen.touch("back").expect("touched");
    // The engine draws the next screen in its own time; until then there is nothing to clear.
    scene.shows("Number", &[ELECTRICITY]);
    scene.screen.touch("clear").expect("touched");
    for digit in "260305510013".chars() {
        scene
            .screen
            .touch(&format!("digit-{digit}"))
            .expect("touched");
    }
    scene.screen.touch("find").expect("touched");
    scene.shows("Number", &["NotHere"]);
    scene.screen.touch("back").expect("touched");
    scene.shows("Attract", &[]);
    scene.top_up();

    // All of it is there again after a power cut, with no server in reach.
    scene.office.kill().expect("killed");
    scene.stage.kill_kiosk().expect("killed");
    scene.screen = scene.stage.start_kiosk().expect("a kiosk");
    scene.top_up();
    scene.stage.kill_kiosk().expect("killed");
    assert_eq!(
        scene.stage.verify_ledger().expect("a verdict")["verdict"],
        "ok"
    );
}

#[test]
fn a_terminal_that_was_away_while_the_servers_key_changed_twice_follows_it() {
    let mut scene = scene(|config| config);
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    let parameters = json!({"phone": "400-820-1234", "amounts": ["10.00"], "valid_days": 3});
    scene.office.set_parameters(&parameters).expect("set");
    let applied = |scene: &mut Scene| {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let head = scene.office.head(TERMINAL).expect("a head");
            if head["gap"] == 0 && head["cosigned"].as_u64() > Some(3) {
                return head["cosigned"].as_u64();
            }
            assert!(Instant::now() < end, "{head}\n{}", scene.stage.last_words());
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    applied(&mut scene);
    scene.stage.kill_kiosk().expect("killed");
    scene.office.rotate().expect("a new key");
    scene.office.rotate().expect("a new key");
    scene.screen = scene.stage.start_kiosk().expect("a kiosk");
    scene.top_up();
    let size = applied(&mut scene);
    assert!(size.is_some());
    // What is told now is signed by a key that the terminal has followed to.
    let (state, words) = scene.command(&json!({"command": "read_meter", "meter": ELECTRICITY}));
    assert_eq!(state, "done", "{words}");
    assert_eq!(
        scene.office.verify(TERMINAL).expect("a verdict")["verdict"],
        "ok"
    );
    // And what an older key had signed still holds.
    scene.stage.kill_kiosk().expect("killed");
    scene.screen = scene.stage.start_kiosk().expect("a kiosk");
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    scene.screen.touch("start").expect("touched");
    for digit in ELECTRICITY.chars() {
        scene
            .screen
            .touch(&format!("digit-{digit}"))
            .expect("touched");
    }
    scene.screen.touch("find").expect("touched");
    let shown = scene
        .screen
        .wait_for(&["Meter"], &[], PATIENCE)
        .expect("the meter");
    assert!(!shown.view.contains("¥ 20\""), "{}", shown.view);
}
