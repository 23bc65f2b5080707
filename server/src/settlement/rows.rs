//! Rows as data.

use jiff::civil::Date;
use tokio_postgres::Row;

use super::chain::{Meter, Settled};
use super::days::{Basis, Registers, Used};
use crate::database::DatabaseError;
use crate::tariff::{Accumulator, Consumption, UNIT_PLACES, Utility};

/// A reading of a day.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) day: Date,
    pub(super) unit: String,
    pub(super) registers: Result<Registers, String>,
}

pub(super) fn meter(row: &Row) -> Result<Meter, DatabaseError> {
    let utility: &str = row.try_get(2)?;
    let people: Option<i16> = row.try_get(4)?;
    Ok(Meter {
        number: row.try_get(0)?,
        account: row.try_get(1)?,
        utility: Utility::parse(utility)
            .ok_or_else(|| DatabaseError::Damaged(format!("a meter of {utility}")))?,
        tariff: row.try_get(3)?,
        people: people.and_then(|people| u16::try_from(people).ok()),
    })
}

pub(super) fn reading(row: &Row) -> Result<Reading, DatabaseError> {
    let (value, places): (i64, i16) = (row.try_get(3)?, row.try_get(4)?);
    let rates: Option<serde_json::Value> = row.try_get(5)?;
    Ok(Reading {
        day: row.try_get(1)?,
        unit: row.try_get(2)?,
        registers: registers(value, places, rates.as_ref()),
    })
}

/// On the scale of tariffs, exactly or not at all.
fn registers(
    value: i64,
    places: i16,
    rates: Option<&serde_json::Value>,
) -> Result<Registers, String> {
    let scaled = |value: i64| {
        let wrong =
            || format!("the register {value} with {places} places cannot be counted in 1/10000");
        let places = u32::try_from(places).map_err(|_| wrong())?;
        let (more, less) = (
            UNIT_PLACES.saturating_sub(places),
            places.saturating_sub(UNIT_PLACES),
        );
        let factor = |n: u32| 10_i64.checked_pow(n).ok_or_else(wrong);
        let (more, less) = (factor(more)?, factor(less)?);
        match value >= 0 && value % less == 0 {
            true => (value / less).checked_mul(more).ok_or_else(wrong),
            false => Err(wrong()),
        }
    };
    let mut registers = vec![scaled(value)?];
    // One that is not known leaves the total only.
    let rates: Option<Vec<i64>> = rates
        .and_then(|rates| rates.as_array())
        .and_then(|rates| rates.iter().map(serde_json::Value::as_i64).collect());
    for rate in rates.unwrap_or_default() {
        registers.push(scaled(rate)?);
    }
    Ok(registers)
}

pub(super) fn day_as_settled(row: &Row) -> Result<Settled, DatabaseError> {
    let basis: &str = row.try_get(7)?;
    let people: Option<i16> = row.try_get(6)?;
    Ok(Settled {
        revision: row.try_get(2)?,
        account: row.try_get(3)?,
        tariff: row.try_get(4)?,
        version: row.try_get(5)?,
        people: people.and_then(|people| u16::try_from(people).ok()),
        used: Used {
            day: row.try_get(1)?,
            consumption: Consumption {
                total: row.try_get(8)?,
                rates: row.try_get(9)?,
            },
            basis: Basis::parse(basis)
                .ok_or_else(|| DatabaseError::Damaged(format!("a day by {basis}")))?,
            before: row.try_get(10)?,
            after: row.try_get(11)?,
        },
        charge: row.try_get(12)?,
        after: Accumulator {
            period: Some(row.try_get(13)?),
            used: row.try_get(14)?,
            carry: row.try_get(15)?,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn registers_are_counted_in_ten_thousandths_or_not_at_all() {
        assert_eq!(registers(1234, 3, None), Ok(vec![12_340]));
        assert_eq!(
            registers(1234, 4, Some(&json!([1000, 234]))),
            Ok(vec![1234, 1000, 234])
        );
        assert_eq!(
            registers(1234, 4, Some(&json!([1000, null]))),
            Ok(vec![1234])
        );
        assert_eq!(registers(12_340, 5, None), Ok(vec![1234]));
        assert!(registers(12_341, 5, None).is_err());
        assert!(registers(-1, 4, None).is_err());
        assert!(registers(i64::MAX, 0, None).is_err());
        assert!(registers(1, 40, None).is_err());
    }
}
