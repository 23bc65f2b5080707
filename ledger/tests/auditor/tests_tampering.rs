//! Exports that were tampered with.

use std::fs;

use meterpost_ledger::Event;

use crate::day::Terminal;
use crate::forged::{self, Forged};
use crate::logs::{assert_same, audit_known, files, known, plain, pruned};
use crate::paper::{audit, tool};

#[test]
fn a_flipped_bit_in_any_file_is_refused() {
    if !tool() {
        return;
    }
    for ((terminal, directory), thorough) in [(plain(), true), (pruned(), false)] {
        let known = known(&terminal);
        assert_same(&audit_known(&directory, &known), &terminal);
        for file in files(&directory) {
            let sound = fs::read(&file).unwrap();
            let places = [sound.len() / 2, 0, sound.len() - 1];
            for &place in &places[..if thorough { 3 } else { 1 }] {
                let mut flipped = sound.clone();
                flipped[place] ^= 1 << (place % 7);
                fs::write(&file, flipped).unwrap();
                audit_known(&directory, &known).refused("");
            }
            fs::write(&file, sound).unwrap();
        }
        assert_same(&audit_known(&directory, &known), &terminal);
    }
}

#[test]
fn a_flipped_bit_in_an_entry_names_the_entry() {
    if !tool() {
        return;
    }
    let (terminal, _) = plain();
    let forged = Forged::of(&terminal);
    for (index, bit) in [(0, 3), (7, 40), (23, 5), (forged.entries.len() - 1, 9)] {
        let mut forged = forged.clone();
        let entry = &mut forged.entries[index];
        let place = bit * 97 % (entry.len() * 8);
        entry[place / 8] ^= 1 << (place % 8);
        let directory = forged.write_entries_only();
        audit_known(&directory, &known(&terminal)).refused(&format!(
            "entry {index}: its bytes are not those that were hashed"
        ));
    }
}

#[test]
fn a_missing_file_is_named_and_so_is_one_too_many() {
    if !tool() {
        return;
    }
    let (terminal, directory) = pruned();
    let known = known(&terminal);
    for file in files(&directory) {
        let bytes = fs::read(&file).unwrap();
        let name = file.strip_prefix(&directory).unwrap().to_str().unwrap();
        fs::remove_file(&file).unwrap();
        let why = match name.starts_with("tile/entries") {
            true => "bundles of entries, too few",
            false => &format!("{name} is missing"),
        };
        audit_known(&directory, &known).refused(why);
        fs::write(&file, bytes).unwrap();
    }
    fs::write(directory.join("tile/0/999"), [0; 32]).unwrap();
    audit_known(&directory, &known).refused("tile/0/999 does not belong");
}

#[test]
fn entries_removed_swapped_or_repeated_are_refused() {
    if !tool() {
        return;
    }
    let (terminal, _) = plain();
    let (known, sound) = (known(&terminal), Forged::of(&terminal));
    let count = sound.entries.len();

    let mut removed = sound.clone();
    removed.entries.remove(10);
    let few = format!("holds {} entries, not {count}", count - 1);
    audit_known(&removed.write_entries_only(), &known).refused(&few);
    audit_known(&removed.write_unsigned(), &known).refused("");
    audit_known(&removed.write_signed(2), &known).refused("entry 10: it says that it is entry 11");

    let mut swapped = sound.clone();
    swapped.entries.swap(10, 11);
    let directory = swapped.write_entries_only();
    audit_known(&directory, &known).refused("entry 10: its bytes are not those");
    let directory = swapped.write_signed(2);
    audit_known(&directory, &known).refused("entry 10: it says that it is entry 11");

    let mut repeated = sound.clone();
    repeated.entries[11] = repeated.entries[10].clone();
    let directory = repeated.write_signed(2);
    audit_known(&directory, &known).refused("entry 11: it says that it is entry 10");

    // The tree made anew, but not the signature.
    let mut changed = sound.clone();
    changed.change(1, |entry| {
        entry.event = Event::Started {
            software: "other".into(),
        }
    });
    let directory = changed.write_unsigned();
    audit_known(&directory, &known).refused("but the checkpoint is for");
}

#[test]
fn a_log_signed_by_another_key_is_refused() {
    if !tool() {
        return;
    }
    let (terminal, directory) = plain();
    let sound = Forged::of(&terminal);
    // A stranger signs the same log: keys that the entries do not name.
    let mut stranger = sound.clone();
    let key = forged::vkey(9);
    audit_known(&stranger.write_signed(9), &known(&terminal)).refused("is not signed by the key");
    stranger.keys = format!("0 {key}\n");
    let directory_of_stranger = stranger.write_signed(9);
    audit_known(&directory_of_stranger, &known(&terminal)).refused("the old key it names");
    // A stranger's own log is sound by itself, and not the one whose key is known.
    let mut own = Terminal::new();
    own.sell(2_000);
    let mut own = Forged::of(&own);
    own.keys = format!("0 {key}\n");
    own.cosigned = None;
    let directory_of_own = own.write_signed(9);
    assert!(audit("export", &directory_of_own, &[]).sound);
    let key = terminal.first_key().to_string();
    audit("export", &directory_of_own, &["--key", &key]).refused("is none of this log's");
    // A cosignature by somebody else under the witness's name.
    let other = forged::witness(7).to_string();
    audit("export", &directory, &["--witness", &other]).refused("w4 did not cosign");
}

#[test]
fn a_log_that_was_cosigned_is_not_rolled_back_or_rewritten() {
    if !tool() {
        return;
    }
    let (terminal, _) = plain();
    let sound = Forged::of(&terminal);
    let known = known(&terminal);
    let cosigned = sound.cosigned.clone();
    // Both with the log's true keys, as a thief would.
    let mut rolled_back = sound.clone();
    rolled_back.entries.truncate(40);
    let first = sound.keys.lines().next().unwrap();
    rolled_back.keys = format!("{first}\n");
    let directory = rolled_back.write_signed(1);
    audit_known(&directory, &known).refused("a witness cosigned");
    let mut other = Terminal::new();
    while other.ledger.size() < terminal.ledger.size() {
        other.sell(500);
    }
    let mut rewritten = Forged::of(&other);
    rewritten.cosigned = cosigned;
    let directory = rewritten.write_signed(1);
    audit_known(&directory, &known).refused("a witness cosigned another log");
}
