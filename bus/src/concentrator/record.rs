//! What was read of a meter, as it is stored and shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::Stamp;
use crate::meter::profile::Condition;
use crate::meter::{Profile, Reading, RegisterReading, RegisterValue, Supply};

/// An exact decimal number and what it is measured in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The number, without its decimal point.
    #[serde(rename = "n")]
    pub number: i64,
    /// Places behind the point.
    #[serde(rename = "p")]
    pub places: u8,
    /// The unit; empty = none.
    #[serde(rename = "u", default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl std::fmt::Display for Measured {
    /// `-12.34 kWh`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.number < 0 { "-" } else { "" };
        let digits = self.number.unsigned_abs().to_string();
        let places = usize::from(self.places);
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, rest) = digits
            .split_at_checked(digits.len() - places)
            .unwrap_or((&digits, ""));
        write!(f, "{sign}{whole}")?;
        if !rest.is_empty() {
            write!(f, ".{rest}")?;
        }
        if !self.unit.is_empty() {
            write!(f, " {}", self.unit)?;
        }
        Ok(())
    }
}

/// Whether the relay or valve lets the utility through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SupplyState {
    /// It does.
    On,
    /// Switched off.
    Off,
    /// A fault of relay or valve.
    Fault,
    /// Not known.
    #[default]
    Unknown,
}

impl From<Supply> for SupplyState {
    fn from(supply: Supply) -> Self {
        match supply {
            Supply::On => SupplyState::On,
            Supply::Off => SupplyState::Off,
            Supply::Fault => SupplyState::Fault,
            Supply::NotReported => SupplyState::Unknown,
        }
    }
}

/// What a meter says is the matter with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// A battery is low.
    BatteryLow,
    /// Somebody has tampered with it: opened, turned, a magnet.
    Tamper,
    /// Its clock is off.
    ClockOff,
    /// Memory, relay or another part has a fault.
    Fault,
}

/// One reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was read, by the concentrator's clock.
    pub read: Stamp,
    /// Values by the name of their register: `energy`, `balance`, `purchase_number` and so on.
    pub values: BTreeMap<String, Measured>,
    /// The relay or valve.
    #[serde(default)]
    pub supply: SupplyState,
    /// What is the matter, sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<Trouble>,
}

impl Record {
    /// What the books of a prepaid meter say.
    pub fn of_books(read: Stamp, reading: &Reading) -> Self {
        let money = |amount: crate::amount::Amount| Measured {
            number: amount.0,
            places: 2,
            unit: String::new(),
        };
        let count = Measured {
            number: i64::from(reading.purchase_number),
            places: 0,
            unit: String::new(),
        };
        let mut values = BTreeMap::from([
            ("purchase_number".to_owned(), count),
            ("balance".to_owned(), money(reading.balance)),
        ]);
        let told = [
            ("last_amount", reading.last_amount),
            ("purchased", reading.cumulative),
        ];
        for (name, amount) in told {
            if let Some(amount) = amount {
                values.insert(name.to_owned(), money(amount));
            }
        }
        Record {
            read,
            values,
            supply: reading.supply.into(),
            troubles: Vec::new(),
        }
    }
}

impl Record {
    /// What the registers of a meter say. What was refused, absent or malformed is left out: unknown is not zero.
    pub fn of_registers(read: Stamp, profile: &Profile, registers: &[RegisterReading]) -> Self {
        let mut record = Record {
            read,
            values: BTreeMap::new(),
            supply: SupplyState::Unknown,
            troubles: Vec::new(),
        };
        for register in registers {
            match &register.value {
                RegisterValue::Number(number) => {
                    let measured = Measured {
                        number: number.value,
                        places: number.places,
                        unit: register.unit.clone().unwrap_or_default(),
                    };
                    record.values.insert(register.name.clone(), measured);
                }
                RegisterValue::Status(conditions) => {
                    record
                        .troubles
                        .extend(conditions.iter().filter_map(trouble));
                    if conditions.contains(&Condition::SupplyOff) {
                        record.supply = SupplyState::Off;
                    } else if record.supply == SupplyState::Unknown
                        && tells_supply(profile, &register.name)
                    {
                        record.supply = SupplyState::On;
                    }
                    if conditions.contains(&Condition::SupplyFault) {
                        record.supply = SupplyState::Fault;
                    }
                }
                RegisterValue::Refused(why) | RegisterValue::Malformed(why) => {
                    tracing::debug!(register = register.name, why, "a register was not read");
                }
                _ => {}
            }
        }
        record.troubles.sort_unstable();
        record.troubles.dedup();
        record
    }
}

/// Whether the status word of this name has a bit for a relay or valve that is off.
fn tells_supply(profile: &Profile, name: &str) -> bool {
    let word = profile
        .registers
        .iter()
        .find(|register| register.name == name);
    word.is_some_and(|word| {
        let mut flags = word.flags.iter();
        flags.any(|flag| flag.condition == Condition::SupplyOff)
    })
}

fn trouble(condition: &Condition) -> Option<Trouble> {
    match condition {
        Condition::BatteryLow | Condition::ClockBatteryLow => Some(Trouble::BatteryLow),
        Condition::ClockFault => Some(Trouble::ClockOff),
        Condition::CoverOpen | Condition::Magnet | Condition::ReverseFlow => Some(Trouble::Tamper),
        Condition::MemoryFault
        | Condition::SupplyFault
        | Condition::SecurityFault
        | Condition::SensorFault => Some(Trouble::Fault),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let shown = |number, places, unit: &str| {
            Measured {
                number,
                places,
                unit: unit.to_owned(),
            }
            .to_string()
        };
        assert_eq!(shown(-5, 2, ""), "-0.05");
        assert_eq!(shown(1234, 2, "kWh"), "12.34 kWh");
        assert_eq!(shown(7, 0, ""), "7");
        assert_eq!(shown(i64::MIN, 0, ""), "-9223372036854775808");
    }
}
