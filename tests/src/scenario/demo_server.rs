//! The part of the demo in which the server is switched off and comes back.

use std::path::Path;
use std::time::{Duration, Instant};

use super::Failure;
use super::card_holder::CardHolder;
use super::demo::{near, photograph};
use super::office::Office;
use super::stage::{ELECTRICITY, Stage, TERMINAL};
use super::teller::Teller;
use super::topup::{Album, PATIENCE, choose_way, first_meter_of_card, insert};
use super::touchscreen::Touchscreen;

/// How long the terminal may take to bring what it has.
const SETTLE: Duration = Duration::from_secs(60);

/// The server is killed, the terminal goes on, the server comes back, and both have the same log.
///
/// # Errors
/// When anything does not happen that should.
pub fn without_server(
    stage: &mut Stage,
    office: &mut Office,
    screen: &mut Touchscreen,
    album: &mut Album,
    holder: Option<&CardHolder>,
    teller: Teller,
) -> Result<(), Failure> {
    teller.head("7. The server is gone");
    let size = teller.during("the terminal brings its entries", || cosigned(office, 0))?;
    teller.say(&format!(
        "It has cosigned the log up to {size} entries. Now it is killed, and the next resident comes."
    ));
    office.kill()?;
    match holder {
        Some(holder) => {
            let card = teller.during("the card proves itself and the meter is read", || {
                let card = holder.insert()?;
                first_meter_of_card(screen)?;
                Ok::<_, Failure>(card)
            })?;
            photograph(screen, album, "card", teller)?;
            teller.say("The directory that the server had told the terminal says whose card it is and which meter.");
            drop(card);
            screen.touch("amount-1000")?;
        }
        None => choose_way(screen, ELECTRICITY, 1_000)?,
    }
    // The code is offered no more, or not for long: cash is.
    screen.wait_for(&["Pay"], &["cash: Open"], PATIENCE)?;
    screen.touch("pay-cash")?;
    screen.wait_for(&["Cash"], &[], PATIENCE)?;
    teller.during("a resident tops up ¥10", || {
        insert(stage, 10)?;
        screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
        screen.touch("close")?;
        screen.wait_for(&["Attract"], &[], PATIENCE)
    })?;
    teller.say("The terminal sold as before. The server comes back.");
    office.start()?;
    let size = teller.during("the terminal brings what is missing", || {
        cosigned(office, size)
    })?;
    teller.say(&format!("It has cosigned the log up to {size} entries."));
    Ok(())
}

/// Waits until the server has cosigned all that the terminal claims, and more than `above`.
///
/// # Errors
/// When it takes too long.
pub fn cosigned(office: &Office, above: u64) -> Result<u64, Failure> {
    let end = Instant::now() + SETTLE;
    loop {
        let head = office.head(TERMINAL)?;
        let size = head["cosigned"].as_u64().unwrap_or(0);
        if head["gap"] == 0 && size > above + 1 {
            return Ok(size);
        }
        if Instant::now() >= end {
            return Err(Failure::new(format!(
                "the server does not have all entries: {head}"
            )));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// What the server's own check of the log says, in a line; and how to ask it oneself.
///
/// # Errors
/// When the log is not in order.
pub fn checked_at_server(office: &Office, folder: &Path, teller: Teller) -> Result<(), Failure> {
    let verdict = office.verify(TERMINAL)?;
    let word = verdict["verdict"].as_str().unwrap_or("unreadable");
    teller.say(&format!(
        "at the server {} entries, verdict: {word}; behind them stands the note of the last contact",
        verdict["size"]
    ));
    if word != "ok" {
        return Err(Failure::new(format!(
            "the server's copy of the ledger is wrong; this must never happen: {verdict}"
        )));
    }
    let books = office.check_books()?;
    teller.say(&format!(
        "its books add up: {} journals of wallets and payments, checked against {} entries of the log",
        books["journals"], books["entries"]
    ));
    let path = folder.join("server-verdict.json");
    std::fs::write(&path, format!("{verdict:#}\n"))?;
    teller.say(&format!("              {}", near(&path).display()));
    Ok(())
}
