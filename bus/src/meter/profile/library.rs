//! The profiles that ship with this crate.

use super::problem::Problem;
use super::similar::nearest;

/// Names and texts.
pub(super) const ALL: &[(&str, &str)] = &[
    ("dlt645-plain", include_str!("library/dlt645-plain.toml")),
    ("dlt645-esam", include_str!("library/dlt645-esam.toml")),
    ("dlt645-remote", include_str!("library/dlt645-remote.toml")),
    (
        "dlt645-order-number",
        include_str!("library/dlt645-order-number.toml"),
    ),
    ("dlt645-1997", include_str!("library/dlt645-1997.toml")),
    (
        "cjt188-prepaid",
        include_str!("library/cjt188-prepaid.toml"),
    ),
    (
        "cjt188-prepaid-low-first",
        include_str!("library/cjt188-prepaid-low-first.toml"),
    ),
    (
        "cjt188-prepaid-2018",
        include_str!("library/cjt188-prepaid-2018.toml"),
    ),
    ("cjt188-volume", include_str!("library/cjt188-volume.toml")),
    (
        "cjt188-on-account",
        include_str!("library/cjt188-on-account.toml"),
    ),
    ("cjt188-heat", include_str!("library/cjt188-heat.toml")),
    ("mbus-water", include_str!("library/mbus-water.toml")),
    ("mbus-heat", include_str!("library/mbus-heat.toml")),
];

/// The text of a profile, by its name. Underscores do for dashes.
pub(super) fn text(name: &str) -> Option<&'static str> {
    let name = name.replace('_', "-");
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// What to say of a name that is none.
pub(super) fn unknown(line: Option<usize>, key: &str, name: &str) -> Problem {
    let names: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    let right = match nearest(name, &names) {
        Some(near) => format!("\"{near}\" (of {})", names.join(", ")),
        None => format!("one of {}", names.join(", ")),
    };
    Problem {
        line,
        key: key.to_owned(),
        what: format!("no built-in profile is called \"{name}\""),
        right,
    }
}
