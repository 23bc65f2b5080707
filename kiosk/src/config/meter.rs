//! `[[meter]]`: the terminal's directory.

use meterpost_bus::meter::Profile;
use meterpost_bus::meter::profile::ProfileProtocol;
use meterpost_ledger::Money;
use meterpost_ui::view::Utility;

use super::reader::{Notes, Section};

/// How a meter is spoken to: a built-in profile of the bus crate that takes money over a link alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterProfile(Profile);

impl MeterProfile {
    /// All of them, by name.
    fn all() -> Vec<(&'static str, MeterProfile)> {
        let sellable = |name| Profile::builtin(name).ok().filter(Profile::takes_money);
        Profile::builtin_names()
            .filter_map(|name| Some((name, MeterProfile(sellable(name)?))))
            .collect()
    }

    /// The name in the file and in the ledger.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The profile.
    pub fn profile(&self) -> &Profile {
        &self.0
    }

    /// Whether it speaks DL/T 645: electricity, and a customer number that the meter checks.
    pub fn is_dlt645(&self) -> bool {
        self.0.protocol() == ProfileProtocol::Dlt645
    }

    /// Decimal digits of an address.
    fn address_digits(&self) -> usize {
        if self.is_dlt645() { 12 } else { 14 }
    }
}

/// Parity of the meter's wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// Even, as both standards ask for.
    Even,
    /// None.
    None,
    /// Odd.
    Odd,
}

/// One meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterConfig {
    /// The number residents type: 4 to 14 digits, once in the file.
    pub number: String,
    /// What it measures.
    pub utility: Utility,
    /// How it is spoken to.
    pub profile: MeterProfile,
    /// Its address on the wire, decimal: 12 digits (DL/T 645) or 14 (CJ/T 188).
    pub address: String,
    /// The concentrator's port it hangs on, 1 to 31.
    pub segment: u8,
    /// Baud of its wire.
    pub baud: u32,
    /// Parity of its wire.
    pub parity: Parity,
    /// Its customer number, decimal, 1 to 12 digits, which a DL/T 645 meter checks a purchase against; may be empty for
    /// others.
    pub customer: String,
    /// Building and room.
    pub place: String,
    /// Below this balance the screen says "low".
    pub low_balance: Money,
}

const UTILITIES: [(&str, Utility); 5] = [
    ("electricity", Utility::Electricity),
    ("water", Utility::Water),
    ("hot_water", Utility::HotWater),
    ("gas", Utility::Gas),
    ("heat", Utility::Heat),
];

const PARITIES: [(&str, Parity); 3] = [
    ("even", Parity::Even),
    ("none", Parity::None),
    ("odd", Parity::Odd),
];

/// Rates meters use.
const BAUDS: [u64; 6] = [1200, 2400, 4800, 9600, 19_200, 38_400];

/// All meters, each number and each address once; at least one, unless the terminal is told of its meters by a server.
pub fn read_meters<'a>(
    notes: &'a Notes<'a>,
    sections: Vec<Section<'a>>,
    told: bool,
) -> Option<Vec<MeterConfig>> {
    if sections.is_empty() && !told {
        notes.add(
            None,
            "[[meter]]",
            "no meter at all",
            "one table [[meter]] for each meter of this terminal",
        );
        return None;
    }
    let mut seen = Seen::default();
    let read: Vec<Option<MeterConfig>> = sections
        .into_iter()
        .map(|s| read_meter(s, &mut seen))
        .collect();
    read.into_iter().collect()
}

/// Numbers and addresses of the meters read so far, with their lines.
#[derive(Default)]
struct Seen {
    numbers: Vec<(String, usize)>,
    places: Vec<(String, usize)>,
}

