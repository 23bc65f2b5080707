//! The demo: three top-ups through the shipping programs, told step by step, with everything left behind to look at.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Failure;
use super::card_holder::CardHolder;
use super::demo_code::{self, pay_by_code};
use super::demo_server::{checked_at_server, without_server};
use super::demo_world::DemoWorld;
use super::office::Office;
use super::programs::beside;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::teller::Teller;
use super::topup::{
    Album, PATIENCE, Summary, begin_by_number, decimal, insert, state, summary, type_number,
};
use super::touchscreen::Touchscreen;

/// Longer folders leave no room for the names of the sockets in them, which the system limits to 107 bytes.
const LONGEST_FOLDER: usize = 80;

/// Whether the sockets of a stage fit in this folder.
///
/// # Errors
/// When the folder's name is too long, or the folder cannot be made.
pub fn room_for_sockets(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    let length = folder.canonicalize()?.as_os_str().len();
    if length <= LONGEST_FOLDER {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} is {length} bytes long, and sockets cannot be in folders of more than {LONGEST_FOLDER}; use a shorter one",
        folder.display()
    )))
}

/// Plays three top-ups of the electricity meter in a folder, by cash, by telephone and without the server, and tells what happens.
///
/// # Errors
/// When anything does not happen that should; the error has the programs' last words.
pub fn narrate(folder: &Path, plan: &StagePlan, teller: Teller) -> Result<Summary, Failure> {
    room_for_sockets(folder)?;
    teller.head("1. The stage");
    teller.say("A virtual district: an electricity and a water meter on one RS-485 wire and a gas meter on another,");
    teller.say(&format!(
        "all at {} baud; a note validator and a receipt printer. All speak their real protocols.",
        plan.baud
    ));
    teller.say(
        "A concentrator, which forwards frames to the meters, and a terminal with an empty ledger.",
    );
    teller.say("A server on a database of its own, with which the terminal has been enrolled, and a payment provider.");
    let DemoWorld {
        provider,
        mut office,
        mut stage,
    } = DemoWorld::set(folder, plan, teller)?;
    let holder = CardHolder::join(&stage, &office)?;
    match &holder {
        Ok(_) => teller.say("A card reader, and a resident whose card the server knows."),
        Err(why) => teller.say(&format!(
            "No card reader can be played on this machine ({why}), so everybody types a number."
        )),
    }
    let before = state(&mut stage)?;
    let mut screen = teller.during("starting the terminal", || stage.start_kiosk())?;
    let mut album = Album::in_folder(&stage.folder.join("screens"))?;
    let played = resident(&mut stage, &mut screen, &mut album, teller).and_then(|()| {
        pay_by_code(&stage, &provider, &mut screen, &mut album, teller)?;
        let holder = holder.as_ref().ok();
        without_server(
            &mut stage,
            &mut office,
            &mut screen,
            &mut album,
            holder,
            teller,
        )
    });
    played.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    let after = state(&mut stage)?;
    teller.head("8. The power is cut");
    teller.say("The terminal is killed without a warning, as a power cut does, and its ledger is checked from outside.");
    stage.kill_kiosk()?;
    let verdict = teller.during("checking every entry, signature and account", || {
        stage.verify_ledger()
    })?;
    let summary = summary(&before, &after, &verdict, album.pictures)?;
    conclude(&stage, &office, &summary, &verdict, teller)?;
    Ok(summary)
}

fn resident(
    stage: &mut Stage,
    screen: &mut Touchscreen,
    album: &mut Album,
    teller: Teller,
) -> Result<(), Failure> {
    find_meter(screen, album, teller)?;
    pay(stage, screen, album, teller)?;
    teller.head("5. The meter is credited");
    teller.say("The terminal writes the intent into its ledger, sends the purchase once, and reads the meter back.");
    teller.say("Only what the meter's own books say counts as an outcome.");
    teller.during("writing to the meter, reading it back, printing", || {
        screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)
    })?;
    photograph(screen, album, "done", teller)?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE).map(drop)
}

