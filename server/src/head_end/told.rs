//! What concentrators tell of meters, as readings. Pure.

use jiff::civil::DateTime;
use meterpost_bus::frame::gdw376::UnitError;
use meterpost_bus::frame::gdw376::item::Unit;
use meterpost_bus::frame::gdw376::item::energy::{Forward, Tariffs, Totals};
use meterpost_bus::frame::gdw376::item::frozen::Frozen;
use meterpost_bus::frame::gdw376::item::prepaid::{Books, Quantity, Through};
use meterpost_bus::frame::gdw376::item::time::{Day, Minute, Month};
use meterpost_bus::frame::wall_time::WallTime;
use serde_json::json;

use super::readings::Value;

/// 0C: forward active energy, any quantity, the books of a meter that keeps money.
pub(super) const ENERGY: u8 = 129;
pub(super) const QUANTITY: u8 = 240;
pub(super) const BOOKS: u8 = 241;
/// 0D: energy and quantity at the end of a day and of a month.
pub(super) const ENERGY_OF_DAY: u8 = 1;
pub(super) const ENERGY_OF_MONTH: u8 = 17;
pub(super) const QUANTITY_OF_DAY: u8 = 240;
pub(super) const QUANTITY_OF_MONTH: u8 = 241;

/// A class 1 answer (0C) of a meter; `None` for a function that was not asked for.
///
/// # Errors
/// [`UnitError`] where it is no such unit.
pub(super) fn current(meter: &str, function: u8, unit: &[u8]) -> Result<Option<Value>, UnitError> {
    Ok(match function {
        ENERGY => {
            let told = Forward::decode(unit)?;
            let detail = json!({ "rates": rates(&told.active) });
            let (at, value) = (minute(told.read_at), energy(&told.active));
            Some(measured(
                meter,
                "energy",
                at,
                ("kWh".to_owned(), value, 4),
                detail,
            ))
        }
        QUANTITY => {
            let told = Quantity::decode(unit)?;
            let detail = json!({ "status": told.status });
            let at = minute(told.read_at);
            Some(measured(meter, "quantity", at, quantity(&told), detail))
        }
        BOOKS => {
            let told = Books::decode(unit)?;
            let detail = json!({
                "number": told.purchase_number,
                "last": told.last_amount,
                "cumulative": told.cumulative,
                "supply": supply(told.supply),
            });
            let what = ("money".to_owned(), Some(told.balance), 2);
            Some(measured(meter, "books", minute(told.read_at), what, detail))
        }
        _ => None,
    })
}

/// A class 2 answer (0D): a day or month by its first moment. `None` for a function that was not asked for.
///
/// # Errors
/// [`UnitError`] where it is no such unit.
pub(super) fn frozen(meter: &str, function: u8, unit: &[u8]) -> Result<Option<Value>, UnitError> {
    let energies = |kind, first: Option<WallTime>, told: Totals| {
        let detail =
            json!({ "read_at": minute(told.read_at).to_string(), "rates": rates(&told.active) });
        let what = ("kWh".to_owned(), energy(&told.active), 4);
        Some(measured(meter, kind, first?.to_civil(), what, detail))
    };
    let quantities = |kind, first: Option<WallTime>, told: Quantity| {
        let detail = json!({ "read_at": minute(told.read_at).to_string(), "status": told.status });
        Some(measured(
            meter,
            kind,
            first?.to_civil(),
            quantity(&told),
            detail,
        ))
    };
    Ok(match function {
        ENERGY_OF_DAY => {
            let told = Frozen::<Day, Totals>::decode(unit)?;
            energies("day", told.of.begin(), told.reading)
        }
        ENERGY_OF_MONTH => {
            let told = Frozen::<Month, Totals>::decode(unit)?;
            energies("month", told.of.begin(), told.reading)
        }
        QUANTITY_OF_DAY => {
            let told = Frozen::<Day, Quantity>::decode(unit)?;
            quantities("day", told.of.begin(), told.reading)
        }
        QUANTITY_OF_MONTH => {
            let told = Frozen::<Month, Quantity>::decode(unit)?;
            quantities("month", told.of.begin(), told.reading)
        }
        _ => None,
    })
}

