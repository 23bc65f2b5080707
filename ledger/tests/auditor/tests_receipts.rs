//! Receipts, as a file and as a code.

use std::fs;
use std::path::{Path, PathBuf};

use crate::day::Terminal;
use crate::paper::{audit, tool};

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
