//! A meter's days one after the other: each is charged from the state that the day before left, and compared with what was settled.
//! A day that comes out otherwise than before gets a new revision; nothing is ever changed. Pure.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::days::{Known, Registers, Used, used};
use crate::tariff::{
    Accumulator, Charge, ChargeError, Days, InForce, Line, Utility, charge as charge_by,
};

/// A meter that is settled.
#[derive(Clone, Debug)]
pub struct Meter {
    /// Its number.
    pub number: String,
    /// Who pays now.
    pub account: String,
    /// What flows.
    pub utility: Utility,
    /// The name of its tariff now.
    pub tariff: String,
    /// People in the household, where somebody knows.
    pub people: Option<u16>,
}

/// A day as it was settled last.
#[derive(Clone, Debug)]
pub struct Settled {
    /// Which revision.
    pub revision: i32,
    /// Who paid.
    pub account: String,
    /// By which tariff.
    pub tariff: String,
    /// By which version of it.
    pub version: i32,
    /// For how many people.
    pub people: Option<u16>,
    /// What was used, how that is known, and the registers.
    pub used: Used,
    /// How much it cost, in minor units.
    pub charge: i64,
    /// The state that it left.
    pub after: Accumulator,
}

/// A new revision of a day.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its number, from 1 on.
    pub revision: i32,
    /// Of which meter.
    pub meter: String,
    /// Who pays.
    pub account: String,
    /// What flows.
    pub utility: Utility,
    /// By which tariff.
    pub tariff: String,
    /// By which version of it.
    pub version: i32,
    /// For how many people.
    pub people: Option<u16>,
    /// What was used.
    pub used: Used,
    /// How much it costs, in minor units.
    pub charge: i64,
    /// How much more than by the revision before, in minor units.
    pub difference: i64,
    /// How it comes about.
    pub lines: Vec<Line>,
    /// The state that it leaves.
    pub after: Accumulator,
}

/// Why a meter is not settled beyond a day, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The first day that is not settled.
    pub day: Date,
    /// A word for programs, as the table has them.
    pub reason: &'static str,
    /// A sentence for people.
    pub words: String,
}

/// What is known of a meter and its days.
#[derive(Clone, Debug)]
pub struct History {
    /// Readings, changes and the mean.
    pub known: Known,
    /// What was settled, from the day before the first one on.
    pub settled: BTreeMap<Date, Settled>,
    /// The registers at the beginning of the first day.
    pub opening: Registers,
    /// What the readings are counted in.
    pub unit: Option<String>,
}

/// The new revisions that the days from `first` to `last` need, and why it stops where it does.
pub fn settle(
    meter: &Meter,
    (first, last): (Date, Date),
    history: &History,
    tariffs: &InForce,
) -> (Vec<Revision>, Option<Stopped>) {
    let (days, trouble) = used(&history.opening, (first, last), &history.known);
    let yesterday = history.settled.get(&super::days::before(first));
    let mut state = yesterday.map_or_else(Accumulator::default, |settled| settled.after);
    let mut revisions = Vec::new();
    for day in days {
        let before = history.settled.get(&day.day);
        let by = before.map_or(meter.tariff.as_str(), |settled| settled.tariff.as_str());
        // A day that was charged keeps its prices whatever came into force since.
        let found = match before {
            Some(settled) => tariffs
                .version(meter.utility, by, settled.version)
                .map(|tariff| (settled.version, tariff)),
            None => tariffs.at(meter.utility, by, day.day),
        };
        let Some((version, tariff)) = found else {
            return (revisions, Some(no_tariff(meter, by, day.day)));
        };
        if let Some(unit) = history
            .unit
            .as_deref()
            .filter(|unit| *unit != tariff.unit.name())
        {
            return (
                revisions,
                Some(other_unit(day.day, unit, tariff.unit.name())),
            );
        }
        let people = before.map_or(meter.people, |settled| settled.people);
        let one = Days {
            first: day.day,
            count: 1,
        };
        let charged = match charge_by(tariff, &state, &day.consumption, one, people) {
            Ok(charged) => charged,
            Err(error) => return (revisions, Some(refused(day.day, &error))),
        };
        state = charged.after;
        if before.is_none_or(|before| differs(before, &day, &charged)) {
            revisions.push(revision(meter, before, (by, version, people), day, charged));
        }
    }
    (revisions, trouble.map(stopped))
}

fn differs(before: &Settled, used: &Used, charged: &Charge) -> bool {
    before.used != *used || before.charge != charged.amount || before.after != charged.after
}

fn revision(
    meter: &Meter,
    before: Option<&Settled>,
    (tariff, version, people): (&str, i32, Option<u16>),
    used: Used,
    charged: Charge,
) -> Revision {
    Revision {
        revision: before.map_or(1, |before| before.revision + 1),
        meter: meter.number.clone(),
        // Whoever paid for the day pays or gets the difference.
        account: before
            .map_or(&meter.account, |before| &before.account)
            .clone(),
        utility: meter.utility,
        tariff: tariff.to_owned(),
        version,
        people,
        used,
        charge: charged.amount,
        difference: charged.amount - before.map_or(0, |before| before.charge),
        lines: charged.lines,
        after: charged.after,
    }
}

fn no_tariff(meter: &Meter, name: &str, day: Date) -> Stopped {
    Stopped {
        day,
        reason: "no_tariff",
        words: format!(
            "no version of the tariff {name} for {} is in force on {day}",
            meter.utility.name()
        ),
    }
}

fn other_unit(day: Date, unit: &str, tariff: &str) -> Stopped {
    Stopped {
        day,
        reason: "unit",
        words: format!("the meter counts {unit} and its tariff {tariff}"),
    }
}

fn refused(day: Date, error: &ChargeError) -> Stopped {
    Stopped {
        day,
        reason: "charge",
        words: error.to_string(),
    }
}

fn stopped((day, trouble): (Date, super::days::Trouble)) -> Stopped {
    use super::days::Trouble;
    let reason = match &trouble {
        Trouble::Backwards { .. } => "backwards",
        Trouble::Large { .. } => "large",
        Trouble::NoHistory => "no_history",
        Trouble::Silent => "silent",
    };
    Stopped {
        day,
        reason,
        words: trouble.to_string(),
    }
}
