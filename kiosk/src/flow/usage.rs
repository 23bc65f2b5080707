//! What a meter told of its use: by months, by days, and how long its money lasts. Pure: readings and the time of day in, figures out.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use meterpost_bus::meter::Settlements;
use meterpost_ledger::bulletin::tariffs::TariffPeriod;

/// Fewer days tell nothing of how much is used in one.
const FEW_DAYS: i32 = 7;
/// Money that lasts longer than this has no day on the screen: it would be a guess.
const LONGEST_DAYS: u64 = 365;
/// The middle of a month that begins on its settlement day.
const HALF: i64 = 15;

/// A meter's use between its settlement days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MeterUse {
    today: Date,
    /// It settles on the first of the month.
    calendar: bool,
    /// The running period first.
    periods: Vec<Period>,
    /// The oldest one is the meter's first.
    since_new: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    begins: Date,
    /// In hundredths of a unit.
    used: u64,
}

impl MeterUse {
    /// From the totals that the meter kept, read at this moment by the terminal's clock. `None` where they tell no months.
    pub(super) fn new(read: &Settlements, at: DateTime) -> Option<MeterUse> {
        let day = i8::try_from(read.day).ok().filter(|day| *day <= 28)?;
        let hour = i8::try_from(read.hour).ok().filter(|hour| *hour < 24)?;
        let this = Date::new(at.year(), at.month(), day).ok()?;
        let last = match at >= this.at(hour, 0, 0, 0) {
            true => this,
            false => this.checked_sub(1.month()).ok()?,
        };
        let totals = std::iter::once(read.now).chain(read.totals.iter().copied());
        let totals: Vec<u64> = totals
            .map_while(|total| u64::try_from(total.value).ok())
            .collect();
        let mut periods = Vec::new();
        let mut since_new = false;
        for (back, pair) in (0_i64..).zip(totals.windows(2)) {
            let used = pair[0].checked_sub(pair[1]);
            let begins = last.checked_sub(back.months());
            let (Some(used), Ok(begins)) = (used, begins) else {
                break;
            };
            periods.push(Period { begins, used });
            // Places that were never filled are nought as well: before the first use there is nothing to tell.
            if pair[1] == 0 {
                since_new = true;
                break;
            }
        }
        (!periods.is_empty()).then(|| MeterUse {
            today: at.date(),
            calendar: day == 1,
            periods,
            since_new,
        })
    }

    /// The months with their use in hundredths of a unit, the oldest first, the running one last; none where only that is known. A month
    /// is named by its middle.
    pub(super) fn months(&self) -> Vec<(u8, u64)> {
        if self.periods.len() < 2 {
            return Vec::new();
        }
        let named = |period: &Period| {
            let middle = period.begins.saturating_add(HALF.days());
            (u8::try_from(middle.month()).unwrap_or(0), period.used)
        };
        self.periods.iter().rev().map(named).collect()
    }

    /// What was used in the tariff's period so far, in thousandths of a unit; `None` where the totals do not reach back to its beginning.
    pub(super) fn used_in(&self, period: TariffPeriod) -> Option<u64> {
        let hundredths = match period {
            TariffPeriod::Month => self.periods.first()?.used,
            TariffPeriod::Year => {
                let year = self.today.year();
                let this_year = |period: &&Period| period.begins.year() == year;
                let mine: Vec<&Period> = self.periods.iter().take_while(this_year).collect();
                let whole = mine.last().is_some_and(|first| first.begins.month() == 1);
                if !self.calendar || !(whole || self.since_new) {
                    return None;
                }
                mine.iter().map(|period| period.used).sum()
            }
        };
        hundredths.checked_mul(10)
    }

