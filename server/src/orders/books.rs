//! What a meter said of its money before a credit was sent, as it is kept: after a power cut the outcome is judged by it.

use meterpost_bus::amount::Amount;
use meterpost_bus::meter::{Reading, Supply};
use serde::{Deserialize, Serialize};

/// A meter's books. Money in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBooks {
    /// The number of the last purchase.
    pub number: u32,
    /// What is left.
    pub balance: i64,
    /// The last purchase, where the meter tells it.
    pub last: Option<i64>,
    /// All purchases, where the meter tells them.
    pub cumulative: Option<i64>,
    /// `on`, `off`, `fault` or `not_reported`.
    pub supply: String,
}

/// Relay or valve as it is written.
pub fn supply_word(supply: Supply) -> &'static str {
    match supply {
        Supply::On => "on",
        Supply::Off => "off",
        Supply::Fault => "fault",
        Supply::NotReported => "not_reported",
    }
}

impl KeptBooks {
    /// As the meter said it.
    pub fn of(reading: &Reading) -> KeptBooks {
        KeptBooks {
            number: reading.purchase_number,
            balance: reading.balance.0,
            last: reading.last_amount.map(|amount| amount.0),
            cumulative: reading.cumulative.map(|amount| amount.0),
            supply: supply_word(reading.supply).to_owned(),
        }
    }

    /// As the bus takes it.
    pub fn reading(&self) -> Reading {
        let supplies = [Supply::On, Supply::Off, Supply::Fault];
        let supply = supplies
            .into_iter()
            .find(|supply| supply_word(*supply) == self.supply);
        Reading {
            purchase_number: self.number,
            balance: Amount(self.balance),
            last_amount: self.last.map(Amount),
            cumulative: self.cumulative.map(Amount),
            supply: supply.unwrap_or(Supply::NotReported),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_come_back_as_they_were() {
        for supply in [Supply::On, Supply::Off, Supply::Fault, Supply::NotReported] {
            let reading = Reading {
                purchase_number: 7,
                balance: Amount(-1250),
                last_amount: Some(Amount(5000)),
                cumulative: None,
                supply,
            };
            let kept = serde_json::to_value(KeptBooks::of(&reading)).unwrap();
            let again: KeptBooks = serde_json::from_value(kept).unwrap();
            assert_eq!(again.reading(), reading);
        }
    }
}
