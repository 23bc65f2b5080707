//! The worked example.

use std::fmt::Write;

use meterpost_ledger::signing::{Cosignature, SignedCheckpoint, VerifierKey, WitnessKey};
use meterpost_ledger::{Event, ReceiptProof, check_witnessed_proof, leaf_hash, node_hash};
use sha2::{Digest, Sha256};

use crate::DOCUMENT;
use crate::day::{self, MORNING, Terminal};
use crate::log::bytes_of;

/// The blocks of the worked example, in order.
pub fn blocks() -> Vec<&'static str> {
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
    let log = terminal.first_key();
    assert_eq!(log, *terminal.ledger.vkey());
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
