//! A log on which everything happened, and the names in it.

use meterpost_ledger::Entry;
use minicbor::Decoder;

use crate::day::Terminal;

pub fn bytes_of(terminal: &Terminal) -> Vec<Vec<u8>> {
    let entries = terminal.ledger.entries(0..terminal.ledger.size());
    entries.map(|entry| entry.unwrap().bytes).collect()
}

/// Every entry of a day on which everything happens, with what it says.
pub fn whole_day() -> (Terminal, Vec<(Vec<u8>, Entry)>) {
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
pub fn event_code(entry: &[u8]) -> u8 {
    let mut decoder = Decoder::new(entry);
    assert_eq!(decoder.array().unwrap(), Some(9));
    for _ in 0..6 {
        decoder.skip().unwrap();
    }
    decoder.array().unwrap();
    decoder.u8().unwrap()
}

/// A variant's name: the first word of its debugging output.
pub fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|c: char| !c.is_ascii_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}

/// `NoteStacked` as `note-stacked`.
pub fn kebab(name: &str) -> String {
    let mut text = String::new();
    for (place, character) in name.chars().enumerate() {
        if place > 0 && character.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}
