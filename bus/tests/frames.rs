//! The golden frames of DL/T 645 and CJ/T 188: every good row of `frames.tsv` decodes to its meaning, every bad one is refused.
//!
//! `frames-expected.jsonl` holds, row by row in the same order, what each frame says. It was compared by hand with the
//! column "meaning" of the table.

use std::process::{Command, Output};

use meterpost_bus::decode::{decode, from_hex};
use meterpost_bus::frame::cjt188::Cjt188;
use meterpost_bus::frame::dlt645::Dlt645;
use meterpost_bus::frame::scan::{Found, Scanner};
use meterpost_bus::frame::{Protocol, without_preamble};
use serde_json::{Value, json};

/// Rows of these two protocols in the table.
const ROWS: usize = 86;

struct Row {
    protocol: Protocol,
    edition: Option<&'static str>,
    good: bool,
    hex: &'static str,
    meaning: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let mut columns = line.split('\t');
        let (protocol, edition) = match columns.next()? {
            "645-2007" => (Protocol::Dlt645, Some("2007")),
            "645-1997" => (Protocol::Dlt645, Some("1997")),
            "188" => (Protocol::Cjt188, None),
            _ => return None,
        };
        let good = columns.nth(1)? == "OK";
        Some(Row {
            protocol,
            edition,
            good,
            hex: columns.next()?,
            meaning: columns.next()?,
        })
    };
    include_str!("frames.tsv").lines().filter_map(row).collect()
}

fn expectations() -> Vec<Value> {
    let lines = include_str!("frames-expected.jsonl").lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn meterbus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meterbus"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn every_row_decodes_to_its_meaning() {
    let (rows, expectations) = (rows(), expectations());
    assert_eq!(rows.len(), ROWS);
    assert_eq!(expectations.len(), ROWS);
    for (row, expected) in rows.iter().zip(&expectations) {
        assert_eq!(expected["hex"], row.hex, "the two tables have lost step");
        let said = match decode(row.protocol, &from_hex(row.hex).unwrap()) {
            Ok(decoded) => serde_json::to_value(decoded).unwrap(),
            Err(error) => json!({ "refused": error.to_string() }),
        };
        assert_eq!(said, expected["expect"], "{} ({})", row.meaning, row.hex);
    }
}

#[test]
fn good_rows_have_the_keys_scripts_rely_on_and_bad_rows_are_refused() {
    for row in rows() {
        let result = decode(row.protocol, &from_hex(row.hex).unwrap());
        assert_eq!(result.is_ok(), row.good, "{}", row.meaning);
        let Ok(decoded) = result else { continue };
        let json = serde_json::to_value(decoded).unwrap();
        assert_eq!(json["protocol"], row.protocol.name());
        assert_eq!(json["edition"].as_str(), row.edition, "{}", row.meaning);
        for key in ["address", "direction", "function", "control"] {
            assert!(json[key].is_string(), "{key} in {}", row.meaning);
        }
        assert!(json["ok"].is_boolean());
    }
}

#[test]
fn the_scanner_finds_every_good_row_in_one_stream() {
    let rows = rows();
    let good: Vec<Vec<u8>> = rows
        .iter()
        .filter(|row| row.good)
        .map(|row| from_hex(row.hex).unwrap())
        .collect();
    let mut scanner = Scanner::new::<Dlt645>().and::<Cjt188>();
    let mut found = Vec::new();
    for chunk in good.concat().chunks(7) {
        found.extend(scanner.push(chunk));
    }
    found.extend(scanner.idle());
    let frames = found.into_iter().map(|found| match found {
        Found::Frame { bytes, .. } => bytes,
        other => panic!("{other:?}"),
    });
    assert!(frames.eq(good.iter().map(|bytes| without_preamble(bytes).to_vec())));
}

#[test]
fn the_command_prints_the_same_json() {
    let hex = "681290785634126891083335C33378563433B216";
    let output = meterbus(&["decode", "--protocol", "dlt645", hex, "--json"]);
    assert!(output.status.success());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["value"], "123.45");
    assert_eq!(said["unit"], "yuan");
    assert_eq!(said["direction"], "answer");
    let spaced = meterbus(&[
        "decode",
        "--protocol",
        "dlt645",
        "68 12 90 78 56 34 12 68 91 08 33 35 C3 33 78 56 34 33 B2 16",
    ]);
    assert!(
        String::from_utf8(spaced.stdout)
            .unwrap()
            .contains("123.45 yuan")
    );
}

#[test]
fn the_command_says_on_stderr_why_a_frame_is_bad_and_exits_with_2() {
    for (protocol, hex, reason) in [
        (
            "dlt645",
            "6812907856341268910833333433896745335516",
            "the checksum must be 54, it is 55",
        ),
        (
            "dlt645",
            "6812907856341268910833333433896745335417",
            "the end mark must be 16, it is 17",
        ),
        (
            "cjt188",
            "6810880527101520000103901F012416",
            "the checksum must be 25, it is 24",
        ),
        ("dlt645", "681290", "too short"),
        ("dlt645", "xyz", "not hexadecimal"),
        ("modbus", "681290", "unknown protocol"),
    ] {
        let output = meterbus(&["decode", "--protocol", protocol, hex, "--json"]);
        assert_eq!(output.status.code(), Some(2), "{hex}");
        assert!(output.stdout.is_empty(), "{hex}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(reason), "{said}");
    }
}
