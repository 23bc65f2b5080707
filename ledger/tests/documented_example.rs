//! `docs/ledger.md` and `docs/ledger.cddl` say what the program does: the worked example comes out of the library byte
//! for byte, events and accounts have the numbers and postings of the tables, and the grammar takes every entry.

mod day;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use day::{MORNING, Terminal};
use meterpost_ledger::signing::{Cosignature, SignedCheckpoint, VerifierKey, WitnessKey};
use meterpost_ledger::{
    Account, DecodeError, Entry, Event, ReceiptProof, check_witnessed_proof, leaf_hash, node_hash,
};
use minicbor::Decoder;
use sha2::{Digest, Sha256};

const DOCUMENT: &str = include_str!("../../docs/ledger.md");
const GRAMMAR: &str = include_str!("../../docs/ledger.cddl");
const TABLE_TESTS: &str = include_str!("../src/decide/tests.rs");

/// The blocks of the worked example, in order.
fn blocks() -> Vec<&'static str> {
    let (_, example) = DOCUMENT.split_once("## A worked example").unwrap();
    let blocks = example.split("```text\n").skip(1);
    blocks
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect()
}

/// Hex in lines of 48 bytes.
fn hex_lines(bytes: &[u8]) -> String {
    let lines = bytes.chunks(48).map(|line| hex::encode(line) + "\n");
    lines.collect()
}

/// The log of the example: one note of 20.00 on its way into a sale.
fn example() -> Terminal {
    let mut terminal = Terminal::new();
    let (sale, note) = terminal.open(2_000, None);
    let [stacked, acknowledged] = day::stack(sale, note, 2_000);
    terminal.commit(&[stacked]);
    terminal.commit(&[acknowledged]);
    terminal
}

fn bytes_of(terminal: &Terminal) -> Vec<Vec<u8>> {
    let entries = terminal.ledger.entries(0..terminal.ledger.size());
    entries.map(|entry| entry.unwrap().bytes).collect()
}

/// The head with the witness's word.
fn cosigned(terminal: &Terminal) -> (SignedCheckpoint, WitnessKey, Cosignature) {
    let (witness, signer) = terminal.witness();
    let head = terminal.ledger.head();
    let time = MORNING / 1_000 + 60;
    let made = Cosignature::sign(head, witness.name(), &signer, time).unwrap();
    (head.with(&made).unwrap(), witness, made)
}

fn receipt(terminal: &Terminal, head: &SignedCheckpoint) -> ReceiptProof {
    let path = terminal.ledger.inclusion_proof(3).unwrap();
    ReceiptProof::new(&bytes_of(terminal)[3], 3, path, head).unwrap()
}

/// What the blocks of the worked example have to be.
fn computed() -> Vec<String> {
    let terminal = example();
    let (head, witness, cosignature) = cosigned(&terminal);
    let log = terminal.ledger.vkey().clone();
    let entries = bytes_of(&terminal);
    let mut blocks = vec![format!("{log}\n{witness}\n")];
    blocks.extend(entries.iter().map(|entry| hex_lines(entry)));
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry).0).collect();
    blocks.push(leaves.iter().map(|leaf| hex_lines(leaf)).collect());
    let pairs = [
        node_hash(&leaves[0], &leaves[1]),
        node_hash(&leaves[2], &leaves[3]),
    ];
    let four = node_hash(&pairs[0], &pairs[1]);
    let root = node_hash(&four, &leaves[4]);
    assert_eq!(root, head.checkpoint().root.0);
    let nodes = [pairs[0], pairs[1], four, root];
    blocks.push(nodes.iter().map(|node| hex_lines(node)).collect());
    let text = head.checkpoint().format();
    blocks.push(hex_lines(text.as_bytes()));
    let proof = receipt(&terminal, &head);
    blocks.push(hex_lines(&proof.checkpoint().signatures()[0].signature));
    let message = format!("cosignature/v1\ntime {}\n{text}", cosignature.time());
    blocks.push(hex_lines(message.as_bytes()));
    blocks.push(hex_lines(&cosignature.signature().0));
    blocks.push(head.to_text());
    blocks.push(proof.hashes().iter().map(|hash| hex_lines(hash)).collect());
    blocks.push(proof.to_text());
    let witnesses = [witness];
    blocks.push(hex_lines(&proof.to_compact(&log, &witnesses).unwrap()));
    blocks.push(proof.to_qr_text(&log, &witnesses).unwrap() + "\n");
    let books = terminal.ledger.books();
    assert_eq!(books.digest()[..], Sha256::digest(books.encode())[..]);
    blocks.push(hex_lines(&books.encode()));
    blocks.push(hex_lines(&books.digest()));
    blocks
}

