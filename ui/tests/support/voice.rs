//! A voice that keeps what it is given, and the four keys.

use std::cell::RefCell;
use std::rc::Rc;

use meterpost_ui::{Keys, Speaker, Utterance};
use slint::platform::WindowEvent;

use super::{Bench, settle};

/// What was said, and how often it was hushed.
#[derive(Clone, Default)]
pub struct Heard {
    utterances: Rc<RefCell<Vec<Utterance>>>,
    hushed: Rc<RefCell<usize>>,
}

impl Speaker for Heard {
    fn say(&self, utterance: Utterance) {
        self.utterances.borrow_mut().push(utterance);
    }

    fn hush(&self) {
        *self.hushed.borrow_mut() += 1;
    }
}

impl Heard {
    pub fn on(bench: &Bench) -> Heard {
        let heard = Heard::default();
        bench.terminal.set_speaker(heard.clone());
        heard
    }

    /// All since the last call.
    pub fn utterances(&self) -> Vec<Utterance> {
        std::mem::take(&mut self.utterances.borrow_mut())
    }

    /// The words of the last utterance since the last call; nothing where there was none.
    pub fn last(&self) -> String {
        self.utterances().last().map(words).unwrap_or_default()
    }

    pub fn hushed(&self) -> usize {
        std::mem::take(&mut self.hushed.borrow_mut())
    }
}

pub fn words(utterance: &Utterance) -> String {
    let phrases = utterance.phrases.iter();
    let words: Vec<&str> = phrases.map(|phrase| phrase.words.as_str()).collect();
    words.join(" ")
}

/// Any key of a keyboard.
pub fn key(bench: &Bench, text: &str) {
    let window = bench.terminal.window();
    let text = slint::SharedString::from(text);
    window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    window.dispatch_event(WindowEvent::KeyReleased { text });
    settle();
}

pub fn previous(bench: &Bench) {
    key(bench, &Keys::default().previous.text());
}

pub fn next(bench: &Bench) {
    key(bench, &Keys::default().next.text());
}

pub fn choose(bench: &Bench) {
    key(bench, &Keys::default().choose.text());
}

pub fn help(bench: &Bench) {
    key(bench, &Keys::default().help.text());
}

/// With the keys to the control of this id.
pub fn go_to(bench: &Bench, id: &str) {
    for _ in 0..40 {
        if bench.terminal.focused().as_deref() == Some(id) {
            return;
        }
        next(bench);
    }
    panic!("the keys do not come to {id}");
}
