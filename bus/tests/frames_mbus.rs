//! The golden frames of M-Bus: every row of `frames.tsv` decodes to its meaning.
//!
//! `frames-expected-mbus.jsonl` holds, row by row in the same order, what each frame says. It was compared by hand with the
//! column "meaning" of the table; `peer_mbus.rs` compares the telegrams with what independent decoders make of them.

use meterpost_bus::decode::{decode, from_hex};
use meterpost_bus::frame::Protocol;
use meterpost_bus::frame::mbus::Mbus;
use meterpost_bus::frame::scan::{Found, Scanner};
use serde_json::Value;

fn rows() -> Vec<(&'static str, &'static str)> {
    let row = |line: &'static str| {
        let mut columns = line.strip_prefix("mbus\t")?.split('\t');
        Some((columns.nth(2)?, columns.next()?))
    };
    include_str!("frames.tsv").lines().filter_map(row).collect()
}

#[test]
fn every_row_decodes_to_its_meaning() {
    let expectations: Vec<Value> = include_str!("frames-expected-mbus.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows = rows();
    assert_eq!(rows.len(), expectations.len());
    for ((hex, meaning), expected) in rows.iter().zip(&expectations) {
        assert_eq!(expected["hex"], *hex, "the two tables have lost step");
        let decoded = decode(Protocol::Mbus, &from_hex(hex).unwrap()).unwrap();
        let said = serde_json::to_value(decoded).unwrap();
        assert_eq!(said, expected["expect"], "{meaning} ({hex})");
    }
}

#[test]
fn the_scanner_finds_every_row_in_one_stream() {
    let good: Vec<Vec<u8>> = rows()
        .iter()
        .map(|(hex, _)| from_hex(hex).unwrap())
        .collect();
    let mut scanner = Scanner::new::<Mbus>();
    let mut found: Vec<_> = good
        .concat()
        .chunks(7)
        .flat_map(|chunk| scanner.push(chunk))
        .collect();
    found.extend(scanner.idle());
    let frames = found.into_iter().map(|found| match found {
        Found::Frame { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    });
    assert!(frames.eq(good));
}
