//! The four keys with which the terminal is used without touching the glass.
//!
//! They arrive as keys of a keyboard. So do the digits of card readers and scanners that type: therefore no key that such a device
//! sends can be one of the four, and what is none of the four does nothing at all.

use slint::SharedString;
use slint::platform::Key as Code;

/// A key by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(char);

/// Names as they stand on keyboards, and what arrives.
const NAMES: [(&str, Code); 24] = [
    ("F1", Code::F1),
    ("F2", Code::F2),
    ("F3", Code::F3),
    ("F4", Code::F4),
    ("F5", Code::F5),
    ("F6", Code::F6),
    ("F7", Code::F7),
    ("F8", Code::F8),
    ("F9", Code::F9),
    ("F10", Code::F10),
    ("F11", Code::F11),
    ("F12", Code::F12),
    ("F21", Code::F21),
    ("F22", Code::F22),
    ("F23", Code::F23),
    ("F24", Code::F24),
    ("Up", Code::UpArrow),
    ("Down", Code::DownArrow),
    ("Left", Code::LeftArrow),
    ("Right", Code::RightArrow),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PageUp", Code::PageUp),
    ("PageDown", Code::PageDown),
];

impl Key {
    /// The key of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Key> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, code)| Key(char::from(*code)))
    }

    /// Every name there is.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// What arrives when it is pressed.
    #[must_use]
    pub fn text(self) -> SharedString {
        SharedString::from(self.0)
    }
}

/// Which keys are the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// To the control before.
    pub previous: Key,
    /// To the control after.
    pub next: Key,
    /// Does what the control says.
    pub choose: Key,
    /// Switches the voice on; then help, and back.
    pub help: Key,
}

/// F1 to F4: no reader or scanner types them, and every keypad that can be programmed sends them.
impl Default for Keys {
    fn default() -> Self {
        let key = |code: Code| Key(char::from(code));
        Self {
            previous: key(Code::F1),
            next: key(Code::F2),
            choose: key(Code::F3),
            help: key(Code::F4),
        }
    }
}

/// What one of the four asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Press {
    Previous,
    Next,
    Choose,
    Help,
}

impl Keys {
    /// Which of the four has this text; `None` for every other key.
    pub(crate) fn which(&self, text: &str) -> Option<Press> {
        let mut signs = text.chars();
        let sign = Key(signs.next()?);
        let four = [
            (self.previous, Press::Previous),
            (self.next, Press::Next),
            (self.choose, Press::Choose),
            (self.help, Press::Help),
        ];
        let found = four.into_iter().find(|(key, _)| *key == sign);
        found
            .map(|(_, press)| press)
            .filter(|_| signs.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys, Press};

    #[test]
    fn only_the_four_keys_are_taken_and_what_readers_type_is_not() {
        let keys = Keys::default();
        let f3 = Key::named("F3").unwrap();
        assert_eq!(keys.which(&f3.text()), Some(Press::Choose));
        for typed in ["0", "9", "\n", "\r", "\t", " ", "a", "", "12"] {
            assert_eq!(keys.which(typed), None, "{typed:?}");
        }
        let twice = format!("{0}{0}", f3.text());
        assert_eq!(keys.which(&twice), None);
    }

    #[test]
    fn no_two_names_are_one_key_and_none_is_what_a_reader_types() {
        let all: Vec<_> = Key::names().map(|name| Key::named(name).unwrap()).collect();
        for (place, key) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(key), "{key:?}");
            assert!(!key.0.is_ascii(), "{key:?}");
        }
        assert_eq!(Key::named("Return"), None);
        assert_eq!(Key::named("5"), None);
    }
}