    /// The day until which so much lasts, in thousandths of a unit, by the use of this month and the last one. `None` where it is not known
    /// or too far away. With `within`, the answer holds only within that period of the tariff: behind it, its steps begin anew.
    pub(super) fn lasts_until(
        &self,
        thousandths: u64,
        within: Option<TariffPeriod>,
    ) -> Option<Date> {
        let recent = self.periods.get(1).or(self.periods.first())?;
        let days = (self.today - recent.begins).get_days();
        let used: u64 = self.periods.iter().take(2).map(|period| period.used).sum();
        if days < FEW_DAYS || used == 0 {
            return None;
        }
        let days = u64::try_from(days).ok()?;
        let left = thousandths.checked_mul(days)? / used.checked_mul(10)?;
        if left > LONGEST_DAYS {
            return None;
        }
        let left = i64::try_from(left).ok()?;
        let until = self.today.checked_add(left.days()).ok()?;
        let ends = match within {
            None => return Some(until),
            Some(TariffPeriod::Month) => self.periods.first()?.begins.checked_add(1.month()),
            Some(TariffPeriod::Year) => Date::new(self.today.year(), 12, 31),
        };
        ends.is_ok_and(|ends| until <= ends).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use meterpost_bus::meter::Decimal;
    use proptest::prelude::*;

    use super::*;

    fn settled(day: u8, totals: &[i64]) -> Settlements {
        let kwh = |value: i64| Decimal { value, places: 2 };
        Settlements {
            day,
            hour: 0,
            now: kwh(totals[0]),
            totals: totals[1..].iter().copied().map(kwh).collect(),
        }
    }

    /// On 26 November at noon.
    fn read(day: u8, totals: &[i64]) -> Option<MeterUse> {
        MeterUse::new(&settled(day, totals), date(2026, 11, 26).at(12, 0, 0, 0))
    }

    #[test]
    fn months_are_the_differences_of_what_was_settled() {
        let meter = read(1, &[75_264, 69_630, 59_420, 50_180]).unwrap();
        assert_eq!(meter.months(), [(9, 9_240), (10, 10_210), (11, 5_634)]);
        assert_eq!(meter.used_in(TariffPeriod::Month), Some(56_340));
        // The totals begin in September, the year in January.
        assert_eq!(meter.used_in(TariffPeriod::Year), None);
    }

    #[test]
    fn a_year_is_known_when_january_is_or_the_meter_is_new() {
        let totals: Vec<i64> = (0..12).map(|back| 12_000 - 1_000 * back).collect();
        let meter = read(1, &totals).unwrap();
        assert_eq!(meter.months().len(), 11);
        assert_eq!(meter.used_in(TariffPeriod::Year), Some(110_000));
        let new = read(1, &[3_000, 2_000, 0, 0, 0]).unwrap();
        assert_eq!(new.months(), [(10, 2_000), (11, 1_000)]);
        assert_eq!(new.used_in(TariffPeriod::Year), Some(30_000));
        let other_day = read(20, &totals).unwrap();
        assert_eq!(other_day.used_in(TariffPeriod::Year), None);
    }

    #[test]
    fn a_period_is_named_by_its_middle() {
        // From 20 November on: the running period is mostly December's, the one before it November's.
        assert_eq!(
            read(20, &[300, 200, 100]).unwrap().months(),
            [(11, 100), (12, 100)]
        );
        // Before the settlement hour of the day the last period still runs.
        let early = Settlements {
            hour: 13,
            ..settled(26, &[300, 200, 100])
        };
        let at = date(2026, 11, 26).at(12, 0, 0, 0);
        let months = MeterUse::new(&early, at).unwrap().months();
        assert_eq!(months, [(10, 100), (11, 100)]);
    }

    #[test]
    fn what_cannot_be_is_not_told() {
        assert_eq!(read(1, &[75_264]), None);
        assert_eq!(read(1, &[100, 200]), None);
        assert_eq!(read(31, &[300, 200]), None);
        assert_eq!(read(0, &[300, 200]), None);
        // A register that ran backwards: what lies before is of another meter.
        let meter = read(1, &[300, 200, 100, 900]).unwrap();
        assert_eq!(meter.months(), [(10, 100), (11, 100)]);
        let only_this_month = read(1, &[300, 200]).unwrap();
        assert_eq!(only_this_month.months(), []);
    }

    #[test]
    fn money_lasts_as_long_as_the_recent_use_lets_it() {
        // 56 kWh in 56 days: October and November so far.
        let meter = read(1, &[75_600, 73_000, 70_000]).unwrap();
        assert_eq!(meter.lasts_until(10_000, None), Some(date(2026, 12, 6)));
        assert_eq!(meter.lasts_until(0, None), Some(date(2026, 11, 26)));
        assert_eq!(meter.lasts_until(400_000, None), None);
        assert_eq!(meter.lasts_until(10_000, Some(TariffPeriod::Month)), None);
        let soon = meter.lasts_until(4_000, Some(TariffPeriod::Month));
        assert_eq!(soon, Some(date(2026, 11, 30)));
        assert!(
            meter
                .lasts_until(10_000, Some(TariffPeriod::Year))
                .is_some()
        );
        assert_eq!(meter.lasts_until(60_000, Some(TariffPeriod::Year)), None);
        let unused = read(1, &[70_000, 70_000, 70_000]).unwrap();
        assert_eq!(unused.lasts_until(10_000, None), None);
        let too_early = MeterUse::new(&settled(1, &[300, 200]), date(2026, 11, 5).at(0, 0, 0, 0));
        assert_eq!(too_early.unwrap().lasts_until(10_000, None), None);
    }

    proptest! {
        #[test]
        fn no_totals_make_it_panic(
            day in any::<u8>(), hour in any::<u8>(),
            totals in proptest::collection::vec(any::<i64>(), 1..14),
            thousandths in any::<u64>(),
        ) {
            let read = Settlements { hour, ..settled(day, &totals) };
            if let Some(meter) = MeterUse::new(&read, date(2026, 3, 31).at(23, 59, 59, 0)) {
                let _ = (meter.months(), meter.lasts_until(thousandths, None));
                let _ = (meter.used_in(TariffPeriod::Year), meter.used_in(TariffPeriod::Month));
            }
        }
    }
}
