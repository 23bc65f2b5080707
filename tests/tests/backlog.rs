//! A terminal that was away for longer than the server lets entries wait without a head: all of it arrives, while it sells.

use std::process::Command;

use serde_json::Value;

#[test]
fn a_terminal_back_after_weeks_brings_everything_with_heads_in_between_and_sells_meanwhile() {
    let output = Command::new(env!("CARGO_BIN_EXE_rig"))
        .args([
            "backlog",
            "--json",
            "--entries",
            "12000",
            "--unsigned",
            "1000",
        ])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{told}"));
    println!("{figures}");
    assert!(output.status.success(), "{figures}\n{told}");
    assert_eq!(figures["lost"], 0, "{figures}");
    assert!(figures["heads"].as_u64() >= Some(12), "{figures}");
    assert!(
        figures["at_server"].as_u64() >= figures["entries"].as_u64(),
        "{figures}"
    );
}
