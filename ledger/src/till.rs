//! The terminal's own count of the notes in its cash box.

use std::collections::BTreeMap;

use crate::money::Money;

/// Notes by value, since the log began and since the box was last emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Till {
    /// The running collection period, counted from 1.
    pub(crate) period: u64,
    /// How many notes of each value since the log began.
    pub(crate) since_start: BTreeMap<Money, u64>,
    /// How many notes of each value since the last collection.
    pub(crate) since_collection: BTreeMap<Money, u64>,
    /// Collections not counted yet, with what they should hold.
    pub(crate) uncounted: BTreeMap<u64, Money>,
}

impl Default for Till {
    fn default() -> Till {
        Till {
            period: 1,
            since_start: BTreeMap::new(),
            since_collection: BTreeMap::new(),
            uncounted: BTreeMap::new(),
        }
    }
}

impl Till {
    /// The running collection period, counted from 1.
    pub fn period(&self) -> u64 {
        self.period
    }

    /// How many notes of each value are in the box, lowest value first.
    pub fn notes(&self) -> Vec<(Money, u64)> {
        self.since_collection
            .iter()
            .map(|(v, c)| (*v, *c))
            .collect()
    }

    /// How many notes of each value were ever taken, lowest value first.
    pub fn notes_ever(&self) -> Vec<(Money, u64)> {
        self.since_start.iter().map(|(v, c)| (*v, *c)).collect()
    }

    /// What the notes in the box are worth; `None` where that does not fit.
    pub fn total(&self) -> Option<Money> {
        total(&self.since_collection)
    }

    /// Collections that were not counted yet, with what they should hold.
    pub fn uncounted(&self) -> impl Iterator<Item = (u64, Money)> + '_ {
        self.uncounted
            .iter()
            .map(|(period, money)| (*period, *money))
    }

    /// With a note more; `None` where a count does not fit.
    pub(crate) fn with_note(mut self, value: Money) -> Option<Till> {
        for notes in [&mut self.since_start, &mut self.since_collection] {
            let count = notes.entry(value).or_default();
            *count = count.checked_add(1)?;
        }
        Some(self)
    }

    /// Emptied: the next period begins. `None` where a number does not fit.
    pub(crate) fn collected(mut self) -> Option<Till> {
        let worth = self.total()?;
        self.uncounted.insert(self.period, worth);
        self.since_collection.clear();
        self.period = self.period.checked_add(1)?;
        Some(self)
    }
}

fn total(notes: &BTreeMap<Money, u64>) -> Option<Money> {
    notes.iter().try_fold(Money::ZERO, |sum, (value, count)| {
        let worth = value.0.checked_mul(i64::try_from(*count).ok()?)?;
        sum.checked_add(Money(worth))
    })
}
