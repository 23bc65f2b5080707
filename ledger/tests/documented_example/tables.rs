//! The tables.

use std::collections::{BTreeMap, BTreeSet};

use meterpost_ledger::{Account, DecodeError, Entry, Event, PaymentOutcome};

use crate::day::Terminal;
use crate::log::{event_code, name, whole_day};
use crate::{DOCUMENT, TABLE_TESTS};

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
            Event::PaymentTaken { .. } => match entry.postings[0].account {
                Account::Wallets => "PaymentTaken from a wallet".to_owned(),
                _ => "PaymentTaken by code".to_owned(),
            },
            Event::PaymentEnded { outcome, .. } => match outcome {
                PaymentOutcome::Returned => "PaymentEnded, returned".to_owned(),
                _ => "PaymentEnded otherwise".to_owned(),
            },
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

#[test]
fn an_export_has_the_documented_files_and_no_other() {
    let mut terminal = whole_day().0;
    terminal.contact();
    terminal.ledger.prune(u64::MAX).unwrap();
    let directory = terminal.folder.path().join("export");
    terminal.ledger.export(&directory).unwrap();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for item in std::fs::read_dir(&directory).unwrap() {
        found.insert(item.unwrap().file_name().into_string().unwrap());
    }
    assert!(found.remove("tile"));
    for level in std::fs::read_dir(directory.join("tile")).unwrap() {
        let name = level.unwrap().file_name().into_string().unwrap();
        found.insert(match name.parse::<u8>() {
            Ok(_) => "tile/<L>/<N>".to_owned(),
            Err(_) => format!("tile/{name}/<N>"),
        });
    }
    let rows = table("| file | content |\n");
    let documented = rows.iter().map(|row| row[0].trim_matches('`').to_owned());
    assert_eq!(found, documented.collect());
}

#[test]
fn the_database_has_the_documented_tables() {
    let terminal = Terminal::new();
    let path = terminal.ledger.folder().database();
    drop(terminal.ledger);
    let database = rusqlite::Connection::open(path).unwrap();
    let strings = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let tables = strings("SELECT name FROM sqlite_schema WHERE type = 'table'");
    let mut found = BTreeMap::new();
    for table in tables {
        let columns = format!("SELECT name FROM pragma_table_info('{table}')");
        found.insert(table, strings(&columns).join(", "));
    }
    let rows = table("| table | columns | what |\n");
    let documented = rows
        .iter()
        .map(|row| (row[0].to_owned(), row[1].replace("id = 1", "id")));
    assert_eq!(found, documented.collect());
    for (pragma, documented) in [
        ("application_id", i64::from(0x4d74_506f_u32)),
        ("user_version", 2),
    ] {
        let found: i64 = database
            .query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
            .unwrap();
        assert_eq!(found, documented, "{pragma}");
    }
    assert!(DOCUMENT.contains("`application_id` 4d74506f (\"MtPo\"), `user_version` 2"));
}
