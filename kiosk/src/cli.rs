//! The commands of the program `kiosk`. Exit codes: 0 done, 1 something is wrong with the machine or the data, 2 something is
//! wrong with the configuration or the command.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use meterpost_ledger::signing::KeyStore;
use meterpost_ledger::{Books, Folder, Ledger, ReadError, Verdict, verify as verify_folder};
use serde_json::{Value, json};

use crate::app::{Setup, create_ledger};
use crate::config::Config;
use crate::screen;

const WRONG_DATA: u8 = 1;
const WRONG_CONFIG: u8 = 2;

/// A data folder, with its second head where that is elsewhere.
pub fn folder(data: PathBuf, head: Option<PathBuf>) -> Folder {
    match head {
        Some(head) => Folder::new(data).with_head(head),
        None => Folder::new(data),
    }
}

fn load(path: &Path) -> Result<Setup, ExitCode> {
    let wrong = |text: String| {
        eprintln!("{text}");
        ExitCode::from(WRONG_CONFIG)
    };
    let config = Config::load(path).map_err(|e| wrong(e.to_string()))?;
    Setup::from_config(&config).map_err(|e| wrong(format!("{}: {e}", path.display())))
}

/// `kiosk run`.
pub fn run(config: &Path, panel: screen::Panel) -> ExitCode {
    let setup = match load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    match screen::run(setup, panel) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("kiosk: {error}");
            ExitCode::from(WRONG_DATA)
        }
    }
}

/// `kiosk init`.
pub fn init(config: &Path) -> ExitCode {
    let setup = match load(config) {
        Ok(setup) => setup,
        Err(code) => return code,
    };
    match create_ledger(&setup) {
        Ok(ledger) => {
            println!(
                "The ledger is in {}. Its public key:",
                setup.folder.directory().display()
            );
            println!("{}", ledger.vkey());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("kiosk: {error}");
            ExitCode::from(WRONG_DATA)
        }
    }
}

/// `kiosk check`.
pub fn check(config: &Path) -> ExitCode {
    match load(config) {
        Ok(setup) => {
            println!(
                "{}: in order, {} meters",
                config.display(),
                setup.rules.meters.len()
            );
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}

/// `kiosk ledger verify`.
pub fn verify(folder: &Folder, as_json: bool) -> ExitCode {
    let verdict = verify_folder(folder);
    if as_json {
        println!("{}", verdict_json(&verdict));
    } else {
        print_verdict(&verdict);
    }
    if verdict.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(WRONG_DATA)
    }
}

fn verdict_json(verdict: &Verdict) -> Value {
    json!({
        "size": verdict.size,
        "root": verdict.root.as_ref().map(ToString::to_string),
        "key": verdict.key,
        "head": verdict.head,
        "verdict": if verdict.is_ok() { "ok" } else { "refused" },
        "problems": verdict.problems,
        "notes": verdict.notes,
    })
}

fn print_verdict(verdict: &Verdict) {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "unreadable".into());
    println!("size     {}", shown(verdict.size.map(|s| s.to_string())));
    println!(
        "root     {}",
        shown(verdict.root.as_ref().map(ToString::to_string))
    );
    println!("key      {}", shown(verdict.key.clone()));
    println!(
        "head     {}",
        shown(verdict.head.clone().map(|h| h.replace('\n', "\n         ")))
    );
    for note in &verdict.notes {
        println!("note     {note}");
    }
    for problem in &verdict.problems {
        println!("problem  {problem}");
    }
    println!(
        "verdict  {}",
        if verdict.is_ok() { "ok" } else { "refused" }
    );
}

/// `kiosk ledger list`.
pub fn list(folder: &Folder, as_json: bool) -> ExitCode {
    match try_list(folder, as_json) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("kiosk: {why}");
            ExitCode::from(WRONG_DATA)
        }
    }
}

fn try_list(folder: &Folder, as_json: bool) -> Result<(), String> {
    let key = KeyStore::open(&folder.key()).map_err(|e| e.to_string())?;
    let (ledger, _) = Ledger::open(folder, Box::new(key)).map_err(|e| e.to_string())?;
    for stored in ledger.entries(0..ledger.size()) {
        let entry = stored.map_err(|e: ReadError| e.to_string())?.entry;
        if as_json {
            let stamp = &entry.stamp;
            let event = format!("{:?}", entry.event);
            println!(
                "{}",
                json!({ "index": entry.index, "monotonic_ms": stamp.monotonic_ms, "wall": stamp.wall, "event": event })
            );
        } else {
            println!("{:>6}  {:?}", entry.index, entry.event);
        }
    }
    print_accounts(ledger.books(), as_json);
    Ok(())
}

fn print_accounts(books: &Books, as_json: bool) {
    if as_json {
        let accounts: serde_json::Map<String, Value> = books
            .balances()
            .iter()
            .map(|(a, m)| (format!("{a:?}"), json!(m.to_string())))
            .collect();
        println!("{}", json!({ "accounts": accounts }));
    } else {
        println!();
        for (account, balance) in books.balances().iter() {
            println!("{:<14}{:>14}", format!("{account:?}"), balance.to_string());
        }
    }
}
