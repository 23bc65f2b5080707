//! What is read of a meter on schedule: where a value is, how it is written, what it means.

use super::ProfileProtocol;
use super::section::{Section, Words, meant, word_of};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegisterId {
    /// Four bytes: DL/T 645-2007.
    Long(u32),
    /// Two bytes: DL/T 645-1997, CJ/T 188.
    Short(u16),
}

impl std::fmt::Display for RegisterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RegisterId::Long(id) => write!(f, "{id:08X}"),
            RegisterId::Short(id) => write!(f, "{id:04X}"),
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

/// What a value measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quantity {
    /// Active energy.
    Energy,
    /// Reactive energy.
    ReactiveEnergy,
    /// Volume.
    Volume,
    /// Heat or cold.
    Heat,
    /// Power.
    Power,
    /// Flow.
    Flow,
    /// Voltage.
    Voltage,
    /// Current.
    Current,
    /// Frequency.
    Frequency,
    /// Temperature.
    Temperature,
    /// Pressure.
    Pressure,
    /// Time worked.
    Duration,
    /// Money left, or bought.
    Money,
    /// A count.
    Count,
    /// The meter's clock.
    Clock,
    /// A status word.
    Status,
    /// Anything else.
    Other,
}

/// What a value is measured in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nothing: a count, a status.
    None,
    /// This.
    Fixed(String),
    /// The meter tells it by the code of CJ/T 188 in the byte behind the value.
    Told,
}

/// What one bit of a status word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// What is the case.
    pub condition: Condition,
    /// The bit, counted from the lowest one of the first byte on the wire.
    pub bit: u8,
}

/// What a status word can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// The battery is low.
    BatteryLow,
    /// The battery of the clock is low.
    ClockBatteryLow,
    /// The clock is wrong.
    ClockFault,
    /// The memory has a fault.
    MemoryFault,
    /// The relay or valve, or what drives it, has a fault.
    SupplyFault,
    /// The security module has a fault.
    SecurityFault,
    /// The sensor has a fault.
    SensorFault,
    /// The cover was opened.
    CoverOpen,
    /// A magnet was brought near.
    Magnet,
    /// Water or gas flows where it should not.
    Leak,
    /// The flow is reversed.
    ReverseFlow,
    /// The meter is overdrawn.
    Overdrawn,
    /// The credit is nearly used up.
    CreditLow,
    /// The relay or valve has cut the supply.
    SupplyOff,
    /// The meter may be programmed.
    ProgrammingAllowed,
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

impl Quantity {
    const WORDS: &'static Words<Self> = &[
        ("energy", Quantity::Energy),
        ("reactive_energy", Quantity::ReactiveEnergy),
        ("volume", Quantity::Volume),
        ("heat", Quantity::Heat),
        ("power", Quantity::Power),
        ("flow", Quantity::Flow),
        ("voltage", Quantity::Voltage),
        ("current", Quantity::Current),
        ("frequency", Quantity::Frequency),
        ("temperature", Quantity::Temperature),
        ("pressure", Quantity::Pressure),
        ("duration", Quantity::Duration),
        ("money", Quantity::Money),
        ("count", Quantity::Count),
        ("clock", Quantity::Clock),
        ("status", Quantity::Status),
        ("other", Quantity::Other),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        word_of(self, Quantity::WORDS)
    }
}

impl Condition {
    const WORDS: &'static Words<Self> = &[
        ("battery_low", Condition::BatteryLow),
        ("clock_battery_low", Condition::ClockBatteryLow),
        ("clock_fault", Condition::ClockFault),
        ("memory_fault", Condition::MemoryFault),
        ("supply_fault", Condition::SupplyFault),
        ("security_fault", Condition::SecurityFault),
        ("sensor_fault", Condition::SensorFault),
        ("cover_open", Condition::CoverOpen),
        ("magnet", Condition::Magnet),
        ("leak", Condition::Leak),
        ("reverse_flow", Condition::ReverseFlow),
        ("overdrawn", Condition::Overdrawn),
        ("credit_low", Condition::CreditLow),
        ("supply_off", Condition::SupplyOff),
        ("programming_allowed", Condition::ProgrammingAllowed),
    ];

    /// The word in a profile.
    pub fn word(self) -> &'static str {
        word_of(self, Condition::WORDS)
    }
}

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
        ProfileProtocol::Dlt645Y1997 | ProfileProtocol::Cjt188 => {
            let right = "an identifier of 4 hex digits, high byte first: \"901F\"";
            let bytes = section.require("id", section.hex::<2>("id"), right)?;
            Some(RegisterId::Short(u16::from_be_bytes(bytes)))
        }
    }
}

fn unit(section: &Section<'_>, protocol: ProfileProtocol) -> Unit {
    const RIGHT: &str = "a unit in quotes, such as \"kWh\", or \"told\"";
    match section.text("unit", RIGHT) {
        None => Unit::None,
        Some("told") if protocol != ProfileProtocol::Cjt188 => {
            section.wrong(
                "unit",
                "only CJ/T 188 meters tell the unit",
                "the unit: \"kWh\"",
            );
            Unit::None
        }
        Some("told") => Unit::Told,
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
