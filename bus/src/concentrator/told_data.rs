//! Stored readings as class 1 and class 2 data (AFN 0CH and 0DH). What was not read is left out: unknown is not zero.

use std::collections::BTreeSet;

use super::clock::wall_time_of;
use super::record::{Measured, Record, SupplyState};
use super::roster::{Known, Roster};
use crate::frame::gdw376::Item;
use crate::frame::gdw376::item::Unit;
use crate::frame::gdw376::item::energy::{Forward, Tariffs, Totals};
use crate::frame::gdw376::item::prepaid::{Books, Quantity, Through};
use crate::frame::gdw376::item::time::Minute;
use crate::meter::MeterAddress;
use crate::meter::profile::CreditUnit;

/// F129: energy of an electricity meter.
const ENERGY: u8 = 129;
/// F240: quantity of any meter.
const QUANTITY: u8 = 240;
/// F241: books of a prepaid meter.
const BOOKS: u8 = 241;

/// 0D F1: energy of an electricity meter at the end of a day.
pub(super) const FROZEN_DAY: u8 = 1;
/// 0D F17: the same at the end of a month.
pub(super) const FROZEN_MONTH: u8 = 17;
/// 0D F240: quantity of any meter at the end of a day.
pub(super) const QUANTITY_OF_DAY: u8 = 240;
/// 0D F241: the same at the end of a month.
pub(super) const QUANTITY_OF_MONTH: u8 = 241;

/// Units in the codes of CJ/T 188-2004.
const UNITS: [(&str, u8); 5] = [
    ("kWh", 0x05),
    ("MWh", 0x08),
    ("GJ", 0x11),
    ("m3", 0x2C),
    ("m³", 0x2C),
];

/// The points and functions that a request names, each once, however often it names them.
pub(super) fn asked(items: &[Item], roster: &Roster) -> BTreeSet<(u16, u8)> {
    let mut asked = BTreeSet::new();
    for item in items {
        match item.point {
            Item::ALL_POINTS => {
                let points = roster.points().map(|(point, _)| (point, item.function));
                asked.extend(points);
            }
            point => {
                asked.insert((point, item.function));
            }
        }
    }
    asked
}

/// One item of a point from its newest reading; `None` when the reading does not have it.
pub(super) fn current(function: u8, point: u16, known: &Known, record: &Record) -> Option<Item> {
    let electricity = matches!(known.address, MeterAddress::Dlt645(_));
    let read_at = Minute::of(wall_time_of(record.read.at)?);
    let unit = match function {
        ENERGY if electricity => energy(read_at, record)?.encode(),
        QUANTITY => quantity(read_at, record)?.encode(),
        BOOKS if known.profile.credit_unit() == CreditUnit::Money => {
            books(read_at, record)?.encode()
        }
        _ => return None,
    };
    match unit {
        Ok(data) => Some(Item {
            point,
            function,
            data,
        }),
        Err(error) => {
            tracing::warn!(point, function, %error, "a stored reading does not fit its unit");
            None
        }
    }
}

/// One frozen item of a point: the date as it was asked for, and what was kept of it.
pub(super) fn frozen(
    function: u8,
    point: u16,
    known: &Known,
    date: &[u8],
    record: &Record,
) -> Option<Item> {
    let electricity = matches!(known.address, MeterAddress::Dlt645(_));
    let read_at = Minute::of(wall_time_of(record.read.at)?);
    let unit = match function {
        FROZEN_DAY | FROZEN_MONTH if electricity => {
            Totals::of_active(read_at, energy(read_at, record)?.active).encode()
        }
        QUANTITY_OF_DAY | QUANTITY_OF_MONTH => quantity(read_at, record)?.encode(),
        _ => return None,
    };
    match unit {
        Ok(unit) => Some(Item {
            point,
            function,
            data: [date, &unit].concat(),
        }),
        Err(error) => {
            tracing::warn!(point, function, %error, "a frozen value does not fit its unit");
            None
        }
    }
}

fn energy(read_at: Minute, record: &Record) -> Option<Forward> {
    // The names of the profiles that ship; what counts both ways is no forward energy.
    let total =
        kilowatt_hours(record, "forward_active").or_else(|| kilowatt_hours(record, "energy"));
    // Rates are told as far as all below are known.
    let each = (1..=MOST_RATES)
        .map(|rate| kilowatt_hours(record, &format!("forward_active_{rate}")))
        .take_while(Option::is_some);
    Some(Forward {
        read_at,
        active: Tariffs {
            total: Some(total?),
            each: each.collect(),
        },
    })
}

/// The most rates of a DL/T 645-2007 meter.
const MOST_RATES: u8 = 63;

/// In 0.0001 kWh; `None` where the reading has no such register.
fn kilowatt_hours(record: &Record, name: &str) -> Option<u64> {
    let energy = record.values.get(name)?;
    let (ten_thousandths, _) = (energy.unit == "kWh").then(|| scaled(energy, 4))??;
    ten_thousandths.try_into().ok()
}

fn quantity(read_at: Minute, record: &Record) -> Option<Quantity> {
    // What a meter is paid by: a heat meter counts the water that carries the heat too.
    let measured = ["heat", "energy", "forward_active", "volume"]
        .iter()
        .find_map(|name| record.values.get(*name))?;
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == measured.unit)?;
    let (thousandths, _) = scaled(measured, 3)?;
    Some(Quantity {
        read_at,
        unit: *unit,
        thousandths: Some(thousandths.try_into().ok()?),
        // The store keeps conditions by name, not the meter's word.
        status: 0,
    })
}

fn books(read_at: Minute, record: &Record) -> Option<Books> {
    let number = record.values.get("purchase_number")?;
    let fen = |name: &str| {
        let amount = record.values.get(name)?;
        let money = matches!(amount.unit.as_str(), "" | "yuan");
        let (fen, exact) = scaled(amount, 2)?;
        (money && exact).then_some(fen)
    };
    let counted = |name: &str| fen(name).and_then(|fen| u64::try_from(fen).ok());
    Some(Books {
        read_at,
        purchase_number: (number.places == 0)
            .then(|| u32::try_from(number.number).ok())
            .flatten()?,
        balance: fen("balance")?,
        last_amount: counted("last_amount"),
        cumulative: counted("purchased"),
        supply: match record.supply {
            SupplyState::On => Through::On,
            SupplyState::Off => Through::Off,
            SupplyState::Fault => Through::Fault,
            SupplyState::Unknown => Through::Unknown,
        },
    })
}

/// The number with so many places, cut off downward, and whether nothing was cut off; `None` when it is too large.
fn scaled(measured: &Measured, places: u8) -> Option<(i64, bool)> {
    let power = |places: u8| 10i64.checked_pow(u32::from(places));
    match places.checked_sub(measured.places) {
        Some(more) => Some((measured.number.checked_mul(power(more)?)?, true)),
        None => {
            let divisor = power(measured.places - places)?;
            let number = measured.number;
            Some((number.div_euclid(divisor), number.rem_euclid(divisor) == 0))
        }
    }
}

#[cfg(test)]
mod tests;
