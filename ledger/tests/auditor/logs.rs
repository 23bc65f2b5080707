//! The logs that the auditor is shown.

use std::fs;
use std::path::{Path, PathBuf};

use meterpost_ledger::Account;

use crate::day::Terminal;
use crate::paper::{Audit, audit, export};

/// A day's log that was never pruned, and its export.
pub fn plain() -> (Terminal, PathBuf) {
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let directory = export(&terminal, "export");
    (terminal, directory)
}

/// Enough sales for books to be stated, cosigned to the end and pruned.
pub fn pruned() -> (Terminal, PathBuf) {
    let mut terminal = Terminal::new();
    terminal.whole_day();
    while terminal.ledger.size() < 560 {
        terminal.sell(500);
    }
    terminal.contact();
    let pruned = terminal.ledger.prune(u64::MAX).unwrap();
    assert!(pruned.removed > 400, "{pruned:?}");
    terminal.sell(2_000);
    let directory = export(&terminal, "export");
    (terminal, directory)
}

/// Size, root and every balance are those of the library.
pub fn assert_same(audit: &Audit, terminal: &Terminal) {
    assert!(audit.sound, "{}", audit.text);
    let ledger = &terminal.ledger;
    assert_eq!(audit.value("size"), ledger.size().to_string());
    assert_eq!(audit.value("root"), ledger.root().to_string());
    assert_eq!(audit.value("log"), ledger.origin().as_str());
    assert_eq!(audit.value("key"), ledger.vkey().to_string());
    assert_eq!(audit.value("verdict"), "sound");
    let ours: Vec<_> = ledger.books().balances().iter().collect();
    let ours = ours
        .iter()
        .map(|(account, balance)| format!("{account:?} {balance}"));
    assert_eq!(audit.values("account"), ours.collect::<Vec<_>>());
    assert_eq!(Account::ALL.len(), audit.values("account").len());
}

/// The options that tell the tool everything known from elsewhere.
pub fn known(terminal: &Terminal) -> [String; 4] {
    let key = terminal.ledger.vkey().to_string();
    let witness = terminal.witness().0.to_string();
    ["--key".into(), key, "--witness".into(), witness]
}

pub fn audit_known(directory: &Path, known: &[String]) -> Audit {
    let options: Vec<&str> = known.iter().map(String::as_str).collect();
    audit("export", directory, &options)
}

/// Every file of an export, by its name in it.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}
