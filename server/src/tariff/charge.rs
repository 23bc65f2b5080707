//! From consumption to money. All of it is integers on one scale, and there is one rounding: half up to whole minor units, with
//! what is left carried to the next charge. So the charges of a month's days are together exactly the charge of the month.

use jiff::civil::Date;
use thiserror::Error;

use super::line::{Line, What};
use super::model::{Tariff, Tier};
use crate::wallet::LARGEST;

/// Parts of a minor unit in which amounts are exact: 10¹⁵, for 10⁴ of the quantity, 10⁴ of the price, 10³ of a share and 10⁴ of a tax.
pub(super) const SCALE: i128 = 1_000_000_000_000_000;
/// From 1/10000 unit × 1/10000 minor unit to the scale.
const OF_PRODUCT: i128 = 10_000_000;
/// Tenths of thousandths.
const OF_BOUND: i128 = 10;

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consumption {
    /// In 1/10000 of the unit.
    pub total: i64,
    /// By register from 1 on, in 1/10000 of the unit; nothing where the meter counts no rates.
    pub rates: Vec<i64>,
}

/// Days that lie within one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Date,
    /// How many.
    pub count: u8,
}

/// What goes from one charge of a meter to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accumulator {
    /// The first day of the tier period that `used` belongs to.
    pub period: Option<Date>,
    /// Used in it, in 1/10000 of the unit.
    pub used: i64,
    /// What rounding left over, in 10⁻¹⁵ minor units: at least −0.5 and below 0.5 minor units. It outlives periods and tariffs.
    pub carry: i64,
}

/// What is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// How it comes about, before the rounding.
    pub lines: Vec<Line>,
    /// Minor units. Below 0 only where the registers of cheap rates ran ahead of the total by their last place; the next days make up for it.
    pub amount: i64,
    /// For the next charge.
    pub after: Accumulator,
}

/// Why something cannot be charged.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ChargeError {
    /// Consumption below zero.
    #[error("the consumption is below zero")]
    Negative,
    /// None, or beyond the month's end.
    #[error("the days do not lie within one month")]
    Days,
    /// The tariff has rates, the meter does not count them, and the tariff gives them no shares.
    #[error("the meter counts no rates, and the tariff says no shares for them")]
    NoRates,
    /// The meter counted in a register that the tariff does not name.
    #[error("the tariff has no rate for register {0}")]
    Register(usize),
    /// The registers of the rates and the total do not tell of the same consumption.
    #[error("the rates are together {rates} and the total is {total}, in 1/10000 of the unit")]
    Differ {
        /// All rates.
        rates: i128,
        /// The total.
        total: i64,
    },
    /// More than any transfer may be.
    #[error("the charge is larger than any amount")]
    TooLarge,
}

/// Charges consumption: from the state before it to the amount, its lines and the state after it. `people` is `None` where nobody
/// knows how many live there; tiers are as narrow as they are written then.
///
/// # Errors
/// [`ChargeError`].
pub fn charge(
    tariff: &Tariff,
    before: &Accumulator,
    consumption: &Consumption,
    days: Days,
    people: Option<u16>,
) -> Result<Charge, ChargeError> {
    if consumption.total < 0 || consumption.rates.iter().any(|rate| *rate < 0) {
        return Err(ChargeError::Negative);
    }
    check_rates(consumption)?;
    let period = tariff.period.first(days.first);
    // A new period begins at nothing; the carry is money and goes on.
    let used = match before.period == Some(period) {
        true => before.used,
        false => 0,
    };
    let mut lines = tiers(tariff, used, consumption.total, people);
    lines.extend(rates(tariff, consumption)?);
    lines.extend(fixed(tariff, days)?);
    lines.extend(tariff.surcharges.iter().map(|surcharge| Line {
        what: What::Surcharge,
        name: surcharge.name.clone(),
        quantity: consumption.total,
        price: surcharge.price,
        amount: product(consumption.total, surcharge.price),
    }));
    let net: i128 = lines.iter().map(|line| line.amount).sum();
    let tax = tax(tariff, net);
    let added = tax.as_ref().filter(|line| line.what == What::Tax);
    let exact = net + added.map_or(0, |line| line.amount) + i128::from(before.carry);
    lines.extend(tax);
    let amount = (exact + SCALE / 2).div_euclid(SCALE);
    let carry = exact - amount * SCALE;
    let large = |_| ChargeError::TooLarge;
    if amount > i128::from(LARGEST) {
        return Err(ChargeError::TooLarge);
    }
    Ok(Charge {
        lines,
        amount: i64::try_from(amount).map_err(large)?,
        after: Accumulator {
            period: Some(period),
            used: used
                .checked_add(consumption.total)
                .ok_or(ChargeError::TooLarge)?,
            carry: i64::try_from(carry).map_err(large)?,
        },
    })
}

