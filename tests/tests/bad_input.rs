//! Wrong numbers, wrong files, wrong frames: refused with the reason and what would be right, and nothing is changed.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::accounts::Accounts;
use common::command::{contents, run, text};
use common::gateway::pass_on;
use common::{Scene, fast};
use meterpost_tests::scenario::stage::{ELECTRICITY, Stage, WATER};

fn example(name: &str) -> String {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("../docs/examples")
        .join(name);
    std::fs::read_to_string(path).expect("the example")
}

/// A file in a folder with one piece of an example replaced; and the line in which the piece stands.
fn spoilt(folder: &Path, example: &str, old: &str, new: &str) -> (PathBuf, usize) {
    let at = example.find(old).expect("the piece to replace");
    let line = example[..at].lines().count() + usize::from(example[..at].ends_with('\n'));
    let path = folder.join("spoilt.toml");
    std::fs::write(&path, example.replacen(old, new, 1)).expect("the file is written");
    (path, line)
}

#[test]
fn a_wrong_meter_number_is_said_on_the_screen_and_costs_nothing() {
    let mut scene = Scene::open();
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    scene.ask_for("2603");
    scene.shows("Number", &["entry: \"2603\"", "problem: Some(Length)"]);
    scene.retype("20212019");
    scene.shows(
        "Number",
        &["entry: \"20212019\"", "problem: Some(NotFound)"],
    );
    assert_eq!(
        scene.meter(ELECTRICITY).heard,
        0,
        "no meter is asked about a number that is not here"
    );
    scene.retype(WATER);
    scene.shows("Meter", &[WATER, "balance: \"¥ 87.50\""]);
    scene.touch("cancel");
    scene.shows("Attract", &[]);
    let closing = scene.close();
    assert_eq!(closing.accounts, Accounts::default());
    assert_eq!(closing.count("SaleOpened"), 0);
}

#[test]
fn a_misspelt_key_of_the_kiosk_is_told_with_file_line_and_what_would_be_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, line) = spoilt(folder.path(), &example("kiosk.toml"), "phone = ", "fone = ");
    let ended = run("kiosk", &["check", &text(&file)]);
    let at = format!("line {line}: [terminal] fone");
    ended.failed(
        2,
        &[
            "spoilt.toml: 2 problems",
            &at,
            "unknown key",
            "right would be: `phone`",
        ],
    );
    assert_eq!(ended.stdout, "");
    // The program itself refuses the same file in the same words, and touches nothing.
    run("kiosk", &["run", "--config", &text(&file)]).failed(2, &[&at]);
    run("kiosk", &["init", "--config", &text(&file)]).failed(2, &[&at]);
    assert_eq!(contents(folder.path()).len(), 1);
}

#[test]
fn a_wrong_amount_of_the_kiosk_is_told_with_file_line_and_what_would_be_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, line) = spoilt(
        folder.path(),
        &example("kiosk.toml"),
        "highest_sale = \"500.00\"",
        "highest_sale = 500.001",
    );
    let ended = run("kiosk", &["check", &text(&file)]);
    ended.failed(
        2,
        &[
            "spoilt.toml",
            &format!("line {line}: [limits] highest_sale"),
            "right would be: ",
        ],
    );
}

#[test]
fn a_torn_configuration_of_the_kiosk_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, line) = spoilt(
        folder.path(),
        &example("kiosk.toml"),
        "currency = \"CNY\"",
        "currency = \"CNY",
    );
    run("kiosk", &["check", &text(&file)]).failed(2, &["spoilt.toml", &format!("line {line}")]);
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = text(&folder.path().join("nowhere.toml"));
    run("kiosk", &["check", &missing]).failed(2, &["nowhere.toml"]);
    run("concentrator", &["check", &missing]).failed(2, &["nowhere.toml"]);
}

