//! A top-up by card through the shipping programs, with the server gone: the directory says which meter.

use std::time::{Duration, Instant};

use meterpost_tests::scenario::card_holder::{CARD, CardHolder};
use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::stage::{Stage, StagePlan, TERMINAL};
use meterpost_tests::scenario::topup::{PATIENCE, insert};

#[test]
fn a_card_leads_to_its_meter_without_the_server_and_the_sale_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder.path()).expect("an office");
    let address = office.address.parse().expect("an address");
    let plan = StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    };
    let online = Some((&office, address));
    let mut stage = Stage::set_online(folder.path(), &plan, online).expect("a stage");
    let holder = match CardHolder::join(&stage, &office).expect("joined") {
        Ok(holder) => holder,
        Err(why) => {
            eprintln!("skipped, no card reader: {why}");
            return;
        }
    };
    let mut screen = stage.start_kiosk().expect("a kiosk");
    let ready = ["cash: Works", "meters: Works", "cards: Some(Works)"];
    screen
        .wait_for(&["Attract"], &ready, PATIENCE)
        .expect("ready");
    // The directory is an entry of the log; once that is cosigned, it is in force.
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let head = office.head(TERMINAL).expect("a head");
        if head["gap"] == 0 && head["cosigned"].as_u64() > Some(8) {
            break;
        }
        assert!(Instant::now() < end, "{head}");
        std::thread::sleep(Duration::from_millis(100));
    }
    office.kill().expect("killed");
    let card = holder.insert().expect("inserted");
    let shown = screen.wait_for(&["Who"], &["王**", "3栋1单元12**"], PATIENCE);
    shown.unwrap_or_else(|failure| panic!("{failure}\n{}", stage.last_words()));
    // Pulled in the middle of the visit: the visit goes on.
    drop(card);
    screen.touch("choose-0").expect("touched");
    // What the meter kept of its months comes from its own wire, after the balance.
    let shown = screen.wait_for(&["Meter"], &["unit: \"kWh\""], PATIENCE);
    shown.unwrap_or_else(|failure| panic!("{failure}\n{}", stage.last_words()));
    screen.touch("amount-1000").expect("touched");
    screen.wait_for(&["Cash"], &[], PATIENCE).expect("cash");
    insert(&mut stage, 10).expect("taken");
    let printed = ["slip: Printed"];
    screen
        .wait_for(&["Done"], &printed, PATIENCE)
        .expect("done");
    screen.touch("close").expect("touched");
    screen.wait_for(&["Attract"], &[], PATIENCE).expect("over");

    // The same card finds its receipt, by the time of the log, and has it printed again.
    let card = holder.insert().expect("inserted");
    screen.wait_for(&["Who"], &[], PATIENCE).expect("who");
    drop(card);
    screen.touch("history").expect("touched");
    let year = format!("{}年", jiff::Zoned::now().year());
    let row = ["K1-000001", "state: Credited", &year];
    let shown = screen.wait_for(&["History"], &row, PATIENCE);
    shown.unwrap_or_else(|failure| panic!("{failure}\n{}", stage.last_words()));
    screen.touch("reprint-0").expect("touched");
    let printed = ["slip: Some(Printed)"];
    screen
        .wait_for(&["History"], &printed, PATIENCE)
        .expect("printed");
    assert_eq!(stage.control.state().expect("state").printer.slips.len(), 2);
    stage.kill_kiosk().expect("killed");
    let entries = stage.list_ledger().expect("entries");
    let text = serde_json::to_string(&entries).expect("JSON");
    assert!(text.contains(CARD), "{text}");
    assert_eq!(stage.verify_ledger().expect("a verdict")["verdict"], "ok");
}
