//! What is installed and what could be: the slots of the image as a program prints them, and the update bundles on a USB stick. Pure; the edge
//! is `app/software.rs`.

use std::collections::BTreeSet;

/// Most slots that are shown.
const MOST_SLOTS: usize = 8;
/// Longest name or version of a slot, in characters.
const MOST_WORDS: usize = 48;
/// Most bundles that are offered: as many as a page has room for.
pub(super) const MOST_BUNDLES: usize = 6;
/// Longest name of a bundle, in bytes: one line of the narrowest panel.
const MOST_NAME: usize = 40;
/// What the name of a bundle ends with.
const BUNDLE: &str = ".raucb";

/// A look at both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Software {
    /// The slots of the image.
    pub slots: Slots,
    /// The USB stick.
    pub stick: OnStick,
}

/// The slots of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slots {
    /// No program tells of them.
    NotConfigured,
    /// As it told.
    Known(Vec<Slot>),
    /// It did not, or not in the form agreed; why, in English, for staff.
    NotReadable(String),
}

/// A slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name: `A`, `rootfs.0`.
    pub name: String,
    /// The version in it.
    pub version: String,
    /// It is the one that runs.
    pub booted: bool,
    /// How it is.
    pub health: Health,
}

/// How a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It has started well.
    Good,
    /// It has not, or holds nothing whole.
    Bad,
    /// It is installed and has not shown yet that it starts well.
    Trying,
}

/// The USB stick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnStick {
    /// No folder is configured for one.
    NotConfigured,
    /// None is there.
    NoStick,
    /// It cannot be read; why, in English, for staff.
    NotReadable(String),
    /// The bundles on it by name, and how many more there are.
    Bundles(Vec<String>, usize),
}

/// Why nothing was installed. The texts are in English, for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uninstalled {
    /// The stick was pulled out.
    StickPulledOut,
    /// The program refused it, or could not be run.
    Refused(String),
    /// Whether it was installed is not known.
    Unknown(String),
}

/// What is wrong with what the program told of slots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SlotsError {
    /// Bytes that are no text.
    #[error("it is no text")]
    NoText,
    /// No line.
    #[error("it is empty")]
    Empty,
    /// More than can be shown.
    #[error("it has more than {MOST_SLOTS} lines")]
    TooMany,
    /// This line, counted from 1, is not `name TAB version TAB booted|other TAB good|bad|trying`.
    #[error("line {0} is no slot")]
    NoSlot(usize),
    /// The same name twice, or two that run.
    #[error("line {0} contradicts another one")]
    Contradiction(usize),
}

/// Reads what the program of `[commands] slots` printed.
///
/// # Errors
/// [`SlotsError`]; nothing is shown of what is not in the form agreed.
pub fn slots(output: &[u8]) -> Result<Vec<Slot>, SlotsError> {
    let text = std::str::from_utf8(output).map_err(|_| SlotsError::NoText)?;
    let mut slots: Vec<Slot> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if slots.len() == MOST_SLOTS {
            return Err(SlotsError::TooMany);
        }
        let slot = slot(line).ok_or(SlotsError::NoSlot(number))?;
        let twice = |other: &Slot| other.name == slot.name || (other.booted && slot.booted);
        if slots.iter().any(twice) {
            return Err(SlotsError::Contradiction(number));
        }
        slots.push(slot);
    }
    match slots.is_empty() {
        true => Err(SlotsError::Empty),
        false => Ok(slots),
    }
}

fn slot(line: &str) -> Option<Slot> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, version, booted, health] = fields[..] else {
        return None;
    };
    let words = |text: &str| {
        let plain = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
        (plain && text.chars().count() <= MOST_WORDS).then(|| text.to_owned())
    };
    Some(Slot {
        name: words(name)?,
        version: words(version)?,
        booted: match booted {
            "booted" => true,
            "other" => false,
            _ => return None,
        },
        health: match health {
            "good" => Health::Good,
            "bad" => Health::Bad,
            "trying" => Health::Trying,
            _ => return None,
        },
    })
}