fn find_meter(screen: &mut Touchscreen, album: &mut Album, teller: Teller) -> Result<(), Failure> {
    teller.head("2. A resident comes");
    teller.during(
        "waiting until validator, printer and meters are found",
        || screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE),
    )?;
    photograph(screen, album, "attract", teller)?;
    teller.say("The resident touches 触摸屏幕开始 (start) and types the number that is printed on the meter.");
    begin_by_number(screen)?;
    type_number(screen, ELECTRICITY)?;
    screen.wait_for(&["Number"], &[ELECTRICITY], PATIENCE)?;
    photograph(screen, album, "number", teller)?;
    teller.head("3. The meter is read");
    teller.say("The question goes through the concentrator onto the wire, and the meter answers with its books.");
    screen.touch("find")?;
    teller.during("reading the meter", || {
        screen.wait_for(&["Meter"], &[], PATIENCE)
    })?;
    photograph(screen, album, "meter", teller)
}

fn pay(
    stage: &mut Stage,
    screen: &mut Touchscreen,
    album: &mut Album,
    teller: Teller,
) -> Result<(), Failure> {
    teller.head("4. Cash");
    teller.say("The resident chooses ¥50 and inserts ¥20, ¥20 and ¥10. Each note is in the ledger before its credit");
    teller.say("is acknowledged to the validator.");
    screen.touch("amount-5000")?;
    screen.wait_for(&["Pay"], &[], PATIENCE)?;
    screen.touch("pay-cash")?;
    teller.during("the validator gets ready", || {
        screen.wait_for(&["Cash"], &[], PATIENCE)
    })?;
    photograph(screen, album, "cash", teller)?;
    for (note, sum) in [(20, 20), (20, 40)] {
        teller.during(&format!("the validator checks and stacks ¥{note}"), || {
            insert(stage, note)?;
            screen.wait_for(&["Cash"], &[&format!("inserted: \"¥ {sum}.00\"")], PATIENCE)
        })?;
        teller.say(&format!(
            "¥{note} is in the box; the screen says ¥ {sum}.00"
        ));
    }
    photograph(screen, album, "cash-inserted", teller)?;
    teller.during("the validator checks and stacks ¥10", || {
        insert(stage, 10)?;
        screen.wait_for(&["Delivering", "Done"], &[], PATIENCE)
    })?;
    photograph(screen, album, "delivering", teller)
}

pub(super) fn photograph(
    screen: &mut Touchscreen,
    album: &mut Album,
    name: &str,
    teller: Teller,
) -> Result<(), Failure> {
    album.take(screen, name)?;
    if let Some(picture) = album.pictures.last() {
        teller.say(&format!("picture: {}", near(picture).display()));
    }
    Ok(())
}

fn conclude(
    stage: &Stage,
    office: &Office,
    summary: &Summary,
    verdict: &Value,
    teller: Teller,
) -> Result<(), Failure> {
    teller.head("What it led to");
    teller.say(&format!(
        "paid          ¥{:>7}   (in the cash box)",
        summary.paid
    ));
    let by_code = decimal(demo_code::PAID);
    teller.say(&format!(
        "by telephone  ¥{by_code:>7}   (at the payment provider)"
    ));
    teller.say(&format!(
        "credited      ¥{:>7}   (the sum of the meter's purchases)",
        summary.credited
    ));
    teller.say(&format!("meter before  ¥{:>7}", summary.meter_before));
    teller.say(&format!("meter after   ¥{:>7}", summary.meter_after));
    teller.say(&ledger_words(verdict));
    checked_at_server(office, &stage.folder, teller)?;
    let receipt = match &summary.receipt_png {
        Some(slip) => keep_receipt(stage, slip)?,
        None => return Err(Failure::new("no receipt was printed")),
    };
    teller.head("Where to look");
    teller.say(&format!(
        "screens       {}",
        near(&stage.folder.join("screens")).display()
    ));
    teller.say(&format!("receipt       {}", near(&receipt).display()));
    look_further(stage, teller)?;
    let paid = in_hundredths(&summary.paid)? + demo_code::PAID;
    if decimal(paid) != summary.credited || !summary.checkpoint_ok {
        return Err(Failure::new(
            "the money or the ledger is wrong; this must never happen",
        ));
    }
    Ok(())
}

