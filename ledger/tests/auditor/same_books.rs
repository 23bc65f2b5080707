//! The tool and the library come to the same.

use std::fs;
use std::path::Path;

use meterpost_ledger::{Account, Entry, Event, Money, SALES_KEPT, StoppedLedger};

use crate::day::Terminal;
use crate::logs::{assert_same, files, plain, pruned};
use crate::paper::{audit, export, tool};

#[test]
fn the_auditor_comes_to_the_same_books() {
    if !tool() {
        return;
    }
    let (terminal, directory) = plain();
    let key = terminal.first_key().to_string();
    let (witness, _) = terminal.witness();
    let found = audit(
        "export",
        &directory,
        &["--key", &key, "--witness", &witness.to_string()],
    );
    assert_same(&found, &terminal);
    assert_eq!(found.value("pruned"), "0");
    assert!(found.value("keys").starts_with("2, the last from size"));
    assert!(found.value("cosigned").contains("cosigned by w4 at 2026"));
    assert!(!found.text.contains("note "), "{}", found.text);
    let unnamed = audit("export", &directory, &[]);
    assert_same(&unnamed, &terminal);
    assert!(
        unnamed.text.contains("no key was given"),
        "{}",
        unnamed.text
    );
}

#[test]
fn the_auditor_goes_on_from_the_books_of_a_pruned_log() {
    if !tool() {
        return;
    }
    let (terminal, directory) = pruned();
    let current = terminal.ledger.vkey().to_string();
    let first = terminal.first_key().to_string();
    let found = audit("export", &directory, &["--key", &current]);
    assert_same(&found, &terminal);
    let pruned = terminal.ledger.pruned().unwrap();
    assert_eq!(found.value("pruned"), pruned.to_string());
    // Written from a stopped ledger it is the same, file by file.
    let folder = terminal.ledger.folder().clone();
    drop(terminal.ledger);
    let again = terminal.folder.path().join("again");
    let stopped = StoppedLedger::open(&folder).unwrap();
    stopped.export(&again).unwrap();
    let contents = |directory: &Path| -> Vec<_> {
        let named = files(directory).into_iter().map(|file| {
            let name = file.strip_prefix(directory).unwrap().to_owned();
            (name, fs::read(file).unwrap())
        });
        named.collect()
    };
    assert_eq!(contents(&directory), contents(&again));
    // The entry in which the first key hands over is gone.
    audit("export", &directory, &["--key", &first]).refused("was pruned");
}

#[test]
fn the_auditor_forgets_old_sales_when_the_library_does() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let many = SALES_KEPT as u64 + 20;
    // Until books are stated that lack the first sales, and with them every payment without cash; its accounts still say so.
    let states = |entry: Entry| matches!(entry.event, Event::BooksStated { .. });
    while terminal.ledger.books().next_sale().0 < many || {
        let last = terminal.ledger.size() - 1;
        let mut entries = terminal.ledger.entries(last..last + 1);
        !states(entries.next().unwrap().unwrap().entry)
    } {
        terminal.sell(500);
    }
    let books = terminal.ledger.books();
    assert!(books.sales().count() <= SALES_KEPT);
    assert!(books.sales().all(|sale| sale.payment.is_none()));
    assert_ne!(books.balances().of(Account::Wallets), Money(0));
    let directory = export(&terminal, "export");
    assert_same(&audit("export", &directory, &[]), &terminal);
}
