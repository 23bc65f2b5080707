//! What came of a command, for people and for scripts.

use std::fmt;

use serde_json::{Value, json};

use super::exit;
use super::table::Table;
use crate::decode::Decoded;
use crate::link::LinkError;
use crate::meter::{
    ClockOutcome, MeterError, Outcome, Reading, Refusal, RegisterReading, RegisterValue, Supply,
    SwitchOutcome,
};

/// What came of a command.
pub(super) enum Report {
    BadArguments(String),
    Unreadable(MeterError),
    Reading(Reading),
    /// What a meter on M-Bus told, telegram by telegram.
    Telegrams(Vec<Decoded>),
    /// The meter could not be reached.
    Silent(String),
    /// The meter refused.
    Refused(String),
    WrongNumber {
        asked: u32,
        stored: u32,
    },
    Credited(Outcome),
    Switched(SwitchOutcome),
    /// What a meter without money told, register by register.
    Registers(Vec<RegisterReading>),
    ClockSet(ClockOutcome),
}

impl Report {
    pub(super) fn exit(&self) -> u8 {
        match self {
            Report::Reading(_)
            | Report::Telegrams(_)
            | Report::Registers(_)
            | Report::ClockSet(ClockOutcome::Set { .. })
            | Report::Credited(Outcome::Applied(_))
            | Report::Switched(SwitchOutcome::Done(_) | SwitchOutcome::Underway(_)) => 0,
            Report::BadArguments(_) => exit::BAD_ARGUMENTS,
            Report::Unreadable(MeterError::Refused(_))
            | Report::Refused(_)
            | Report::WrongNumber { .. }
            | Report::Switched(SwitchOutcome::NotDone { .. })
            | Report::ClockSet(ClockOutcome::NotSet { .. }) => exit::REFUSED,
            Report::Unreadable(_) | Report::Silent(_) => exit::NO_ANSWER,
            Report::Credited(Outcome::NotApplied { refusal, .. }) => match refusal {
                Refusal::Lost => exit::NO_ANSWER,
                _ => exit::REFUSED,
            },
            Report::Credited(Outcome::Unknown(_))
            | Report::Switched(SwitchOutcome::Unknown(_))
            | Report::ClockSet(ClockOutcome::Unknown(_)) => exit::UNKNOWN,
        }
    }

    /// Results go to the output, everything else to the error stream; as JSON it is always the output.
    pub(super) fn print(&self, meter: String, as_json: bool) {
        if as_json {
            let mut value = self.json();
            if let Some(object) = value.as_object_mut() {
                object.insert("meter".to_owned(), Value::String(meter));
            }
            println!("{value:#}");
        } else if self.exit() == 0 {
            println!("{self}");
        } else {
            eprintln!("meterbus: {self}");
        }
    }

    /// Stable words: `outcome` is one of `read`, `set`, `not_set`, `applied`, `not_applied`, `done`, `underway`, `not_done`, `unknown`,
    /// `no_answer`, `refused`, `bad_arguments`.
    fn json(&self) -> Value {
        match self {
            Report::BadArguments(why) => json!({ "outcome": "bad_arguments", "reason": why }),
            Report::Unreadable(error) => {
                let outcome = match error {
                    MeterError::Refused(_) => "refused",
                    _ => "no_answer",
                };
                json!({ "outcome": outcome, "reason": error.to_string() })
            }
            Report::Reading(reading) => {
                json!({ "outcome": "read", "reading": reading_json(reading) })
            }
            Report::Telegrams(telegrams) => json!({ "outcome": "read", "telegrams": telegrams }),
            Report::Registers(registers) => {
                let registers: Vec<Value> = registers.iter().map(register_json).collect();
                json!({ "outcome": "read", "registers": registers })
            }
            Report::ClockSet(ClockOutcome::Set { ahead }) => {
                json!({ "outcome": "set", "seconds_ahead": ahead })
            }
            Report::ClockSet(ClockOutcome::NotSet { reason, clock }) => {
                json!({ "outcome": "not_set", "reason": reason, "clock": clock.map(|c| c.to_string()) })
            }
            Report::ClockSet(ClockOutcome::Unknown(why)) => {
                json!({ "outcome": "unknown", "reason": why })
            }
            Report::Silent(why) => json!({ "outcome": "no_answer", "reason": why }),
            Report::Refused(why) => json!({ "outcome": "refused", "reason": why }),
            Report::WrongNumber { .. } => {
                json!({ "outcome": "not_applied", "reason": self.to_string() })
            }
            Report::Credited(Outcome::Applied(now)) => {
                json!({ "outcome": "applied", "reading": reading_json(now) })
            }
            Report::Credited(Outcome::NotApplied { refusal, now }) => {
                json!({ "outcome": "not_applied", "reason": refusal_words(refusal), "reading": reading_json(now) })
            }
            Report::Credited(Outcome::Unknown(why))
            | Report::Switched(SwitchOutcome::Unknown(why)) => {
                json!({ "outcome": "unknown", "reason": why })
            }
            Report::Switched(SwitchOutcome::Done(now)) => {
                json!({ "outcome": "done", "supply": supply_word(*now) })
            }
            Report::Switched(SwitchOutcome::Underway(now)) => {
                json!({ "outcome": "underway", "supply": supply_word(*now) })
            }
            Report::Switched(SwitchOutcome::NotDone { reason, now }) => {
                json!({ "outcome": "not_done", "reason": reason, "supply": supply_word(*now) })
            }
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Report::BadArguments(why) | Report::Silent(why) | Report::Refused(why) => {
                f.write_str(why)
            }
            Report::Telegrams(telegrams) => {
                let texts: Vec<String> = telegrams.iter().map(ToString::to_string).collect();
                f.write_str(texts.join("\n").trim_end())
            }
            Report::Unreadable(MeterError::Link(LinkError::NoAnswer(wait))) => {
                write!(f, "no answer within {} ms", wait.as_millis())
            }
            Report::Unreadable(error) => write!(f, "{error}"),
            Report::Reading(reading) => write!(f, "{}", reading_words(reading)),
            Report::WrongNumber { asked, stored } => write!(
                f,
                "not applied: purchase {asked} does not follow the meter's last purchase {stored}; nothing was sent"
            ),
            Report::Credited(Outcome::Applied(now)) => write!(f, "applied\n{}", reading_words(now)),
            Report::Credited(Outcome::NotApplied { refusal, now }) => {
                write!(
                    f,
                    "not applied: {}\n{}",
                    refusal_words(refusal),
                    reading_words(now)
                )
            }
            Report::Credited(Outcome::Unknown(why)) => {
                write!(
                    f,
                    "unknown: it may or may not be applied; read the meter before trying again ({why})"
                )
            }
            Report::Switched(SwitchOutcome::Done(now)) => write!(f, "done: {}", supply_word(*now)),
            Report::Switched(SwitchOutcome::Underway(now)) => {
                write!(
                    f,
                    "underway: still {}; valves take seconds, read again",
                    supply_word(*now)
                )
            }
            Report::Switched(SwitchOutcome::NotDone { reason, now }) => {
                write!(f, "not done: {reason}; it is {}", supply_word(*now))
            }
            Report::Switched(SwitchOutcome::Unknown(why))
            | Report::ClockSet(ClockOutcome::Unknown(why)) => write!(f, "unknown: {why}"),
            Report::Registers(registers) => f.write_str(table_of(registers).trim_end()),
            Report::ClockSet(ClockOutcome::Set { ahead }) => {
                write!(f, "set: it is {ahead:+} s off the time given")
            }
            Report::ClockSet(ClockOutcome::NotSet { reason, clock }) => {
                write!(f, "not set: {reason}")?;
                clock.map_or(Ok(()), |clock| write!(f, "; it shows {clock}"))
            }
        }
    }
}