fn read_meter(s: Section, seen: &mut Seen) -> Option<MeterConfig> {
    let number = digits(
        &s,
        "number",
        4..=14,
        "4 to 14 digits in quotes: \"000012345678\"",
    );
    if let Some((number, line)) = &number {
        once(&s, "number", number, *line, &mut seen.numbers);
    }
    let utility = s.require(
        "utility",
        s.choice("utility", &UTILITIES),
        "\"electricity\", \"water\", …",
    );
    let profile = s.require(
        "profile",
        s.choice("profile", &MeterProfile::all()),
        "a built-in profile: \"dlt645-plain\", \"cjt188-prepaid\", …",
    );
    let segment = s.require(
        "segment",
        s.number("segment", 1..=31, ""),
        "the concentrator's port, 1 to 31",
    );
    let address = address(&s, profile.as_ref());
    if let (Some((address, line)), Some(segment)) = (&address, segment) {
        once(
            &s,
            "address",
            &format!("{address} on segment {segment}"),
            *line,
            &mut seen.places,
        );
    }
    if let (Some(utility), Some(profile)) = (utility, &profile) {
        fits(&s, utility, profile);
    }
    let baud = baud(&s);
    let parity = s.choice("parity", &PARITIES).unwrap_or(Parity::Even);
    let customer = customer(&s, profile.as_ref());
    let place = s
        .text("place", "building and room")
        .map(|p| p.value)
        .unwrap_or_default();
    let low_balance = s.money("low_balance").map_or(Money(1000), |m| m.value);
    s.finish();
    Some(MeterConfig {
        number: number?.0,
        utility: utility?,
        profile: profile?,
        address: address?.0,
        segment: u8::try_from(segment?).ok()?,
        baud,
        parity,
        customer: customer?,
        place,
        low_balance,
    })
}

fn digits(
    s: &Section,
    key: &'static str,
    length: std::ops::RangeInclusive<usize>,
    right: &str,
) -> Option<(String, usize)> {
    let text = s.require(key, s.text(key, right), right)?;
    let plain = text.value.bytes().all(|b| b.is_ascii_digit());
    if plain && length.contains(&text.value.len()) {
        return Some((text.value, text.line));
    }
    s.wrong(
        key,
        text.line,
        format!("\"{}\" cannot be used", text.value),
        right,
    );
    None
}

/// The customer number: DL/T 645 cannot do without.
fn customer(s: &Section, profile: Option<&MeterProfile>) -> Option<String> {
    const RIGHT: &str = "1 to 12 digits in quotes: \"112233445566\"";
    if profile.is_some_and(|profile| !profile.is_dlt645()) && !s.has("customer") {
        return Some(String::new());
    }
    digits(s, "customer", 1..=12, RIGHT).map(|(text, _)| text)
}

/// The address; how long it is depends on the profile, so without a profile any of the two lengths will do.
fn address(s: &Section, profile: Option<&MeterProfile>) -> Option<(String, usize)> {
    let (length, right) = match profile {
        Some(p) => (
            p.address_digits()..=p.address_digits(),
            format!("{} digits in quotes", p.address_digits()),
        ),
        None => (
            12..=14,
            "12 digits (dlt645) or 14 digits (cjt188) in quotes".to_owned(),
        ),
    };
    digits(s, "address", length, &right)
}

fn once(s: &Section, key: &str, value: &str, line: usize, seen: &mut Vec<(String, usize)>) {
    match seen.iter().find(|(known, _)| known == value) {
        Some((_, first)) => {
            s.wrong(
                key,
                line,
                format!("{value} is used twice, first in line {first}"),
                "each meter once",
            );
        }
        None => seen.push((value.to_owned(), line)),
    }
}

/// DL/T 645 is for electricity, CJ/T 188 for everything else.
fn fits(s: &Section, utility: Utility, profile: &MeterProfile) {
    let (is_dlt645, right) = match utility {
        Utility::Electricity => (true, "\"dlt645-plain\""),
        Utility::Water | Utility::HotWater | Utility::Gas | Utility::Heat => {
            (false, "\"cjt188-prepaid\"")
        }
    };
    if profile.is_dlt645() != is_dlt645 {
        let what = format!("{} is not for this utility", profile.name());
        s.wrong("profile", s.line().unwrap_or(1), what, right);
    }
}

fn baud(s: &Section) -> u32 {
    let Some(baud) = s.number("baud", 300..=115_200, " baud") else {
        return 2400;
    };
    if !BAUDS.contains(&baud) {
        let right = BAUDS.map(|b| b.to_string()).join(", ");
        s.wrong(
            "baud",
            s.line().unwrap_or(1),
            format!("{baud} is not a rate of meters"),
            right,
        );
    }
    u32::try_from(baud).unwrap_or(2400)
}
