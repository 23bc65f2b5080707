//! `meterbus scan` over emulated meters.

#[path = "common/tool.rs"]
mod tool;

use tool::{Emulated, json, meterbus};

/// What was found: protocol and address.
fn found(told: &serde_json::Value) -> Vec<(String, String)> {
    let found = told["found"].as_array().unwrap().iter();
    found
        .map(|meter| {
            let word = |key: &str| meter[key].as_str().unwrap().to_owned();
            (word("protocol"), word("address"))
        })
        .collect()
}

fn one(protocol: &str, address: &str) -> Vec<(String, String)> {
    vec![(protocol.to_owned(), address.to_owned())]
}

#[test]
fn a_meter_at_another_rate_is_found_at_its_rate_only() {
    let meter = Emulated::start(&[
        "--protocol",
        "dlt645",
        "--address",
        "260305510012",
        "--pty",
        "--baud",
        "9600",
    ]);
    let told = json(
        &[
            "scan",
            "--serial",
            &meter.place,
            "--baud",
            "2400,9600",
            "--parity",
            "even",
            "--protocol",
            "dlt645",
            "--json",
        ],
        0,
    );
    assert_eq!(found(&told), one("dlt645", "260305510012"));
    assert_eq!(told["found"][0]["line"]["baud"], 9600);
    assert_eq!(told["tried"][0]["sound"], 0);
}

#[test]
fn meters_that_answer_at_once_are_told_apart_by_their_digits() {
    let meter = Emulated::start(&[
        "--protocol",
        "dlt645",
        "--address",
        "000000000001",
        "--address",
        "000000000002",
        "--listen",
        "127.0.0.1:0",
        "--delay-ms",
        "5",
    ]);
    let told = json(
        &[
            "scan",
            "--tcp",
            &meter.place,
            "--protocol",
            "dlt645",
            "--patience-ms",
            "60",
            "--json",
        ],
        0,
    );
    let mut both = found(&told);
    both.sort();
    let expected = [one("dlt645", "000000000001"), one("dlt645", "000000000002")].concat();
    assert_eq!(both, expected);
}

#[test]
fn a_water_meter_and_meters_on_mbus_are_found() {
    let water = Emulated::start(&[
        "--protocol",
        "cjt188",
        "--address",
        "10-71962403180002",
        "--listen",
        "127.0.0.1:0",
    ]);
    let told = json(&["scan", "--tcp", &water.place, "--json"], 0);
    assert_eq!(found(&told), one("cjt188", "10-71962403180002"));
    assert!(
        told["found"][0]["line"].is_null(),
        "a gateway's rate is its own"
    );

    let mbus = Emulated::start(&[
        "--protocol",
        "mbus",
        "--address",
        "12345678",
        "--address",
        "87654321-MPT-01-07",
        "--listen",
        "127.0.0.1:0",
    ]);
    let told = json(
        &["scan", "--tcp", &mbus.place, "--protocol", "mbus", "--json"],
        0,
    );
    let expected = [
        one("mbus", "12345678-MPT-01-07"),
        one("mbus", "87654321-MPT-01-07"),
    ]
    .concat();
    assert_eq!(found(&told), expected);
}

#[test]
fn an_empty_line_says_what_to_look_at() {
    // A meter of another protocol hears nothing that it understands.
    let water = Emulated::start(&[
        "--protocol",
        "cjt188",
        "--address",
        "10-71962403180002",
        "--listen",
        "127.0.0.1:0",
    ]);
    let output = meterbus(&["scan", "--tcp", &water.place, "--protocol", "dlt645"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("nobody answered; check the wiring"),
        "{error}"
    );
}

#[test]
fn a_line_that_is_not_there_is_no_empty_line() {
    let told = json(&["scan", "--serial", "no-such-device", "--json"], 3);
    assert!(told["reason"].as_str().unwrap().contains("no-such-device"));
    let output = meterbus(&["scan"]);
    assert_eq!(output.status.code(), Some(2));
}
