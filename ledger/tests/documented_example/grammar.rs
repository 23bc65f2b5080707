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
    let books = terminal.ledger.books().encode();
    assert_fits("books", &books);
    assert_fits("books-two", &books);
    let cash = hex::decode(blocks()[17].replace('\n', "")).unwrap();
    assert_fits("books", &cash);
    assert_fits("books-one", &cash);
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
    refused("event", &[0x81, 0x18, 32]);
    // A payment that no entry has: asked for with evidence, taken without, and with an outcome that there is not.
    let payment = |state: &[u8]| [&[0x83, 0xf6, 0x01], state].concat();
    for (state, fits) in [
        (&[0x81, 0][..], true),
        (&[0x82, 1, 1], true),
        (&[0x82, 2, 2], true),
        (&[0x82, 0, 0], false),
        (&[0x81, 1], false),
        (&[0x82, 1, 2], false),
        (&[0x82, 2, 3], false),
        (&[0x82, 3, 0], false),
    ] {
        match fits {
            true => assert_fits("payment", &payment(state)),
            false => refused("payment", &payment(state)),
        }
    }
    // Neither version has the other's accounts, in entries or in books.
    let (terminal, entries) = whole_day();
    let paid = |entry: &Entry| entry.layout == Layout::Three;
    let (with, _) = entries.iter().find(|(_, entry)| paid(entry)).unwrap();
    let (without, _) = entries.iter().find(|(_, entry)| !paid(entry)).unwrap();
    refused("entry-two", with);
    refused("entry-three", without);
    refused("entry", &[&with[..1], &[2], &with[2..]].concat());
    refused("entry", &[&without[..1], &[3], &without[2..]].concat());
    let books = terminal.ledger.books().encode();
    refused("books-one", &books);
    refused("books", &[&books[..1], &[1], &books[2..]].concat());
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
