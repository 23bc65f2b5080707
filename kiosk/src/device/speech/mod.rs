//! The voice: a speech synthesizer and a player of sound, both programs of the system, in a pipe. No shell is in between, and what is
//! said reaches the synthesizer by its standard input only.
//!
//! Written for `espeak-ng`, which takes `-v VOICE -s WORDS_PER_MINUTE -a AMPLITUDE -b 1 --stdin --stdout`, and `aplay -q`, which plays a
//! WAV file from its standard input on the default device of ALSA. Another program that takes the same can stand for each.

mod chain;
mod plan;
mod signal;
mod task;

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};

use meterpost_ui::{Speaker, Utterance};

/// How the terminal speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechSettings {
    /// The synthesizer.
    pub program: String,
    /// The player and its arguments; at least the program.
    pub player: Vec<String>,
    /// Words a minute at the usual speed, 80 to 450.
    pub rate: u32,
    /// The synthesizer's amplitude at the usual volume, 1 to 200.
    pub volume: u32,
    /// A file that begins with `1` while headphones are plugged in.
    pub headphones: Option<PathBuf>,
}

/// Whether the terminal can speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechState {
    /// Not tried yet.
    Starting,
    /// It can.
    Ready,
    /// It cannot; the words are for staff.
    Broken(String),
}

/// What the voice reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechEvent {
    /// Whether it can be used has changed.
    State(SpeechState),
    /// Headphones were plugged in, or pulled out.
    Headphones(bool),
}

/// What is asked of the voice.
enum Command {
    Say(Utterance),
    Hush,
}

/// A way to the voice's thread, which ends with it.
#[derive(Debug)]
pub struct Voice {
    commands: Sender<Command>,
}

impl Speaker for Voice {
    fn say(&self, utterance: Utterance) {
        let _ = self.commands.send(Command::Say(utterance));
    }

    fn hush(&self) {
        let _ = self.commands.send(Command::Hush);
    }
}

/// Starts the voice's thread. It first tries without a sound whether it can be heard, and tries again from time to time where not.
///
/// # Errors
/// When the system starts no thread.
pub fn spawn(
    settings: SpeechSettings,
    report: impl Fn(SpeechEvent) + Send + 'static,
) -> std::io::Result<Voice> {
    let (commands, inbox) = channel();
    std::thread::Builder::new()
        .name("speech".into())
        .spawn(move || task::Task::new(settings, report).run(&inbox))?;
    Ok(Voice { commands })
}

#[cfg(test)]
mod tests;