/// Registers show hundredths, so a sum of differences is off by less than one for each of them.
fn check_rates(consumption: &Consumption) -> Result<(), ChargeError> {
    const HUNDREDTH: i128 = 100;
    let rates: i128 = consumption.rates.iter().copied().map(i128::from).sum();
    let most = HUNDREDTH * consumption.rates.iter().map(|_| 1).sum::<i128>() + HUNDREDTH;
    let off = (rates - i128::from(consumption.total)).abs();
    match consumption.rates.is_empty() || off <= most {
        true => Ok(()),
        false => Err(ChargeError::Differ {
            rates,
            total: consumption.total,
        }),
    }
}

fn product(quantity: i64, price: i64) -> i128 {
    i128::from(quantity) * i128::from(price) * OF_PRODUCT
}

/// A line for each tier that the consumption reaches into.
fn tiers(tariff: &Tariff, used: i64, total: i64, people: Option<u16>) -> Vec<Line> {
    let base = tariff
        .household
        .map_or(u16::MAX, |household| household.base);
    let above = i128::from(people.map_or(0, |people| people.saturating_sub(base)));
    let bound = |tier: &Tier| match tier.upto {
        Some(upto) => (i128::from(upto) + i128::from(tier.extra) * above) * OF_BOUND,
        None => i128::MAX,
    };
    let (from, to) = (i128::from(used), i128::from(used) + i128::from(total));
    let mut lower = 0;
    let mut lines = Vec::new();
    for (number, tier) in (1..).zip(&tariff.tiers) {
        let upper = bound(tier);
        let quantity = to.min(upper) - from.max(lower);
        lower = upper;
        // A part of the total, so it fits.
        let Some(quantity) = i64::try_from(quantity).ok().filter(|part| *part > 0) else {
            continue;
        };
        lines.push(Line {
            what: What::Tier,
            name: number.to_string(),
            quantity,
            price: tier.price,
            amount: product(quantity, tier.price),
        });
    }
    lines
}

/// What the times of day add or take off.
fn rates(tariff: &Tariff, consumption: &Consumption) -> Result<Vec<Line>, ChargeError> {
    if tariff.rates.is_empty() || consumption.total == 0 && consumption.rates.is_empty() {
        return Ok(Vec::new());
    }
    let counted = |register: u8| consumption.rates.get(usize::from(register).wrapping_sub(1));
    for (register, used) in (1_usize..).zip(&consumption.rates) {
        let named = |rate: &super::Rate| usize::from(rate.register) == register;
        if *used != 0 && !tariff.rates.iter().any(named) {
            return Err(ChargeError::Register(register));
        }
    }
    let mut lines = Vec::new();
    for rate in &tariff.rates {
        let (quantity, amount) = if consumption.rates.is_empty() {
            let share = rate.share.ok_or(ChargeError::NoRates)?;
            let thousandths = i128::from(consumption.total) * i128::from(share);
            // The quantity is shown; the amount is exact without it.
            let quantity = i64::try_from(thousandths / 1000).map_err(|_| ChargeError::TooLarge)?;
            let amount = thousandths * i128::from(rate.delta) * (OF_PRODUCT / 1000);
            (quantity, amount)
        } else {
            let quantity = counted(rate.register)
                .copied()
                .ok_or(ChargeError::NoRates)?;
            (quantity, product(quantity, rate.delta))
        };
        lines.push(Line {
            what: What::Rate,
            name: rate.name.clone(),
            quantity,
            price: rate.delta,
            amount,
        });
    }
    Ok(lines)
}

/// The month's charge falls on its days as the whole 10⁻⁸ minor units of a running sum, so that all days together are the whole.
fn fixed(tariff: &Tariff, days: Days) -> Result<Option<Line>, ChargeError> {
    let month = i128::from(days.first.days_in_month());
    let before = i128::from(days.first.day()) - 1;
    let after = before + i128::from(days.count);
    if days.count == 0 || after > month {
        return Err(ChargeError::Days);
    }
    if tariff.fixed == 0 {
        return Ok(None);
    }
    let whole = i128::from(tariff.fixed) * (SCALE / OF_PRODUCT);
    let upto = |day: i128| whole * day / month * OF_PRODUCT;
    Ok(Some(Line {
        what: What::Fixed,
        name: String::new(),
        quantity: days.count.into(),
        price: tariff.fixed,
        amount: upto(after) - upto(before),
    }))
}

fn tax(tariff: &Tariff, net: i128) -> Option<Line> {
    let tax = tariff.tax?;
    let rate = i128::from(tax.rate);
    let (what, amount) = match tax.included {
        // Told only, so cutting it off below 10⁻¹⁵ moves no money.
        true => (What::TaxIncluded, net * rate / (10_000 + rate)),
        // Exact: every line is a multiple of 10⁴.
        false => (What::Tax, net / 10_000 * rate),
    };
    Some(Line {
        what,
        name: String::new(),
        quantity: 0,
        price: tax.rate.into(),
        amount,
    })
}
