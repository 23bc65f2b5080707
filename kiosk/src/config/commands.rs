//! `[commands]`: what the machine runs when the server commands it, or staff at the service menu. What is not given is refused.

use super::reader::Section;

/// The programs, each with its arguments; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandsConfig {
    /// Starts the machine anew.
    pub reboot: Vec<String>,
    /// Shuts it down.
    pub shutdown: Vec<String>,
    /// Installs a version; `{version}` stands for it.
    pub update: Vec<String>,
    /// Installs a file; `{file}` stands for its path.
    pub update_from: Vec<String>,
    /// Prints the state of the slots.
    pub slots: Vec<String>,
}

const REBOOT: &str = "a program and its arguments: [\"systemctl\", \"reboot\"]";
const SHUTDOWN: &str = "a program and its arguments: [\"systemctl\", \"poweroff\"]";
const UPDATE: &str = "a program and its arguments: [\"/usr/lib/meterpost/update\", \"{version}\"]";
const UPDATE_FROM: &str =
    "a program and its arguments: [\"/usr/lib/meterpost/update-from\", \"{file}\"]";
const SLOTS: &str = "a program and its arguments: [\"/usr/lib/meterpost/slots\"]";
/// In the place of the version.
pub const VERSION: &str = "{version}";
/// In the place of the file's path.
pub const FILE: &str = "{file}";

/// Reads the table.
pub fn read(s: Section) -> Option<CommandsConfig> {
    let list = |key, right| {
        let Some(list) = s.text_list(key, right) else {
            return Some(Vec::new());
        };
        if list.is_empty() {
            s.wrong(key, s.line().unwrap_or(1), "no program", right);
            return None;
        }
        Some(list.into_iter().map(|word| word.value).collect::<Vec<_>>())
    };
    let reboot = list("reboot", REBOOT);
    let shutdown = list("shutdown", SHUTDOWN);
    let update = list("update", UPDATE);
    let update_from = list("update_from", UPDATE_FROM);
    let slots = list("slots", SLOTS);
    let lacks = |program: &Option<Vec<String>>, place: &str| {
        let told =
            |words: &Vec<String>| words.is_empty() || words.iter().any(|word| word.contains(place));
        !program.as_ref().is_none_or(told)
    };
    let line = s.line().unwrap_or(1);
    if lacks(&update, VERSION) {
        s.wrong("update", line, "it is not told which version", UPDATE);
    }
    if lacks(&update_from, FILE) {
        s.wrong(
            "update_from",
            line,
            "it is not told which file",
            UPDATE_FROM,
        );
    }
    s.finish();
    Some(CommandsConfig {
        reboot: reboot?,
        shutdown: shutdown?,
        update: update?,
        update_from: update_from?,
        slots: slots?,
    })
}
