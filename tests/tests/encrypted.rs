//! The line to the server with TLS and the operator's own authority.

use std::process::Command;
use std::time::{Duration, Instant};

use meterpost_tests::scenario::companions::{Companion, configuration};
use meterpost_tests::scenario::office::Office;
use meterpost_tests::scenario::programs::beside;

#[test]
fn a_terminal_enrols_and_syncs_over_tls_and_refuses_a_server_of_another_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = Office::open_encrypted(folder.path()).expect("an office");
    let mut terminal =
        Companion::start(folder.path(), &office, &office.url(), "K1".to_owned()).expect("enrolled");
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let head = office.head("K1").expect("a head");
        if head["cosigned"].as_u64() > Some(0) && head["gap"] == 0 {
            break;
        }
        assert!(Instant::now() < end, "nothing is cosigned: {head}");
        std::thread::sleep(Duration::from_millis(100));
    }
    terminal.kill().expect("killed");
    assert_eq!(office.verify("K1").expect("a verdict")["verdict"], "ok");

    // Another authority of the same name.
    let other = folder.path().join("other");
    let made = Command::new(beside("server").expect("built"))
        .args(["ca", "init", "--name", "East", "--dir"])
        .arg(&other)
        .output()
        .expect("the program");
    assert!(made.status.success());
    let config = folder.path().join("k2.toml");
    let authority = other.join("ca.pem");
    let place = folder.path().join("K2");
    let text = configuration(&place, &office.url(), Some(&authority), "K2");
    std::fs::write(&config, text).expect("written");
    let mut enrol = Command::new(beside("kiosk").expect("built"))
        .args(["enrol", "--config"])
        .arg(&config)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program");
    std::thread::sleep(Duration::from_secs(2));
    enrol.kill().expect("it still asks");
    let said = enrol.wait_with_output().expect("its words").stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("UnknownIssuer") || said.contains("certificate"),
        "{said}"
    );
    assert!(office.head("K2").is_err());
}