#[test]
fn the_examples_are_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    for (program, name) in [
        ("kiosk", "kiosk.toml"),
        ("concentrator", "concentrator.example.toml"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, example(name)).expect("the file is written");
        let ended = run(program, &["check", &text(&path)]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn wrong_values_of_the_concentrator_are_told_with_file_line_and_what_would_be_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = example("concentrator.example.toml");
    for (old, new, words) in [
        ("area = \"0171\"", "area = \"171\"", "four digits in quotes"),
        (
            "listen = \"127.0.0.1:8376\"",
            "listen = \"0.0.0.0:8376\"",
            "without encryption",
        ),
        (
            "heartbeat_seconds = 60",
            "heartbeat_seconds = 0",
            "heartbeat_seconds",
        ),
        ("baud = 2400", "baud = 2401", "2401"),
        ("state = ", "estate = ", "estate"),
    ] {
        let (file, line) = spoilt(folder.path(), &good, old, new);
        let at = format!("spoilt.toml:{line}: ");
        run("concentrator", &["check", &text(&file)]).failed(2, &[&at, words]);
        run("concentrator", &["--config", &text(&file)]).failed(2, &[&at, words]);
    }
}

/// A kiosk with one sale in its ledger, cut off from power; its data folder is as the cut left it.
fn after_one_sale() -> Scene {
    let mut scene = Scene::open();
    scene.top_up(ELECTRICITY, 50);
    scene.stage.kill_kiosk().expect("the power is cut");
    scene
}

/// Brings the write-ahead log into the database, as any orderly end does. Only a program that writes does that; the
/// commands that read leave every byte as it is.
fn tidied_up(stage: &Stage) {
    let database =
        rusqlite::Connection::open(stage.data().join("ledger.db")).expect("the database");
    let left: i64 = database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .expect("SQLite folds the log back");
    assert_eq!(left, 0, "nobody else has the database open");
}

/// `verify` names a problem with these words; the terminal refuses to start with those words; and what lies there stays as it
/// is.
#[track_caller]
fn refused(stage: &Stage, found: &[&str], said: &[&str]) {
    let data = stage.data();
    let before = contents(&data);
    let verify = run(
        "kiosk",
        &["ledger", "verify", "--data", &text(&data), "--json"],
    );
    assert_eq!(verify.code, Some(1), "{verify:?}");
    let verdict = verify.json();
    assert_eq!(verdict["verdict"], "refused", "{verdict}");
    let problems = verdict["problems"].to_string();
    for word in found {
        assert!(problems.contains(word), "{word:?} is not in {problems}");
    }
    assert_eq!(before, contents(&data), "a verification changes nothing");
    let started = run("kiosk", &["run", "--config", &text(&stage.kiosk_config())]);
    started.failed(1, &["the ledger cannot be opened"]);
    started.failed(1, said);
    assert_untouched(&before, &data);
}

/// Nothing was changed or taken away. SQLite may leave an empty write-ahead log where there was none.
#[track_caller]
fn assert_untouched(before: &BTreeMap<PathBuf, Vec<u8>>, data: &Path) {
    let mut after = contents(data);
    after.retain(|path, bytes| {
        before.contains_key(path) || !path.ends_with("ledger.db-wal") || !bytes.is_empty()
    });
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(&after), "files came or went");
    let changed = before
        .iter()
        .filter(|(path, bytes)| after[*path] != **bytes)
        .map(|(path, _)| path);
    assert_eq!(
        changed.collect::<Vec<_>>(),
        Vec::<&PathBuf>::new(),
        "files were changed"
    );
}

/// Flips one bit of the byte at which `find` points.
fn flip(file: &Path, find: impl Fn(&[u8]) -> Option<usize>) {
    let mut bytes = std::fs::read(file).expect("the file");
    let at = find(&bytes).expect("the place to damage");
    bytes[at] ^= 0x01;
    std::fs::write(file, bytes).expect("the file is written");
}

/// Where the meter's number stands in an entry.
fn the_number(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(ELECTRICITY.len())
        .position(|w| w == ELECTRICITY.as_bytes())
}

#[test]
fn a_flipped_bit_in_an_entry_of_the_database_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    tidied_up(&scene.stage);
    flip(&scene.stage.data().join("ledger.db"), the_number);
    refused(
        &scene.stage,
        &["are not the 13 that its checkpoint commits to"],
        &[
            "are not the 13 that its checkpoint commits to",
            "Keep the whole folder as evidence",
        ],
    );
}

