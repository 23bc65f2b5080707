//! From a tree of values to a checked profile.

use super::capability::{Capabilities, Capability};
use super::cjt188::Cjt188Dialect;
use super::dlt645::Dlt645Dialect;
use super::frozen::Frozen;
use super::problem::{BadProfile, Notes};
use super::register::Register;
use super::section::Section;
use super::timing::Timing;
use super::tree::{Node, Value};
use super::{Billing, Dialect, Profile, ProfileProtocol, library, rules, short};

/// Reads a profile in any of its forms: a name, the short form with `kind`, the full form, and that upon a `base`.
pub(super) fn profile(node: Node) -> Result<Profile, BadProfile> {
    let notes = Notes::default();
    let profile = full(&notes, node).and_then(|node| table(&notes, &node));
    let problems = notes.into_problems();
    match profile {
        Some(profile) if problems.is_empty() => Ok(profile),
        _ => Err(BadProfile(problems)),
    }
}

/// The full form, without `kind` and `base`.
fn full(notes: &Notes, node: Node) -> Option<Node> {
    let node = match &node.value {
        Value::Text(name) => return builtin(notes, node.line, "", name),
        Value::Table(_) if node.get("kind").is_some() => short::full_form(notes, &node)?,
        _ => node,
    };
    match node.get("base") {
        None => Some(node),
        Some(base) => match &base.value {
            Value::Text(name) => Some(builtin(notes, base.line, "base", name)?.overlaid(node)),
            other => {
                let what = format!("this is {}", other.what());
                notes.add(base.line, "base", what, "the name of a built-in profile");
                None
            }
        },
    }
}

fn builtin(notes: &Notes, line: Option<usize>, key: &str, name: &str) -> Option<Node> {
    let Some(text) = library::text(name) else {
        let problem = library::unknown(line, key, name);
        notes.add(problem.line, problem.key, problem.what, problem.right);
        return None;
    };
    match Node::from_toml(text) {
        Ok(node) => full(notes, node.without_lines()),
        Err(problem) => {
            notes.add(None, problem.key, problem.what, problem.right);
            None
        }
    }
}

fn table(notes: &Notes, node: &Node) -> Option<Profile> {
    let top = Section::top(notes, node);
    top.find("base");
    let name = top.require(
        "name",
        top.text("name", "a name in quotes"),
        "a name in quotes",
    );
    let protocol = top.require(
        "protocol",
        top.choice("protocol", ProfileProtocol::WORDS),
        "\"dlt645\", \"dlt645_1997\", \"cjt188\" or \"mbus\"",
    );
    let billing = top.require(
        "billing",
        top.choice("billing", Billing::WORDS),
        "\"on_meter\" or \"on_account\"",
    );
    let capabilities = top.require(
        "capabilities",
        top.choices("capabilities", Capability::WORDS),
        "what the meter can do: [\"read\", \"credit\", \"switch\"]",
    );
    let timing = Timing::read(&top);
    // Without a protocol nobody can tell which keys belong here.
    let (dialect, registers, frozen) = match protocol {
        Some(protocol) => (
            Some(dialect(&top, protocol)),
            Register::read_all(&top, protocol),
            Frozen::read(&top, protocol),
        ),
        None => {
            top.find("dialect");
            top.find("register");
            top.find("frozen");
            (None, Vec::new(), None)
        }
    };
    let profile = Profile {
        name: name.unwrap_or_default().to_owned(),
        dialect: dialect?,
        billing: billing?,
        capabilities: Capabilities::new(capabilities?),
        registers,
        frozen,
        timing,
    };
    rules::check(&top, &profile);
    top.finish();
    Some(profile)
}

fn dialect(top: &Section<'_>, protocol: ProfileProtocol) -> Dialect {
    let empty = Node {
        line: None,
        value: Value::Table(Vec::new()),
    };
    let section = match top.section("dialect") {
        Some(section) => section,
        None => Section::top(top.notes(), &empty),
    };
    let dialect = match protocol {
        ProfileProtocol::Dlt645 => Dialect::Dlt645(Dlt645Dialect::read(&section)),
        ProfileProtocol::Dlt645Y1997 => Dialect::Dlt645Y1997,
        ProfileProtocol::Mbus => Dialect::Mbus,
        ProfileProtocol::Cjt188 => Dialect::Cjt188(Cjt188Dialect::read(&section)),
    };
    section.finish();
    dialect
}
