//! Commands: what one terminal is told to do, once. The version is the terminal's own count of commands, so each is taken once and in
//! order; that it was taken is an entry (`BulletinApplied`), and so is what became of it (`CommandEnded`).

use serde::{Deserialize, Serialize};

use super::packed::ContentError;

/// Its kind.
pub const COMMAND_KIND: &str = "command";

/// Longest text in a command, in characters.
const MOST_TEXT: usize = 200;
/// Most lines of log sent at once.
pub const MOST_LOG_LINES: u32 = 5000;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Close the terminal to residents until it is unlocked, over restarts too.
    Lock {
        /// Why, for staff.
        reason: String,
    },
    /// Open it again.
    Unlock,
    /// Start the machine anew.
    Reboot,
    /// Start the program anew.
    Restart,
    /// Install this version of the software and start it.
    Update {
        /// The version.
        version: String,
    },
    /// Read a meter and tell what it says.
    ReadMeter {
        /// The number residents type.
        meter: String,
    },
    /// Send the newest lines of the program's log.
    SendLogs {
        /// How many, up to [`MOST_LOG_LINES`].
        lines: u32,
    },
}

impl Command {
    /// The bulletin's content: JSON.
    ///
    /// # Errors
    /// When it makes no sense, such as an empty version.
    pub fn to_content(&self) -> Result<Vec<u8>, ContentError> {
        self.check()?;
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads a bulletin's content.
    ///
    /// # Errors
    /// When it is none that this program knows, or makes no sense.
    pub fn from_content(bytes: &[u8]) -> Result<Command, ContentError> {
        let command: Command = serde_json::from_slice(bytes)?;
        command.check()?;
        Ok(command)
    }

    /// Its name in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Command::Lock { .. } => "lock",
            Command::Unlock => "unlock",
            Command::Reboot => "reboot",
            Command::Restart => "restart",
            Command::Update { .. } => "update",
            Command::ReadMeter { .. } => "read_meter",
            Command::SendLogs { .. } => "send_logs",
        }
    }

    fn check(&self) -> Result<(), ContentError> {
        let wrong = |why: &str| Err(ContentError::Senseless(why.to_owned()));
        let fits = |text: &str| (1..=MOST_TEXT).contains(&text.chars().count());
        match self {
            Command::Lock { reason } if !fits(reason) => {
                wrong("a lock has a reason of 1 to 200 characters")
            }
            // It becomes part of the name of a unit and of a file: nothing but what versions are made of.
            Command::Update { version }
                if !(1..=64).contains(&version.len())
                    || version.starts_with(['.', '-'])
                    || !version
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b".-+~".contains(&b)) =>
            {
                wrong("a version is 1 to 64 letters, digits, dots, hyphens, + and ~")
            }
            Command::ReadMeter { meter }
                if !(1..=20).contains(&meter.len())
                    || !meter.bytes().all(|b| b.is_ascii_digit()) =>
            {
                wrong("a meter's number is up to 20 digits")
            }
            Command::SendLogs { lines } if !(1..=MOST_LOG_LINES).contains(lines) => {
                wrong("1 to 5000 lines are sent")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_read_as_it_was_written() {
        let all = [
            Command::Lock {
                reason: "the cash box is full".into(),
            },
            Command::Unlock,
            Command::Reboot,
            Command::Restart,
            Command::Update {
                version: "1.4.2-rc1".into(),
            },
            Command::ReadMeter {
                meter: "000012345678".into(),
            },
            Command::SendLogs { lines: 500 },
        ];
        for command in all {
            let content = command.to_content().unwrap();
            assert_eq!(Command::from_content(&content).unwrap(), command);
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains(command.word()), "{text}");
        }
    }

    #[test]
    fn senseless_and_unknown_commands_are_refused() {
        for text in [
            r#"{"command":"lock","reason":""}"#,
            r#"{"command":"update","version":"../../etc"}"#,
            r#"{"command":"update","version":"-x"}"#,
            r#"{"command":"read_meter","meter":"1;2"}"#,
            r#"{"command":"send_logs","lines":0}"#,
            r#"{"command":"send_logs","lines":10,"to":"elsewhere"}"#,
            r#"{"command":"open_the_cash_box"}"#,
            "",
        ] {
            assert!(Command::from_content(text.as_bytes()).is_err(), "{text}");
        }
    }
}
