//! The power cut, at every boundary of a top-up: kill the kiosk there, start it again, let it come to rest, and count the money.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Failure;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::topup::{PATIENCE, choose, decimal, in_box, insert, state};
use super::touchscreen::Touchscreen;
use crate::district::DistrictState;

/// What the kills led to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Boundaries at which the kiosk was killed.
    pub boundaries: usize,
    /// Runs in which money was in the box and neither credited nor owed on paper.
    pub lost: usize,
    /// Runs in which more was credited or owed than was in the box, or a purchase number was applied twice.
    pub doubled: usize,
    /// What was wrong, a line each.
    pub complaints: Vec<String>,
}

/// One life cut short.
#[derive(Debug)]
pub struct Cut {
    /// The boundary's name, or `None` when the top-up ended before it came to that boundary.
    pub boundary: Option<String>,
    paid: i64,
    credited: i64,
    owed: i64,
    problems: Vec<String>,
}

/// Kills at boundary 0, 1, 2, … until a top-up comes to its end without reaching the next one. `only` kills at one boundary.
///
/// # Errors
/// When the stage cannot be set. What the kills themselves lead to is in the tally.
pub fn kill_everywhere(folder: &Path, only: Option<usize>, mut tell: impl FnMut(&str)) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut at = only.unwrap_or(0);
    loop {
        let scene = folder.join(format!("cut-{at:03}"));
        let cut = cut_at(&scene, at)?;
        let Some(name) = &cut.boundary else { break };
        let line = format!(
            "cut {at:3} {name}: box {} credited {} owed {}{}",
            decimal(cut.paid),
            decimal(cut.credited),
            decimal(cut.owed),
            cut.problems.iter().map(|p| format!("; {p}")).collect::<String>()
        );
        tell(&line);
        tally.boundaries += 1;
        tally.lost += usize::from(cut.paid > cut.credited + cut.owed);
        tally.doubled += usize::from(cut.paid < cut.credited + cut.owed);
        if cut.paid != cut.credited + cut.owed || !cut.problems.is_empty() {
            tally.complaints.push(line);
        } else {
            let _ = std::fs::remove_dir_all(&scene);
        }
        at += 1;
        if only.is_some() {
            break;
        }
    }
    Ok(tally)
}

/// Wires fast enough to make many lives short; the boundaries are the same at every speed.
fn plan() -> StagePlan {
    StagePlan { baud: 19_200, ..StagePlan::default() }
}

/// One top-up that is cut at a boundary, and the life after it.
///
/// # Errors
/// When the stage cannot be set or the terminal does not come to rest.
pub fn cut_at(folder: &Path, at: usize) -> Result<Cut, Failure> {
    let mut stage = Stage::set(folder, &plan())?;
    let before = state(&mut stage)?;
    let mut screen = stage.start_kiosk()?;
    screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE)?;
    stage.boundaries.arm(Some(at));
    let played = resident(&mut stage, &mut screen);
    let caught = stage.boundaries.caught();
    let boundary = stage.boundaries.names().get(at).cloned().filter(|_| caught);
    // Without the cut the resident must come through.
    if !caught {
        played.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    }
    stage.kill_kiosk()?;
    stage.boundaries.disarm();
    if caught {
        recover(&mut stage)?;
    }
    judge(&mut stage, &before, boundary)
}

/// Plays until the end or until the kiosk is held at its boundary; then every further step fails, which is expected.
fn resident(stage: &mut Stage, screen: &mut Touchscreen) -> Result<(), Failure> {
    let watch = stage.boundaries.clone();
    let mut step = |done: Result<(), Failure>| match done {
        _ if watch.caught() => Err(Failure::new("held")),
        other => other,
    };
    step(choose(screen, ELECTRICITY, 5_000, None))?;
    step(insert(stage, 20))?;
    step(wait(stage, screen, &["Cash"], &["inserted: \"¥ 20.00\""]))?;
    step(insert(stage, 50))?;
    step(wait(stage, screen, &["Done"], &["slip: Printed"]))?;
    step(screen.touch("close"))?;
    step(wait(stage, screen, &["Attract"], &[]))?;
    // What follows the last screen is part of the top-up too.
    let end = Instant::now() + Duration::from_secs(1);
    while Instant::now() < end && !stage.boundaries.caught() {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Waits for a screen, but no longer than the kiosk runs.
fn wait(stage: &Stage, screen: &mut Touchscreen, screens: &[&str], words: &[&str]) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    loop {
        let last = screen.wait_for(screens, words, Duration::from_millis(100));
        match last {
            Ok(_) => return Ok(()),
            Err(failure) if stage.boundaries.caught() || Instant::now() >= end => return Err(failure),
            Err(_) => {}
        }
    }
}

/// Starts the kiosk again and waits until nothing is left open.
fn recover(stage: &mut Stage) -> Result<(), Failure> {
    let mut screen = stage.start_kiosk()?;
    let rest = screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE);
    rest.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    // An acknowledgement may still be on its way to the validator.
    let end = Instant::now() + PATIENCE;
    while !state(stage)?.validator.pending.is_empty() {
        if Instant::now() >= end {
            return Err(Failure::new("the validator's report was never acknowledged"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(300));
    stage.kill_kiosk()
}

fn judge(stage: &mut Stage, before: &DistrictState, boundary: Option<String>) -> Result<Cut, Failure> {
    let after = state(stage)?;
    let gone = || Failure::new("the meter is gone");
    let first = before.meter(ELECTRICITY).ok_or_else(gone)?;
    let last = after.meter(ELECTRICITY).ok_or_else(gone)?;
    let verdict = stage.verify_ledger()?;
    let accounts = accounts(stage)?;
    let paid = in_box(&after) - in_box(before);
    let credited = last.cumulative - first.cumulative;
    let owed = -(hundredths(&accounts, "Owed")
        + hundredths(&accounts, "InDelivery")
        + hundredths(&accounts, "OwedInDoubt"));
    let mut problems = Vec::new();
    let mut complain = |wrong: bool, words: &str| {
        if wrong {
            problems.push(words.to_owned());
        }
    };
    complain(verdict["verdict"] != "ok", &format!("the ledger does not verify: {}", verdict["problems"]));
    let applied = last.applied.len() - first.applied.len();
    complain(credited > 0 && applied != 1, &format!("{applied} purchases for one payment"));
    complain(credited > 0 && last.count != first.count + 1, "the purchase number did not move once");
    complain(hundredths(&accounts, "CashBox") != paid, "the books and the box differ");
    complain(hundredths(&accounts, "Credited") != -credited, "the books and the meter differ");
    complain(hundredths(&accounts, "Suspense") != 0, "money is left hanging");
    complain(paid > 0 && after.printer.slips.is_empty(), "money was taken and nothing is on paper");
    Ok(Cut { boundary, paid, credited, owed, problems })
}

fn accounts(stage: &Stage) -> Result<Value, Failure> {
    let lines = stage.list_ledger()?;
    let last = lines.last().ok_or_else(|| Failure::new("the ledger's list is empty"))?;
    Ok(last["accounts"].clone())
}

fn hundredths(accounts: &Value, account: &str) -> i64 {
    let text = accounts[account].as_str().unwrap_or("0.00");
    text.replace('.', "").parse().unwrap_or(0)
}
