//! The auditor's own tool, `scripts/audit.py`, against the library: it shares no code with it, and was written from
//! `docs/ledger.md`. Both must come to the same books, and the tool must refuse every export that was tampered with.
//!
//! It needs `python3`. Where that is missing the tests fail, unless `METERPOST_WITHOUT_PYTHON=1` says that this is meant.

mod day;
mod forged;
mod paper;

use std::fs;
use std::path::{Path, PathBuf};

use day::Terminal;
use forged::Forged;
use meterpost_ledger::{Account, Event, Money};
use paper::{Audit, audit, export, tool};

/// A day's log that was never pruned, and its export.
fn plain() -> (Terminal, PathBuf) {
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let directory = export(&terminal, "export");
    (terminal, directory)
}

/// Enough sales for books to be stated twice, cosigned to the end and pruned.
fn pruned() -> (Terminal, PathBuf) {
    let mut terminal = Terminal::new();
    terminal.whole_day();
    while terminal.ledger.size() < 1_200 {
        terminal.sell(500);
    }
    terminal.contact();
    let pruned = terminal.ledger.prune(u64::MAX).unwrap();
    assert!(pruned.removed > 500, "{pruned:?}");
    terminal.sell(2_000);
    let directory = export(&terminal, "export");
    (terminal, directory)
}

/// Size, root and every balance are those of the library.
fn assert_same(audit: &Audit, terminal: &Terminal) {
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
    let found = audit("export", &directory, &["--key", &current]);
    assert_same(&found, &terminal);
    let pruned = terminal.ledger.pruned().unwrap();
    assert_eq!(found.value("pruned"), pruned.to_string());
    // The entry in which the first key hands over is gone.
    let first = terminal.first_key().to_string();
    audit("export", &directory, &["--key", &first]).refused("was pruned");
}

#[test]
fn receipts_are_checked_without_the_log() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.sell(2_000);
    let key = terminal.ledger.vkey().clone();
    let proof = terminal.ledger.prove(3).unwrap();
    let file = terminal.folder.path().join("receipt.tlog-proof");
    fs::write(&file, proof.to_text()).unwrap();
    let code = PathBuf::from(proof.to_qr_text(&key, &[]).unwrap());
    let with_key = ["--key", &key.to_string()];
    for found in [
        audit("proof", &file, &with_key),
        audit("code", &code, &with_key),
    ] {
        assert!(found.sound, "{}", found.text);
        assert_eq!(found.value("entry"), "3");
        assert!(found.value("event").starts_with("NoteStacked sale=1"));
        assert_eq!(
            found.values("posting"),
            ["CashBox 20.00", "Suspense -20.00"]
        );
    }
    let (witness, _) = terminal.witness();
    let asked = ["--key", &key.to_string(), "--witness", &witness.to_string()];
    audit("proof", &file, &asked).refused("w4 did not cosign");
    terminal.rotate(1, 2).unwrap();
    let other = ["--key", &terminal.ledger.vkey().to_string()];
    audit("proof", &file, &other).refused("is not signed by the key");
    audit("code", &code, &other).refused("the key given has");
}

#[test]
fn a_receipt_with_one_character_changed_is_refused() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.sell(2_000);
    let key = terminal.ledger.vkey().clone();
    let with_key = ["--key", &key.to_string()];
    let proof = terminal.ledger.prove(3).unwrap();
    let code = proof.to_qr_text(&key, &[]).unwrap();
    let length = code.len();
    // One in each part: version, key id, signature, size, entry, path; and cut short, and longer.
    for place in [4, 8, 40, 110, 160, length - 30] {
        let mut changed = code.clone().into_bytes();
        changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
        let changed = String::from_utf8(changed).unwrap();
        audit("code", Path::new(&changed), &with_key).refused("");
    }
    audit("code", Path::new(&code[..length - 3]), &with_key).refused("");
    audit("code", Path::new(&format!("{code}000")), &with_key).refused("");
    let file = terminal.folder.path().join("receipt.tlog-proof");
    let text = proof.to_text();
    let size = format!("\n{}\n", terminal.ledger.size());
    for (from, to) in [
        ("index 3", "index 2"),
        ("extra ", "extra A"),
        (&size, "\n8\n"),
        ("tlog-proof@v1", "tlog-proof@v2"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&file, text.replace(from, to)).unwrap();
        audit("proof", &file, &with_key).refused("");
    }
}