#[test]
fn a_flipped_bit_in_the_databases_first_page_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    tidied_up(&scene.stage);
    flip(&scene.stage.data().join("ledger.db"), |_| Some(3));
    refused(
        &scene.stage,
        &["the database cannot be read"],
        &[
            "the database cannot be read",
            "Keep the whole folder as evidence",
        ],
    );
}

#[test]
fn a_flipped_bit_in_the_write_ahead_log_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    // SQLite drops the damaged frame and everything behind it without a word; the second head knows better.
    flip(&scene.stage.data().join("ledger.db-wal"), the_number);
    refused(
        &scene.stage,
        &["were committed", "its last entries are lost"],
        &[
            "were committed",
            "its last entries are lost",
            "Keep the whole folder as evidence",
        ],
    );
}

#[test]
fn a_missing_write_ahead_log_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    std::fs::remove_file(scene.stage.data().join("ledger.db-wal"))
        .expect("it is there after a power cut");
    refused(
        &scene.stage,
        &["were committed"],
        &["were committed", "Keep the whole folder as evidence"],
    );
}

#[test]
fn a_missing_database_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    tidied_up(&scene.stage);
    std::fs::remove_file(scene.stage.data().join("ledger.db")).expect("the database");
    refused(
        &scene.stage,
        &["there is no ledger database"],
        &[
            "the database is missing",
            "Put the data disk or folder back",
        ],
    );
}

#[test]
fn an_old_copy_of_the_database_is_found_and_the_terminal_does_not_start() {
    let mut scene = after_one_sale();
    tidied_up(&scene.stage);
    let database = scene.stage.data().join("ledger.db");
    let old = std::fs::read(&database).expect("the database");
    scene.screen = scene.stage.start_kiosk().expect("the power is back");
    scene.top_up(ELECTRICITY, 20);
    scene.stage.kill_kiosk().expect("the power is cut");
    tidied_up(&scene.stage);
    std::fs::write(&database, old).expect("the old copy is put back");
    refused(
        &scene.stage,
        &["were committed"],
        &[
            "an old copy was restored",
            "Keep the whole folder as evidence",
        ],
    );
}

#[test]
fn another_terminals_key_is_found_and_the_terminal_does_not_start() {
    let scene = after_one_sale();
    tidied_up(&scene.stage);
    let other = scene.stage.folder.join("other");
    let config = scene.stage.folder.join("other.toml");
    let toml = std::fs::read_to_string(scene.stage.kiosk_config()).expect("the configuration");
    let data = format!("data = \"{}\"", text(&scene.stage.data()));
    let toml = toml.replace(&data, &format!("data = \"{}\"", text(&other)));
    std::fs::write(&config, toml).expect("the file is written");
    assert_eq!(
        run("kiosk", &["init", "--config", &text(&config)]).code,
        Some(0)
    );
    std::fs::copy(other.join("key"), scene.stage.data().join("key")).expect("the key is copied");
    refused(
        &scene.stage,
        &["key"],
        &[
            "not the key of this log",
            "Put this terminal's own key file back",
        ],
    );
}

#[test]
fn a_terminal_that_was_never_set_up_says_how_and_makes_nothing() {
    let stage_folder = tempfile::tempdir().expect("a folder");
    let stage = Stage::set(stage_folder.path(), &fast()).expect("the stage is set");
    std::fs::remove_dir_all(stage.data()).expect("the data folder");
    let started = run("kiosk", &["run", "--config", &text(&stage.kiosk_config())]);
    started.failed(1, &["the ledger cannot be opened", "kiosk init"]);
    assert!(!stage.data().exists(), "a ledger is never made by the way");
}

#[test]
fn a_second_init_refuses_and_leaves_the_ledger_alone() {
    let scene = after_one_sale();
    tidied_up(&scene.stage);
    let before = contents(&scene.stage.data());
    let again = run(
        "kiosk",
        &["init", "--config", &text(&scene.stage.kiosk_config())],
    );
    assert_eq!(again.code, Some(1), "{again:?}");
    assert_untouched(&before, &scene.stage.data());
}

