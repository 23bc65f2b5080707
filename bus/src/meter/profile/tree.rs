//! A profile before it is understood: values with the lines they stand on.

use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// A value, and its line where it came from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: Option<usize>,
    pub(super) value: Value,
}

/// What a key can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// Something no key of a profile has, by its name.
    Other(&'static str),
}

impl Value {
    /// The name of its type, with an article.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Value::Text(_) => "a text",
            Value::Number(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other(name) => name,
        }
    }
}

impl Node {
    /// Reads the text of a TOML file.
    pub(super) fn from_toml(text: &str) -> Result<Node, Problem> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Node {
                line: Some(1),
                value: Value::Table(entries(text, table.get_ref())),
            }),
            Err(error) => Err(Problem {
                line: Some(line_of(text, error.span().map_or(0, |span| span.start))),
                key: String::new(),
                what: format!("not TOML: {}", error.message().trim()),
                right: "key = value, one a line".to_owned(),
            }),
        }
    }

    /// A text without a line.
    pub(super) fn text(text: &str) -> Node {
        Node {
            line: None,
            value: Value::Text(text.to_owned()),
        }
    }

    /// A table's value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// This one with `over` laid upon it: tables are merged key by key, everything else is replaced.
    pub(super) fn overlaid(self, over: Node) -> Node {
        let line = over.line.or(self.line);
        let value = match (self.value, over.value) {
            (Value::Table(mut under), Value::Table(over)) => {
                for (key, node) in over {
                    let at = under.iter().position(|(name, _)| *name == key);
                    match at.map(|at| under.remove(at)) {
                        Some((_, old)) => under.push((key, old.overlaid(node))),
                        None => under.push((key, node)),
                    }
                }
                Value::Table(under)
            }
            (_, over) => over,
        };
        Node { line, value }
    }

    /// The same without lines: those of a built-in profile mean nothing in somebody else's file.
    pub(super) fn without_lines(self) -> Node {
        let value = match self.value {
            Value::List(nodes) => Value::List(nodes.into_iter().map(Node::without_lines).collect()),
            Value::Table(entries) => Value::Table(
                entries
                    .into_iter()
                    .map(|(key, node)| (key, node.without_lines()))
                    .collect(),
            ),
            value => value,
        };
        Node { line: None, value }
    }
}

/// The line of a place in the text, counted from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&byte| byte == b'\n').count()
}

fn entries(text: &str, table: &DeTable<'_>) -> Vec<(String, Node)> {
    table
        .iter()
        .map(|(key, value)| {
            let mut node = node(text, value);
            // A table's own span is its heading or its first key; the key's line is what a person looks for.
            node.line = Some(line_of(text, key.span().start));
            (key.get_ref().to_string(), node)
        })
        .collect()
}

fn node(text: &str, spanned: &Spanned<DeValue<'_>>) -> Node {
    let value = match spanned.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number out of range"), Value::Number),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(text, item)).collect()),
        DeValue::Table(table) => Value::Table(entries(text, table)),
        DeValue::Float(_) => Value::Other("a number with a fraction"),
        DeValue::Datetime(_) => Value::Other("a date"),
    };
    Node {
        line: Some(line_of(text, spanned.span().start)),
        value,
    }
}

impl From<toml::Value> for Node {
    fn from(value: toml::Value) -> Self {
        let value = match value {
            toml::Value::String(text) => Value::Text(text),
            toml::Value::Integer(number) => Value::Number(number),
            toml::Value::Boolean(yes) => Value::Bool(yes),
            toml::Value::Array(items) => Value::List(items.into_iter().map(Node::from).collect()),
            toml::Value::Table(table) => Value::Table(
                table
                    .into_iter()
                    .map(|(key, value)| (key, Node::from(value)))
                    .collect(),
            ),
            toml::Value::Float(_) => Value::Other("a number with a fraction"),
            toml::Value::Datetime(_) => Value::Other("a date"),
        };
        Node { line: None, value }
    }
}

impl<'de> Deserialize<'de> for Node {
    /// From a part of any file, without lines.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        toml::Value::deserialize(from).map(Node::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_line() {
        let tree = Node::from_toml("a = 1\n\n[b]\nc = \"x\"\nd = [\n 1,\n 2]\n").unwrap();
        let b = tree.get("b").unwrap();
        assert_eq!(tree.get("a").unwrap().line, Some(1));
        assert_eq!(b.line, Some(3));
        assert_eq!(b.get("c").unwrap().line, Some(4));
        let Value::List(items) = &b.get("d").unwrap().value else {
            panic!("no list");
        };
        assert_eq!(items[1].line, Some(7));
    }

    #[test]
    fn an_overlay_replaces_lists_and_merges_tables() {
        let under = Node::from_toml("a = [1, 2]\n[t]\nx = 1\ny = 2").unwrap();
        let over = Node::from_toml("a = [3]\n[t]\ny = 5").unwrap();
        let merged = under.overlaid(over).without_lines();
        let right = Node::from_toml("a = [3]\n[t]\nx = 1\ny = 5").unwrap();
        assert_eq!(merged.get("a"), right.clone().without_lines().get("a"));
        assert_eq!(merged.get("t"), right.without_lines().get("t"));
    }

    #[test]
    fn what_is_not_toml_is_named_with_its_line() {
        let problem = Node::from_toml("a = 1\nb = = 2").unwrap_err();
        assert_eq!(problem.line, Some(2));
    }
}
