//! What makes a tariff sound. Each fault names its field, so that whoever wrote it finds the place.

use std::collections::BTreeSet;

use thiserror::Error;

use super::hours::DAY;
use super::model::{Rate, Tariff};

/// Largest price of a unit: 10 000.00 of the currency, in 1/10000 minor units.
const LARGEST_PRICE: i64 = 10_000_000_000;
/// Largest bound: a billion units, in thousandths.
const LARGEST_BOUND: i64 = 1_000_000_000_000;
/// Largest fixed charge of a month: a million of the currency, in minor units.
const LARGEST_FIXED: i64 = 100_000_000;
/// Lists are short.
const MOST: usize = 16;

/// Why something is no tariff.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{field}: {problem}")]
pub struct TariffError {
    /// Where, such as `tiers[1].upto`.
    pub field: String,
    /// What.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// Not the shape of a tariff.
    #[error("{0}")]
    Shape(String),
    /// None, or more than 16.
    #[error("there are 1 to 16 of them")]
    Count,
    /// The utility is not counted in this unit.
    #[error("the utility is not counted in it")]
    Unit,
    /// Below what makes sense, or above.
    #[error("it is {least} to {most}")]
    Range {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// The bounds of tiers do not rise, for some household.
    #[error("it is not above the tier before, whatever the household")]
    NotRising,
    /// Only the last tier is without a bound.
    #[error("every tier but the last has a bound, and the last has none")]
    Bound,
    /// A wider tier without saying from how many people on.
    #[error("`household` says from how many people on, and is missing")]
    NoHousehold,
    /// Too long, empty, or twice.
    #[error("a name has 1 to 40 characters, and there is one of a kind")]
    Name,
    /// Two rates on one register.
    #[error("a register from 1 to 63, of one rate")]
    Register,
    /// A minute of the day has no rate, or two.
    #[error("{0:02}:{1:02} belongs to no rate or to more than one")]
    Hours(u16, u16),
    /// Parts that are not a whole.
    #[error("all rates have a share and together they are 1000, or none has one")]
    Shares,
    /// A unit would cost less than nothing.
    #[error("with tier {0} a unit would cost less than nothing")]
    Negative(usize),
}

fn fault<T>(field: impl Into<String>, problem: Problem) -> Result<T, TariffError> {
    Err(TariffError {
        field: field.into(),
        problem,
    })
}

fn range(field: impl Into<String>, number: i64, least: i64, most: i64) -> Result<(), TariffError> {
    match (least..=most).contains(&number) {
        true => Ok(()),
        false => fault(field, Problem::Range { least, most }),
    }
}

impl Tariff {
    /// Reads a tariff from JSON and checks it.
    ///
    /// # Errors
    /// [`TariffError`], with the field.
    pub fn parse(content: &serde_json::Value) -> Result<Tariff, TariffError> {
        let tariff: Tariff = match serde_json::from_value(content.clone()) {
            Ok(tariff) => tariff,
            Err(error) => return fault("content", Problem::Shape(error.to_string())),
        };
        tariff.check()?;
        Ok(tariff)
    }

    /// Whether it can be charged by.
    ///
    /// # Errors
    /// [`TariffError`], with the first field that is wrong.
    pub fn check(&self) -> Result<(), TariffError> {
        if !self.unit.fits(self.utility) {
            return fault("unit", Problem::Unit);
        }
        self.check_tiers()?;
        if let Some(household) = self.household {
            range("household.base", household.base.into(), 1, 100)?;
        }
        self.check_rates()?;
        range("fixed", self.fixed, 0, LARGEST_FIXED)?;
        if self.surcharges.len() > MOST {
            return fault("surcharges", Problem::Count);
        }
        let mut names = BTreeSet::new();
        for (n, surcharge) in self.surcharges.iter().enumerate() {
            check_name(&mut names, format!("surcharges[{n}].name"), &surcharge.name)?;
            range(
                format!("surcharges[{n}].price"),
                surcharge.price,
                0,
                LARGEST_PRICE,
            )?;
        }
        match self.tax {
            Some(tax) => range("tax.rate", tax.rate.into(), 1, 10_000),
            None => Ok(()),
        }
    }

    fn check_tiers(&self) -> Result<(), TariffError> {
        if !(1..=MOST).contains(&self.tiers.len()) {
            return fault("tiers", Problem::Count);
        }
        let last = self.tiers.len() - 1;
        let (mut bound, mut extra) = (0, 0);
        for (n, tier) in self.tiers.iter().enumerate() {
            let field = |name: &str| format!("tiers[{n}].{name}");
            range(field("price"), tier.price, 0, LARGEST_PRICE)?;
            range(field("extra"), tier.extra, 0, LARGEST_BOUND)?;
            match tier.upto {
                None if n == last && tier.extra == 0 => {}
                Some(upto) if n < last => {
                    range(field("upto"), upto, 1, LARGEST_BOUND)?;
                    // Both rise, so that no household has a tier that ends before it begins.
                    if upto <= bound || tier.extra < extra {
                        return fault(field("upto"), Problem::NotRising);
                    }
                    (bound, extra) = (upto, tier.extra);
                }
                _ => return fault(field("upto"), Problem::Bound),
            }
        }
        match extra > 0 && self.household.is_none() {
            true => fault("household", Problem::NoHousehold),
            false => Ok(()),
        }
    }

