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
}

const REBOOT: &str = "a program and its arguments: [\"systemctl\", \"reboot\"]";
const SHUTDOWN: &str = "a program and its arguments: [\"systemctl\", \"poweroff\"]";
const UPDATE: &str = "a program and its arguments: [\"/usr/lib/meterpost/update\", \"{version}\"]";
/// In the place of the version.
pub const VERSION: &str = "{version}";

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
    if let Some(update) = &update
        && !update.is_empty()
        && !update.iter().any(|word| word.contains(VERSION))
    {
        s.wrong(
            "update",
            s.line().unwrap_or(1),
            "it is not told which version",
            UPDATE,
        );
    }
    s.finish();
    Some(CommandsConfig {
        reboot: reboot?,
        shutdown: shutdown?,
        update: update?,
    })
}
