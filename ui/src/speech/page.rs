//! What there is on the glass, for somebody who listens.

use crate::generated::{ScreenName, Sheet};
use crate::view::Language;

/// Which page it is. Another one is read from its beginning; of the same one only what changes is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub screen: ScreenName,
    pub sheet: Sheet,
    /// "Still there?" lies over it.
    pub overlaid: bool,
    pub language: Language,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The page's question or result.
    Title,
    /// A sentence that matters.
    Notice,
    /// The figure that a page is about.
    Figure,
    /// Anything else.
    Fact,
    /// What was typed.
    Entry,
    /// Stands where something can be typed.
    Placeholder,
}

/// A text outside of controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub kind: Kind,
    pub text: String,
}

/// Something that can be chosen, or could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    pub id: String,
    pub label: String,
    /// What else is written on it.
    pub details: Vec<String>,
    pub enabled: bool,
    /// Why it is not.
    pub reason: String,
    /// Whether it is the one of several that holds; `None` where it is none of several.
    pub chosen: Option<bool>,
}

impl Control {
    /// A digit of the keypad.
    pub fn is_digit(&self) -> bool {
        self.id.starts_with("digit-")
    }

    /// Keys of the keypad are where they are needed, behind what is typed with them.
    pub fn is_key(&self) -> bool {
        self.is_digit() || ["clear", "delete"].contains(&self.id.as_str())
    }

    /// The language of its label, where it is not the page's.
    pub fn language(&self) -> Option<Language> {
        Language::from_tag(self.id.strip_prefix("language-")?)
    }
}

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub key: Key,
    /// In the order of reading.
    pub texts: Vec<Text>,
    /// In the order of the keys: the keypad first, what is on every screen last.
    pub controls: Vec<Control>,
    /// The id of the one that has the focus.
    pub focus: Option<String>,
}

impl Page {
    pub fn focused(&self) -> Option<&Control> {
        let focus = self.focus.as_ref()?;
        self.controls.iter().find(|control| control.id == *focus)
    }

    pub fn entry(&self) -> Option<&str> {
        let mut texts = self.texts.iter();
        let entry = texts.find(|text| text.kind == Kind::Entry);
        entry.map(|entry| entry.text.as_str())
    }
}
