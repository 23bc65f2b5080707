//! Concentrators killed in the middle of a reading cycle and of top-ups: the meters' books and the orders agree.

use std::process::Command;

use serde_json::Value;

/// Now and then a root believes in an old owner of a wire for so long that a meter counts as unreached
/// (docs/bus/proof.md). That may happen; what is lost or doubled in any run is wrong.
const DISTRICTS: usize = 3;

#[test]
fn a_district_whose_concentrators_are_killed_loses_doubles_and_misses_nothing() {
    let unreached: Vec<Value> = (0..DISTRICTS)
        .map(|_| play())
        .take_while(|unreached| *unreached != 0)
        .collect();
    assert!(
        unreached.len() < DISTRICTS,
        "unreached in each run: {unreached:?}"
    );
}

/// Plays a district, and returns how many meters were not reached in time.
fn play() -> Value {
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
    figures["unreached"].clone()
}
