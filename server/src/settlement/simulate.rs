//! What an account's settled days would have cost by another tariff. Nothing is written.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use meterpost_ledger::Money;
use meterpost_ledger::signing::TenantId;

use super::days::before;
use crate::database::DatabaseError;
use crate::tariff::{Accumulator, ChargeError, Consumption, Days, Tariff, charge};

/// A settled day, as far as a price is needed for it.
#[derive(Clone, Debug)]
pub struct PastDay {
    /// Which day.
    pub day: Date,
    /// What was used.
    pub consumption: Consumption,
    /// What it cost.
    pub charge: Money,
    /// Used in its tier period before it, in 1/10000 of the unit.
    pub used_before: i64,
    /// For how many people.
    pub people: Option<u16>,
}

/// A meter's days by both tariffs.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Which meter.
    pub meter: String,
    /// How many days.
    pub days: usize,
    /// What was used, in 1/10000 of the unit.
    pub consumption: i64,
    /// What it cost.
    pub was: Money,
    /// What it would have cost.
    pub would_be: Result<Money, ChargeError>,
}

/// What the days would cost. It begins at the place in the tiers at which the days begin, and with no carry.
///
/// # Errors
/// [`ChargeError`], where the tariff cannot charge them.
pub fn would_cost(tariff: &Tariff, days: &[PastDay]) -> Result<Money, ChargeError> {
    let mut state = Accumulator {
        period: days.first().map(|day| tariff.period.first(day.day)),
        used: days.first().map_or(0, |day| day.used_before),
        carry: 0,
    };
    let mut sum = 0_i64;
    for day in days {
        let one = Days {
            first: day.day,
            count: 1,
        };
        let charged = charge(tariff, &state, &day.consumption, one, day.people)?;
        sum = sum
            .checked_add(charged.amount)
            .ok_or(ChargeError::TooLarge)?;
        state = charged.after;
    }
    Ok(Money(sum))
}

/// An account's meters of the tariff's utility over some days, by what they cost and by this tariff.
///
/// # Errors
/// The database's.
pub async fn simulate(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    account: &str,
    (first, last): (Date, Date),
    tariff: &Tariff,
) -> Result<Vec<Simulated>, DatabaseError> {
    // What was used before in the tariff's own period, which need not be that of the old one.
    let period = tariff.period.first(first);
    let rows = transaction
        .query(
            "SELECT DISTINCT ON (meter, day) meter, day, consumption, rates, charge, people FROM settled_day \
             WHERE tenant = $1 AND account = $2 AND utility = $3 AND day BETWEEN $4 AND $5 ORDER BY meter, day, revision DESC",
            &[&tenant.as_str(), &account, &tariff.utility.name(), &period, &last],
        )
        .await?;
    let mut meters: Vec<(String, i64, Vec<PastDay>)> = Vec::new();
    for row in &rows {
        let (meter, people): (String, Option<i16>) = (row.try_get(0)?, row.try_get(5)?);
        if meters.last().is_none_or(|(last, ..)| *last != meter) {
            meters.push((meter, 0, Vec::new()));
        }
        let Some((_, used, days)) = meters.last_mut() else {
            continue;
        };
        let day = PastDay {
            day: row.try_get(1)?,
            consumption: Consumption {
                total: row.try_get(2)?,
                rates: row.try_get(3)?,
            },
            charge: Money(row.try_get(4)?),
            used_before: *used,
            people: people.and_then(|people| u16::try_from(people).ok()),
        };
        match day.day <= before(first) {
            true => *used = used.saturating_add(day.consumption.total),
            false => days.push(day),
        }
    }
    let one = |(meter, _, days): (String, i64, Vec<PastDay>)| Simulated {
        meter,
        days: days.len(),
        consumption: days.iter().map(|day| day.consumption.total).sum(),
        was: Money(days.iter().map(|day| day.charge.0).sum()),
        would_be: would_cost(tariff, &days),
    };
    Ok(meters.into_iter().map(one).collect())
}
