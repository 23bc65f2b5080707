//! What a night was, what it means, and what follows for an alarm. Pure.
//!
//! A **leak** is found by the minimum night flow (method: Water 2024, 16(24), 3642, there of a district), here of one meter: where somebody
//! still uses nothing for a while each night, a flow that never stops is no use. Quantities are 1/10000 of the unit.
//!
//! | alarm | seen | what follows |
//! |---|---|---|
//! | not raised | above | raised |
//! | not raised | within, not known, not watched | nothing |
//! | raised | within, not watched | ended |
//! | raised | above, not known | nothing: it goes on |

use jiff::Timestamp;

/// Least minutes between two readings that a flow is told from: a register's smallest step would be a large flow otherwise.
const LEAST: i64 = 60;

/// A meter's night, as far as readings tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// The smallest flow between two readings at least an hour apart, in 1/10000 unit an hour.
    pub least: i64,
    /// What was used between the first and the last reading, in 1/10000 unit.
    pub used: i64,
}

/// What was seen of what an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Above its bound.
    Above,
    /// Not above it.
    Within,
    /// The readings do not tell.
    NotKnown,
    /// Nobody wants to know (any more).
    NotWatched,
}

/// What follows for an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It stays as it is.
    Nothing,
    /// It begins.
    Raise,
    /// It is over.
    End,
}

/// The table.
pub fn step(raised: bool, seen: Seen) -> Step {
    match (raised, seen) {
        (false, Seen::Above) => Step::Raise,
        (true, Seen::Within | Seen::NotWatched) => Step::End,
        (false, Seen::Within | Seen::NotKnown | Seen::NotWatched)
        | (true, Seen::Above | Seen::NotKnown) => Step::Nothing,
    }
}

/// The night from its readings within it, by their time. `None` where they do not tell: fewer than two, less than half of the night between
/// the first and the last one, or a register that runs backwards.
pub fn night(readings: &[(Timestamp, i64)], (from, to): (Timestamp, Timestamp)) -> Option<Night> {
    let within: Vec<_> = readings
        .iter()
        .filter(|(at, _)| (from..=to).contains(at))
        .copied()
        .collect();
    let (first, last) = (within.first()?, within.last()?);
    let covered = minutes(first.0, last.0);
    let backwards = within
        .windows(2)
        .any(|two| matches!(two, [a, b] if b.1 < a.1));
    if covered < LEAST || covered * 2 < minutes(from, to) || backwards {
        return None;
    }
    let mut least: Option<i64> = None;
    let mut begin = *first;
    for at in &within {
        let length = minutes(begin.0, at.0);
        // What is left at the end belongs to the last interval, or an hour would be told from less.
        let is_last = minutes(at.0, last.0) < LEAST;
        if length < LEAST || (is_last && at.0 != last.0) {
            continue;
        }
        let flow = (at.1 - begin.1).saturating_mul(60) / length;
        least = Some(least.map_or(flow, |least| least.min(flow)));
        begin = *at;
    }
    Some(Night {
        least: least?,
        used: last.1 - first.1,
    })
}

fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    from.duration_until(to).as_mins()
}

/// Whether the meter leaks, from its last nights: in each of them the smallest flow was above the bound. One night that was not is enough
/// to know that it does not.
pub fn leak(nights: &[Option<Night>], bound: i64) -> Seen {
    let mut known = nights.iter().flatten();
    if known.any(|night| night.least <= bound) {
        return Seen::Within;
    }
    match !nights.is_empty() && nights.iter().all(Option::is_some) {
        true => Seen::Above,
        false => Seen::NotKnown,
    }
}