/// The bundles among the names of a stick's files: those that end with `.raucb` and have nothing but letters, digits and `. _ + ~ -` in them,
/// so that what is shown, recorded and handed to a program is one and the same.
pub fn bundles(names: impl IntoIterator<Item = String>) -> OnStick {
    let sound = |name: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+~-".contains(&b);
        name.len() <= MOST_NAME
            && name.len() > BUNDLE.len()
            && name.ends_with(BUNDLE)
            && !name.starts_with(['.', '-'])
            && name.bytes().all(plain)
    };
    let found: BTreeSet<String> = names.into_iter().filter(sound).collect();
    let more = found.len().saturating_sub(MOST_BUNDLES);
    // The newest by its name first, which is the one that is wanted.
    OnStick::Bundles(found.into_iter().rev().take(MOST_BUNDLES).collect(), more)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_a_slot_is_read() {
        let text = "A\t2.1.0\tbooted\tgood\nB\t2.2.0-rc1\tother\ttrying\n";
        let read = slots(text.as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!((&*read[0].name, &*read[0].version), ("A", "2.1.0"));
        assert!(read[0].booted && !read[1].booted);
        assert_eq!(read[1].health, Health::Trying);
    }

    #[test]
    fn whatever_is_not_in_the_form_agreed_is_refused_as_a_whole() {
        for (text, wanted) in [
            ("", SlotsError::Empty),
            ("A 2.1.0 booted good", SlotsError::NoSlot(1)),
            ("A\t2.1.0\tbooted\tgood\nB\t2", SlotsError::NoSlot(2)),
            ("A\t2.1.0\tbooted\tfine", SlotsError::NoSlot(1)),
            ("A\t2.1.0\tyes\tgood", SlotsError::NoSlot(1)),
            ("A\t2.1.0\tbooted\tgood\textra", SlotsError::NoSlot(1)),
            ("A\t\tbooted\tgood", SlotsError::NoSlot(1)),
            ("A\t2\u{1b}[1m\tbooted\tgood", SlotsError::NoSlot(1)),
            (
                "A\t1\tbooted\tgood\nB\t1\tbooted\tgood",
                SlotsError::Contradiction(2),
            ),
            (
                "A\t1\tbooted\tgood\nA\t1\tother\tgood",
                SlotsError::Contradiction(2),
            ),
        ] {
            assert_eq!(slots(text.as_bytes()), Err(wanted), "{text:?}");
        }
        assert_eq!(slots(b"\xff"), Err(SlotsError::NoText));
        let long = format!("A\t{}\tbooted\tgood", "1".repeat(MOST_WORDS + 1));
        assert_eq!(slots(long.as_bytes()), Err(SlotsError::NoSlot(1)));
        let many: String = (0..9).map(|n| format!("{n}\t1\tother\tbad\n")).collect();
        assert_eq!(slots(many.as_bytes()), Err(SlotsError::TooMany));
    }

    #[test]
    fn bundles_are_found_by_their_names_the_newest_first_and_a_handful_is_shown() {
        let names = |list: &[&str]| {
            list.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let found = bundles(names(&[
            "meterpost-2.1.0.raucb",
            "holiday.jpg",
            "meterpost-2.2.0.raucb",
            ".hidden.raucb",
            "-rf.raucb",
            ".raucb",
            "a b.raucb",
            "a/../b.raucb",
            "ü.raucb",
            "x\n.raucb",
        ]));
        let wanted = names(&["meterpost-2.2.0.raucb", "meterpost-2.1.0.raucb"]);
        assert_eq!(found, OnStick::Bundles(wanted, 0));
        let many = bundles((0..9).map(|n| format!("v{n}.raucb")));
        assert!(matches!(many, OnStick::Bundles(list, 3) if list.len() == MOST_BUNDLES));
    }

    proptest! {
        #[test]
        fn any_output_is_read_or_refused_and_what_is_read_can_be_shown(output in prop::collection::vec(any::<u8>(), 0..400)) {
            for slot in slots(&output).unwrap_or_default() {
                prop_assert!(!slot.name.contains(char::is_control) && !slot.version.contains(char::is_control));
            }
        }

        #[test]
        fn slots_that_were_written_down_are_read_again(names in prop::collection::btree_set("[A-Za-z0-9.]{1,12}", 1..8)) {
            let text: String = names.iter().map(|name| format!("{name}\t1.0\tother\tgood\n")).collect();
            let read = slots(text.as_bytes()).unwrap();
            prop_assert_eq!(read.len(), names.len());
        }
    }
}
