//! The voice's thread: one sound after the other, broken off for what is newer.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::chain::{Playing, Progress};
use super::plan::{Sound, probe, sounds};
use super::{Command, SpeechEvent, SpeechSettings, SpeechState};

/// Between two looks at what plays.
const WATCH: Duration = Duration::from_millis(20);
/// Between two looks at the headphones while nothing plays: long enough for the glass to hear that the voice is ready before it hears of
/// headphones that were in already, for which it could do nothing without a voice.
const LISTEN: Duration = Duration::from_millis(250);
/// Between two attempts of a voice that cannot be heard.
const AGAIN: Duration = Duration::from_secs(30);

/// What the thread knows.
pub struct Task<R> {
    settings: SpeechSettings,
    report: R,
    state: SpeechState,
    playing: Option<Playing>,
    queue: VecDeque<Sound>,
    /// The next attempt, where it cannot be heard.
    attempt: Option<Instant>,
    plugged: bool,
}

impl<R: Fn(SpeechEvent)> Task<R> {
    pub fn new(settings: SpeechSettings, report: R) -> Self {
        Self {
            settings,
            report,
            state: SpeechState::Starting,
            playing: None,
            queue: VecDeque::new(),
            attempt: Some(Instant::now()),
            plugged: false,
        }
    }

    /// Runs until nobody can ask for anything any more.
    pub fn run(mut self, inbox: &Receiver<Command>) {
        loop {
            let pause = if self.playing.is_some() {
                WATCH
            } else {
                LISTEN
            };
            match inbox.recv_timeout(if self.attempt_due() {
                Duration::ZERO
            } else {
                pause
            }) {
                Ok(command) => self.obey(command, inbox),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_at_headphones();
            if self.attempt_due() && self.playing.is_none() {
                // Words may break it off before it has shown anything.
                self.attempt = Some(Instant::now() + AGAIN);
                self.queue.push_back(probe(&self.settings));
            }
            self.go_on();
        }
    }

    fn attempt_due(&self) -> bool {
        self.attempt.is_some_and(|at| Instant::now() >= at) && self.playing.is_none()
    }

    /// Does all that waits before anything is started for it, so that of several that break each other off only the last is heard.
    fn obey(&mut self, command: Command, inbox: &Receiver<Command>) {
        let mut next = Some(command);
        while let Some(command) = next {
            match command {
                Command::Hush => self.break_off(),
                Command::Say(utterance) => {
                    if !utterance.patient {
                        // A signal that nobody has heard yet is not lost with the words behind it.
                        let first = self.queue.front().cloned();
                        self.break_off();
                        self.queue
                            .extend(first.filter(|first| matches!(first, Sound::Signal(_))));
                    }
                    self.queue.extend(sounds(&utterance, &self.settings));
                }
            }
            next = inbox.try_recv().ok();
        }
    }

    fn break_off(&mut self) {
        self.playing = None;
        self.queue.clear();
    }

    /// Watches what plays, and starts the next.
    fn go_on(&mut self) {
        if let Some(playing) = &mut self.playing {
            match playing.progress() {
                Progress::Plays => return,
                Progress::Ended => {
                    // A signal shows only that the player works.
                    let spoke = playing.speaks();
                    self.playing = None;
                    if spoke {
                        self.stands(SpeechState::Ready);
                    }
                }
                Progress::Failed(why) => self.fail(why),
            }
        }
        let Some(sound) = self.queue.pop_front() else {
            return;
        };
        match Playing::start(&sound, &self.settings) {
            Ok(playing) => self.playing = Some(playing),
            Err(why) => self.fail(why),
        }
    }

    fn fail(&mut self, why: String) {
        self.playing = None;
        self.queue.clear();
        self.attempt = Some(Instant::now() + AGAIN);
        self.stands(SpeechState::Broken(why));
    }

    fn stands(&mut self, state: SpeechState) {
        if state == SpeechState::Ready {
            self.attempt = None;
        }
        if self.state != state {
            match &state {
                SpeechState::Broken(why) => tracing::warn!(why, "the terminal cannot speak"),
                state => tracing::info!(?state, "the terminal's voice"),
            }
            self.state = state.clone();
            (self.report)(SpeechEvent::State(state));
        }
    }

    fn look_at_headphones(&mut self) {
        // Nobody could be given a voice yet: those that are in by then are told when it is ready.
        if self.state != SpeechState::Ready {
            self.plugged = false;
            return;
        }
        let Some(file) = &self.settings.headphones else {
            return;
        };
        let read = std::fs::read_to_string(file).unwrap_or_default();
        let plugged = read.trim_start().starts_with('1');
        if plugged != self.plugged {
            self.plugged = plugged;
            (self.report)(SpeechEvent::Headphones(plugged));
        }
    }
}