    fn check_rates(&self) -> Result<(), TariffError> {
        if self.rates.is_empty() {
            return Ok(());
        }
        if self.rates.len() > MOST {
            return fault("rates", Problem::Count);
        }
        let (mut names, mut registers) = (BTreeSet::new(), BTreeSet::new());
        for (n, rate) in self.rates.iter().enumerate() {
            let field = |name: &str| format!("rates[{n}].{name}");
            check_name(&mut names, field("name"), &rate.name)?;
            if !(1..=63).contains(&rate.register) || !registers.insert(rate.register) {
                return fault(field("register"), Problem::Register);
            }
            range(field("delta"), rate.delta, -LARGEST_PRICE, LARGEST_PRICE)?;
            if let Some(tier) = self.tiers.iter().position(|t| t.price + rate.delta < 0) {
                return fault(field("delta"), Problem::Negative(tier + 1));
            }
        }
        for minute in 0..DAY {
            let holds = |rate: &&Rate| rate.hours.iter().any(|hours| hours.hold(minute));
            if self.rates.iter().filter(holds).count() != 1 {
                return fault("rates", Problem::Hours(minute / 60, minute % 60));
            }
        }
        let shares = self.rates.iter().filter_map(|rate| rate.share);
        match (shares.clone().count(), shares.map(u32::from).sum()) {
            (0, _) => Ok(()),
            (count, 1000) if count == self.rates.len() => Ok(()),
            _ => fault("rates", Problem::Shares),
        }
    }
}

fn check_name<'n>(
    names: &mut BTreeSet<&'n str>,
    field: String,
    name: &'n str,
) -> Result<(), TariffError> {
    let length = name.chars().count();
    let sound = (1..=40).contains(&length) && !name.chars().any(char::is_control);
    match sound && names.insert(name) {
        true => Ok(()),
        false => fault(field, Problem::Name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn sound() -> Value {
        json!({
            "utility": "electricity", "unit": "kWh", "period": "month",
            "tiers": [{"upto": 240_000, "extra": 10_000, "price": 488_300}, {"price": 538_300}],
            "household": {"base": 4},
            "rates": [
                {"name": "峰", "register": 2, "delta": 30_000, "hours": ["08:00-22:00"], "share": 600},
                {"name": "谷", "register": 4, "delta": -200_000, "hours": ["22:00-08:00"], "share": 400},
            ],
            "fixed": 300,
            "surcharges": [{"name": "fund", "price": 10_000}],
            "tax": {"rate": 1300, "included": false},
        })
    }

    #[test]
    fn a_sound_tariff_is_read_and_written_the_same() {
        let tariff = Tariff::parse(&sound()).unwrap();
        assert_eq!(serde_json::to_value(&tariff).unwrap(), sound());
    }

    #[test]
    fn each_fault_names_its_field() {
        let cases = [
            ("/unit", json!("m3"), "unit"),
            ("/tiers", json!([]), "tiers"),
            ("/tiers/0/price", json!(-1), "tiers[0].price"),
            ("/tiers/0/upto", json!(0), "tiers[0].upto"),
            ("/tiers/0/upto", Value::Null, "tiers[0].upto"),
            (
                "/tiers/1",
                json!({"upto": 300_000, "price": 1}),
                "tiers[1].upto",
            ),
            ("/household/base", json!(0), "household.base"),
            ("/household", Value::Null, "household"),
            ("/rates/0/register", json!(4), "rates[1].register"),
            ("/rates/0/name", json!("谷"), "rates[1].name"),
            ("/rates/0/hours/0", json!("08:00-21:59"), "rates"),
            ("/rates/0/hours/0", json!("08:00-22:01"), "rates"),
            ("/rates/0/hours/0", json!("8-22"), "content"),
            ("/rates/0/share", json!(601), "rates"),
            ("/rates/0/share", Value::Null, "rates"),
            ("/rates/1/delta", json!(-488_301), "rates[1].delta"),
            ("/fixed", json!(-1), "fixed"),
            ("/surcharges/0/name", json!(""), "surcharges[0].name"),
            ("/surcharges/0/price", json!(1.5), "content"),
            ("/tax/rate", json!(10_001), "tax.rate"),
            ("/utility", json!("steam"), "content"),
        ];
        for (place, value, field) in cases {
            let mut content = sound();
            *content.pointer_mut(place).unwrap() = value.clone();
            let error = Tariff::parse(&content).unwrap_err();
            assert_eq!(error.field, field, "{place} = {value}: {error}");
        }
        let mut more = sound();
        more["tier"] = json!(1);
        assert_eq!(Tariff::parse(&more).unwrap_err().field, "content");
    }

    #[test]
    fn bounds_rise_for_every_household() {
        let mut content = sound();
        content["tiers"] = json!([
            {"upto": 240_000, "extra": 10_000, "price": 1},
            {"upto": 400_000, "price": 2},
            {"price": 3},
        ]);
        content["rates"] = json!([]);
        let error = Tariff::parse(&content).unwrap_err();
        assert_eq!(
            (error.field.as_str(), error.problem),
            ("tiers[1].upto", Problem::NotRising)
        );
    }
}
