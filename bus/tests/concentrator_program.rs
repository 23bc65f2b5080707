//! The program `concentrator`: its check, its refusals and its end.

mod concentrator_rig;

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use concentrator_rig::{Wire, config, plug, silent};
use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_concentrator");

fn check(text: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("concentrator.toml");
    std::fs::write(&file, text).unwrap();
    Command::new(PROGRAM)
        .arg("check")
        .arg(file)
        .output()
        .unwrap()
}

#[test]
fn the_example_in_the_documentation_is_right() {
    let output = check(include_str!(
        "../../docs/examples/concentrator.example.toml"
    ));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_malformed_configuration_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let wrong =
        config(folder.path(), "").replace("queue_seconds = 1", "queue_seconds = 1\nbauds = 9600");
    let output = check(&wrong);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    let line = wrong
        .lines()
        .position(|line| line.starts_with("bauds"))
        .unwrap()
        + 1;
    assert!(
        message.contains(&format!("concentrator.toml:{line}: unknown field `bauds`")),
        "{message}"
    );
}

#[test]
fn a_missing_configuration_is_named() {
    let output = Command::new(PROGRAM)
        .args(["--config", "no-such.toml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("no-such.toml")
    );
}

#[test]
fn a_termination_signal_ends_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let wire = Wire::new(silent);
    plug(folder.path(), &wire);
    let file = folder.path().join("concentrator.toml");
    std::fs::write(&file, config(folder.path(), "")).unwrap();
    let mut program = Command::new(PROGRAM)
        .arg("--config")
        .arg(file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("concentrator started")));
    kill_process(Pid::from_child(&program), Signal::TERM).unwrap();
    assert!(log.any(|line| line.unwrap().contains("concentrator stopped")));
    assert!(program.wait().unwrap().success());
}
