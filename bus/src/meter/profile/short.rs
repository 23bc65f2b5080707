//! The short form: a table with the key `kind` and the few options of two common kinds.

use super::problem::Notes;
use super::section::{Section, Words};
use super::tree::{Node, Value};

/// The kinds of the short form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dlt645Plain,
    Cjt188Prepaid,
}

const KINDS: &Words<Kind> = &[
    ("dlt645_plain", Kind::Dlt645Plain),
    ("cjt188_prepaid", Kind::Cjt188Prepaid),
];

/// Where a key of the short form belongs in the full one.
const DIALECT: &str = "dialect";
const TIMING: &str = "timing";

/// The full form of a short one. `None` where the kind is wrong; the mistakes are in `notes`.
pub(super) fn full_form(notes: &Notes, node: &Node) -> Option<Node> {
    let section = Section::top(notes, node);
    let kind = section.choice("kind", KINDS)?;
    let (base, keys): (&str, &[(&'static str, &str)]) = match kind {
        Kind::Dlt645Plain => (
            "dlt645-plain",
            &[
                ("preamble", TIMING),
                ("customer_number", DIALECT),
                ("operator", DIALECT),
                ("password", DIALECT),
                ("books", DIALECT),
            ],
        ),
        Kind::Cjt188Prepaid => (
            "cjt188-prepaid",
            &[
                ("preamble", TIMING),
                ("di_order", DIALECT),
                ("status_layout", DIALECT),
            ],
        ),
    };
    let mut dialect = Vec::new();
    let mut timing = Vec::new();
    for (key, place) in keys {
        if let Some(value) = section.find(key) {
            let entry = ((*key).to_owned(), value.clone());
            match *place {
                TIMING => timing.push(entry),
                _ => dialect.push(entry),
            }
        }
    }
    match kind {
        Kind::Dlt645Plain => {
            section.require(
                "customer_number",
                section.find("customer_number"),
                "up to twelve digits in quotes",
            );
        }
        Kind::Cjt188Prepaid => dialect.extend(long_valve(&section)),
    }
    section.finish();
    let table = |entries| Node {
        line: node.line,
        value: Value::Table(entries),
    };
    Some(table(vec![
        ("base".to_owned(), Node::text(base)),
        (DIALECT.to_owned(), table(dialect)),
        (TIMING.to_owned(), table(timing)),
    ]))
}

fn long_valve(section: &Section<'_>) -> Option<(String, Node)> {
    let node = section.find("long_valve_command")?;
    let word = match node.value {
        Value::Bool(true) => "long",
        Value::Bool(false) => "short",
        _ => {
            let what = format!("this is {}", node.value.what());
            section.wrong("long_valve_command", what, "true or false");
            return None;
        }
    };
    Some(("valve_command".to_owned(), Node::text(word)))
}
