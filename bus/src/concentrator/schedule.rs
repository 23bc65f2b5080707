//! Which meter of a wire is read next, and when. Pure: time goes in, the next job comes out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::{DAY, LocalSeconds};

/// When cycles begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// Every so many seconds, counted from midnight.
    Every(LocalSeconds),
    /// At these seconds of the day, ascending.
    At(Vec<LocalSeconds>),
}

impl Cycle {
    /// The last beginning of a cycle that is not after `now`. Midnight always begins one: its readings are the day's freeze.
    pub fn began(&self, now: LocalSeconds) -> LocalSeconds {
        let midnight = now.div_euclid(DAY) * DAY;
        let into = now - midnight;
        let last = match self {
            Cycle::Every(seconds) => into - into.rem_euclid((*seconds).max(1)),
            Cycle::At(times) => times
                .iter()
                .copied()
                .filter(|time| *time <= into)
                .max()
                .unwrap_or(0),
        };
        midnight + last
    }

    /// The first beginning of a cycle after `now`.
    pub fn next(&self, now: LocalSeconds) -> LocalSeconds {
        let midnight = now.div_euclid(DAY) * DAY;
        let into = now - midnight;
        let next = match self {
            Cycle::Every(seconds) => {
                let seconds = (*seconds).max(1);
                into - into.rem_euclid(seconds) + seconds
            }
            Cycle::At(times) => times
                .iter()
                .copied()
                .filter(|time| *time > into)
                .min()
                .unwrap_or(DAY),
        };
        midnight + next.min(DAY)
    }
}

/// Cycles without an answer after which a meter counts as lost.
pub const LOST_AFTER: u32 = 2;
/// A lost meter is asked at least every so many cycles.
pub const MOST_SKIPPED: u32 = 15;

/// What is known of a meter's answers. Stored, so that a restart neither forgets a silent meter nor tells of it twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Attempts without an answer since the last answer.
    pub failures: u32,
    /// Cycles in which it is left out before it is asked again.
    pub skip: u32,
    /// The cycle it was last asked in.
    pub asked: LocalSeconds,
    /// The cycle it last answered in.
    pub answered: Option<LocalSeconds>,
}

impl Answers {
    /// Whether it has answered in the cycle that began then.
    fn are_of(&self, began: LocalSeconds) -> bool {
        self.asked == began && self.answered == Some(began)
    }

    /// Whether it counts as lost.
    pub fn lost(&self) -> bool {
        self.failures >= LOST_AFTER
    }
}

/// A change in what is known of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing to tell.
    None,
    /// It does not answer any more.
    Lost,
    /// It answers again.
    Back,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Read this point.
    Read(u16),
    /// Nothing before this time, when the next cycle begins.
    Wait(LocalSeconds),
}

/// The plan of one wire.
#[derive(Debug)]
pub struct Schedule {
    cycle: Cycle,
    meters: BTreeMap<u16, Answers>,
    /// The beginning of the cycle that is under way or was the last.
    current: Option<LocalSeconds>,
    /// Points of this cycle that are still to be asked, the last first.
    left: Vec<u16>,
}

impl Schedule {
    /// A plan without meters.
    pub fn new(cycle: Cycle) -> Self {
        Schedule {
            cycle,
            meters: BTreeMap::new(),
            current: None,
            left: Vec::new(),
        }
    }

    /// Changes when cycles begin. One that is under way goes on.
    pub fn set_cycle(&mut self, cycle: Cycle) {
        self.cycle = cycle;
    }

    /// Sets the meters. What is known of those that stay is kept; `known` has the rest. Who is new is read in the cycle that has begun, behind
    /// all others: whoever hangs up a meter wants to see it answer.
    pub fn set_meters(
        &mut self,
        points: impl IntoIterator<Item = u16>,
        known: impl Fn(u16) -> Option<Answers>,
    ) {
        let mut meters = BTreeMap::new();
        for point in points {
            let answers = match self.meters.get(&point) {
                Some(answers) => *answers,
                None => {
                    let answers = known(point).unwrap_or_default();
                    if self.current.is_some_and(|began| !answers.are_of(began)) {
                        self.left.insert(0, point);
                    }
                    answers
                }
            };
            meters.insert(point, answers);
        }
        self.left.retain(|point| meters.contains_key(point));
        self.meters = meters;
    }

    /// What to do at `now`. A cycle that takes longer than its interval is finished first; those it has swallowed are left out.
    pub fn next(&mut self, now: LocalSeconds) -> Next {
        if self.left.is_empty() {
            let began = self.cycle.began(now);
            // A clock set back must not start a cycle that has been: it waits for its next beginning.
            if self
                .current
                .is_none_or(|current| began > current || began < current - DAY)
            {
                self.begin(began);
            }
        }
        match self.left.pop() {
            Some(point) => Next::Read(point),
            None => Next::Wait(self.cycle.next(now)),
        }
    }

    fn begin(&mut self, began: LocalSeconds) {
        self.current = Some(began);
        let midnight = began.rem_euclid(DAY) == 0;
        for (point, answers) in self.meters.iter_mut().rev() {
            // Asked in this very cycle before a restart: not again. A day's freeze is worth an attempt at every meter.
            if answers.are_of(began) {
                continue;
            }
            if answers.skip > 0 && !midnight {
                answers.skip -= 1;
                continue;
            }
            self.left.push(*point);
        }
    }

    /// A meter could not be asked, for the wire was not there: it stays the next.
    pub fn put_back(&mut self, point: u16) {
        if self.meters.contains_key(&point) {
            self.left.push(point);
        }
    }

    /// Tells what became of a reading: `answered` or not.
    pub fn done(&mut self, point: u16, answered: bool) -> Change {
        let began = self.current.unwrap_or(0);
        let Some(answers) = self.meters.get_mut(&point) else {
            return Change::None;
        };
        let was_lost = answers.lost();
        answers.asked = began;
        if answered {
            answers.failures = 0;
            answers.skip = 0;
            answers.answered = Some(began);
        } else {
            answers.failures = answers.failures.saturating_add(1);
            let doubled = answers.failures.saturating_sub(LOST_AFTER).min(8);
            answers.skip = if answers.lost() {
                (2u32.pow(doubled)).min(MOST_SKIPPED)
            } else {
                0
            };
        }
        match (was_lost, answers.lost()) {
            (false, true) => Change::Lost,
            (true, false) => Change::Back,
            _ => Change::None,
        }
    }

    /// The cycle that is under way or was the last.
    pub fn current(&self) -> Option<LocalSeconds> {
        self.current
    }

    /// How many meters of this cycle are still to be asked.
    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// What is known of a meter.
    pub fn answers(&self, point: u16) -> Option<Answers> {
        self.meters.get(&point).copied()
    }

    /// All meters.
    pub fn meters(&self) -> impl Iterator<Item = (u16, Answers)> {
        self.meters
            .iter()
            .map(|(point, answers)| (*point, *answers))
    }
}

#[cfg(test)]
mod tests;
