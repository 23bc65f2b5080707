//! Opening a log whose program was killed.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use meterpost_ledger::signing::KeyStore;
use meterpost_ledger::{Event, Folder, Ledger};

use crate::day::{Day, next_stamp};
use crate::making;
use crate::place::{Outcome, make_cold};
use crate::table::{Mark, Table};
use crate::times::{Times, ratio, said};

/// Entries behind the last statement of the books when the program is killed: nearly as many as there can be, because
/// these are what opening has to play.
const BEHIND: u64 = 500;

/// Times each opening is measured.
const ROUNDS: usize = 7;

/// How much longer the largest log may take than the smallest before its size is said to matter.
const SPREAD: f64 = 1.5;

const MAX_MEMORY_KIB: u64 = 32 * 1024;

/// Fills the rows of the table. The log is left closed, with `entries` entries or a few more.
pub fn measure(directory: &Path, entries: u64, table: &mut Table) -> Outcome<()> {
    drop(making::create(directory)?);
    let mut warm = Vec::new();
    let mut cold = Vec::new();
    let mut memory = 0;
    for size in [entries / 100, entries / 10, entries] {
        making::grow(&mut making::open(directory)?, size)?;
        let (mut times, mut cold_times) = (Times::default(), Times::default());
        for round in 0..2 * ROUNDS {
            sell_and_be_killed(directory)?;
            let is_cold = round % 2 == 1;
            if is_cold {
                make_cold(directory)?;
            }
            let (time, kib) = open_in_child(directory)?;
            memory = memory.max(kib);
            match is_cold {
                true => cold_times.push(time),
                false => times.push(time),
            }
        }
        eprintln!(
            "bench: a log of {size} entries opens in {}",
            said(times.median())
        );
        warm.push((size, times.median()));
        cold.push((size, cold_times.median()));
    }
    let of = |times: &[(u64, Duration)], at: usize| times.get(at).map_or(Duration::ZERO, |t| t.1);
    let spread = ratio(of(&warm, 2), of(&warm, 0));
    table.row(
        format!("open {entries} entries after a kill ÷ {}", entries / 100),
        format!("{spread:.2}"),
        format!("≤ {SPREAD} (independent of size)"),
        Mark::at_most(spread, SPREAD),
    );
    for (name, times) in [("files in memory", &warm), ("files not in memory", &cold)] {
        let list: Vec<String> = times.iter().map(|(_, time)| said(*time)).collect();
        table.info(
            format!("{name}, at {}, {}, {entries}", entries / 100, entries / 10),
            list.join(", "),
        );
    }
    table.row(
        "  most memory of a process that opens it",
        format!("{:.1} MiB", memory as f64 / 1024.0),
        "≤ 32 MiB",
        Mark::at_most(memory as f64, MAX_MEMORY_KIB as f64),
    );
    Ok(())
}

/// The program once more, as a child with this task.
fn child(task: &str, directory: &Path) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(task).arg(directory).stdout(Stdio::piped());
    Ok(command)
}

fn sell_and_be_killed(directory: &Path) -> Outcome<()> {
    let mut seller = child("sell", directory)?.stdin(Stdio::piped()).spawn()?;
    let mut line = String::new();
    if let Some(output) = seller.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    // SIGKILL: nothing is closed, nothing folded back.
    seller.kill()?;
    seller.wait()?;
    match line.trim() {
        "sold" => Ok(()),
        _ => Err("the process that was to sell did not".into()),
    }
}

fn open_in_child(directory: &Path) -> Outcome<(Duration, u64)> {
    let output = child("open", directory)?.output()?;
    let line = String::from_utf8(output.stdout)?;
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some(nanos), Some(kib)) => Ok((Duration::from_nanos(nanos.parse()?), kib.parse()?)),
        _ => Err("the process that was to open the log did not".into()),
    }
}

/// The child that sells one entry a commit until it is killed.
pub fn sell(directory: &Path) -> Outcome<()> {
    let mut ledger = making::open(directory)?;
    let mut day = Day::after(&ledger);
    let mut behind = None;
    while behind != Some(BEHIND) {
        let event = day.next_event();
        // The second head trails by the running sale, as it does at the terminal.
        let ended = matches!(event, Event::SaleClosed { .. });
        let committed = ledger.commit(&next_stamp(&ledger), &[event])?;
        let stated = committed.size > committed.first_index + 1;
        behind = match behind {
            _ if stated => Some(0),
            Some(n) => Some(n + 1),
            None => None,
        };
        if ended {
            ledger.sync_head()?;
        }
    }
    println!("sold");
    // Until the parent's signal; or, should the parent be gone, until its end of the pipe is.
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The child that opens the log and says how long that took and how much memory the process has needed at most.
pub fn open(directory: &Path) -> Outcome<()> {
    let folder = Folder::new(directory);
    let key = Box::new(KeyStore::open(&folder.key())?);
    let started = Instant::now();
    let (ledger, opened) = Ledger::open(&folder, key)?;
    let time = started.elapsed();
    println!("{} {}", time.as_nanos(), peak_memory_kib()?);
    if ledger.size() != opened.size {
        return Err("the log is not what was opened".into());
    }
    Ok(())
}

fn peak_memory_kib() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the system does not tell VmHWM")?.parse()?)
}
