//! Selling over a line to the server that is cut again and again, and once while the server itself is killed. In the end both
//! ledgers are checked by their own programs and compared.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::Failure;
use super::office::Office;
use super::stage::{ELECTRICITY, Stage, StagePlan, TERMINAL};
use super::topup::{PATIENCE, choose, insert};
use super::touchscreen::Touchscreen;
use crate::cutter::Cutter;

/// How long the last entries may take once the line is sound again.
const SETTLE: Duration = Duration::from_secs(90);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Top-ups meanwhile.
    pub top_ups: u32,
    /// Entries in the terminal's ledger.
    pub entries: u64,
    /// Entries that the terminal holds a cosignature for.
    pub cosigned: u64,
    /// Entries under the server's head.
    pub at_server: u64,
    /// Times the line was cut.
    pub cuts: usize,
    /// Requests that arrived once more.
    pub replays: usize,
    /// Entries the server has cosigned and does not have.
    pub lost: u64,
    /// Entries the server has beyond the terminal's.
    pub doubled: u64,
    /// What else is wrong, a line each.
    pub problems: Vec<String>,
    /// How long it took.
    pub ms: u64,
}

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
    let mut screen = stage.start_kiosk()?;
    tell("the terminal is enrolled and sells; the line is cut from now on");
    let began = Instant::now();
    cutter.misbehave(true);
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
    cutter.misbehave(false);
    settle(&office)?;
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    stage.kill_kiosk()?;
    compare(&stage, &office, &cutter, top_ups, ms)
}

fn top_up(stage: &mut Stage, screen: &mut Touchscreen) -> Result<(), Failure> {
    choose(screen, ELECTRICITY, 1_000, None)?;
    insert(stage, 10)?;
    screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE).map(drop)
}

/// Waits until the server has cosigned the terminal's head of now.
fn settle(office: &Office) -> Result<(), Failure> {
    let end = Instant::now() + SETTLE;
    let first = office.head(TERMINAL)?["claimed"].as_u64().unwrap_or(0);
    loop {
        let head = office.head(TERMINAL)?;
        let (claimed, gap) = (head["claimed"].as_u64(), head["gap"].as_u64());
        // A head of after the line became sound, cosigned.
        if claimed.is_some_and(|claimed| claimed > first) && gap == Some(0) {
            return Ok(());
        }
        if Instant::now() >= end {
            return Err(Failure::new(format!("the server is not brought up to date: {head}")));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn compare(
    stage: &Stage,
    office: &Office,
    cutter: &Cutter,
    top_ups: u32,
    ms: u64,
) -> Result<Figures, Failure> {
    let ours = stage.verify_ledger()?;
    let theirs = office.verify(TERMINAL)?;
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let (entries, cosigned) = (number(&ours["size"]), number(&ours["cosigned"]));
    let (at_server, stored) = (number(&theirs["size"]), number(&theirs["stored"]));
    let mut problems = Vec::new();
    for (whose, verdict) in [("terminal", &ours), ("server", &theirs)] {
        if verdict["verdict"] != "ok" {
            problems.push(format!("the {whose}'s ledger: {verdict}"));
        }
    }
    // A contact is recorded after it; nothing else may be missing at the server.
    if cosigned + 1 < entries && at_server + 1 < entries {
        problems.push(format!("{entries} entries, but {cosigned} cosigned and {at_server} at the server"));
    }
    Ok(Figures {
        top_ups,
        entries,
        cosigned,
        at_server,
        cuts: cutter.cuts(),
        replays: cutter.replays(),
        lost: cosigned.saturating_sub(at_server),
        doubled: stored.saturating_sub(entries),
        problems,
        ms,
    })
}
