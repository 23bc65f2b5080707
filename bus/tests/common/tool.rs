//! The field tool as a child process: run to its end, or kept alive as an emulated meter.
#![allow(dead_code, reason = "every file of tests takes what it needs")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

pub fn meterbus(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meterbus"))
        .args(arguments)
        .output()
        .unwrap()
}

/// The JSON that a command printed; its exit code must be this one.
pub fn json(arguments: &[&str], code: i32) -> Value {
    let output = meterbus(arguments);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `meterbus emulate`, until it is dropped.
pub struct Emulated {
    child: Child,
    out: BufReader<ChildStdout>,
    /// The terminal or `host:port` that it hangs on.
    pub place: String,
}

impl Emulated {
    pub fn start(arguments: &[&str]) -> Emulated {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meterbus"))
            .arg("emulate")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let place = line(&mut out).rsplit_once(" on ").unwrap().1.to_owned();
        Emulated { child, out, place }
    }

    /// The next line that it prints.
    pub fn says(&mut self) -> String {
        line(&mut self.out)
    }

    /// Ends it in order, so that it cleans up.
    pub fn end(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut text = String::new();
    out.read_line(&mut text).unwrap();
    text.trim_end().to_owned()
}

pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
