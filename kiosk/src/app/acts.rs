//! What commands make the machine do: lock files, programs, and the program's own end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::time::Duration;

use meterpost_ledger::Folder;
use meterpost_ledger::signing::replace;

use super::Message;
use crate::config::CommandsConfig;
use crate::flow::{Act, Input};
use crate::logs::LogLines;
use crate::sync::SyncJob;

/// The file in the data folder that is there while the terminal is locked; it says why.
const LOCK_FILE: &str = "locked";

/// Why nothing was run.
const NO_PROGRAM: &str = "the configuration names no program for this";

/// How long a machine that was told to start anew or shut down may take to go down.
const GOES_DOWN: Duration = Duration::from_secs(300);

/// Where acts go.
pub struct Acts {
    folder: Folder,
    commands: CommandsConfig,
    logs: LogLines,
    /// To the thread that talks with the server, where there is one.
    sync: Option<Sender<SyncJob>>,
    /// Where outcomes go.
    messages: Sender<Message>,
}

/// What is to be done at once.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on; the outcome comes by itself.
    GoOn,
    /// The outcome.
    Ended(Result<String, String>),
    /// End the program, so that it is started anew.
    Restart,
}

/// Whether the terminal is locked.
pub fn is_locked(folder: &Folder) -> bool {
    lock_file(folder).exists()
}

fn lock_file(folder: &Folder) -> PathBuf {
    folder.directory().join(LOCK_FILE)
}

impl Acts {
    /// With what they need.
    pub fn new(
        folder: Folder,
        commands: CommandsConfig,
        logs: LogLines,
        sync: Option<Sender<SyncJob>>,
        messages: Sender<Message>,
    ) -> Acts {
        Acts {
            folder,
            commands,
            logs,
            sync,
            messages,
        }
    }

    /// Does it, or begins to.
    pub fn carry_out(&self, version: u64, act: &Act) -> Next {
        match act {
            Act::Lock(reason) => Next::Ended(lock(&lock_file(&self.folder), reason)),
            Act::Unlock => Next::Ended(unlock(&lock_file(&self.folder))),
            Act::Restart => Next::Restart,
            Act::Reboot => self.run(version, act, self.commands.reboot.clone()),
            Act::Update(to) => {
                let fill = |word: &String| word.replace(crate::config::VERSION_PLACE, to);
                let program = self.commands.update.iter().map(fill).collect();
                self.run(version, act, program)
            }
            Act::SendLogs(lines) => {
                let job = SyncJob::SendLogs {
                    version,
                    lines: self.logs.newest(*lines),
                    count: *lines,
                };
                match self.sync.as_ref().map(|sync| sync.send(job)) {
                    Some(Ok(())) => Next::GoOn,
                    _ => Next::Ended(Err("there is no way to the server".to_owned())),
                }
            }
        }
    }

    /// In a thread of its own: installing software takes its time, and residents are served meanwhile.
    fn run(&self, version: u64, act: &Act, program: Vec<String>) -> Next {
        if program.is_empty() {
            return Next::Ended(Err(NO_PROGRAM.to_owned()));
        }
        let (act, messages) = (act.clone(), self.messages.clone());
        let spawned = std::thread::Builder::new()
            .name("command".into())
            .spawn(move || {
                let result = match run_program(&program, act == Act::Reboot) {
                    // What was installed takes hold with the next start.
                    Ok(()) => {
                        let _ = messages.send(Message::Restart);
                        return;
                    }
                    Err(why) => Err(why),
                };
                let _ = messages.send(Message::Input(Input::ActDone(version, act, result)));
            });
        match spawned {
            Ok(_) => Next::GoOn,
            Err(error) => Next::Ended(Err(error.to_string())),
        }
    }
}

/// Runs a configured program to its end. One that makes the machine go down (`goes_down`) has failed where the machine is still there.
///
/// # Errors
/// What went wrong, in English, for staff.
pub(super) fn run_program(program: &[String], goes_down: bool) -> Result<(), String> {
    let Some((name, arguments)) = program.split_first() else {
        return Err(NO_PROGRAM.to_owned());
    };
    let ended = Command::new(name)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    match ended {
        Ok(output) if output.status.success() && goes_down => {
            // The machine goes down meanwhile, and this with it.
            std::thread::sleep(GOES_DOWN);
            Err("the machine did not go down".to_owned())
        }
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(last_words(name, &output.stderr, &output.status.to_string())),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn last_words(name: &str, stderr: &[u8], status: &str) -> String {
    let text = String::from_utf8_lossy(stderr);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    format!("{name}: {}", last.unwrap_or(status))
}

fn lock(file: &Path, reason: &str) -> Result<String, String> {
    match replace(file, reason.as_bytes(), 0o644) {
        Ok(()) => Ok(format!("locked: {reason}")),
        Err(error) => Err(error.to_string()),
    }
}

fn unlock(file: &Path) -> Result<String, String> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
        // It must not come back after a power cut.
        _ => match file.parent().map(std::fs::File::open) {
            Some(Ok(folder)) => folder
                .sync_all()
                .map(|()| "open".to_owned())
                .map_err(|error| error.to_string()),
            Some(Err(error)) => Err(error.to_string()),
            None => Ok("open".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    fn acts(commands: CommandsConfig) -> (tempfile::TempDir, Acts, Receiver<Message>) {
        let folder = tempfile::tempdir().unwrap();
        let (messages, inbox) = channel();
        let place = Folder::new(folder.path());
        let acts = Acts::new(place, commands, LogLines::default(), None, messages);
        (folder, acts, inbox)
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_lock_outlives_the_program_until_it_is_taken_away() {
        let (folder, acts, _inbox) = acts(CommandsConfig::default());
        let place = Folder::new(folder.path());
        assert!(!is_locked(&place));
        let locked = acts.carry_out(1, &Act::Lock("audit".into()));
        assert_eq!(locked, Next::Ended(Ok("locked: audit".into())));
        assert!(is_locked(&place));
        for _ in 0..2 {
            assert_eq!(
                acts.carry_out(2, &Act::Unlock),
                Next::Ended(Ok("open".into()))
            );
            assert!(!is_locked(&place));
        }
    }

    #[test]
    fn what_is_not_configured_is_refused_in_words() {
        let (_folder, acts, _inbox) = acts(CommandsConfig::default());
        for act in [Act::Reboot, Act::Update("2.0".into()), Act::SendLogs(5)] {
            assert!(
                matches!(acts.carry_out(1, &act), Next::Ended(Err(_))),
                "{act:?}"
            );
        }
    }

    #[test]
    fn a_program_that_fails_is_told_with_its_last_words() {
        let script = words(&["sh", "-c", "echo no such version >&2; exit 1", "{version}"]);
        let (_folder, acts, inbox) = acts(CommandsConfig {
            update: script,
            ..CommandsConfig::default()
        });
        assert_eq!(acts.carry_out(7, &Act::Update("2.0".into())), Next::GoOn);
        let message = inbox.recv_timeout(Duration::from_secs(20)).unwrap();
        let Message::Input(Input::ActDone(7, _, Err(why))) = message else {
            panic!("{message:?}");
        };
        assert_eq!(why, "sh: no such version");
    }

    #[test]
    fn a_program_that_succeeds_is_followed_by_a_restart() {
        let (_folder, acts, inbox) = acts(CommandsConfig {
            update: words(&["test", "{version}", "=", "2.0"]),
            ..CommandsConfig::default()
        });
        assert_eq!(acts.carry_out(7, &Act::Update("2.0".into())), Next::GoOn);
        let message = inbox.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(message, Message::Restart), "{message:?}");
    }
}