/// Whether more was used in the last night than the bound.
pub fn night_use(night: Option<Night>, bound: i64) -> Seen {
    match night {
        None => Seen::NotKnown,
        Some(night) if night.used > bound => Seen::Above,
        Some(_) => Seen::Within,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(hour: i8, minute: i8) -> Timestamp {
        let local = date(2026, 3, 5).at(hour, minute, 0, 0);
        crate::zones::moment(&jiff::tz::TimeZone::UTC, local)
    }

    fn window() -> (Timestamp, Timestamp) {
        (at(2, 0), at(5, 0))
    }

    #[test]
    fn what_is_above_its_bound_is_raised() {
        assert_eq!(step(false, Seen::Above), Step::Raise);
    }

    #[test]
    fn what_is_not_raised_stays_so_where_it_is_within_not_known_or_not_watched() {
        for seen in [Seen::Within, Seen::NotKnown, Seen::NotWatched] {
            assert_eq!(step(false, seen), Step::Nothing);
        }
    }

    #[test]
    fn what_is_within_again_or_not_watched_any_more_is_over() {
        assert_eq!(step(true, Seen::Within), Step::End);
        assert_eq!(step(true, Seen::NotWatched), Step::End);
    }

    #[test]
    fn what_is_still_above_or_not_known_goes_on_and_is_not_raised_twice() {
        assert_eq!(step(true, Seen::Above), Step::Nothing);
        assert_eq!(step(true, Seen::NotKnown), Step::Nothing);
    }

    #[test]
    fn the_smallest_flow_is_that_of_the_quietest_hour() {
        // 0.02 m3 in the first hour, 0.005 in the second, 0.03 in the third.
        let readings = [
            (at(1, 0), 0),
            (at(2, 0), 1000),
            (at(3, 0), 1200),
            (at(4, 0), 1250),
            (at(5, 0), 1550),
            (at(6, 0), 9000),
        ];
        let expected = Night {
            least: 50,
            used: 550,
        };
        assert_eq!(night(&readings, window()), Some(expected));
    }

    #[test]
    fn readings_closer_than_an_hour_are_taken_together() {
        let quarters: Vec<_> = (0..=12_i8)
            .map(|n| {
                let register = if n < 6 { 0 } else { 100 };
                (at(2 + n / 4, n % 4 * 15), register)
            })
            .collect();
        // 2–3: 0, 3–4: 100, 4–5: 0.
        let expected = Night {
            least: 0,
            used: 100,
        };
        assert_eq!(night(&quarters, window()), Some(expected));
        // What is left over, here half an hour, belongs to the interval before it: 30 in an hour and a half.
        let odd = [
            (at(2, 0), 0),
            (at(3, 0), 60),
            (at(4, 0), 60),
            (at(4, 30), 90),
        ];
        let expected = Night {
            least: 20,
            used: 90,
        };
        assert_eq!(night(&odd, window()), Some(expected));
    }

    #[test]
    fn too_few_readings_tell_nothing() {
        let daily = [(at(0, 0), 0), (at(23, 0), 5000)];
        assert_eq!(night(&daily, window()), None);
        assert_eq!(night(&[], window()), None);
        let one = [(at(3, 0), 10)];
        assert_eq!(night(&one, window()), None);
        // An hour of three.
        let short = [(at(2, 0), 10), (at(3, 0), 20)];
        assert_eq!(night(&short, window()), None);
        let changed = [(at(2, 0), 100), (at(3, 30), 0), (at(5, 0), 10)];
        assert_eq!(night(&changed, window()), None);
    }

    #[test]
    fn a_leak_is_known_when_every_night_is_above_and_refuted_by_one_that_is_not() {
        let flow = |least| Some(Night { least, used: 100 });
        assert_eq!(leak(&[flow(50), flow(60), flow(51)], 49), Seen::Above);
        assert_eq!(leak(&[flow(50), flow(49), flow(51)], 49), Seen::Within);
        assert_eq!(leak(&[None, flow(0)], 0), Seen::Within);
        assert_eq!(leak(&[flow(50), None, flow(51)], 49), Seen::NotKnown);
        assert_eq!(leak(&[], 0), Seen::NotKnown);
    }

    #[test]
    fn use_by_night_is_of_the_last_night_alone() {
        let used = |used| Some(Night { least: 0, used });
        assert_eq!(night_use(used(101), 100), Seen::Above);
        assert_eq!(night_use(used(100), 100), Seen::Within);
        assert_eq!(night_use(None, 100), Seen::NotKnown);
    }
}
