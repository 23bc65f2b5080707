//! What is read of a meter on schedule: where a value is, how it is written, what it means.

use super::ProfileProtocol;
use super::quantity::{Condition, Quantity};
use super::section::{Section, Words, meant};
use super::tree::Value;

/// One value that is read on schedule. Several may be in one answer (a block).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// What people call it; once in a profile.
    pub name: String,
    /// What is asked for.
    pub id: RegisterId,
    /// Where the value begins in the answer, behind the identifier (and the serial byte of CJ/T 188).
    pub at: usize,
    /// How many bytes it has.
    pub bytes: usize,
    /// How it is written.
    pub coding: Coding,
    /// Places behind the decimal point.
    pub places: u8,
    /// What it measures.
    pub quantity: Quantity,
    /// What it is measured in.
    pub unit: Unit,
    /// What its bits mean, for a status word.
    pub flags: Vec<Flag>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegisterId {
    /// Four bytes: DL/T 645-2007.
    Long(u32),
    /// Two bytes: DL/T 645-1997, CJ/T 188.
    Short(u16),
    /// A record of an M-Bus telegram.
    Record(RecordId),
}

/// Which record of an M-Bus telegram.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordId {
    /// What the record says it measures, in `snake_case` as `decode` prints it: `volume`, `energy`.
    pub label: String,
    /// 0 is now; others are what the meter stored.
    pub storage: u64,
    /// 0 is the total.
    pub tariff: u64,
    /// The part of the device.
    pub subunit: u64,
}

/// The label that means the status byte of the telegram's header.
pub const STATUS_BYTE: &str = "status";

impl std::fmt::Display for RegisterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RegisterId::Long(id) => write!(f, "{id:08X}"),
            RegisterId::Short(id) => write!(f, "{id:04X}"),
            RegisterId::Record(id) => write!(
                f,
                "{} storage {} tariff {} subunit {}",
                id.label, id.storage, id.tariff, id.subunit
            ),
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Packed decimals, low pair first.
    Bcd,
    /// The same with the sign in the highest bit.
    BcdSigned,
    /// Binary, low byte first.
    Binary,
    /// Binary, high byte first.
    BinaryHighFirst,
    /// Bits: a status word, low byte first.
    Bits,
    /// Digits of a number that is not counted with, low pair first.
    Digits,
    /// `ss mm hh DD MM YY` in packed decimals, and a seventh byte for the century where there is one.
    Clock,
}

/// What a value is measured in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a count, a status.
    None,
    /// This.
    Fixed(String),
    /// The meter tells it by the code of CJ/T 188 in the byte behind the value, or with the record in M-Bus.
    Told,
    /// The same in the byte before the value.
    ToldBefore,
}

/// What one bit of a status word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What is the case.
    pub condition: Condition,
    /// The bit, counted from the lowest one of the first byte on the wire.
    pub bit: u8,
}

const CODING: &Words<Coding> = &[
    ("bcd", Coding::Bcd),
    ("bcd_signed", Coding::BcdSigned),
    ("binary", Coding::Binary),
    ("binary_high_first", Coding::BinaryHighFirst),
    ("bits", Coding::Bits),
    ("digits", Coding::Digits),
    ("clock", Coding::Clock),
];

/// The longest answer of any protocol.
const MOST_DATA: i64 = 255;

impl Register {
    /// All registers of a profile, each name once.
    pub(super) fn read_all(top: &Section<'_>, protocol: ProfileProtocol) -> Vec<Register> {
        let mut names: Vec<String> = Vec::new();
        let mut registers = Vec::new();
        for section in top.sections("register") {
            let register = Register::read(&section, protocol);
            if let Some(name) = section.text("name", NAME) {
                if names.iter().any(|known| known == name) {
                    section.wrong("name", format!("\"{name}\" stands twice"), "each once");
                }
                names.push(name.to_owned());
            }
            section.finish();
            registers.extend(register);
        }
        registers
    }

    fn read(section: &Section<'_>, protocol: ProfileProtocol) -> Option<Register> {
        let name = section.require("name", section.text("name", NAME), NAME);
        if protocol == ProfileProtocol::Mbus {
            return Register::record(section, name?);
        }
        let id = id(section, protocol);
        let coding = section.choice("coding", CODING).unwrap_or(Coding::Bcd);
        let quantity = section.require(
            "quantity",
            section.choice("quantity", Quantity::WORDS),
            "what the value measures, such as \"energy\"",
        );
        let (most, right) = width(coding);
        let bytes = section.require("bytes", section.number("bytes", 1..=most), &right);
        let at = section.number("at", 0..=MOST_DATA).unwrap_or_default();
        let register = Register {
            name: name?.to_owned(),
            id: id?,
            at: usize::try_from(at).ok()?,
            bytes: usize::try_from(bytes?).ok()?,
            coding,
            places: section.small("places", 0..=9).unwrap_or_default(),
            quantity: quantity?,
            unit: unit(section, protocol),
            flags: flags(section),
        };
        register.check(section);
        Some(register)
    }