/// The time, in seconds since 1970.
pub(super) fn unix() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

fn in_hundredths(decimal: &str) -> Result<i64, Failure> {
    let digits = decimal.replace('.', "");
    digits
        .parse()
        .map_err(|_| Failure::new(format!("no amount: {decimal}")))
}

/// The ledger's verdict in a line.
pub fn ledger_words(verdict: &Value) -> String {
    let size = verdict["size"].as_u64().unwrap_or(0);
    let word = verdict["verdict"].as_str().unwrap_or("unreadable");
    format!("ledger        {size} entries, verdict: {word}")
}

/// Copies the newest slip to where it is easily found.
///
/// # Errors
/// When it cannot be copied.
pub fn keep_receipt(stage: &Stage, slip: &Path) -> Result<PathBuf, Failure> {
    let receipt = stage.folder.join("receipt.png");
    std::fs::copy(slip, &receipt)?;
    Ok(receipt)
}

/// The commands with which to go on.
///
/// # Errors
/// When a program is not there.
pub fn look_further(stage: &Stage, teller: Teller) -> Result<(), Failure> {
    let (kiosk, meterbus, concentrator) = (
        beside("kiosk")?,
        beside("meterbus")?,
        beside("concentrator")?,
    );
    let data = stage.data();
    let data = near(&data).display();
    teller.head("Look further");
    teller.say("the ledger, checked and listed:");
    teller.say(&format!(
        "  {} ledger verify --data {data}",
        kiosk.display()
    ));
    teller.say(&format!("  {} ledger list --data {data}", kiosk.display()));
    teller.say("what the meter was asked to tell whether its relay is closed, explained:");
    let frame = relay_question();
    teller.say(&format!(
        "  {} decode --protocol dlt645 {frame}",
        meterbus.display()
    ));
    teller.say("the concentrator's configuration:");
    let config = stage.folder.join("concentrator.toml");
    teller.say(&format!(
        "  {} check {}",
        concentrator.display(),
        near(&config).display()
    ));
    Ok(())
}

/// DL/T 645-2007 request (control code 11) for status word 3, `04000503`, of the electricity meter; data bytes are sent plus 33,
/// low byte first, and the last byte but one is the sum of all before.
fn relay_question() -> String {
    let mut frame = vec![0x68];
    frame.extend(
        hex::decode(ELECTRICITY)
            .unwrap_or_default()
            .into_iter()
            .rev(),
    );
    frame.extend([0x68, 0x11, 4]);
    frame.extend([0x03, 0x05, 0x00, 0x04].map(|byte: u8| byte.wrapping_add(0x33)));
    frame.push(
        frame
            .iter()
            .fold(0, |sum: u8, byte| sum.wrapping_add(*byte)),
    );
    frame.push(0x16);
    hex::encode_upper(frame)
}

/// A path as a person in the current folder would type it.
pub fn near(path: &Path) -> &Path {
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize());
    here.ok()
        .and_then(|folder| path.strip_prefix(folder).ok())
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_to_look_at_is_sound() {
        assert_eq!(relay_question(), "68120051050326681104363833374E16");
    }

    #[test]
    fn a_folder_too_deep_for_sockets_is_refused_in_plain_words() {
        let scratch = tempfile::tempdir().unwrap();
        assert!(room_for_sockets(scratch.path()).is_ok());
        let deep = scratch.path().join("a".repeat(LONGEST_FOLDER));
        let refusal = room_for_sockets(&deep).unwrap_err().to_string();
        assert!(refusal.contains("use a shorter one"), "{refusal}");
    }
}
