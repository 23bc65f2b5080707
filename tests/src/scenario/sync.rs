//! Selling over a line to the server that is cut again and again, and once while the server itself is killed. In the end both
//! ledgers are checked by their own programs and compared.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::Failure;
use super::companions::Companion;
use super::office::Office;
use super::stage::{ELECTRICITY, Stage, StagePlan, TERMINAL, verify_ledger};
use super::topup::{PATIENCE, choose, insert};
use super::touchscreen::Touchscreen;
use crate::cutter::Cutter;

/// How long the last entries may take once the line is sound again.
const SETTLE: Duration = Duration::from_secs(90);

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// Top-ups meanwhile.
    pub top_ups: u32,
    /// Entries in the terminals' ledgers.
    pub entries: u64,
    /// Entries that the terminals hold a cosignature for.
    pub cosigned: u64,
    /// Entries under the server's heads.
    pub at_server: u64,
    /// Times the line was cut.
    pub cuts: usize,
    /// Requests that arrived once more.
    pub replays: usize,
    /// Entries the server has cosigned and does not have.
    pub lost: u64,
    /// Entries the server has beyond the terminals'.
    pub doubled: u64,
    /// What else is wrong, a line each.
    pub problems: Vec<String>,
    /// How long it took.
    pub ms: u64,
}

/// Terminals that only stay in touch, beside the one that sells.
const COMPANIONS: usize = 5;

/// Plays it in a folder.
///
/// # Errors
/// When the stage cannot be set, or the ledgers do not settle. What is wrong with them is in the figures.
pub fn play(
    folder: &Path,
    cuts: usize,
    seed: u64,
    tell: impl Fn(&str),
) -> Result<Figures, Failure> {
    let mut office = Office::open(folder)?;
    let server = office.address.parse();
    let server = server.map_err(|error| Failure::new(format!("{}: {error}", office.address)))?;
    let cutter = Cutter::listen(server, seed)?;
    let plan = StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    };
    let mut stage = Stage::set_online(folder, &plan, Some((&office, cutter.address)))?;
    let mut companions = Vec::new();
    for number in 2..2 + COMPANIONS {
        let id = format!("K{number}");
        let through = format!("http://{}", cutter.address);
        companions.push(Companion::start(folder, &office, &through, id)?);
    }
    let mut screen = stage.start_kiosk()?;
    tell("the terminals are enrolled and one sells; the line is cut from now on");
    let began = Instant::now();
    cutter.misbehave(true);
    office.limit_sales("100.00")?;
    let mut top_ups = 0;
    while cutter.cuts() < cuts {
        top_up(&mut stage, &mut screen)?;
        top_ups += 1;
        tell(&format!("{top_ups} top-ups, {} cuts", cutter.cuts()));
        if top_ups == 2 {
            office.kill()?;
            top_up(&mut stage, &mut screen)?;
            top_ups += 1;
            office.start()?;
            tell("the server was killed during a top-up, and is back");
        }
    }
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    cutter.misbehave(false);
    settle(&office, TERMINAL)?;
    stage.kill_kiosk()?;
    let mut figures = Figures {
        top_ups,
        cuts: cutter.cuts(),
        replays: cutter.replays(),
        ms,
        ..Figures::default()
    };
    compare(
        &mut figures,
        &stage.verify_ledger()?,
        &office.verify(TERMINAL)?,
    );
    for companion in &mut companions {
        settle(&office, &companion.id)?;
        companion.kill()?;
        let ours = verify_ledger(&companion.data())?;
        compare(&mut figures, &ours, &office.verify(&companion.id)?);
    }
    Ok(figures)
}

fn top_up(stage: &mut Stage, screen: &mut Touchscreen) -> Result<(), Failure> {
    choose(screen, ELECTRICITY, 1_000, None)?;
    insert(stage, 10)?;
    screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE).map(drop)
}

/// Waits until the server has cosigned a head of after the line became sound.
fn settle(office: &Office, terminal: &str) -> Result<(), Failure> {
    let end = Instant::now() + SETTLE;
    let first = office.head(terminal)?["claimed"].as_u64().unwrap_or(0);
    loop {
        let head = office.head(terminal)?;
        let (claimed, gap) = (head["claimed"].as_u64(), head["gap"].as_u64());
        if claimed.is_some_and(|claimed| claimed > first) && gap == Some(0) {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(Failure::new(format!(
                "the server is not brought up to date: {head}"
            )));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Adds what the two programs say of one log. The server cosigns one root for a size, and each program checks that root against
/// its own entries, so two sound ledgers of which one is cosigned up to a size are the same up to there, entry for entry.
fn compare(figures: &mut Figures, ours: &Value, theirs: &Value) {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let (entries, cosigned) = (number(&ours["size"]), number(&ours["cosigned"]));
    let (at_server, stored) = (number(&theirs["size"]), number(&theirs["stored"]));
    for (whose, verdict) in [("terminal", ours), ("server", theirs)] {
        if verdict["verdict"] != "ok" {
            let problem = format!("the {whose}'s ledger: {verdict}");
            figures.problems.push(problem);
        }
    }
    // What was recorded while the programs were stopped one after the other: a contact or two.
    if at_server + 2 < entries {
        let problem = format!("{entries} entries, of which {at_server} are at the server");
        figures.problems.push(problem);
    }
    figures.entries += entries;
    figures.cosigned += cosigned;
    figures.at_server += at_server;
    figures.lost += cosigned.saturating_sub(at_server);
    figures.doubled += stored.saturating_sub(entries);
}