    /// A record of an M-Bus telegram, which says itself how it is written.
    fn record(section: &Section<'_>, name: &str) -> Option<Register> {
        let right = "what the record measures, as `decode` prints it: \"volume\"";
        let label = section.require("record", section.text("record", right), right);
        let number = |key| {
            let number = section.number(key, 0..=i64::from(u32::MAX));
            number.and_then(|number| u64::try_from(number).ok())
        };
        let id = RecordId {
            label: label.unwrap_or_default().to_owned(),
            storage: number("storage").unwrap_or_default(),
            tariff: number("tariff").unwrap_or_default(),
            subunit: number("subunit").unwrap_or_default(),
        };
        let quantity = section.require(
            "quantity",
            section.choice("quantity", Quantity::WORDS),
            "what the value measures, such as \"volume\"",
        );
        let status = label == Some(STATUS_BYTE);
        let register = Register {
            name: name.to_owned(),
            id: RegisterId::Record(id),
            at: 0,
            bytes: 1,
            coding: if status { Coding::Bits } else { Coding::Bcd },
            places: 0,
            quantity: quantity?,
            unit: if status { Unit::None } else { Unit::Told },
            flags: flags(section),
        };
        register.check(section);
        label.map(|_| register)
    }

    /// What one key alone does not show.
    fn check(&self, section: &Section<'_>) {
        let bits = self.bytes * 8;
        if self.coding == Coding::Clock && !(6..=7).contains(&self.bytes) {
            section.wrong(
                "bytes",
                format!("a clock of {} bytes", self.bytes),
                "6 or 7",
            );
        }
        if !self.flags.is_empty() && self.coding != Coding::Bits {
            section.wrong(
                "flags",
                "flags of a value that is no status word",
                "coding = \"bits\"",
            );
        }
        for flag in &self.flags {
            if usize::from(flag.bit) >= bits {
                let what = format!(
                    "bit {} of {} of {bits} bits",
                    flag.bit,
                    flag.condition.word()
                );
                section.wrong(
                    "flags",
                    what,
                    format!("a bit from 0 to {}", bits.saturating_sub(1)),
                );
            }
        }
        if matches!(self.coding, Coding::Bits | Coding::Clock | Coding::Digits) && self.places > 0 {
            section.wrong(
                "places",
                "decimal places of something that is no number",
                "no such key",
            );
        }
    }
}

const NAME: &str = "a name in quotes, once in the profile";

/// The widest value that fits a number of 64 bits, and how to say so.
fn width(coding: Coding) -> (i64, String) {
    let most = match coding {
        Coding::Bcd | Coding::BcdSigned => 9,
        Coding::Binary | Coding::BinaryHighFirst => 7,
        Coding::Bits => 8,
        Coding::Digits => 16,
        Coding::Clock => 7,
    };
    (most, format!("how many bytes the value has, 1 to {most}"))
}

fn id(section: &Section<'_>, protocol: ProfileProtocol) -> Option<RegisterId> {
    match protocol {
        ProfileProtocol::Dlt645 => {
            let right = "an identifier of 8 hex digits, high byte first: \"00010000\"";
            let bytes = section.require("id", section.hex::<4>("id"), right)?;
            Some(RegisterId::Long(u32::from_be_bytes(bytes)))
        }
        ProfileProtocol::Mbus => None,
        ProfileProtocol::Dlt645Y1997 | ProfileProtocol::Cjt188 => {
            let right = "an identifier of 4 hex digits, high byte first: \"901F\"";
            let bytes = section.require("id", section.hex::<2>("id"), right)?;
            Some(RegisterId::Short(u16::from_be_bytes(bytes)))
        }
    }
}

fn unit(section: &Section<'_>, protocol: ProfileProtocol) -> Unit {
    const RIGHT: &str = "a unit in quotes, such as \"kWh\", or \"told\" or \"told_before\"";
    match section.text("unit", RIGHT) {
        None => Unit::None,
        Some("told" | "told_before") if protocol != ProfileProtocol::Cjt188 => {
            section.wrong(
                "unit",
                "only CJ/T 188 meters tell the unit",
                "the unit: \"kWh\"",
            );
            Unit::None
        }
        Some("told") => Unit::Told,
        Some("told_before") => Unit::ToldBefore,
        Some(unit) => Unit::Fixed(unit.to_owned()),
    }
}

fn flags(section: &Section<'_>) -> Vec<Flag> {
    let Some(table) = section.section("flags") else {
        return Vec::new();
    };
    let (notes, path) = (table.notes(), section.path("flags"));
    let mut flags = Vec::new();
    for (word, node) in table.all() {
        let condition = Condition::WORDS.iter().find(|(known, _)| *known == word);
        let key = format!("{path}.{word}");
        match (condition, &node.value) {
            (None, _) => notes.add(
                node.line,
                key,
                "an unknown condition",
                meant(word, Condition::WORDS),
            ),
            (Some((_, condition)), Value::Number(bit @ 0..=63)) => flags.push(Flag {
                condition: *condition,
                bit: *bit as u8,
            }),
            (Some(_), _) => notes.add(node.line, key, "no bit number", "a number from 0 to 63"),
        }
    }
    flags.sort_by_key(|flag| flag.bit);
    flags
}
