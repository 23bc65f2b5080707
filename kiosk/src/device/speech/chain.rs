//! The two programs, and how they are started, watched and stopped.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::SpeechSettings;
use super::plan::Sound;
use super::signal;

/// A sound that plays longer hangs.
const LONGEST: Duration = Duration::from_secs(300);

/// A sound that is played now. Dropped, it is broken off.
pub struct Playing {
    synthesizer: Option<Child>,
    player: Child,
    began: Instant,
}

/// How it stands with a sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Plays,
    Ended,
    Failed(String),
}

impl Playing {
    /// Starts a sound.
    ///
    /// # Errors
    /// When a program cannot be started; in words for staff.
    pub fn start(sound: &Sound, settings: &SpeechSettings) -> Result<Playing, String> {
        match sound {
            Sound::Signal(volume) => {
                let mut player = player(settings, Stdio::piped())?;
                hand_over(&mut player, &signal::wav(*volume));
                Ok(Playing::of(None, player))
            }
            Sound::Words {
                voice,
                rate,
                amplitude,
                words,
            } => {
                let mut synthesizer = Command::new(&settings.program)
                    .args(["-v", voice, "-s", &rate.to_string()])
                    .args([
                        "-a",
                        &amplitude.to_string(),
                        "-b",
                        "1",
                        "--stdin",
                        "--stdout",
                    ])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .spawn()
                    .map_err(|error| format!("{}: {error}", settings.program))?;
                let sound = synthesizer
                    .stdout
                    .take()
                    .map_or_else(Stdio::null, Stdio::from);
                match player(settings, sound) {
                    Ok(player) => {
                        hand_over(&mut synthesizer, words.as_bytes());
                        Ok(Playing::of(Some(synthesizer), player))
                    }
                    Err(why) => {
                        stop(&mut synthesizer);
                        Err(why)
                    }
                }
            }
        }
    }

    fn of(synthesizer: Option<Child>, player: Child) -> Playing {
        Playing {
            synthesizer,
            player,
            began: Instant::now(),
        }
    }

    /// Whether it is words, and not a signal, which needs no synthesizer.
    pub fn speaks(&self) -> bool {
        self.synthesizer.is_some()
    }

    /// How it stands now.
    pub fn progress(&mut self) -> Progress {
        let why = match self.player.try_wait() {
            Ok(None) if self.began.elapsed() < LONGEST => return Progress::Plays,
            Ok(None) => "the player does not end".to_owned(),
            Ok(Some(status)) if status.success() => return self.synthesized(),
            Ok(Some(status)) => format!("the player ended with {status}"),
            Err(error) => format!("the player cannot be watched: {error}"),
        };
        Progress::Failed(why)
    }

    /// The player has ended well: so has the synthesizer, or it was what failed.
    fn synthesized(&mut self) -> Progress {
        match self.synthesizer.as_mut().map(Child::try_wait) {
            None => Progress::Ended,
            Some(Ok(None)) if self.began.elapsed() < LONGEST => Progress::Plays,
            Some(Ok(None)) => Progress::Failed("the synthesizer does not end".to_owned()),
            Some(Ok(Some(status))) if status.success() => Progress::Ended,
            Some(Ok(Some(status))) => {
                Progress::Failed(format!("the synthesizer ended with {status}"))
            }
            Some(Err(error)) => {
                Progress::Failed(format!("the synthesizer cannot be watched: {error}"))
            }
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        stop(&mut self.player);
        if let Some(synthesizer) = &mut self.synthesizer {
            stop(synthesizer);
        }
    }
}

fn player(settings: &SpeechSettings, sound: Stdio) -> Result<Child, String> {
    let Some((program, arguments)) = settings.player.split_first() else {
        return Err("no player is configured".into());
    };
    Command::new(program)
        .args(arguments)
        .stdin(sound)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))
}

/// Gives a program its whole input, which a pipe has room for. A program that does not take it fails, which is seen at its end.
fn hand_over(program: &mut Child, input: &[u8]) {
    if let Some(mut stdin) = program.stdin.take() {
        let _ = stdin.write_all(input);
    }
}

/// Ends a program, whether or not it has ended already, and takes note of it, so that the system forgets it.
fn stop(program: &mut Child) {
    let _ = program.kill();
    let _ = program.wait();
}
