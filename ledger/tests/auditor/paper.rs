//! Exports on paper, so to speak: running the auditor's tool on them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::day::Terminal;

/// Says that the tests may pass without the tool.
const WITHOUT: &str = "METERPOST_WITHOUT_PYTHON";

/// Whether the tool can run. Where it cannot, the test fails unless that is meant.
pub fn tool() -> bool {
    let runs = Command::new("python3").arg("--version").output();
    if runs.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let meant = std::env::var_os(WITHOUT).is_some_and(|value| value == "1");
    assert!(
        meant,
        "python3 is missing, so the auditor's tool cannot be tried: install it, or set {WITHOUT}=1 to go without"
    );
    eprintln!("SKIPPED: the auditor's tool was not tried, for python3 is missing and {WITHOUT}=1");
    false
}

/// What the tool said.
pub struct Audit {
    pub sound: bool,
    pub text: String,
}

impl Audit {
    /// What stands behind this word, a line each.
    pub fn values(&self, word: &str) -> Vec<&str> {
        let lines = self.text.lines().filter_map(|line| line.split_once(' '));
        lines
            .filter(|(first, _)| *first == word)
            .map(|(_, rest)| rest.trim())
            .collect()
    }

    /// What stands behind this word, on its one line.
    pub fn value(&self, word: &str) -> &str {
        match self.values(word)[..] {
            [one] => one,
            _ => panic!("not one line `{word}`:\n{}", self.text),
        }
    }

    /// It was refused, and the reason has this in it.
    pub fn refused(&self, why: &str) {
        assert!(!self.sound, "believed:\n{}", self.text);
        let said = self.text.strip_prefix("refused: ");
        let fits = said.is_some_and(|said| said.contains(why) && said.trim().lines().count() == 1);
        assert!(fits, "`{why}` is not the reason:\n{}", self.text);
    }
}

/// Runs the tool.
pub fn audit(command: &str, what: &Path, options: &[&str]) -> Audit {
    let script = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("../scripts/audit.py");
    let output = Command::new("python3")
        .arg("-B")
        .arg(script)
        .arg(command)
        .arg(what)
        .args(options)
        .output()
        .unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8(text).unwrap();
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}: {text}");
    Audit {
        sound: code == Some(0),
        text,
    }
}

/// Exports the ledger beside its data folder.
pub fn export(terminal: &Terminal, name: &str) -> PathBuf {
    let directory = terminal.folder.path().join(name);
    terminal.ledger.export(&directory).unwrap();
    directory
}
