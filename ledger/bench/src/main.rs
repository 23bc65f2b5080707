//! What the ledger costs: each bound of `docs/bench.md` measured beside what it is compared with, in one run.
//!
//! `BENCH_ENTRIES` sets the size of the large log (1 000 000), `BENCH_APPENDS` how many appends are measured, `BENCH_DIR`
//! where the files lie for the while, `BENCH_ONLY` which rows are measured (`append,peers,open,verify,proof,disk`).

mod append;
mod bare;
mod day;
mod disk;
mod making;
mod open;
mod peers;
mod place;
mod proof;
mod table;
mod times;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use place::Outcome;
use table::Table;

/// The measurements that make their own small logs, and those on the large one.
const SMALL: [&str; 2] = ["append", "peers"];
const LARGE: [&str; 4] = ["open", "verify", "proof", "disk"];

const ENTRIES: u64 = 1_000_000;
const APPENDS: u64 = 4_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [] => bench(),
        ["sell", directory] => open::sell(Path::new(directory)),
        ["open", directory] => open::open(Path::new(directory)),
        _ => Err("it takes no arguments; see docs/bench.md".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench() -> Outcome<()> {
    let entries = number("BENCH_ENTRIES", ENTRIES)?;
    let appends = number("BENCH_APPENDS", APPENDS.min(entries / 10))?;
    if entries < 1_000 || appends == 0 {
        return Err("BENCH_ENTRIES is 1000 or more, BENCH_APPENDS 1 or more".into());
    }
    let appends = usize::try_from(appends)?;
    let chosen = Chosen::from_environment()?;
    let folder = place::folder()?;
    let log = folder.path().join("large");
    let mut table = Table::default();
    if chosen.has("append") {
        append::measure(folder.path(), appends, &mut table)?;
    }
    if chosen.has("peers") {
        peers::measure(folder.path(), appends, &mut table)?;
    }
    if chosen.has("open") {
        open::measure(&log, entries, &mut table)?;
    } else if LARGE.iter().any(|row| chosen.has(row)) {
        making::grow(&mut making::create(&log)?, entries)?;
    }
    if chosen.has("verify") {
        verify::measure(&log, &mut table)?;
    }
    if chosen.has("proof") {
        proof::measure(&log, &mut table)?;
    }
    if chosen.has("disk") {
        disk::measure(&log, &mut table)?;
    }
    println!("{table}");
    match table.over() {
        0 => println!("every bound is kept"),
        over => println!("over the bound: {over}"),
    }
    Ok(())
}

/// Which measurements are made.
struct Chosen(Option<Vec<String>>);

impl Chosen {
    fn from_environment() -> Outcome<Chosen> {
        let Ok(text) = std::env::var("BENCH_ONLY") else {
            return Ok(Chosen(None));
        };
        let names: Vec<String> = text.split(',').map(str::to_owned).collect();
        let known = |name: &String| LARGE.iter().chain(&SMALL).any(|row| row == name);
        match names.iter().find(|name| !known(name)) {
            Some(name) => Err(format!("BENCH_ONLY knows no measurement called {name}").into()),
            None => Ok(Chosen(Some(names))),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|names| names.iter().any(|chosen| chosen == name))
    }
}

/// A number from the environment.
fn number(name: &str, default: u64) -> Outcome<u64> {
    match std::env::var(name) {
        Ok(text) => Ok(text
            .parse()
            .map_err(|_| format!("{name} is a whole number, not {text}"))?),
        Err(_) => Ok(default),
    }
}
