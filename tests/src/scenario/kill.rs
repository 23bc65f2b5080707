//! The power cut, at every boundary of a top-up: kill the kiosk there, start it again, let it come to rest, and count the money.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Failure;
use super::boundary_watch::BoundaryWatch;
use super::stage::{ELECTRICITY, Stage, StagePlan};
use super::topup::{PATIENCE, choose, decimal, in_box, insert_unless, state};
use super::touchscreen::Touchscreen;
use crate::district::DistrictState;
use crate::district::client::Control;

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

/// Lives at the same time: they mostly wait for devices.
const WORKERS: usize = 4;

/// Kills at boundary 0, 1, 2, … until a top-up comes to its end without reaching the next one. `only` kills at one boundary.
///
/// # Errors
/// When the stage cannot be set or a terminal does not come to rest. What the kills lead to is in the tally.
pub fn kill_everywhere(
    folder: &Path,
    only: Option<usize>,
    tell: impl Fn(&str) + Send + Sync,
) -> Result<Tally, Failure> {
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(only.unwrap_or(0));
    let workers = if only.is_some() { 1 } else { WORKERS };
    let lives = || -> Result<(), Failure> {
        loop {
            let at = next.fetch_add(1, Ordering::SeqCst);
            let scene = folder.join(format!("cut-{at:03}"));
            let cut = cut_at(&scene, at)
                .map_err(|failure| Failure::new(format!("cut {at}: {failure}")))?;
            let Some(name) = cut.boundary.clone() else {
                return Ok(());
            };
            let line = describe(at, &name, &cut);
            tell(&line);
            if count(&tally, &cut, line) {
                let _ = std::fs::remove_dir_all(&scene);
            }
            if only.is_some() {
                return Ok(());
            }
        }
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(lives)).collect();
        running
            .into_iter()
            .try_for_each(|w| w.join().map_err(|_| Failure::new("a worker panicked"))?)
    })?;
    tally
        .into_inner()
        .map_err(|_| Failure::new("a worker panicked"))
}

fn describe(at: usize, boundary: &str, cut: &Cut) -> String {
    let problems: String = cut.problems.iter().map(|p| format!("; {p}")).collect();
    let (paid, credited, owed) = (decimal(cut.paid), decimal(cut.credited), decimal(cut.owed));
    format!("cut {at:3} {boundary}: box {paid} credited {credited} owed {owed}{problems}")
}

/// Adds a life to the tally; `true` when nothing was wrong with it.
fn count(tally: &Mutex<Tally>, cut: &Cut, line: String) -> bool {
    let Ok(mut tally) = tally.lock() else {
        return false;
    };
    tally.boundaries += 1;
    tally.lost += usize::from(cut.paid > cut.credited + cut.owed);
    tally.doubled += usize::from(cut.paid < cut.credited + cut.owed);
    let fine = cut.paid == cut.credited + cut.owed && cut.problems.is_empty();
    if !fine {
        tally.complaints.push(line);
    }
    fine
}

/// Wires fast enough to make many lives short; the boundaries are the same at every speed.
fn plan() -> StagePlan {
    StagePlan {
        baud: 19_200,
        ..StagePlan::default()
    }
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
    let played = play_until_held(&mut stage, screen)?;
    let caught = stage.boundaries.caught();
    let boundary = stage.boundaries.names().get(at).cloned().filter(|_| caught);
    // Without the cut the resident must come through.
    if !caught {
        played.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    }
    stage.kill_kiosk()?;
    stage.boundaries.disarm();
    if caught {
        recover(&mut stage, in_box(&before))?;
    }
    judge(&mut stage, &before, boundary)
}

/// Plays on a thread of its own, and kills the kiosk the moment it is held; what the resident still wanted then fails.
fn play_until_held(stage: &mut Stage, screen: Touchscreen) -> Result<Result<(), Failure>, Failure> {
    let watch = stage.boundaries.clone();
    let control =
        Control::connect(&stage.places.control).map_err(|e| Failure::new(e.to_string()))?;
    let resident = std::thread::spawn({
        let watch = watch.clone();
        move || resident(control, screen, &watch)
    });
    while !resident.is_finished() {
        if watch.caught() {
            stage.kill_kiosk()?;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    resident
        .join()
        .map_err(|_| Failure::new("the resident's thread panicked"))
}

fn resident(
    mut control: Control,
    mut screen: Touchscreen,
    watch: &BoundaryWatch,
) -> Result<(), Failure> {
    let screen = &mut screen;
    choose(screen, ELECTRICITY, 5_000, None)?;
    insert_unless(&mut control, 20, || watch.caught())?;
    screen.wait_for(&["Cash"], &["inserted: \"¥ 20.00\""], PATIENCE)?;
    insert_unless(&mut control, 50, || watch.caught())?;
    screen.wait_for(&["Done"], &["slip: Printed"], PATIENCE)?;
    screen.touch("close")?;
    screen.wait_for(&["Attract"], &[], PATIENCE)?;
    // What follows the last screen is part of the top-up too.
    let end = Instant::now() + Duration::from_secs(1);
    while Instant::now() < end && !watch.caught() {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Starts the kiosk again and waits until nothing is left open. Where the box holds more than `before`, a slip has to come: how
/// long a printer takes is not for this test to say, only that it comes.
fn recover(stage: &mut Stage, before: i64) -> Result<(), Failure> {
    let mut screen = stage.start_kiosk()?;
    let rest = screen.wait_for(&["Attract"], &["cash: Works", "meters: Works"], PATIENCE);
    rest.map_err(|failure| Failure::new(format!("{failure}\n{}", stage.last_words())))?;
    // An acknowledgement may still be on its way to the validator.
    let end = Instant::now() + PATIENCE;
    while !state(stage)?.validator.pending.is_empty() {
        if Instant::now() >= end {
            return Err(Failure::new(
                "the validator's report was never acknowledged",
            ));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let end = Instant::now() + PATIENCE;
    loop {
        let now = state(stage)?;
        if in_box(&now) == before || !now.printer.slips.is_empty() || Instant::now() >= end {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(300));
    stage.kill_kiosk()
}

fn judge(
    stage: &mut Stage,
    before: &DistrictState,
    boundary: Option<String>,
) -> Result<Cut, Failure> {
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
    complain(
        verdict["verdict"] != "ok",
        &format!("the ledger does not verify: {}", verdict["problems"]),
    );
    let applied = last.applied.len() - first.applied.len();
    complain(
        credited > 0 && applied != 1,
        &format!("{applied} purchases for one payment"),
    );
    complain(
        credited > 0 && last.count != first.count + 1,
        "the purchase number did not move once",
    );
    complain(
        hundredths(&accounts, "CashBox") != paid,
        "the books and the box differ",
    );
    complain(
        hundredths(&accounts, "Credited") != -credited,
        "the books and the meter differ",
    );
    complain(
        hundredths(&accounts, "Suspense") != 0,
        "money is left hanging",
    );
    complain(
        paid > 0 && after.printer.slips.is_empty(),
        "money was taken and nothing is on paper",
    );
    Ok(Cut {
        boundary,
        paid,
        credited,
        owed,
        problems,
    })
}

fn accounts(stage: &Stage) -> Result<Value, Failure> {
    let lines = stage.list_ledger()?;
    let last = lines
        .last()
        .ok_or_else(|| Failure::new("the ledger's list is empty"))?;
    Ok(last["accounts"].clone())
}

fn hundredths(accounts: &Value, account: &str) -> i64 {
    let text = accounts[account].as_str().unwrap_or("0.00");
    text.replace('.', "").parse().unwrap_or(0)
}