/// A thief with both keys writes a rotation that the library does not make.
#[test]
fn a_key_that_was_replaced_never_comes_back() {
    let mut terminal = Terminal::new();
    terminal.rotate(1, 2).unwrap();
    terminal.rotate(2, 3).unwrap();
    for earlier in [1, 2] {
        let refused = terminal.rotate(3, earlier).unwrap_err();
        assert!(refused.to_string().contains("key"), "{refused}");
    }
    if !tool() {
        return;
    }
    let key = terminal.first_key().to_string();
    let sound = Forged::of(&terminal);
    assert!(audit("export", &sound.write_signed(3), &["--key", &key]).sound);
    let mut forged = sound.clone();
    forged.change(2, |entry| entry.event = forged::rotated(2, 1));
    let directory = forged.write_signed(1);
    audit("export", &directory, &["--key", &key]).refused("a key never comes back");
}

/// The options that tell the tool everything known from elsewhere.
fn known(terminal: &Terminal) -> [String; 4] {
    let key = terminal.ledger.vkey().to_string();
    let witness = terminal.witness().0.to_string();
    ["--key".into(), key, "--witness".into(), witness]
}

fn audit_known(directory: &Path, known: &[String]) -> Audit {
    let options: Vec<&str> = known.iter().map(String::as_str).collect();
    audit("export", directory, &options)
}

/// Every file of an export, by its name in it.
fn files(directory: &Path) -> Vec<PathBuf> {
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

/// What a thief with the true key could write: every hash and signature fits, and the books do not.
#[test]
fn rules_that_a_properly_signed_log_breaks_are_named() {
    if !tool() {
        return;
    }
    let (terminal, _) = plain();
    let sound = Forged::of(&terminal);
    let known = known(&terminal);
    let find = |wanted: fn(&Event) -> bool| sound.find(wanted);
    let stacked = find(|event| matches!(event, Event::NoteStacked { .. }));
    let acknowledged = find(|event| matches!(event, Event::NoteAcknowledged));
    let applied = find(|event| matches!(event, Event::DeliveryApplied { .. }));
    let claimed = find(|event| matches!(event, Event::ClaimIssued { .. }));
    let counted = find(|event| matches!(event, Event::CollectionCounted { .. }));
    let rotated = find(|event| matches!(event, Event::KeyRotated { .. }));
    type Change = fn(&mut meterpost_ledger::Entry);
    let changes: [(usize, Change, &str); 8] = [
        (
            stacked,
            |entry| entry.postings[0].amount = Money(1),
            "its postings are not those that its event makes",
        ),
        (
            stacked,
            |entry| entry.totals.0[0] = Money(1),
            "its totals are not what the entries so far add up to",
        ),
        (
            acknowledged,
            |entry| {
                entry.event = Event::LogCreated {
                    software: "x".into(),
                }
            },
            "a log is created once",
        ),
        (
            acknowledged,
            |entry| entry.stamp.wall = 5,
            "its wall clock is below the entry before",
        ),
        (
            applied,
            |entry| {
                if let Event::DeliveryApplied { number, .. } = &mut entry.event {
                    *number += 1;
                }
            },
            "is not open",
        ),
        (
            claimed,
            |entry| {
                if let Event::ClaimIssued { amount, .. } = &mut entry.event {
                    *amount = Money(1_000_000);
                }
            },
            "can give",
        ),
        (
            counted,
            |entry| {
                if let Event::CollectionCounted { period, .. } = &mut entry.event {
                    *period += 1;
                }
            },
            "is counted already, or never was",
        ),
        (
            rotated,
            |entry| {
                if let Event::KeyRotated { by_new, .. } = &mut entry.event {
                    by_new[3] ^= 1;
                }
            },
            "the new key did not sign the rotation",
        ),
    ];
    for (index, change, why) in changes {
        let mut forged = sound.clone();
        forged.change(index, change);
        let found = audit_known(&forged.write_signed(2), &known);
        found.refused(&format!("entry {index}: "));
        found.refused(why);
    }
}
