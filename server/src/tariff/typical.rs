//! What a tariff costs at typical consumptions: shown beside a draft, before anybody has been charged by it.

use jiff::civil::Date;
use meterpost_ledger::Money;

use super::charge::{Accumulator, ChargeError, Consumption, Days, charge};
use super::model::{Tariff, Unit};

/// A unit, in the parts in which consumption is counted.
const UNIT: i64 = 10_000;

/// A consumption and what it costs, by a meter that counts no rates, in a household that nobody knows the size of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typical {
    /// Units in each month.
    pub units: i64,
    /// The first month's charge, or why there is none.
    pub month: Result<Money, ChargeError>,
    /// Those of twelve months from there.
    pub year: Result<Money, ChargeError>,
}

/// The charges of typical consumptions from the beginning of this day's year on.
pub fn typical(tariff: &Tariff, day: Date) -> Vec<Typical> {
    let each: &[i64] = match tariff.unit {
        Unit::KilowattHour => &[50, 100, 200, 300, 500, 1_000],
        Unit::CubicMetre => &[5, 10, 15, 20, 30, 50],
        Unit::Gigajoule => &[1, 2, 5, 10],
        Unit::MegawattHour => &[1, 2, 3],
    };
    let one = |units: &i64| Typical {
        units: *units,
        month: months(tariff, day, *units, 1),
        year: months(tariff, day, *units, 12),
    };
    each.iter().map(one).collect()
}

fn months(tariff: &Tariff, day: Date, units: i64, count: i8) -> Result<Money, ChargeError> {
    let consumption = Consumption {
        total: units * UNIT,
        rates: Vec::new(),
    };
    let (mut state, mut sum) = (Accumulator::default(), 0_i64);
    for month in 1..=count {
        let first = Date::new(day.year(), month, 1).map_err(|_| ChargeError::Days)?;
        let days = Days {
            first,
            count: first.days_in_month().unsigned_abs(),
        };
        let charged = charge(tariff, &state, &consumption, days, None)?;
        sum = sum
            .checked_add(charged.amount)
            .ok_or(ChargeError::TooLarge)?;
        state = charged.after;
    }
    Ok(Money(sum))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    #[test]
    fn tiers_of_a_year_show_in_the_year_and_not_in_its_first_month() {
        // 0.50 up to 600 a year, then 0.80; 3.00 a month.
        let tariff = Tariff::parse(&json!({
            "utility": "electricity", "unit": "kWh", "period": "year", "fixed": 300,
            "tiers": [{"upto": 600_000, "price": 500_000}, {"price": 800_000}],
        }))
        .unwrap();
        let found = typical(&tariff, date(2026, 7, 1));
        let hundred = found.iter().find(|one| one.units == 100).unwrap();
        assert_eq!(hundred.month, Ok(Money(5_300)));
        // 600 × 0.50 + 600 × 0.80 + 12 × 3.00.
        assert_eq!(hundred.year, Ok(Money(30_000 + 48_000 + 3_600)));
    }
}
