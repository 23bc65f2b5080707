//! The program with 1,000 meters on four wires: it reads them all, tells how it is, and stays small.

mod concentrator_rig;

use std::fmt::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use concentrator_rig::{Says, Wire};
use meterpost_bus::concentrator::Status;

const PROGRAM: &str = env!("CARGO_BIN_EXE_concentrator");
const METERS: usize = 1000;
const WIRES: usize = 4;
/// What the program may have used at most, in KiB.
const MOST: u64 = 32 * 1024;

/// A CJ/T 188 meter's answer to `8105`, at once.
fn answer(request: &[u8]) -> Says {
    let template = "68101802122020000081128105060300000100005003005087000000003116";
    let mut answer = hex::decode(template).unwrap();
    answer[1..9].copy_from_slice(&request[1..9]);
    answer[11..14].copy_from_slice(&request[11..14]);
    if request[11..13] != [0x81, 0x05] {
        return Vec::new();
    }
    let end = answer.len() - 2;
    answer[end] = answer[..end]
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    vec![(Duration::ZERO, answer)]
}

const PROFILE: &str = r#"name = "books"
protocol = "cjt188"
billing = "on_meter"
capabilities = ["read"]
[dialect]
edition = "2004"
"#;

fn configure(folder: &Path, wires: &[Wire]) -> String {
    let shown = folder.display();
    let mut text = format!(
        "area = \"0171\"\naddress = 1\nlisten = \"127.0.0.1:0\"\nstate = \"{shown}/node.db\"\n\
         status_socket = \"{shown}/status\"\n[schedule]\nevery_minutes = 1440\n"
    );
    for (at, wire) in wires.iter().enumerate() {
        let device = wire.device.display();
        let port = at + 1;
        writeln!(
            text,
            "[[segment]]\nport = {port}\ndevice = \"{device}\"\nbaud = 19200\nadapter_latency_ms = 200"
        )
        .unwrap();
    }
    for meter in 0..METERS {
        let (point, port) = (meter + 1, meter % WIRES + 1);
        writeln!(
            text,
            "[[meter]]\npoint = {point}\nport = {port}\naddress = \"10-{point:014}\"\nprofile = \"books.toml\""
        )
        .unwrap();
    }
    text
}

/// The most memory that the process has had, in KiB.
fn peak(program: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.parse().unwrap()
}

/// Ends the program however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_thousand_meters_are_read_in_32_mebibytes() {
    let folder = tempfile::tempdir().unwrap();
    let wires: Vec<Wire> = (0..WIRES).map(|_| Wire::new(answer)).collect();
    let file = folder.path().join("concentrator.toml");
    std::fs::write(folder.path().join("books.toml"), PROFILE).unwrap();
    std::fs::write(&file, configure(folder.path(), &wires)).unwrap();
    let program = Command::new(PROGRAM)
        .arg("--config")
        .arg(&file)
        .env("RUST_LOG", "warn")
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let program = Running(program);
    let socket = folder.path().join("status");
    let mut answered = 0;
    // The wires need about four seconds at this speed; a busy machine more.
    for _ in 0..600 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let Ok(status) = Status::ask(&socket).await else {
            continue;
        };
        let cycles = status.segments.iter().filter_map(|segment| segment.cycle);
        answered = cycles.map(|cycle| cycle.answered).sum();
        if answered == METERS {
            break;
        }
    }
    assert_eq!(answered, METERS);
    let shown = Command::new(PROGRAM)
        .args(["status", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let whole = |line: &&str| line.contains("    250       250  ");
    assert_eq!(shown.lines().filter(whole).count(), WIRES, "{shown}");
    let peak = peak(&program.0);
    println!("{METERS} meters on {WIRES} wires: at most {peak} KiB");
    assert!(peak <= MOST, "{peak} KiB");
}