#[test]
fn the_worked_example_comes_out() {
    let (computed, documented) = (computed(), blocks());
    let mut differences = String::new();
    for (number, block) in computed.iter().enumerate() {
        if documented.get(number) != Some(&block.as_str()) {
            let _ = write!(
                differences,
                "block {number} should be\n```text\n{block}```\n"
            );
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(documented.len(), computed.len());
}

#[test]
fn the_documented_receipts_check_with_the_documented_keys() {
    let blocks = blocks();
    let (log, witness) = blocks[0].trim_end().split_once('\n').unwrap();
    let log = VerifierKey::parse(log).unwrap();
    let witness = WitnessKey::parse(witness).unwrap();
    let (file, code) = (blocks[14], blocks[16]);
    let mut shown = Vec::new();
    for text in [file, code] {
        let checked =
            check_witnessed_proof(text.as_bytes(), &log, std::slice::from_ref(&witness)).unwrap();
        assert_eq!((checked.index, checked.size), (3, 5));
        assert_eq!(checked.cosignatures.len(), 1);
        shown.push(checked.entry);
    }
    assert!(matches!(shown[0].event, Event::NoteStacked { .. }));
    assert_eq!(shown[0], shown[1]);
}

/// Every entry of a day on which everything happens, with what it says.
fn whole_day() -> (Terminal, Vec<(Vec<u8>, Entry)>) {
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let mut sold = 0;
    while terminal.ledger.size() < 530 {
        terminal.sell(500);
        sold += 1;
    }
    assert!(sold > 0, "books are stated after 512 entries only");
    let bytes = bytes_of(&terminal);
    let entries = bytes.into_iter().map(|bytes| {
        let entry = Entry::decode(&bytes).unwrap();
        (bytes, entry)
    });
    let entries = entries.collect();
    (terminal, entries)
}

/// The number of the entry's event, read past version, index and stamp.
fn event_code(entry: &[u8]) -> u8 {
    let mut decoder = Decoder::new(entry);
    assert_eq!(decoder.array().unwrap(), Some(9));
    for _ in 0..6 {
        decoder.skip().unwrap();
    }
    decoder.array().unwrap();
    decoder.u8().unwrap()
}

/// A variant's name: the first word of its debugging output.
fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// `NoteStacked` as `note-stacked`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (place, character) in name.chars().enumerate() {
        if place > 0 && character.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// The cells of the table that begins with this heading.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = DOCUMENT.split_once(heading).unwrap();
    let rows = rest
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim_matches([' ', '|'])).collect()
    })
    .collect()
}

fn postings(entry: &Entry) -> String {
    let mut text = Vec::new();
    for pair in entry.postings.chunks(2) {
        assert_eq!(pair[0].amount.0, -pair[1].amount.0);
        text.push(format!("+{:?} −{:?}", pair[0].account, pair[1].account));
    }
    match text.is_empty() {
        true => "–".to_owned(),
        false => text.join(" "),
    }
}

#[test]
fn every_event_has_the_documented_number_and_postings() {
    let mut documented = BTreeMap::new();
    let rows = table("| code | event | postings | needs |\n");
    for row in &rows {
        documented.insert(row[1], (row[0].parse::<u8>().unwrap(), row[2]));
    }
    assert_eq!(documented.len(), rows.len(), "no event is listed twice");
    let mut seen = BTreeSet::new();
    for (bytes, entry) in whole_day().1 {
        let name = match &entry.event {
            Event::NoteStacked { sale: None, .. } => "NoteStacked for none".to_owned(),
            Event::NoteStacked { .. } => "NoteStacked for a sale".to_owned(),
            event => name(event),
        };
        let found = (event_code(&bytes), &postings(&entry)[..]);
        assert_eq!(documented.get(&name[..]), Some(&found), "{name}");
        seen.insert(name);
    }
    let documented: BTreeSet<_> = documented.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(seen, documented, "the day has every event, and no more");
}

#[test]
fn events_without_a_documented_number_are_refused() {
    let codes: BTreeSet<u8> = table("| code | event | postings | needs |\n")
        .iter()
        .map(|row| row[0].parse().unwrap())
        .collect();
    let last = u8::try_from(codes.len() - 1).unwrap();
    assert_eq!(codes, (0..=last).collect());
    for code in last + 1..=255 {
        let mut bytes = vec![0x89, 2, 0, 0x50];
        bytes.extend([0; 16]);
        bytes.extend([0, 0, 0, 0x81]);
        minicbor::encode(code, &mut bytes).unwrap();
        let refused = Entry::decode(&bytes).unwrap_err();
        assert!(
            matches!(&refused, DecodeError::Unknown { what: "event", .. }),
            "{refused}"
        );
    }
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

#[test]
fn the_account_table_is_the_programs() {
    let rows = table("| code | account | kind | meaning |\n");
    let ours = Account::ALL.map(|account| (account.code().to_string(), name(&account)));
    let documented: Vec<_> = rows
        .iter()
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    assert_eq!(documented, ours);
}

#[test]
fn the_opening_table_names_every_row_test() {
    let rows = table("| database | second head | what is done | test |\n");
    let documented: Vec<_> = rows.iter().map(|row| row[3].trim_matches('`')).collect();
    let unique: BTreeSet<_> = documented.iter().copied().collect();
    assert_eq!(unique.len(), documented.len());
    let tests = TABLE_TESTS.split("fn row_").skip(1);
    let tests: BTreeSet<_> = tests
        .map(|rest| format!("row_{}", rest.split('(').next().unwrap()))
        .collect();
    assert_eq!(
        tests,
        unique.iter().map(|name| (*name).to_owned()).collect()
    );
}

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
            assert_fits("entry-two", &Entry::encode(&entry).unwrap());
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
    refused("posting", &[0x82, 9, 0]);
    refused("event", &[0x83, 19, 1, 2]);
}