#[test]
fn a_second_kiosk_on_the_same_ledger_is_refused_and_the_first_goes_on() {
    let mut scene = Scene::open();
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    let second = run(
        "kiosk",
        &["run", "--config", &text(&scene.stage.kiosk_config())],
    );
    second.failed(1, &["already in use"]);
    scene.top_up(ELECTRICITY, 50);
    assert_eq!(scene.close().accounts, Accounts::credited(5_000));
}

/// An electricity meter's answer from the field: 00010000, 0.26 kWh.
const FRAME: &str = "FEFEFEFE6894410326121868910833333433593333335016";

#[test]
fn a_good_frame_is_explained_as_json() {
    let ended = run(
        "meterbus",
        &["decode", "--protocol", "dlt645", "--json", FRAME],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let frame = ended.json();
    assert_eq!(frame["address"], "181226034194");
    assert_eq!(frame["direction"], "answer");
    assert_eq!(
        (&frame["ok"], &frame["di"]),
        (&true.into(), &"00010000".into())
    );
    assert_eq!(
        (&frame["value"], &frame["unit"]),
        (&"0.26".into(), &"kWh".into())
    );
}

#[test]
fn bad_frames_are_refused_with_the_reason() {
    let wrong_sum = FRAME.replace("5016", "5116");
    let cut_off = &FRAME[..FRAME.len() - 6];
    let no_hex = FRAME.replace("68", "6G");
    for (frame, reason) in [
        (wrong_sum.as_str(), "checksum must be 50, it is 51"),
        (cut_off, "length"),
        (no_hex.as_str(), "hex"),
        ("FEFEFEFE", ""),
    ] {
        let ended = run(
            "meterbus",
            &["decode", "--protocol", "dlt645", "--json", frame],
        );
        ended.failed(2, &["meterbus: ", reason]);
        assert_eq!(ended.stdout, "", "no half an answer");
    }
}

fn read_meter(address: &str, way: &[&str]) -> common::command::Ended {
    let fixed = ["read", "--address", address, "--baud", "19200", "--json"];
    run("meterbus", &[&fixed[..], way].concat())
}

#[track_caller]
fn shows_its_books(ended: &common::command::Ended, number: u32, balance: &str) {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report = ended.json();
    assert_eq!(report["outcome"], "read", "{report}");
    assert_eq!(report["reading"]["purchase_number"], number, "{report}");
    assert_eq!(report["reading"]["balance"], balance, "{report}");
    assert_eq!(report["reading"]["supply"], "on", "{report}");
}

/// The water meter as the field tool names it: type and number.
const WATER_METER: &str = "10-12022018000007";

#[test]
fn the_field_tool_reads_meters_through_a_concentrator() {
    let folder = tempfile::tempdir().expect("a folder");
    let stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
    let master = format!("127.0.0.1:{}", stage.port);
    let way = [
        "--master",
        &master,
        "--segment",
        "1",
        "--area",
        "3301",
        "--terminal",
        "1",
    ];
    shows_its_books(&read_meter(ELECTRICITY, &way), 6, "12.50");
    shows_its_books(&read_meter(WATER_METER, &way), 3, "87.50");
}

#[test]
fn the_field_tool_reads_meters_on_a_serial_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
    stage.kill_concentrator().expect("the line is free");
    let tty = text(&stage.places.segments[0]);
    shows_its_books(&read_meter(ELECTRICITY, &["--serial", &tty]), 6, "12.50");
    shows_its_books(&read_meter(WATER_METER, &["--serial", &tty]), 3, "87.50");
}

#[test]
fn the_field_tool_reads_a_meter_behind_a_serial_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
    stage.kill_concentrator().expect("the line is free");
    let server = pass_on(&stage.places.segments[0]);
    shows_its_books(&read_meter(ELECTRICITY, &["--tcp", &server]), 6, "12.50");
}

#[test]
fn the_field_tool_says_that_a_meter_which_is_not_there_does_not_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = Stage::set(folder.path(), &fast()).expect("the stage is set");
    stage.kill_concentrator().expect("the line is free");
    let tty = text(&stage.places.segments[0]);
    let ended = read_meter("260305510013", &["--serial", &tty]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(ended.json()["outcome"], "no_answer");
}
