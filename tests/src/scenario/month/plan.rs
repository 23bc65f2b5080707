//! Which days there are, and what happens on them.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::scenario::Failure;

/// The days of a play: the last ones of a month.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The first day.
    pub first: Date,
    /// The last one, which is the month's.
    pub last: Date,
    /// How many households there are.
    pub households: usize,
}

/// What is special about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A clerk takes money for the wrong account.
    WrongAccount,
    /// The clerk sees it, asks for it back, and another person agrees.
    Corrected,
    /// The last concentrator loses its power.
    ConcentratorFails,
    /// It comes back.
    ConcentratorBack,
    /// Residents top up their water meters at the terminal.
    AtTheTerminal,
}

impl Plan {
    /// The last `days` of the month before this day; all of it where it has no more.
    ///
    /// # Errors
    /// When there are too few days for what happens, or households for it to happen to.
    pub fn before(today: Date, days: Option<i32>, households: usize) -> Result<Plan, Failure> {
        let last = before(today.first_of_month());
        let all = i32::from(last.days_in_month());
        let days = days.unwrap_or(all).min(all);
        if days < 6 || !(4..=1_000).contains(&households) {
            return Err(Failure::new(
                "a play needs at least 6 days, and 4 to 1000 households",
            ));
        }
        Ok(Plan {
            first: last.saturating_sub((days - 1).days()),
            last,
            households,
        })
    }

    /// The day before the first one.
    pub fn eve(&self) -> Date {
        before(self.first)
    }

    /// What happens on a day.
    pub fn happenings(&self, day: Date) -> Vec<Happening> {
        let gone = |to: Date| (to - self.first).get_days();
        let (now, days) = (gone(day), gone(self.last) + 1);
        let fails = days / 2 - 1;
        let back = fails + if days > 14 { 3 } else { 1 };
        let mut all = Vec::new();
        for (at, happening) in [
            (1, Happening::WrongAccount),
            (2, Happening::Corrected),
            (fails, Happening::ConcentratorFails),
            (back, Happening::ConcentratorBack),
        ] {
            if now == at {
                all.push(happening);
            }
        }
        if now % 7 == 3 {
            all.push(Happening::AtTheTerminal);
        }
        all
    }
}

/// The next day.
pub fn after(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// The day before.
pub fn before(day: Date) -> Date {
    day.saturating_sub(1.day())
}

/// A day by its number.
pub fn number(day: Date) -> i32 {
    (day - jiff::civil::date(2000, 1, 1)).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn everything_happens_in_order_in_a_short_play_and_in_a_whole_month() {
        for days in [Some(6), Some(14), None] {
            let plan = Plan::before(date(2026, 11, 26), days, 200).unwrap();
            assert_eq!(plan.last, date(2026, 10, 31));
            let mut all = Vec::new();
            let mut day = plan.first;
            while day <= plan.last {
                all.extend(plan.happenings(day).into_iter().map(|what| (what, day)));
                day = after(day);
            }
            let day_of = |what| {
                let found = all.iter().find(|(one, _)| *one == what);
                found.unwrap_or_else(|| panic!("{what:?} of {days:?}")).1
            };
            assert!(day_of(Happening::WrongAccount) < day_of(Happening::Corrected));
            let (fails, back) = (
                day_of(Happening::ConcentratorFails),
                day_of(Happening::ConcentratorBack),
            );
            assert!(fails < back && back < plan.last, "{days:?}");
            day_of(Happening::AtTheTerminal);
        }
        assert_eq!(
            Plan::before(date(2026, 11, 26), None, 200).unwrap().first,
            date(2026, 10, 1)
        );
        assert!(Plan::before(date(2026, 11, 26), Some(5), 200).is_err());
    }
}
