//! Programs that are to end by themselves: run with an end in time, and looked at from outside.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use meterpost_tests::scenario::programs::beside;
use serde_json::Value;

/// How long a command may take.
const LONGEST: Duration = Duration::from_secs(30);

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    /// `None`: killed.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Its output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {self:?}"),
        }
    }

    /// Insists on an exit code and on words of its error stream.
    #[track_caller]
    pub fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:?}");
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not in {}",
                self.stderr
            );
        }
    }
}

/// Runs a program to its end; one that does not end is killed, and the test fails.
#[track_caller]
pub fn run(name: &str, args: &[&str]) -> Ended {
    let mut child = Command::new(beside(name).expect("the program is built"))
        .args(args)
        .env("RUST_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Read on threads of their own, so that a full pipe stops nobody.
    let stdout = reader(child.stdout.take().expect("piped"));
    let stderr = reader(child.stderr.take().expect("piped"));
    let end = Instant::now() + LONGEST;
    let status = loop {
        match child.try_wait().expect("its status") {
            Some(status) => break status,
            None if Instant::now() >= end => {
                child.kill().expect("it can be killed");
                break child.wait().expect("its status");
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let text = |thread: std::thread::JoinHandle<String>| thread.join().expect("text");
    let ended = Ended {
        code: status.code(),
        stdout: text(stdout),
        stderr: text(stderr),
    };
    assert!(
        ended.code.is_some(),
        "{name} {args:?} did not end by itself within {LONGEST:?}: {ended:?}"
    );
    ended
}

fn reader(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("text");
        text
    })
}

/// The path as an argument.
pub fn text(path: &Path) -> String {
    path.to_str().expect("a path that is text").to_owned()
}

/// Every file of a folder with its content, to see whether anything changed.
pub fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|e| e.expect("an entry").path());
    paths
        .map(|p| (p.clone(), std::fs::read(&p).expect("the file")))
        .collect()
}
