//! Units and quantities in words.

use std::borrow::Cow;

use m_bus_parser::user_data::value_information::{Unit, UnitName, ValueInformation, ValueLabel};

/// The unit of a record; `None` where its value has none.
pub(super) fn unit_name(information: &ValueInformation<'_>) -> Option<Cow<'static, str>> {
    let mut units = information.units();
    let first = units.next()?;
    let rest: Vec<Unit> = units.collect();
    if rest.is_empty() {
        return Some(match (first.name, first.exponent) {
            (UnitName::Meter, 3) => Cow::Borrowed("m3"),
            (name, 1) => Cow::Borrowed(symbol(name)),
            _ => Cow::Owned(part(first)),
        });
    }
    if let [second] = rest[..] {
        let known = match ((first.name, first.exponent), (second.name, second.exponent)) {
            ((UnitName::Watt, 1), (UnitName::Hour, 1)) => Some("Wh"),
            ((UnitName::ReactiveWatt, 1), (UnitName::Hour, 1)) => Some("varh"),
            ((UnitName::ApparentWatt, 1), (UnitName::Hour, 1)) => Some("VAh"),
            ((UnitName::Meter, 3), (UnitName::Hour, -1)) => Some("m3/h"),
            ((UnitName::Meter, 3), (UnitName::Minute, -1)) => Some("m3/min"),
            ((UnitName::Meter, 3), (UnitName::Second, -1)) => Some("m3/s"),
            ((UnitName::Kilogram, 1), (UnitName::Hour, -1)) => Some("kg/h"),
            ((UnitName::Joul, 1), (UnitName::Hour, -1)) => Some("J/h"),
            _ => None,
        };
        if let Some(known) = known {
            return Some(Cow::Borrowed(known));
        }
    }
    let parts: Vec<String> = std::iter::once(first).chain(rest).map(part).collect();
    Some(Cow::Owned(parts.join(" ")))
}

fn part(unit: Unit) -> String {
    match unit.exponent {
        1 => symbol(unit.name).to_owned(),
        exponent => format!("{}^{exponent}", symbol(unit.name)),
    }
}

fn symbol(name: UnitName) -> &'static str {
    match name {
        UnitName::Watt => "W",
        UnitName::ReactiveWatt => "var",
        UnitName::ApparentWatt => "VA",
        UnitName::Joul => "J",
        UnitName::Kilogram => "kg",
        UnitName::Tonne => "t",
        UnitName::Meter => "m",
        UnitName::Feet => "ft",
        UnitName::Celsius => "°C",
        UnitName::Kelvin => "K",
        UnitName::Fahrenheit => "°F",
        UnitName::Bar => "bar",
        UnitName::Second => "s",
        UnitName::Minute => "min",
        UnitName::Hour => "h",
        UnitName::Day => "d",
        UnitName::Week => "week",
        UnitName::Month => "month",
        UnitName::Year => "year",
        UnitName::Revolution => "revolution",
        UnitName::Increment => "increment",
        UnitName::InputPulseOnChannel0 | UnitName::InputPulseOnChannel1 => "input pulse",
        UnitName::OutputPulseOnChannel0 | UnitName::OutputPulseOnChannel1 => "output pulse",
        UnitName::Liter => "L",
        UnitName::Volt => "V",
        UnitName::Ampere => "A",
        UnitName::LocalMoneyCurrency => "currency",
        UnitName::BitTime => "bit time",
        UnitName::DecibelMilliWatt => "dBm",
        UnitName::Percent => "%",
        UnitName::Degree => "°",
        UnitName::Hertz => "Hz",
        UnitName::HCA | UnitName::HCAUnit => "HCA unit",
        UnitName::AmericanGallon => "US gal",
        UnitName::BritishThermalUnit => "BTU",
        UnitName::Calorie => "cal",
        UnitName::WithoutUnits => "",
        _ => "?",
    }
}

/// What a record measures, in `snake_case`: the first label, then those of its extensions.
pub(super) fn quantity(information: &ValueInformation<'_>) -> String {
    let mut name = String::new();
    // "Binary" only says how a value is written.
    let labels = information.labels();
    for label in labels.filter(|&label| label != ValueLabel::Binary) {
        if !name.is_empty() {
            name.push('_');
        }
        push_snake(&mut name, label);
    }
    if name.is_empty() {
        name.push_str("value");
    }
    name
}

fn push_snake(name: &mut String, label: ValueLabel) {
    let text = format!("{label:?}");
    let mut before = None;
    for letter in text.chars() {
        if letter.is_ascii_uppercase() && before.is_some_and(|b: char| !b.is_ascii_uppercase()) {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        before = Some(letter);
    }
}
