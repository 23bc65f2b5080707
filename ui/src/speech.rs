//! What is said aloud.
//!
//! It is made from the glass itself: from the roles and labels that every element has for readers, in their order. So a screen
//! that is new is spoken without a line of code, in the language that is shown. [`glass`] reads them, [`say`] chooses what to
//! say of a screen and of a change, [`spell`] makes words of amounts and numbers, [`listener`] notices when there is something
//! to say. The program lends the voice ([`Speaker`]).

mod glass;
mod listener;
mod page;
mod say;
mod spell;
mod words;

use crate::view::Language;

use glass::{Found, read, scope};
pub(crate) use listener::Listener;

/// The step of volume and of speed that every session begins with.
pub(crate) const USUAL: i32 = 1;

/// Words in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Its language.
    pub language: Language,
    /// The words, punctuated; amounts and numbers are words already.
    pub words: String,
}

/// Something to sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// A signal comes first: time runs out.
    pub signal: bool,
    /// It waits until all that was asked for before is said; otherwise that is broken off for it.
    pub patient: bool,
    /// What is said then, one after the other; empty while the voice is off.
    pub phrases: Vec<Phrase>,
    /// 0 to 3; 1 is the usual one.
    pub volume: u8,
    /// 0 to 3; 1 is the usual one.
    pub speed: u8,
}

/// A voice. What it is given it does in its own time: both calls return at once.
pub trait Speaker {
    /// Says this, now or behind what sounds.
    fn say(&self, utterance: Utterance);
    /// Breaks off what sounds.
    fn hush(&self);
}