fn measured(
    meter: &str,
    kind: &'static str,
    at: DateTime,
    (unit, value, places): (String, Option<i64>, i16),
    detail: serde_json::Value,
) -> Value {
    Value {
        meter: meter.to_owned(),
        kind,
        at,
        unit,
        value,
        places,
        detail,
    }
}

fn minute(minute: Minute) -> DateTime {
    minute.time().to_civil()
}

/// In 0.0001 kWh.
fn energy(register: &Tariffs) -> Option<i64> {
    register.total.and_then(|total| i64::try_from(total).ok())
}

fn rates(register: &Tariffs) -> serde_json::Value {
    json!(register.each)
}

/// In thousandths of its unit (CJ/T 188-2004, table of units).
fn quantity(told: &Quantity) -> (String, Option<i64>, i16) {
    let unit = match told.unit {
        0x05 => "kWh".to_owned(),
        0x08 => "MWh".to_owned(),
        0x11 => "GJ".to_owned(),
        0x2C => "m3".to_owned(),
        other => format!("CJ/T 188 unit {other:02X}"),
    };
    let value = told
        .thousandths
        .and_then(|number| i64::try_from(number).ok());
    (unit, value, 3)
}

fn supply(through: Through) -> &'static str {
    match through {
        Through::Off => "off",
        Through::On => "on",
        Through::Fault => "fault",
        Through::Unknown => "not_reported",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn at() -> Minute {
        Minute::of(WallTime::new(2026, 11, 25, 13, 45, 0).unwrap())
    }

    #[test]
    fn energy_quantity_and_books_become_readings() {
        let active = Tariffs {
            total: Some(123_450_000),
            each: vec![Some(1), None],
        };
        let unit = Forward {
            read_at: at(),
            active,
        };
        let told = current("m", ENERGY, &unit.encode().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(
            (told.value, told.places, told.unit.as_str()),
            (Some(123_450_000), 4, "kWh")
        );
        assert_eq!(told.at, date(2026, 11, 25).at(13, 45, 0, 0));
        assert_eq!(told.detail["rates"], json!([1, null]));

        let unit = Quantity {
            read_at: at(),
            unit: 0x2C,
            thousandths: None,
            status: 4,
        };
        let told = current("m", QUANTITY, &unit.encode().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!((told.value, told.unit.as_str()), (None, "m3"));

        let unit = Books {
            read_at: at(),
            purchase_number: 7,
            balance: -250,
            last_amount: Some(5000),
            cumulative: None,
            supply: Through::Off,
        };
        let told = current("m", BOOKS, &unit.encode().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!((told.kind, told.value), ("books", Some(-250)));
        assert_eq!(told.detail["supply"], "off");
    }

    #[test]
    fn a_frozen_value_stands_at_the_beginning_of_its_period() {
        let reading = Quantity {
            read_at: at(),
            unit: 0x2C,
            thousandths: Some(42),
            status: 0,
        };
        let day = Frozen {
            of: Day::new(2026, 11, 24).unwrap(),
            reading: reading.clone(),
        };
        let told = frozen("m", QUANTITY_OF_DAY, &day.encode().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(
            (told.kind, told.at),
            ("day", date(2026, 11, 24).at(0, 0, 0, 0))
        );
        let month = Frozen {
            of: Month::new(2026, 10).unwrap(),
            reading,
        };
        let told = frozen("m", QUANTITY_OF_MONTH, &month.encode().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(
            (told.kind, told.at),
            ("month", date(2026, 10, 1).at(0, 0, 0, 0))
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_reading_or_an_error(function in any::<u8>(), unit in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = current("m", function, &unit);
            let _ = frozen("m", function, &unit);
        }
    }
}
