//! Reading values out of a TOML table, one typed key at a time, writing down everything that is wrong on the way.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::RangeInclusive;

use meterpost_ledger::Money;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::similar::nearest;

/// Problems found so far, and the text to find lines in.
pub struct Notes<'t> {
    text: &'t str,
    found: RefCell<Vec<Problem>>,
}

impl<'t> Notes<'t> {
    /// None yet.
    pub fn new(text: &'t str) -> Self {
        Notes {
            text,
            found: RefCell::default(),
        }
    }

    /// The line, counted from 1, at a place in the text.
    pub fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    /// Writes a problem down.
    pub fn add(&self, line: Option<usize>, place: &str, what: impl Display, right: impl Display) {
        let problem = Problem {
            line,
            place: place.to_owned(),
            what: what.to_string(),
            right: right.to_string(),
        };
        self.found.borrow_mut().push(problem);
    }

    /// All of them.
    pub fn into_problems(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}

/// A value of the file, with the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The line, counted from 1.
    pub line: usize,
}

/// One table of the file.
pub struct Section<'a> {
    notes: &'a Notes<'a>,
    /// As people see it: `[terminal]`.
    name: String,
    line: Option<usize>,
    table: Option<&'a DeTable<'a>>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    /// A table, or nothing in its place.
    pub fn new(notes: &'a Notes<'a>, name: String, at: Option<(usize, &'a DeTable<'a>)>) -> Self {
        let (line, table) = at.unzip();
        Section {
            notes,
            name,
            line,
            table,
            known: RefCell::default(),
        }
    }

    /// The line of its heading.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    fn find(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.table?
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, v)| v)
    }

    fn place(&self, key: &str) -> String {
        format!("{} {key}", self.name)
    }

    /// Writes down that a key's value is wrong.
    pub fn wrong(&self, key: &str, line: usize, what: impl Display, right: impl Display) {
        self.notes.add(Some(line), &self.place(key), what, right);
    }

    fn located<T>(&self, value: &Spanned<DeValue>, read: T) -> Located<T> {
        Located {
            value: read,
            line: self.notes.line(value.span().start),
        }
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue>, right: &str) {
        let line = self.notes.line(value.span().start);
        self.wrong(
            key,
            line,
            format!("this is {}", article(value.get_ref().type_str())),
            right,
        );
    }

    /// Whether the file gives a key; from now on it is a known one.
    pub fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// Writes down that a key is missing, if it is, and what would be right in its place.
    pub fn require<T>(&self, key: &'static str, value: Option<T>, right: &str) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.notes
                .add(self.line, &self.place(key), "missing", right);
        }
        value
    }

    /// A text that is not empty.
    pub fn text(&self, key: &'static str, right: &str) -> Option<Located<String>> {
        let value = self.find(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, right);
            return None;
        };
        let located = self.located(value, text.trim().to_owned());
        if located.value.is_empty() {
            self.wrong(key, located.line, "empty", right);
            return None;
        }
        Some(located)
    }

    /// One of a few words.
    pub fn choice<T: Clone>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let right = words
            .iter()
            .map(|w| format!("\"{w}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let text = self.text(key, &right)?;
        let found = choices
            .iter()
            .find(|(word, _)| *word == text.value)
            .map(|(_, choice)| choice.clone());
        if found.is_none() {
            let right = nearest(&text.value, &words).map_or(right, |w| format!("\"{w}\""));
            self.wrong(
                key,
                text.line,
                format!("\"{}\" is not known", text.value),
                right,
            );
        }
        found
    }

    /// A whole number within limits.
    pub fn number(
        &self,
        key: &'static str,
        limits: RangeInclusive<u64>,
        unit: &str,
    ) -> Option<u64> {
        let value = self.find(key)?;
        let right = format!(
            "a whole number from {} to {}{unit}",
            limits.start(),
            limits.end()
        );
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, &right);
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|n| limits.contains(n));
        if number.is_none() {
            self.wrong(
                key,
                self.notes.line(value.span().start),
                format!("{integer} is out of range"),
                right,
            );
        }
        number
    }

    /// An amount of money: a decimal text with at most two places, above zero.
    pub fn money(&self, key: &'static str) -> Option<Located<Money>> {
        let value = self.find(key)?;
        self.read_money(key, value)
    }

    fn read_money(&self, key: &str, value: &Spanned<DeValue>) -> Option<Located<Money>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, "a decimal number in quotes: \"50.00\"");
            return None;
        };
        let line = self.notes.line(value.span().start);
        match text.parse::<Money>().ok() {
            Some(money) if money > Money::ZERO => Some(Located { value: money, line }),
            Some(_) => {
                self.wrong(
                    key,
                    line,
                    format!("\"{text}\" is not positive"),
                    "an amount above zero: \"50.00\"",
                );
                None
            }
            None => {
                let right = "digits with at most two after the point: \"50.00\"";
                self.wrong(
                    key,
                    line,
                    format!("\"{text}\" is not an amount of money"),
                    right,
                );
                None
            }
        }
    }

    /// A list of amounts, all right or none.
    pub fn money_list(&self, key: &'static str) -> Option<Vec<Located<Money>>> {
        let value = self.find(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of amounts: [\"20.00\", \"50.00\"]");
            return None;
        };
        let read: Vec<_> = array.iter().map(|v| self.read_money(key, v)).collect();
        read.into_iter().collect()
    }

    /// A list of texts, none of them empty.
    pub fn text_list(&self, key: &'static str, right: &str) -> Option<Vec<Located<String>>> {
        let value = self.find(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, right);
            return None;
        };
        let mut texts = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_str().map(str::trim) {
                Some(text) if !text.is_empty() => texts.push(self.located(item, text.to_owned())),
                Some(_) => self.wrong(key, self.notes.line(item.span().start), "empty", right),
                None => self.wrong_type(key, item, right),
            }
        }
        (texts.len() == array.len()).then_some(texts)
    }

    /// A table inside this one.
    pub fn table(&self, key: &'static str, right: &str) -> Option<Section<'a>> {
        let value = self.find(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, right);
            return None;
        };
        let line = self.notes.line(value.span().start);
        Some(Section::new(
            self.notes,
            self.place(key),
            Some((line, table)),
        ))
    }

    /// Tables inside this one, `[[name.key]]`.
    pub fn tables(&self, key: &'static str, right: &str) -> Vec<Section<'a>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(key, value, right);
            return Vec::new();
        };
        let section = |(place, item): (usize, &'a Spanned<DeValue<'a>>)| {
            let line = self.notes.line(item.span().start);
            let table = item.get_ref().as_table().map(|table| (line, table));
            let name = format!("{} number {},", self.place(key), place + 1);
            Section::new(self.notes, name, table)
        };
        items.iter().enumerate().map(section).collect()
    }

    /// To be called last: every key that was not asked for is unknown.
    pub fn finish(self) {
        let known = self.known.borrow();
        for (key, _) in self.table.into_iter().flat_map(|t| t.iter()) {
            if !known.contains(&key.get_ref().as_ref()) {
                let line = self.notes.line(key.span().start);
                let right = match nearest(key.get_ref(), &known) {
                    Some(near) => format!("`{near}`"),
                    None => format!("one of {}", known.join(", ")),
                };
                self.notes
                    .add(Some(line), &self.place(key.get_ref()), "unknown key", right);
            }
        }
    }
}

fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}
