//! What things cost, as far as a terminal shows it: the price of a unit, by steps. Charging is the meter's or the server's.

use serde::{Deserialize, Serialize};

use super::packed::{ContentError, pack, unpack};

/// Their kind.
pub const TARIFFS_KIND: &str = "tariffs";

/// Longest name, in characters; most tariffs and steps.
const MOST_TEXT: usize = 60;
const MOST_TARIFFS: usize = 500;
const MOST_STEPS: usize = 10;

/// The tariffs in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariffs {
    /// One for each utility at most.
    pub tariffs: Vec<Tariff>,
}

/// What a utility costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    /// `electricity`, `water`, `hot_water`, `gas` or `heat`.
    pub utility: String,
    /// Its name, for people.
    pub name: String,
    /// How long units add up towards the steps. `None` where the server does not say; then nobody can tell in which step a meter is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<TariffPeriod>,
    /// The steps (阶梯), from the first unit of the period on, rising.
    pub steps: Vec<Step>,
}

/// How long units add up towards the steps of a tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TariffPeriod {
    /// A month.
    Month,
    /// A calendar year.
    Year,
}

/// A step of a tariff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// From how many whole units of the period on (kWh, m³); the first is 0.
    pub from: u32,
    /// The price of a unit, in ten-thousandths of the currency.
    pub price: u32,
}

impl Tariffs {
    /// The bulletin's content.
    ///
    /// # Errors
    /// When a tariff makes no sense.
    pub fn to_content(&self) -> Result<Vec<u8>, ContentError> {
        self.check()?;
        pack(self)
    }

    /// Reads a bulletin's content.
    ///
    /// # Errors
    /// When it is none, or a tariff makes no sense.
    pub fn from_content(bytes: &[u8]) -> Result<Tariffs, ContentError> {
        let tariffs: Tariffs = unpack(bytes)?;
        tariffs.check()?;
        Ok(tariffs)
    }

    /// The tariff of a utility.
    pub fn of(&self, utility: &str) -> Option<&Tariff> {
        self.tariffs.iter().find(|tariff| tariff.utility == utility)
    }

    fn check(&self) -> Result<(), ContentError> {
        let wrong = |why: &str| Err(ContentError::Senseless(why.to_owned()));
        if self.tariffs.len() > MOST_TARIFFS {
            return wrong("more than 500 tariffs");
        }
        for (place, tariff) in self.tariffs.iter().enumerate() {
            const UTILITIES: [&str; 5] = ["electricity", "water", "hot_water", "gas", "heat"];
            if !UTILITIES.contains(&tariff.utility.as_str()) {
                return wrong("a tariff's utility is electricity, water, hot_water, gas or heat");
            }
            if self.tariffs[..place]
                .iter()
                .any(|before| before.utility == tariff.utility)
            {
                return wrong("a utility has two tariffs");
            }
            if !(1..=MOST_TEXT).contains(&tariff.name.chars().count()) {
                return wrong("a tariff's name is 1 to 60 characters");
            }
            let rising = tariff
                .steps
                .windows(2)
                .all(|pair| pair[0].from < pair[1].from);
            let begins = tariff.steps.first().is_some_and(|step| step.from == 0);
            if !begins || !rising || tariff.steps.len() > MOST_STEPS {
                return wrong("a tariff has one to ten steps, the first from 0, rising");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tariff(utility: &str, steps: &[(u32, u32)]) -> Tariff {
        Tariff {
            utility: utility.into(),
            name: "居民阶梯".into(),
            period: None,
            steps: steps
                .iter()
                .map(|&(from, price)| Step { from, price })
                .collect(),
        }
    }

    #[test]
    fn tariffs_are_read_as_they_were_written() {
        let tariffs = Tariffs {
            tariffs: vec![
                tariff("electricity", &[(0, 5469), (2160, 5969), (4200, 8469)]),
                tariff("water", &[(0, 30_000)]),
            ],
        };
        let content = tariffs.to_content().unwrap();
        let read = Tariffs::from_content(&content).unwrap();
        assert_eq!(read, tariffs);
        for period in [TariffPeriod::Month, TariffPeriod::Year] {
            let mut told = tariffs.clone();
            told.tariffs[0].period = Some(period);
            let content = told.to_content().unwrap();
            assert_eq!(Tariffs::from_content(&content).unwrap(), told);
        }
        assert_eq!(read.of("water").unwrap().steps[0].price, 30_000);
        assert!(read.of("gas").is_none());
    }

    #[test]
    fn senseless_tariffs_are_refused() {
        for tariffs in [
            vec![tariff("steam", &[(0, 1)])],
            vec![tariff("water", &[])],
            vec![tariff("water", &[(1, 1)])],
            vec![tariff("water", &[(0, 1), (0, 2)])],
            vec![tariff("water", &[(0, 1)]), tariff("water", &[(0, 2)])],
        ] {
            assert!(Tariffs { tariffs }.to_content().is_err());
        }
    }
}
