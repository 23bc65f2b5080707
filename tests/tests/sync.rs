//! The line to the server is cut at any byte while the terminal sells: both ledgers end up the same, entry for entry.

use std::process::Command;

use serde_json::Value;

#[test]
fn a_line_that_is_cut_again_and_again_loses_and_doubles_no_entry() {
    let cuts = std::env::var("SYNC_CUTS").unwrap_or_else(|_| "60".to_owned());
    let output = Command::new(env!("CARGO_BIN_EXE_rig"))
        .args(["sync", "--json", "--cuts", &cuts])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let figures: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{told}"));
    println!("{figures}");
    assert_eq!(figures["lost"], 0, "{figures}\n{told}");
    assert_eq!(figures["doubled"], 0, "{figures}\n{told}");
    assert!(output.status.success(), "{figures}\n{told}");
    assert!(figures["top_ups"].as_u64() > Some(2), "{figures}");
}
