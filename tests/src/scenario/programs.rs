//! The programs under test: found beside the rig, started with their logs in files, killed like a power cut kills them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::Failure;

/// A running program. It is killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    log: PathBuf,
}

/// The path of a program that was built beside the rig.
///
/// # Errors
/// When it is not there; the error says how to build it.
pub fn beside(name: &str) -> Result<PathBuf, Failure> {
    let rig = std::env::current_exe()?;
    // Tests run from a folder below the programs.
    let folders = rig.ancestors().skip(1).take(2);
    folders
        .map(|f| f.join(name))
        .find(|p| p.is_file())
        .ok_or_else(|| {
            Failure::new(format!(
                "the program {name} is not built; run `make test` or `make demo`, which build it"
            ))
        })
}

/// A script of the project, looked for from the current folder upwards: tests run elsewhere than where they were built.
///
/// # Errors
/// When it is not above the current folder.
pub fn script(name: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()?;
    let mut paths = here.ancestors().map(|f| f.join("scripts").join(name));
    paths
        .find(|path| path.is_file())
        .ok_or_else(|| Failure::new(format!("scripts/{name} is not above the current folder")))
}

impl Program {
    /// Starts it; what it logs is appended to `<folder>/<name>.log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        folder: &Path,
        name: &str,
        args: &[&str],
        env: &[(&str, &Path)],
    ) -> Result<Program, Failure> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let mut command = Command::new(beside(name)?);
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        for (key, value) in env {
            command.env(key, value);
        }
        let child = command.spawn()?;
        Ok(Program {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<(), Failure> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Whether it has ended, and how.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        Ok(self.child.try_wait()?)
    }

    /// The last lines of its log, for an error message.
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(12).collect();
        let tail: Vec<&str> = lines.into_iter().rev().collect();
        format!("the last lines of {}:\n{}", self.name, tail.join("\n"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be started.
pub fn run(name: &str, args: &[&str]) -> Result<std::process::Output, Failure> {
    Ok(Command::new(beside(name)?)
        .args(args)
        .stdin(Stdio::null())
        .output()?)
}
