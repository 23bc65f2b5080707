//! From registers to what each day used. Pure: what cannot be told from the registers is a trouble for people, never a guess
//! that nobody sees.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use thiserror::Error;

use crate::tariff::Consumption;

/// Where a register begins anew: DL/T 645 and CJ/T 188 tell `XXXXXX.XX`, so at a million units, in 1/10000.
pub(super) const CAPACITY: i64 = 10_000_000_000;
/// Days in a row that are estimated at most.
pub const LONGEST_ESTIMATE: usize = 31;
/// Days that an estimate is the mean of.
pub(super) const MEAN_OF: usize = 7;
/// What a day uses at most without a person's word, in 1/10000 of the unit: beyond it twenty times the mean of the days before.
pub(super) const LARGE: i64 = 1_000_000;
const LARGE_FACTOR: i64 = 20;
/// The same where nothing is known of the meter's use.
const LARGE_UNKNOWN: i64 = 100 * LARGE;

/// A meter's registers, in 1/10000 of the unit: the total, then the rates from 1 on where it counts them.
pub type Registers = Vec<i64>;

/// A register that was changed for another on some day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the old one ended.
    pub last: Registers,
    /// Where the new one began.
    pub first: Registers,
}

/// How a day's consumption is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Both registers were read.
    Read,
    /// A part of what several days used together.
    Split,
    /// The mean of the days before: nothing is known yet.
    Estimated,
}

impl Basis {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Read => "read",
            Basis::Split => "split",
            Basis::Estimated => "estimated",
        }
    }

    /// The basis of this name.
    pub fn parse(name: &str) -> Option<Basis> {
        [Basis::Read, Basis::Split, Basis::Estimated]
            .into_iter()
            .find(|basis| basis.name() == name)
    }
}

/// What is known of a meter.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The registers at the end of days.
    pub readings: BTreeMap<Date, Registers>,
    /// Registers that were changed on days.
    pub changes: BTreeMap<Date, Change>,
    /// What the last days before used, those that were read.
    pub recent: Vec<Consumption>,
}

/// What a day used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The day.
    pub day: Date,
    /// What it used.
    pub consumption: Consumption,
    /// How that is known.
    pub basis: Basis,
    /// The registers at its beginning.
    pub before: Registers,
    /// The registers at its end.
    pub after: Registers,
}

/// Why a day's consumption cannot be told.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Trouble {
    /// A register ran backwards, and not because it began anew.
    #[error(
        "the register went from {from} to {to} (1/10000 of the unit): enter the change of the register, if there was one"
    )]
    Backwards {
        /// Before.
        from: i64,
        /// After.
        to: i64,
    },
    /// More than anybody believes.
    #[error(
        "{used} a day (1/10000 of the unit) is far more than before: enter it as a change of the register, if it is right"
    )]
    Large {
        /// In a day.
        used: i64,
    },
    /// Nothing to estimate from.
    #[error("the reading is missing, and no day before it was read, so nothing can be estimated")]
    NoHistory,
    /// Estimated for too long.
    #[error("no reading for {LONGEST_ESTIMATE} days: nothing more is estimated")]
    Silent,
}

/// What the days from `first` to `last` used, from the registers at the beginning of the first one. Days between two readings share
/// what was used between them; days after the last reading are estimated. What follows a trouble is left out; what is
/// before it stands.
pub fn used(
    opening: &Registers,
    (first, last): (Date, Date),
    known: &Known,
) -> (Vec<Used>, Option<(Date, Trouble)>) {
    let mut days = Vec::new();
    let (mut at, mut now) = (first, opening.clone());
    let mut recent = known.recent.clone();
    while at <= last {
        let next = known.readings.range(at..=last).next();
        let mean = mean(&recent);
        let some = match next {
            Some((until, registers)) => {
                between((&now, at), (registers, *until), known, mean.as_ref())
            }
            None => estimated((&now, at), last, mean),
        };
        match some {
            Ok(some) => {
                let Some(end) = some.last() else { break };
                (at, now) = (after(end.day), end.after.clone());
                let read = some.iter().filter(|day| day.basis == Basis::Read);
                recent.extend(read.map(|day| day.consumption.clone()));
                days.extend(some);
            }
            Err(trouble) => return (days, Some((at, trouble))),
        }
    }
    (days, None)
}

/// The next day.
pub(super) fn after(day: Date) -> Date {
    day.saturating_add(1.days())
}

/// The day before.
pub(super) fn before(day: Date) -> Date {
    day.saturating_sub(1.days())
}

