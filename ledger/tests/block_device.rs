//! A selling day on a block device whose every write is logged, and the power cut at points all over it: what was
//! acknowledged is there after each cut, whichever of the unflushed writes the disk had kept.
//!
//! The chain is: file, qemu-storage-daemon's `blklogwrites` filter, its FUSE export, a loop device, ext4, the program. For
//! each cut the device is built anew from the log, mounted, and the ledger on it is checked, opened and written. A plain
//! SQLite database with `synchronous=NORMAL` on the same chain shows that the harness does see loss where there is some,
//! and one with `FULL` that it sees none where there is none.
//!
//! - `CRASH_POINTS` is how many cuts are tried, or `all`; `CRASH_SEED` chooses where they fall and which writes are kept.
//! - `BLOCK_DEVICE=required` makes a machine that cannot do this a failure; otherwise one line says why it was skipped.

#[path = "block_device/chain.rs"]
mod chain;
#[path = "block_device/control.rs"]
mod control;
#[path = "block_device/crash.rs"]
mod crash;
#[path = "block_device/day.rs"]
mod day;
#[path = "block_device/explore.rs"]
mod explore;
#[path = "block_device/judge.rs"]
mod judge;
#[path = "block_device/machine.rs"]
mod machine;
#[path = "block_device/random.rs"]
mod random;
#[path = "block_device/recording.rs"]
mod recording;
#[path = "block_device/selling_day.rs"]
mod selling_day;
#[path = "block_device/write_log.rs"]
mod write_log;

use std::env;
use std::error::Error;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use chain::Memory;
use explore::{Options, Outcome, explore};
use meterpost_ledger::Folder;
use recording::Recording;

type Anything<T> = Result<T, Box<dyn Error>>;

/// The one test's name.
const NAME: &str = "no_acknowledged_entry_is_lost_on_a_block_device";

/// Sales in the day: enough for SQLite to fold its write-ahead log back (at 1000 pages) and begin it anew while selling.
const SALES: u64 = 64;

/// Rows of a control.
const ROWS: u64 = 150;

/// Cuts tried of each control.
const CONTROL_POINTS: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("sell") => selling_day::sell(Path::new(&arguments[1])),
        Some("explore") => explore_all(),
        _ => as_a_test(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("block device: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a test runner expects of a test program: a list, or the test run where it is not filtered out.
fn as_a_test(arguments: &[String]) -> Anything<()> {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let filters = || {
        arguments
            .iter()
            .filter(|argument| !argument.starts_with('-'))
    };
    if has("--list") {
        if !has("--ignored") {
            println!("{NAME}: test");
        }
        return Ok(());
    }
    if has("--ignored") || (filters().count() > 0 && !filters().any(|f| NAME.contains(f.as_str())))
    {
        return Ok(());
    }
    if let Some(lack) = machine::lack() {
        let line = format!("skipped on this machine: {lack}");
        if env::var("BLOCK_DEVICE").is_ok_and(|value| value == "required") {
            return Err(line.into());
        }
        println!("block device: {line}");
        return Ok(());
    }
    // In a mount namespace of its own, so that nothing stays mounted however this ends.
    let status = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "unshare", "--mount"])
        .args(["--propagation", "private", "--"])
        .arg(env::current_exe()?)
        .arg("explore")
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("the exploration failed; what it found is above".into())
    }
}

fn explore_all() -> Anything<()> {
    let options = Options::from_environment()?;
    let work = Memory::new()?;
    let day = record_day(work.path())?;
    let reference = judge::reference(work.path(), &day, SALES)?;
    let sold = explore(work.path(), &day, &options, |mounted, promised| {
        judge::judge(mounted, promised, &reference)
    })?;
    let control_options = options.at_most(CONTROL_POINTS);
    let control = |synchronous: &'static str| -> Anything<Outcome> {
        let rows = Recording::make(work.path(), |mounted, promise| {
            control::insert(mounted, synchronous, ROWS, promise)
        })?;
        explore(work.path(), &rows, &control_options, control::judge)
    };
    let weak = control("NORMAL")?;
    let strong = control("FULL")?;
    for fault in sold.faults.iter().chain(&strong.faults) {
        println!("block device: {fault}");
    }
    println!(
        "block device: {} entries, {} writes and {} flushes logged; the controls: {} variants NORMAL, {} FULL",
        reference.len(),
        day.writes(),
        day.flushes(),
        weak.variants,
        strong.variants,
    );
    println!(
        "block device: crash points={} variants={} lost={} control_lost={} seed={}",
        sold.points, sold.variants, sold.lost, weak.lost, options.seed
    );
    if !sold.faults.is_empty() {
        return Err("the ledger did not survive every power cut".into());
    }
    if !strong.faults.is_empty() {
        return Err(
            "the control with synchronous=FULL lost something: the harness is wrong".into(),
        );
    }
    if weak.lost == 0 {
        return Err(
            "the control with synchronous=NORMAL lost nothing: the harness sees no loss".into(),
        );
    }
    Ok(())
}

/// The day is sold by a process of its own, as on a terminal.
fn record_day(work: &Path) -> Anything<Recording> {
    let mut folded = 0;
    let day = Recording::make(work, |mounted, promise| {
        let folder = Folder::new(mounted.join(day::FOLDER));
        let mut command = Command::new(env::current_exe()?);
        command.arg("sell").arg(folder.directory());
        selling_day::watch(&mut command, &mut |promised| {
            promise(promised)?;
            folded = times_begun_anew(&folder)?;
            Ok(())
        })
    })?;
    if folded == 0 {
        return Err("the day is too short: the write-ahead log was never folded back".into());
    }
    Ok(day)
}

/// The checkpoint sequence number of the write-ahead log (SQLite file format, section 4.1).
fn times_begun_anew(folder: &Folder) -> Anything<u32> {
    let mut number = [0; 4];
    File::open(folder.write_ahead_log())?.read_exact_at(&mut number, 12)?;
    Ok(u32::from_be_bytes(number))
}
