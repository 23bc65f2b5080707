//! Readings: energy, power, quantities and books.

use super::super::item::Unit;
use super::super::item::energy::{Forward, Tariffs, Totals};
use super::super::item::frozen::Frozen;
use super::super::item::instant::Instant;
use super::super::item::prepaid::{Books, Quantity, Through};
use super::super::item::time::{Day, Month};
use super::super::{Frame, Item, UnitError, afn};
use crate::decode::{Decoded, Field};

/// Values by name and unit.
pub(super) fn values(function: u8, item: &Item) -> Option<Result<Vec<Field>, UnitError>> {
    let unit = item.data.as_slice();
    Some(match (function, item.function) {
        (afn::CLASS_1, 25) => Instant::decode(unit).map(|instant| power(&instant)),
        (afn::CLASS_1, 33 | 34) => Totals::decode(unit).map(|totals| energy(&totals)),
        (afn::CLASS_1, 129) => {
            Forward::decode(unit).map(|forward| tariffs("active", &forward.active, 4, "kWh"))
        }
        (afn::CLASS_1, 240) => Quantity::decode(unit).map(|read| quantity(&read)),
        (afn::CLASS_1, 241) => Books::decode(unit).map(|read| books(&read)),
        (afn::CLASS_2, 1 | 2) => {
            Frozen::<Day, Totals>::decode(unit).map(|frozen| energy(&frozen.reading))
        }
        (afn::CLASS_2, 17 | 18) => {
            Frozen::<Month, Totals>::decode(unit).map(|frozen| energy(&frozen.reading))
        }
        (afn::CLASS_2, 240) => {
            Frozen::<Day, Quantity>::decode(unit).map(|frozen| quantity(&frozen.reading))
        }
        (afn::CLASS_2, 241) => {
            Frozen::<Month, Quantity>::decode(unit).map(|frozen| quantity(&frozen.reading))
        }
        _ => return None,
    })
}

fn energy(totals: &Totals) -> Vec<Field> {
    let mut fields = tariffs("active", &totals.active, 4, "kWh");
    fields.extend(tariffs("reactive", &totals.reactive, 2, "kvarh"));
    fields.extend(tariffs("quadrant_1", &totals.quadrant_1, 2, "kvarh"));
    fields.extend(tariffs("quadrant_4", &totals.quadrant_4, 2, "kvarh"));
    fields
}

fn tariffs(name: &str, values: &Tariffs, places: usize, unit: &str) -> Vec<Field> {
    let total = Field::with_unit(name, values.total.map(|total| scaled(total, places)), unit);
    let each = values.each.iter().zip(1..).map(|(value, tariff)| {
        let name = format!("{name}_tariff_{tariff}");
        Field::with_unit(name, value.map(|value| scaled(value, places)), unit)
    });
    std::iter::once(total).chain(each).collect()
}

const OF_FOUR: [&str; 4] = ["", "_a", "_b", "_c"];
const OF_THREE: [&str; 3] = ["_a", "_b", "_c"];

fn power(instant: &Instant) -> Vec<Field> {
    let of = |name: &str, phase: &str, value: Option<i64>, places: usize, unit: &str| {
        let value = value.map(|value| scaled(value, places));
        Field::with_unit(format!("{name}{phase}"), value, unit)
    };
    let mut fields = Vec::new();
    for (name, values, places, unit) in [
        ("active_power", &instant.active, 4, "kW"),
        ("reactive_power", &instant.reactive, 4, "kvar"),
        ("power_factor", &instant.factor, 1, "%"),
        ("apparent_power", &instant.apparent, 4, "kVA"),
    ] {
        let four = OF_FOUR.iter().zip(values);
        fields.extend(four.map(|(phase, value)| of(name, phase, *value, places, unit)));
    }
    for (phase, value) in OF_THREE.iter().zip(&instant.voltage) {
        let value = value.map(|value| scaled(value, 1));
        fields.push(Field::with_unit(format!("voltage{phase}"), value, "V"));
    }
    for (phase, value) in OF_THREE.iter().zip(&instant.current) {
        fields.push(of("current", phase, *value, 3, "A"));
    }
    fields.push(of("current", "_neutral", instant.neutral, 3, "A"));
    fields
}

fn quantity(read: &Quantity) -> Vec<Field> {
    let unit = match read.unit {
        0x2C => "m³".to_owned(),
        0x05 => "kWh".to_owned(),
        0x08 => "MWh".to_owned(),
        0x11 => "GJ".to_owned(),
        other => format!("unit {other:02X}"),
    };
    let value = read.thousandths.map(|number| scaled(number, 3));
    vec![
        Field::with_unit("quantity", value, unit),
        Field::new("status", format!("{:04X}", read.status)),
    ]
}

fn books(read: &Books) -> Vec<Field> {
    let money = |name: &str, amount: Option<u64>| {
        Field::with_unit(name, amount.map(|fen| scaled(fen, 2)), "yuan")
    };
    let supply = match read.supply {
        Through::Off => Some("off"),
        Through::On => Some("on"),
        Through::Fault => Some("fault"),
        Through::Unknown => None,
    };
    vec![
        Field::new("purchase_number", read.purchase_number.to_string()),
        Field::with_unit("balance", Some(scaled(read.balance, 2)), "yuan"),
        money("last_amount", read.last_amount),
        money("cumulative", read.cumulative),
        Field {
            name: "supply".to_owned(),
            value: supply.map(str::to_owned),
            unit: None,
        },
    ]
}

/// A number of so many decimal places, exactly.
fn scaled(number: impl Into<i128>, places: usize) -> String {
    let number: i128 = number.into();
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", number.unsigned_abs(), width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    format!("{sign}{whole}.{rest}")
}

/// When measured data were taken, and that some are missing.
pub(super) fn taken(frame: &Frame, items: &[Item], decoded: &mut Decoded) {
    let [item] = items else {
        return;
    };
    let upward = frame.control.upward();
    match (frame.afn, item.function, item.data.as_slice()) {
        (afn::CLASS_2, 1..=12, [day, month, year, ..]) => {
            let date = format!("20{year:02X}-{month:02X}-{day:02X}");
            decoded.fields.push(Field::new("frozen", date));
        }
        (afn::CLASS_2, 17..=24, [month, year, ..]) => {
            decoded
                .fields
                .push(Field::new("frozen", format!("20{year:02X}-{month:02X}")));
        }
        (afn::CLASS_1, 25..=48 | 129..=136 | 167 | 168, [minute, hour, day, month, year, ..])
            if upward =>
        {
            let time = format!("20{year:02X}-{month:02X}-{day:02X} {hour:02X}:{minute:02X}");
            decoded.fields.push(Field::new("read_at", time));
        }
        _ => {}
    }
    if upward && item.data.windows(2).any(|pair| pair == [0xEE, 0xEE]) {
        decoded.note = Some("values of EE bytes are not known to the terminal".to_owned());
    }
}
