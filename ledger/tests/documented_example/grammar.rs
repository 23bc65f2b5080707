//! The grammar, which a validator of the standard reads.

use std::collections::{BTreeMap, BTreeSet};

use meterpost_ledger::{Account, Entry, Layout};

use crate::GRAMMAR;
use crate::example::blocks;
use crate::log::{event_code, kebab, name, whole_day};

fn assert_fits(rule: &str, bytes: &[u8]) {
    // The validator reads numbers of the grammar as 64-bit ones with the sign apart, so it lacks the very lowest.
    let grammar = GRAMMAR.replace("-9223372036854775808", "-9223372036854775807");
    if let Err(error) = cddl_cat::validate_cbor_bytes(rule, &grammar, bytes) {
        panic!("{rule}: {error}: {}", hex::encode(bytes));
    }
}

#[test]
fn the_grammar_takes_every_entry_and_the_books() {
    let (terminal, entries) = whole_day();
    let mut seen = BTreeSet::new();
    for (bytes, entry) in entries {
        // Each kind of event once, and each in its other shapes.
        if seen.insert((event_code(&bytes), bytes.len())) {
            assert_fits("entry", &bytes);
            let rule = match entry.layout {
                Layout::Three => "entry-three",
                _ => "entry-two",
            };
            assert_fits(rule, &Entry::encode(&entry).unwrap());
        }
    }
    assert_fits("books", &terminal.ledger.books().encode());
    for block in &blocks()[1..=5] {
        assert_fits("entry", &hex::decode(block.replace('\n', "")).unwrap());
    }
}

#[test]
fn the_grammar_refuses_what_the_program_refuses() {
    let grammar = GRAMMAR.replace("-9223372036854775808", "-9223372036854775807");
    let refused = |rule: &str, bytes: &[u8]| {
        assert!(
            cddl_cat::validate_cbor_bytes(rule, &grammar, bytes).is_err(),
            "{rule}: {}",
            hex::encode(bytes)
        );
    };
    refused("event", &[0x81, 0x18, 27]);
    refused("event", &[0x82, 5, 0]);
    refused("posting", &[0x82, 11, 0]);
    refused("event", &[0x83, 0x18, 29, 1, 2]);
    refused("event", &[0x83, 19, 1, 2]);
}

#[test]
fn the_grammar_lists_the_events_and_accounts_there_are() {
    let rule = |line: &'static str| -> Option<(&'static str, u8)> {
        let (name, body) = line.split_once(" = [ ")?;
        let code = body.split([',', ' ']).next()?.parse().ok()?;
        Some((name.trim(), code))
    };
    let rules: BTreeMap<_, _> = GRAMMAR.lines().filter_map(rule).collect();
    for (bytes, entry) in whole_day().1 {
        let name = kebab(&name(&entry.event));
        assert_eq!(rules.get(&name[..]), Some(&event_code(&bytes)), "{name}");
    }
    let accounts = GRAMMAR.split_once("account = &(").unwrap().1;
    let accounts = accounts.split_once(')').unwrap().0;
    let accounts: Vec<_> = accounts.split(',').map(str::trim).collect();
    let ours =
        Account::ALL.map(|account| format!("{}: {}", kebab(&name(&account)), account.code()));
    assert_eq!(accounts, ours);
}
