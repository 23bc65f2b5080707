//! Which days' and months' frozen values a reading gives, and which can only come from the meter's own memory. Pure.

use super::clock::{DAY, LocalSeconds, day_of, month_of, seconds_of};
use super::store::Period;
use crate::frame::wall_time::WallTime;

/// No outage is followed up for longer than this, in days.
pub(super) const LONGEST: i64 = 62;

/// What a reading means for the frozen values of its meter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Periods whose end the reading stands for.
    pub read: Vec<Period>,
    /// Periods that have gone by without a reading at their end, the oldest first.
    pub gone: Vec<Period>,
}

/// Judges a reading at `now`. `last` is the last day that anything is known of, `window` how long after midnight a reading
/// stands for the day before.
pub fn due(last: Option<i64>, now: LocalSeconds, window: LocalSeconds) -> Due {
    let today = day_of(now);
    let yesterday = today - 1;
    let first = match last {
        Some(last) => (last + 1).max(today - LONGEST),
        // A meter that is new has missed nothing.
        None => yesterday,
    };
    let in_time = now.rem_euclid(DAY) <= window;
    let mut due = Due::default();
    for day in first..=yesterday {
        let mut periods = vec![Period::Day(day)];
        periods.extend(month_that_ends(day));
        if day == yesterday && in_time {
            due.read.extend(periods);
        } else if last.is_some() {
            due.gone.extend(periods);
        }
    }
    due
}

/// The midnight at which a period ended, when meters make their own records of it.
pub fn day_after(period: Period) -> Option<LocalSeconds> {
    match period {
        Period::Day(day) => Some((day + 1) * DAY),
        Period::Month(month) => {
            let next = month + 1;
            let year = u16::try_from(next.div_euclid(12)).ok()?;
            let month = u8::try_from(next.rem_euclid(12) + 1).ok()?;
            WallTime::new(year, month, 1, 0, 0, 0).map(seconds_of)
        }
    }
}

/// The month whose last day this is.
fn month_that_ends(day: i64) -> Option<Period> {
    let month = month_of(day * DAY)?;
    (month_of((day + 1) * DAY)? != month).then_some(Period::Month(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: LocalSeconds = 3600;

    fn at(month: u8, day: u8, hour: u8) -> LocalSeconds {
        seconds_of(WallTime::new(2026, month, day, hour, 0, 0).unwrap())
    }

    fn day(month: u8, day: u8) -> i64 {
        day_of(at(month, day, 0))
    }

    #[test]
    fn the_first_reading_after_midnight_is_the_day_before() {
        let last = Some(day(11, 23));
        let found = due(last, at(11, 25, 0), WINDOW);
        assert_eq!(found.read, [Period::Day(day(11, 24))]);
        assert_eq!(found.gone, []);
        assert_eq!(
            due(Some(day(11, 24)), at(11, 25, 1), WINDOW),
            Due::default()
        );
    }

    #[test]
    fn a_month_ends_with_its_last_day() {
        let found = due(Some(day(11, 29)), at(12, 1, 0), WINDOW);
        let november = 2026 * 12 + 10;
        assert_eq!(
            found.read,
            [Period::Day(day(11, 30)), Period::Month(november)]
        );
    }

    #[test]
    fn a_reading_too_late_stands_for_nothing() {
        let found = due(Some(day(11, 23)), at(11, 25, 2), WINDOW);
        assert_eq!(found.read, []);
        assert_eq!(found.gone, [Period::Day(day(11, 24))]);
    }

    #[test]
    fn after_an_outage_the_days_between_are_gone_and_the_last_is_read() {
        let found = due(Some(day(11, 29)), at(12, 3, 1), WINDOW);
        assert_eq!(found.read, [Period::Day(day(12, 2))]);
        assert_eq!(
            found.gone,
            [
                Period::Day(day(11, 30)),
                Period::Month(2026 * 12 + 10),
                Period::Day(day(12, 1))
            ]
        );
    }

    #[test]
    fn a_period_ends_at_the_midnight_after_it() {
        assert_eq!(day_after(Period::Month(2025 * 12 + 11)), Some(at(1, 1, 0)));
        assert_eq!(day_after(Period::Day(day(2, 28))), Some(at(3, 1, 0)));
    }

    #[test]
    fn a_new_meter_has_missed_nothing_and_no_outage_is_endless() {
        assert_eq!(due(None, at(11, 25, 12), WINDOW), Due::default());
        let long = due(Some(day(1, 1)), at(11, 25, 12), WINDOW);
        let days = long
            .gone
            .iter()
            .filter(|gone| matches!(gone, Period::Day(_)));
        assert_eq!(days.count(), 62);
    }
}
