//! Reading a table key by key, and writing down everything that is wrong on the way.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use super::problem::Notes;
use super::similar::nearest;
use super::tree::{Node, Value};

/// One table of a profile.
pub(super) struct Section<'a> {
    notes: &'a Notes,
    /// `dialect`, or empty for the profile itself.
    path: String,
    /// The line of its heading.
    line: Option<usize>,
    entries: &'a [(String, Node)],
    known: RefCell<Vec<&'static str>>,
}

/// A word and what it stands for.
pub(super) type Words<T> = [(&'static str, T)];

impl<'a> Section<'a> {
    /// The profile itself.
    pub(super) fn top(notes: &'a Notes, node: &'a Node) -> Self {
        Section::of(notes, String::new(), node)
    }

    fn of(notes: &'a Notes, path: String, node: &'a Node) -> Self {
        let entries: &[(String, Node)] = match &node.value {
            Value::Table(entries) => entries,
            other => {
                notes.add(
                    node.line,
                    path.clone(),
                    format!("this is {}", other.what()),
                    "a table",
                );
                &[]
            }
        };
        Section {
            notes,
            path,
            line: node.line,
            entries,
            known: RefCell::default(),
        }
    }

    /// The value of a key; from now on the key is a known one.
    pub(super) fn find(&self, key: &'static str) -> Option<&'a Node> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, node)| node)
    }

    /// Whether a key is given.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// The key with the tables it is in.
    pub(super) fn path(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_owned(),
            path => format!("{path}.{key}"),
        }
    }

    /// Writes down what is wrong with a key.
    pub(super) fn wrong(
        &self,
        key: &'static str,
        what: impl Into<String>,
        right: impl Into<String>,
    ) {
        let line = self.find(key).map_or(self.line, |node| node.line);
        self.notes.add(line, self.path(key), what, right);
    }

    /// Writes down that a key is missing, if it is.
    pub(super) fn require<T>(&self, key: &'static str, value: Option<T>, right: &str) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.wrong(key, "missing", right);
        }
        value
    }

    fn wrong_type(&self, key: &'static str, node: &Node, right: &str) {
        self.wrong(key, format!("this is {}", node.value.what()), right);
    }

    /// A text that is not empty.
    pub(super) fn text(&self, key: &'static str, right: &str) -> Option<&'a str> {
        let node = self.find(key)?;
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.trim()),
            Value::Text(_) => {
                self.wrong(key, "empty", right);
                None
            }
            _ => {
                self.wrong_type(key, node, right);
                None
            }
        }
    }

    /// A whole number in a range.
    pub(super) fn number(&self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let node = self.find(key)?;
        let right = format!("a number from {} to {}", range.start(), range.end());
        match node.value {
            Value::Number(number) if range.contains(&number) => Some(number),
            Value::Number(number) => {
                self.wrong(key, format!("{number} is out of range"), right);
                None
            }
            _ => {
                self.wrong_type(key, node, &right);
                None
            }
        }
    }

    /// A byte-sized number in a range.
    pub(super) fn small(&self, key: &'static str, range: RangeInclusive<u8>) -> Option<u8> {
        let range = i64::from(*range.start())..=i64::from(*range.end());
        u8::try_from(self.number(key, range)?).ok()
    }

    /// One of some words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &Words<T>) -> Option<T> {
        let text = self.text(key, &listed(words))?;
        self.word(key, text, words)
    }

    fn word<T: Copy>(&self, key: &'static str, text: &str, words: &Words<T>) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let what = format!("\"{text}\" is not known");
            self.wrong(key, what, meant(text, words));
        }
        found.map(|(_, value)| *value)
    }

    /// A list of some words, each at most once.
    pub(super) fn choices<T: Copy + PartialEq>(
        &self,
        key: &'static str,
        words: &Words<T>,
    ) -> Option<Vec<T>> {
        let node = self.find(key)?;
        let right = format!("a list of {}", listed(words));
        let Value::List(items) = &node.value else {
            self.wrong_type(key, node, &right);
            return None;
        };
        let mut found = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) => match self.word(key, text, words) {
                    Some(value) if found.contains(&value) => {
                        self.wrong(key, format!("\"{text}\" stands twice"), "each once");
                    }
                    Some(value) => found.push(value),
                    None => {}
                },
                other => self.wrong(key, format!("an item is {}", other.what()), right.clone()),
            }
        }
        Some(found)
    }

    /// A list of whole numbers in a range, at least one.
    pub(super) fn numbers(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
    ) -> Option<Vec<i64>> {
        let node = self.find(key)?;
        let right = format!(
            "a list of numbers from {} to {}",
            range.start(),
            range.end()
        );
        let Value::List(items) = &node.value else {
            self.wrong_type(key, node, &right);
            return None;
        };
        let mut found = Vec::new();
        for item in items {
            match item.value {
                Value::Number(number) if range.contains(&number) => found.push(number),
                Value::Number(number) => {
                    self.wrong(key, format!("{number} is out of range"), right.clone());
                }
                _ => self.wrong(
                    key,
                    format!("an item is {}", item.value.what()),
                    right.clone(),
                ),
            }
        }
        if items.is_empty() {
            self.wrong(key, "empty", right);
        }
        Some(found)
    }

    /// Bytes as hex digits, two each.
    pub(super) fn hex<const N: usize>(&self, key: &'static str) -> Option<[u8; N]> {
        let right = format!("{} hex digits in quotes", 2 * N);
        let text = self.text(key, &right)?;
        let mut bytes = [0; N];
        if hex::decode_to_slice(text, &mut bytes).is_err() {
            self.wrong(key, format!("\"{text}\" cannot be used"), right);
            return None;
        }
        Some(bytes)
    }

    /// A table within this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        self.find(key)
            .map(|node| Section::of(self.notes, self.path(key), node))
    }

    /// A list of tables within this one.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(node) = self.find(key) else {
            return Vec::new();
        };
        let Value::List(items) = &node.value else {
            self.wrong_type(
                key,
                node,
                &format!("a list of tables: [[{}]]", self.path(key)),
            );
            return Vec::new();
        };
        let path = |index: usize| format!("{}.{}", self.path(key), index + 1);
        items
            .iter()
            .enumerate()
            .map(|(index, item)| Section::of(self.notes, path(index), item))
            .collect()
    }

    /// The keys with names of somebody's choice, as they stand. From now on all are known.
    pub(super) fn all(self) -> impl Iterator<Item = (&'a str, &'a Node)> {
        self.entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// Refuses the keys nobody asked for.
    pub(super) fn finish(self) {
        let known = self.known.borrow();
        for (key, node) in self.entries {
            if !known.contains(&key.as_str()) {
                let right = match nearest(key, &known) {
                    Some(near) => format!("\"{near}\""),
                    None => format!("one of {}", known.join(", ")),
                };
                let path = self.path(key);
                self.notes.add(node.line, path, "an unknown key", right);
            }
        }
    }

    /// Where mistakes go.
    pub(super) fn notes(&self) -> &'a Notes {
        self.notes
    }
}

/// The word that was meant, or all there are.
pub(super) fn meant<T>(text: &str, words: &Words<T>) -> String {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    match nearest(text, &known) {
        Some(near) => format!("\"{near}\" (of {})", listed(words)),
        None => listed(words),
    }
}

/// `"a", "b" or "c"`.
fn listed<T>(words: &Words<T>) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|(word, _)| format!("\"{word}\""))
        .collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// The word that stands for a value. Every value has one; the empty text only satisfies the types.
pub(super) fn word_of<T: PartialEq>(value: T, words: &Words<T>) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(word, _)| word)
}
