//! The file as a whole: its tables, and tables that do not belong there.

use std::cell::RefCell;

use toml::de::DeTable;

use super::reader::{Notes, Section};
use super::similar::nearest;

/// The file itself.
pub struct Top<'a> {
    notes: &'a Notes<'a>,
    root: &'a DeTable<'a>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Top<'a> {
    /// The whole file.
    pub fn new(notes: &'a Notes<'a>, root: &'a DeTable<'a>) -> Self {
        Top {
            notes,
            root,
            known: RefCell::default(),
        }
    }

    /// The table of this name.
    pub fn section(&self, name: &'static str) -> Section<'a> {
        self.known.borrow_mut().push(name);
        let place = format!("[{name}]");
        let found = self.root.iter().find(|(k, _)| k.get_ref() == name);
        let Some((key, value)) = found else {
            return Section::new(self.notes, place, None);
        };
        let line = self.notes.line(key.span().start);
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.notes.add(
                Some(line),
                name,
                "this is not a table",
                format!("a heading [{name}] with its keys below"),
            );
        }
        Section::new(self.notes, place, table.map(|t| (line, t)))
    }

    /// The tables of this name, `[[name]]`.
    pub fn list(&self, name: &'static str) -> Vec<Section<'a>> {
        self.known.borrow_mut().push(name);
        let found = self.root.iter().find(|(k, _)| k.get_ref() == name);
        let Some((key, value)) = found else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let line = self.notes.line(key.span().start);
            let what = "this is one table, not a list of tables";
            self.notes.add(
                Some(line),
                name,
                what,
                format!("a heading [[{name}]] for each"),
            );
            return Vec::new();
        };
        let section = |(i, item): (usize, &'a toml::Spanned<toml::de::DeValue<'a>>)| {
            let at = item
                .get_ref()
                .as_table()
                .map(|t| (self.notes.line(item.span().start), t));
            Section::new(self.notes, format!("[[{name}]] number {},", i + 1), at)
        };
        items.iter().enumerate().map(section).collect()
    }

    /// To be called last: tables that were not asked for are unknown.
    pub fn finish(self) {
        let known = self.known.borrow();
        for (key, _) in self.root.iter() {
            if !known.contains(&key.get_ref().as_ref()) {
                let right = match nearest(key.get_ref(), &known) {
                    Some(near) => format!("[{near}]"),
                    None => format!("one of {}", known.join(", ")),
                };
                let line = self.notes.line(key.span().start);
                self.notes
                    .add(Some(line), key.get_ref(), "unknown table or key", right);
            }
        }
    }
}
