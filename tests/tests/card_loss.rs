//! A card reported lost at the terminal, through the shipping programs: blocked by the server, refused by the reader, found again at a desk.

use meterpost_tests::scenario::card_holder::{CARD, CardHolder};
use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::stage::{ELECTRICITY, Stage, StagePlan};
use meterpost_tests::scenario::topup::{PATIENCE, type_number};
use meterpost_tests::scenario::touchscreen::Touchscreen;

fn waits(stage: &Stage, screen: &mut Touchscreen, name: &str, words: &[&str]) {
    let shown = screen.wait_for(&[name], words, PATIENCE);
    shown.unwrap_or_else(|failure| panic!("{failure}\n{}", stage.last_words()));
}

fn types(screen: &mut Touchscreen, number: &str) {
    type_number(screen, number).expect("typed");
    screen.touch("find").expect("touched");
}

#[test]
fn a_card_reported_lost_is_blocked_until_the_office_finds_it() {
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
    waits(&stage, &mut screen, "Attract", &ready);
    let card = holder.insert().expect("inserted");
    waits(&stage, &mut screen, "Who", &["王**", "3栋1单元12**"]);
    drop(card);
    screen.touch("choose-0").expect("touched");
    waits(&stage, &mut screen, "Meter", &[]);
    screen.touch("cancel").expect("touched");
    waits(&stage, &mut screen, "Attract", &[]);

    screen.touch("start").expect("touched");
    waits(&stage, &mut screen, "Identify", &["reports_loss: true"]);
    screen.touch("lost").expect("touched");
    waits(&stage, &mut screen, "Loss", &["number: Meter"]);
    types(&mut screen, ELECTRICITY);
    waits(&stage, &mut screen, "Loss", &["number: Card"]);
    types(&mut screen, "41");
    waits(&stage, &mut screen, "Loss", &["Some(NotKnown)", "\"41\""]);
    screen.touch("clear").expect("touched");
    office.kill().expect("killed");
    let digits = CARD.trim_start_matches("C-");
    types(&mut screen, digits);
    waits(&stage, &mut screen, "Loss", &["Some(NoAnswer)"]);
    office.start().expect("up again");
    screen.touch("find").expect("touched");
    waits(&stage, &mut screen, "Loss", &["Blocked"]);
    screen.touch("close").expect("touched");
    waits(&stage, &mut screen, "Attract", &[]);

    // The terminal has fetched what to refuse as soon as the card is refused by it; it may be quicker than that with the card.
    let refused = std::iter::repeat_with(|| {
        let card = holder.insert().expect("inserted");
        let shown = screen.wait_for(&["Identify", "Who"], &[], PATIENCE);
        let shown = shown.unwrap_or_else(|failure| panic!("{failure}\n{}", stage.last_words()));
        drop(card);
        screen.touch("back").expect("touched");
        screen.wait_for(&["Attract"], &[], PATIENCE).expect("back");
        shown.view.contains("CardInvalid")
    });
    assert!(
        refused.take(5).any(|refused| refused),
        "{}",
        stage.last_words()
    );
    let state = |office: &Office| office.sql("SELECT state FROM card").expect("a state");
    assert_eq!(state(&office), "lost");
    let path = format!("/api/v1/cards/{CARD}/found");
    office.call("POST", &path, None).expect("found");
    assert_eq!(state(&office), "issued");
}
