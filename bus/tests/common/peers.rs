//! Runs Python with the independent implementations that `scripts/peers.sh` installs.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The path of a python with the peers; `None` where they cannot be installed, and then the test says so and is skipped.
pub fn python() -> Option<String> {
    let script = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("../scripts/peers.sh");
    let output = Command::new("bash").arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        Some(3) => {
            eprintln!("skipped, the peers cannot be installed: {}", said.trim());
            None
        }
        other => panic!("scripts/peers.sh ended with {other:?}: {said}"),
    }
}

/// Runs a script with these arguments and this input, and returns what it prints.
pub fn run(python: &str, script: &str, arguments: &[&str], input: &str) -> String {
    let mut child = Command::new(python)
        .args(["-c", script])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}
