//! What registers tell, and what they do not.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::days::*;
use crate::tariff::Consumption;

fn day(n: i8) -> Date {
    date(2026, 3, n)
}

fn known(readings: &[(i8, &[i64])]) -> Known {
    Known {
        readings: readings
            .iter()
            .map(|(n, registers)| (day(*n), registers.to_vec()))
            .collect(),
        recent: vec![Consumption {
            total: 50,
            rates: Vec::new(),
        }],
        ..Known::default()
    }
}

fn told(used: &[Used]) -> Vec<(i8, i64, Basis)> {
    let one = |used: &Used| (used.day.day(), used.consumption.total, used.basis);
    used.iter().map(one).collect()
}

#[test]
fn a_day_uses_what_its_register_gained() {
    let known = known(&[(1, &[150, 100, 50]), (2, &[170, 105, 65])]);
    let (days, trouble) = used(&vec![100, 80, 20], (day(1), day(2)), &known);
    assert_eq!(
        (told(&days), trouble),
        (vec![(1, 50, Basis::Read), (2, 20, Basis::Read)], None)
    );
    assert_eq!(days[0].consumption.rates, [20, 30]);
    assert_eq!(days[1].consumption.rates, [5, 15]);
}

#[test]
fn days_between_two_readings_share_what_was_used_and_later_ones_are_estimated() {
    let known = known(&[(3, &[110])]);
    let (days, trouble) = used(&vec![0], (day(1), day(5)), &known);
    let expected = vec![
        (1, 36, Basis::Split),
        (2, 37, Basis::Split),
        (3, 37, Basis::Split),
        (4, 50, Basis::Estimated),
        (5, 50, Basis::Estimated),
    ];
    assert_eq!((told(&days), trouble), (expected, None));
    assert_eq!(days[2].after, [110]);
    assert_eq!(days[4].after, [210]);
}

#[test]
fn a_register_that_begins_anew_goes_on() {
    let known = known(&[(1, &[25])]);
    let (days, trouble) = used(&vec![CAPACITY - 75], (day(1), day(1)), &known);
    assert_eq!((told(&days), trouble), (vec![(1, 100, Basis::Read)], None));
}

#[test]
fn a_register_that_runs_backwards_stops_the_meter_there() {
    let known = known(&[(1, &[110]), (2, &[90]), (3, &[120])]);
    let (days, trouble) = used(&vec![100], (day(1), day(3)), &known);
    assert_eq!(told(&days), [(1, 10, Basis::Read)]);
    assert_eq!(
        trouble,
        Some((day(2), Trouble::Backwards { from: 110, to: 90 }))
    );
}

#[test]
fn a_changed_register_counts_what_both_counted() {
    let mut known = known(&[(1, &[110]), (3, &[7])]);
    let change = Change {
        last: vec![130],
        first: vec![2],
    };
    known.changes.insert(day(2), change);
    let (days, trouble) = used(&vec![100], (day(1), day(3)), &known);
    let expected = vec![
        (1, 10, Basis::Read),
        (2, 12, Basis::Split),
        (3, 13, Basis::Split),
    ];
    assert_eq!((told(&days), trouble), (expected, None));
}

#[test]
fn a_use_that_nobody_believes_waits_for_a_persons_word() {
    let mut known = known(&[(1, &[LARGE + 101])]);
    let (days, trouble) = used(&vec![100], (day(1), day(1)), &known);
    assert_eq!(
        (days.len(), trouble),
        (0, Some((day(1), Trouble::Large { used: LARGE + 1 })))
    );
    let right = vec![LARGE + 101];
    known.changes.insert(
        day(1),
        Change {
            last: right.clone(),
            first: right,
        },
    );
    let (days, trouble) = used(&vec![100], (day(1), day(1)), &known);
    assert_eq!(
        (told(&days), trouble),
        (vec![(1, LARGE + 1, Basis::Read)], None)
    );
}

#[test]
fn nothing_is_estimated_from_nothing_or_for_ever() {
    let mut known = known(&[]);
    let month = (day(1), day(31));
    assert_eq!(used(&vec![0], month, &known).0.len(), 31);
    let longer = used(&vec![0], (day(1), date(2026, 4, 1)), &known);
    assert_eq!(longer, (vec![], Some((day(1), Trouble::Silent))));
    known.recent.clear();
    assert_eq!(
        used(&vec![0], month, &known).1,
        Some((day(1), Trouble::NoHistory))
    );
}

#[test]
fn a_meter_that_tells_its_rates_no_more_is_known_by_its_total() {
    let known = known(&[(1, &[150])]);
    let (days, _) = used(&vec![100, 80, 20], (day(1), day(1)), &known);
    assert_eq!(
        (days[0].consumption.total, days[0].consumption.rates.len()),
        (50, 0)
    );
}

#[test]
fn an_estimate_is_the_mean_of_the_last_days_that_were_read_by_rate_where_they_tell_rates() {
    let day_of = |total, rates: &[i64]| Consumption {
        total,
        rates: rates.to_vec(),
    };
    let estimate = |recent: &[Consumption]| {
        let known = Known {
            recent: recent.to_vec(),
            ..Known::default()
        };
        let (days, _) = used(&vec![0, 0, 0], (day(1), day(1)), &known);
        days.first().map(|day| day.consumption.clone())
    };
    let both = estimate(&[day_of(30, &[10, 20]), day_of(50, &[20, 30])]);
    assert_eq!(both, Some(day_of(40, &[15, 25])));
    let mixed = estimate(&[day_of(30, &[10, 20]), day_of(50, &[])]);
    assert_eq!(mixed, Some(day_of(40, &[])));
    // An eighth day back does not count.
    let mut recent = vec![day_of(9000, &[])];
    recent.extend(vec![day_of(10, &[]); 7]);
    assert_eq!(estimate(&recent), Some(day_of(10, &[])));
    // Days that were read since count as well.
    let mut known = known(&[(1, &[110])]);
    known.recent.clear();
    let (days, _) = used(&vec![100], (day(1), day(2)), &known);
    assert_eq!(
        told(&days),
        [(1, 10, Basis::Read), (2, 10, Basis::Estimated)]
    );
}

proptest! {
    #[test]
    fn whatever_is_missing_the_days_up_to_the_last_reading_use_what_the_register_gained(
        steps in prop::collection::vec((0_i64..20_000, any::<bool>()), 1..31),
    ) {
        let (mut at, mut readings, mut last) = (500, BTreeMap::new(), None);
        for (n, (step, read)) in (1_i8..).zip(&steps) {
            at += step;
            if *read {
                readings.insert(day(n), vec![at]);
                last = Some((day(n), at));
            }
        }
        let known = Known { readings, recent: vec![Consumption { total: 5, rates: Vec::new() }], ..Known::default() };
        let until = day(i8::try_from(steps.len()).unwrap());
        let (days, trouble) = used(&vec![500], (day(1), until), &known);
        prop_assert_eq!(trouble, None);
        prop_assert_eq!(days.len(), steps.len());
        if let Some((last, register)) = last {
            let sum: i64 = days.iter().filter(|used| used.day <= last).map(|used| used.consumption.total).sum();
            prop_assert_eq!(sum, register - 500);
        }
        for pair in days.windows(2) {
            prop_assert_eq!(&pair[0].after, &pair[1].before);
        }
    }
}
