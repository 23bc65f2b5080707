//! Concentrators killed in the middle of a reading cycle and of top-ups: the meters' books and the orders agree.

use std::process::Command;

use serde_json::Value;

#[test]
fn a_district_whose_concentrators_are_killed_loses_doubles_and_misses_nothing() {
    let output = Command::new(env!("CARGO_BIN_EXE_rig"))
        .args(["district", "--json"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    // The exit code says that a figure is not zero, too; the figures say which.
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{told}"));
    for (key, value) in [
        ("concentrators", 3),
        ("repeaters", 1),
        ("meters", 60),
        ("lost", 0),
        ("doubled", 0),
        ("unreached", 0),
    ] {
        assert_eq!(figures[key], value, "{key} in {figures}\n{told}");
    }
    assert_eq!(figures["kinds"].as_object().unwrap().len(), 5);
    let sales = figures["top_ups"].as_array().unwrap();
    assert_eq!(sales.len(), 2);
    assert!(
        sales.iter().all(|sale| sale["applied"] == true),
        "{figures}"
    );
}
