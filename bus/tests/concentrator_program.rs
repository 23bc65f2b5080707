//! The program `concentrator`: its check, its refusals and its end.

#[path = "common/authority.rs"]
mod authority;
mod concentrator_rig;

use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use authority::{Authority, BOTH, Wanted};

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

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn mistakes_about_meters_and_schedules_are_all_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let meter = |point: u32, port: u8, address: &str, profile: &str| {
        format!(
            "[[meter]]\npoint = {point}\nport = {port}\naddress = \"{address}\"\nprofile = \"{profile}\"\n"
        )
    };
    let text = config(folder.path(), "")
        + &meter(1, 2, "260305510012", "dlt645-plane")
        + &meter(2, 9, "260305510013", "dlt645-plain")
        + &meter(3, 2, "26030551001", "dlt645-plain")
        + &meter(3, 2, "260305510014", "cjt188-prepaid")
        + "[schedule]\nevery_minutes = 0\n";
    let output = check(&text);
    assert_eq!(output.status.code(), Some(2));
    let told = said(&output);
    for part in ["\"dlt645-plain\"", "9", "26030551001", "every_minutes"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(told.lines().count() >= 4, "{told}");
}

#[test]
fn the_check_reads_the_certificates_and_shows_the_cascade() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new(folder.path());
    let with = |files: &meterpost_bus::uplink::TlsFiles| {
        let tls = format!(
            "[tls]\nca = {:?}\ncertificate = {:?}\nkey = {:?}\n",
            files.ca, files.certificate, files.key
        );
        let cascade = "[cascade]\nnode = 17\n[[cascade.wire]]\nport = 2\nsegment = 5\n";
        check(&(config(folder.path(), &tls) + cascade))
    };
    let good = with(&ca.issue("concentrator.example"));
    assert!(good.status.success(), "{}", said(&good));
    let shown = String::from_utf8(good.stdout).unwrap();
    assert!(
        shown.contains("node 17") && shown.contains("segment 5"),
        "{shown}"
    );
    let expired = with(&ca.issue_as(&Wanted {
        name: "old.example",
        expired: true,
        purposes: &BOTH,
    }));
    assert_eq!(expired.status.code(), Some(2));
    assert!(said(&expired).contains("expired"), "{}", said(&expired));
    let mut files = ca.issue("a.example");
    files.key = ca.issue("b.example").key;
    let other = with(&files);
    assert_eq!(other.status.code(), Some(2));
    assert!(
        said(&other).contains("not the key of the certificate"),
        "{}",
        said(&other)
    );
    files.key = folder.path().join("missing.pem");
    assert!(said(&with(&files)).contains("missing.pem"));
}

#[test]
fn the_service_manager_hears_that_it_is_ready_alive_and_stopping_and_a_reload_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let wire = Wire::new(silent);
    plug(folder.path(), &wire);
    let file = folder.path().join("concentrator.toml");
    std::fs::write(&file, config(folder.path(), "")).unwrap();
    let socket = folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let hear = || {
        let mut buffer = [0; 256];
        let count = manager.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..count].to_vec()).unwrap()
    };
    let mut program = Command::new(PROGRAM)
        .arg("--config")
        .arg(&file)
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "400000")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(program.stderr.take().unwrap()).lines();
    assert!(hear().starts_with("READY=1"));
    for _ in 0..3 {
        assert_eq!(hear(), "WATCHDOG=1");
    }
    // A wrong file is told, and the program goes on with the one before; a right one is taken.
    std::fs::write(&file, "area = 5").unwrap();
    kill_process(Pid::from_child(&program), Signal::HUP).unwrap();
    assert!(log.any(|line| line.unwrap().contains("going on with the one before")));
    std::fs::write(&file, config(folder.path(), "heartbeat_seconds = 7")).unwrap();
    kill_process(Pid::from_child(&program), Signal::HUP).unwrap();
    assert!(log.any(|line| line.unwrap().contains("configuration read again")));
    assert!(log.any(|line| line.unwrap().contains("only after a restart")));
    kill_process(Pid::from_child(&program), Signal::TERM).unwrap();
    while hear() != "STOPPING=1" {}
    assert!(program.wait().unwrap().success());
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
