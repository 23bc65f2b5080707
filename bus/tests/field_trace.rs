//! `meterbus trace`: a live line, the file it writes, and the same again from the file.

#[path = "common/tool.rs"]
mod tool;

use std::io::Write;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tool::{meterbus, text};

const READ: &str = "681290785634126811043335C333F916";
const ANSWER: &str = "681290785634126891083335C33378563433B216";

/// A trace of a frame, half a frame, and noise.
const TRACE: &str = "meterpost-trace 1\nbegan 2026-11-25T03:20:00Z\nline 2400 8E1\n\
    0.100 > FEFE 681290785634126811043335C333F916\n\
    0.300 < 68129078563412\n0.320 < 6891083335C33378563433B216\n\
    1.300 ? 6812907856\n2.500 ? 681290785634126891083335C33378563433B316\n";

fn events(output: &[u8]) -> Vec<Value> {
    let lines = output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn a_file_is_played_with_frames_gaps_noise_and_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.trace");
    std::fs::write(&path, TRACE).unwrap();
    let output = meterbus(&["trace", "--replay", &text(&path), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let events = events(&output.stdout);
    assert_eq!(
        kinds(&events),
        ["frame", "frame", "noise", "spoilt", "noise"]
    );
    assert_eq!(events[1]["gap_ms"], 200);
    assert_eq!(events[1]["way"], "up");
    assert_eq!(events[1]["decoded"]["value"], "123.45");
    assert_eq!(events[1]["at"], "2026-11-25T03:20:00.320000Z");
    assert!(events[3]["reason"].as_str().unwrap().contains("checksum"));
    let text = meterbus(&["trace", "--replay", &text(&path)]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        text.contains("request") && text.contains("answer"),
        "{text}"
    );
    assert!(text.contains("= 123.45"), "{text}");
    assert!(text.contains("spoilt"), "{text}");
}

#[test]
fn a_bad_file_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.trace");
    std::fs::write(&path, format!("{TRACE}3.0 ! 16\n")).unwrap();
    let output = meterbus(&["trace", "--replay", &text(&path)]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("t.trace: line 9:"), "{error}");
}

#[test]
fn what_is_heard_is_written_and_plays_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let path = text(&folder.path().join("t.trace"));
    let child = Command::new(env!("CARGO_BIN_EXE_meterbus"))
        .args(["trace", "--tcp", &endpoint, "--write", &path, "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut line, _) = listener.accept().unwrap();
    for part in [&READ[..10], &READ[10..], ANSWER, "0102"] {
        line.write_all(&hex::decode(part).unwrap()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(line);
    let live = child.wait_with_output().unwrap();
    assert_eq!(live.status.code(), Some(3), "the line is gone: {live:?}");
    let heard = events(&live.stdout);
    assert_eq!(kinds(&heard), ["frame", "frame", "noise"]);
    assert_eq!(heard[0]["decoded"]["direction"], "request");

    let replayed = meterbus(&["trace", "--replay", &path, "--json"]);
    assert_eq!(replayed.status.code(), Some(0), "{replayed:?}");
    assert_eq!(events(&replayed.stdout), heard);
}

#[test]
fn at_speed_takes_as_long_as_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.trace");
    std::fs::write(&path, TRACE).unwrap();
    let began = std::time::Instant::now();
    let output = meterbus(&["trace", "--replay", &text(&path), "--at-speed", "--json"]);
    assert!(began.elapsed() >= Duration::from_millis(2500));
    assert_eq!(events(&output.stdout).len(), 5);
}