/// So many days before.
pub(super) fn back(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

/// The days up to a reading.
fn between(
    (opening, first): (&Registers, Date),
    (closing, last): (&Registers, Date),
    known: &Known,
    mean: Option<&Consumption>,
) -> Result<Vec<Used>, Trouble> {
    let mut total: Option<Registers> = None;
    let mut from = opening.clone();
    let add = |total: Option<Registers>, part: Registers| match total {
        None => part,
        Some(total) => zip(&total, &part, |a, b| a.saturating_add(b)),
    };
    let mut confirmed = false;
    for change in known.changes.range(first..=last).map(|(_, change)| change) {
        total = Some(add(total, difference(&from, &change.last)?));
        from.clone_from(&change.first);
        confirmed = true;
    }
    let total = add(total, difference(&from, closing)?);
    let length = days_between(first, last);
    if !confirmed {
        check_large(&total, length, mean)?;
    }
    let basis = if length == 1 {
        Basis::Read
    } else {
        Basis::Split
    };
    let mut days: Vec<Used> = Vec::new();
    let mut day = first;
    for n in 1..=length {
        let upto = |n: i64, all: i64| {
            i64::try_from(i128::from(all) * i128::from(n) / i128::from(length)).unwrap_or(all)
        };
        let part: Registers = total
            .iter()
            .map(|all| upto(n, *all) - upto(n - 1, *all))
            .collect();
        let before = days.last().map_or(opening, |day| &day.after).clone();
        let after = match n == length {
            true => closing.clone(),
            false => zip(&before, &part, |a, b| a.saturating_add(b)),
        };
        days.push(Used {
            day,
            consumption: consumption(&part),
            basis,
            before,
            after,
        });
        day = self::after(day);
    }
    Ok(days)
}

fn days_between(first: Date, last: Date) -> i64 {
    i64::from(first.until(last).map_or(0, |span| span.get_days())) + 1
}

/// Days of which nothing is known yet.
fn estimated(
    (opening, first): (&Registers, Date),
    last: Date,
    mean: Option<Consumption>,
) -> Result<Vec<Used>, Trouble> {
    let mean = mean.ok_or(Trouble::NoHistory)?;
    let part: Registers = std::iter::once(mean.total)
        .chain(mean.rates.iter().copied())
        .collect();
    let mut days: Vec<Used> = Vec::new();
    let mut day = first;
    while day <= last {
        if days.len() == LONGEST_ESTIMATE {
            return Err(Trouble::Silent);
        }
        let before = days.last().map_or(opening, |day| &day.after).clone();
        let after = zip(&before, &part, |a, b| a.saturating_add(b));
        days.push(Used {
            day,
            consumption: consumption(&part),
            basis: Basis::Estimated,
            before,
            after,
        });
        day = self::after(day);
    }
    Ok(days)
}

/// The mean of the last of some days; by rate where all of them tell the same rates.
fn mean(days: &[Consumption]) -> Option<Consumption> {
    let days = days.get(days.len().saturating_sub(MEAN_OF)..)?;
    let count = i64::try_from(days.len()).ok().filter(|count| *count > 0)?;
    let of = |each: &dyn Fn(&Consumption) -> i64| days.iter().map(each).sum::<i64>() / count;
    let rates = days.first()?.rates.len();
    let same = days.iter().all(|day| day.rates.len() == rates);
    let rates = if same { rates } else { 0 };
    let rate = |n: usize| of(&move |day| day.rates.get(n).copied().unwrap_or(0));
    Some(Consumption {
        total: of(&|day| day.total),
        rates: (0..rates).map(rate).collect(),
    })
}

fn consumption(part: &Registers) -> Consumption {
    let (total, rates) = part
        .split_first()
        .map_or((0, &[][..]), |(total, rates)| (*total, rates));
    Consumption {
        total,
        rates: rates.to_vec(),
    }
}

/// As many registers as both have: a meter that tells no rates is known by its total.
fn zip(a: &Registers, b: &Registers, with: impl Fn(i64, i64) -> i64) -> Registers {
    let both = if a.len() == b.len() { a.len() } else { 1 };
    a.iter()
        .zip(b)
        .take(both)
        .map(|(a, b)| with(*a, *b))
        .collect()
}

/// From one state of the registers to another. A register in the last tenth of its range that is in the first tenth next has begun anew.
fn difference(from: &Registers, to: &Registers) -> Result<Registers, Trouble> {
    let both = if from.len() == to.len() {
        from.len()
    } else {
        1
    };
    let one = |(from, to): (&i64, &i64)| match to - from {
        forward if forward >= 0 => Ok(forward),
        _ if *from >= CAPACITY / 10 * 9 && *from < CAPACITY && *to <= CAPACITY / 10 => {
            Ok(CAPACITY - from + to)
        }
        _ => Err(Trouble::Backwards {
            from: *from,
            to: *to,
        }),
    };
    from.iter().zip(to).take(both).map(one).collect()
}

fn check_large(total: &Registers, length: i64, mean: Option<&Consumption>) -> Result<(), Trouble> {
    let used = total.first().copied().unwrap_or(0) / length.max(1);
    let most = match mean {
        Some(mean) => LARGE.max(mean.total.saturating_mul(LARGE_FACTOR)),
        None => LARGE_UNKNOWN,
    };
    match used <= most {
        true => Ok(()),
        false => Err(Trouble::Large { used }),
    }
}

/// Whether the days before are needed to judge what is known: for an estimate, or for a use that may be too large.
pub(super) fn needs_recent(opening: &Registers, last: Date, known: &Known) -> bool {
    let total = |registers: &Registers| registers.first().copied().unwrap_or(0);
    let missing = !known.readings.contains_key(&last);
    let mut at = total(opening);
    missing
        || known.readings.values().any(|registers| {
            let step = total(registers) - at;
            at = total(registers);
            step > LARGE
        })
}