fn register_json(register: &RegisterReading) -> Value {
    let (word, value) = register_words(register);
    json!({
        "name": register.name,
        "state": word,
        "value": value,
        "unit": register.unit,
        "raw": hex::encode_upper(&register.raw),
    })
}

/// A stable word for what came, and it in words: a number as an exact decimal.
fn register_words(register: &RegisterReading) -> (&'static str, String) {
    match &register.value {
        RegisterValue::Number(number) => ("read", number.to_string()),
        RegisterValue::Status(conditions) => {
            let words: Vec<&str> = conditions.iter().map(|found| found.word()).collect();
            ("read", words.join(", "))
        }
        RegisterValue::Clock(clock) => ("read", clock.to_string()),
        RegisterValue::Text(text) => ("read", text.clone()),
        RegisterValue::Absent => ("absent", String::new()),
        RegisterValue::Refused(why) => ("refused", why.clone()),
        RegisterValue::Malformed(why) => ("malformed", why.clone()),
        RegisterValue::Unread(why) => ("unread", why.clone()),
    }
}

fn table_of(registers: &[RegisterReading]) -> String {
    let mut table = Table::new(&["register", "value", "unit"]);
    for register in registers {
        let (word, value) = register_words(register);
        let told = match word {
            "read" => value,
            "absent" => "-".to_owned(),
            word => format!("{word}: {value}"),
        };
        let unit = register.unit.as_deref().unwrap_or_default();
        table.row(&[&register.name, &told, unit]);
    }
    table.to_string()
}

fn reading_json(reading: &Reading) -> Value {
    json!({
        "purchase_number": reading.purchase_number,
        "balance": reading.balance.to_string(),
        "last_amount": reading.last_amount.map(|amount| amount.to_string()),
        "cumulative": reading.cumulative.map(|amount| amount.to_string()),
        "supply": supply_word(reading.supply),
    })
}

fn reading_words(reading: &Reading) -> String {
    let told = |name: &str, amount: Option<crate::amount::Amount>| {
        amount.map_or(String::new(), |amount| format!("\n{name} {amount}"))
    };
    format!(
        "purchase number  {}\nbalance          {}{}{}\nsupply           {}",
        reading.purchase_number,
        reading.balance,
        told("last purchase   ", reading.last_amount),
        told("all purchases   ", reading.cumulative),
        supply_word(reading.supply)
    )
}

fn supply_word(supply: Supply) -> &'static str {
    match supply {
        Supply::On => "on",
        Supply::Off => "off",
        Supply::Fault => "fault",
        Supply::NotReported => "not_reported",
    }
}

fn refusal_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Lost => "the request or its answer was lost".to_owned(),
        Refusal::WrongNumber => "the purchase number is taken or skipped".to_owned(),
        Refusal::HoardingLimit => "it would exceed the meter's hoarding limit".to_owned(),
        Refusal::WrongCustomer => "the meter belongs to another customer number".to_owned(),
        Refusal::Other(why) => why.clone(),
    }
}
