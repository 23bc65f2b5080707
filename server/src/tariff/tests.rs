//! Rules that hold for every tariff and every consumption.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

fn tiers() -> impl Strategy<Value = Vec<Tier>> {
    let step = (1_i64..500_000, 0_i64..50_000, 0_i64..2_000_000);
    (prop::collection::vec(step, 0..4), 0_i64..3_000_000).prop_map(|(steps, last)| {
        let (mut upto, mut extra) = (0, 0);
        let mut tiers: Vec<Tier> = steps
            .into_iter()
            .map(|(width, wider, price)| {
                upto += width;
                extra += wider;
                Tier {
                    upto: Some(upto),
                    extra,
                    price,
                }
            })
            .collect();
        tiers.push(Tier {
            upto: None,
            extra: 0,
            price: last,
        });
        tiers
    })
}

fn rates() -> impl Strategy<Value = Vec<Rate>> {
    let rate = |name: &str, register, delta, hours: &str, share| Rate {
        name: name.to_owned(),
        register,
        delta,
        hours: vec![hours.parse().expect("hours")],
        share: Some(share),
    };
    prop_oneof![
        Just(Vec::new()),
        (0_i64..500_000, 0_i64..500_000, 0_u16..=1000).prop_map(move |(peak, valley, share)| {
            vec![
                rate("peak", 1, peak, "08:00-22:00", share),
                rate("valley", 2, valley, "22:00-08:00", 1000 - share),
            ]
        }),
    ]
}

prop_compose! {
    fn tariff()(
        tiers in tiers(),
        rates in rates(),
        year in any::<bool>(),
        fixed in 0_i64..5_000,
        surcharge in 0_i64..100_000,
        tax in prop::option::of((1_u16..=10_000, any::<bool>())),
    ) -> Tariff {
        Tariff {
            utility: Utility::Electricity,
            unit: Unit::KilowattHour,
            period: if year { Period::Year } else { Period::Month },
            tiers,
            household: Some(Household { base: 4 }),
            rates,
            fixed,
            surcharges: vec![Surcharge { name: "fund".into(), price: surcharge }],
            tax: tax.map(|(rate, included)| Tax { rate, included }),
        }
    }
}

/// Days of one month from its first on, as what each used by two registers; whether the meter counts them.
fn month() -> impl Strategy<Value = (Date, Vec<Consumption>)> {
    let day = (0_i64..400_000, 0_i64..400_000);
    (1_i8..=12, any::<bool>()).prop_flat_map(move |(month, counts)| {
        let first = date(2026, month, 1);
        let length = usize::from(first.days_in_month().unsigned_abs());
        prop::collection::vec(day.clone(), length).prop_map(move |days| {
            let used = |(a, b): (i64, i64)| Consumption {
                total: a + b,
                rates: if counts { vec![a, b] } else { Vec::new() },
            };
            (first, days.into_iter().map(used).collect())
        })
    })
}

fn at_once(days: &[Consumption]) -> Consumption {
    let mut sum = Consumption::default();
    for day in days {
        sum.total += day.total;
        sum.rates.resize(day.rates.len(), 0);
        for (sum, rate) in sum.rates.iter_mut().zip(&day.rates) {
            *sum += rate;
        }
    }
    sum
}

proptest! {
    #[test]
    fn the_days_of_a_month_cost_together_exactly_what_the_month_costs(
        tariff in tariff(),
        (first, days) in month(),
        people in prop::option::of(1_u16..12),
        used in 0_i64..5_000_000,
        carry in -500_000_000_000_000_i64..500_000_000_000_000,
    ) {
        prop_assert_eq!(tariff.check(), Ok(()));
        let start = Accumulator { period: Some(tariff.period.first(first)), used, carry };
        let (mut now, mut sum) = (start, 0);
        for (n, day) in (0_i64..).zip(&days) {
            let one = Days { first: first.checked_add(n.days()).unwrap(), count: 1 };
            let charge = charge(&tariff, &now, day, one, people).unwrap();
            prop_assert!(charge.amount >= 0);
            let exact: i128 = charge.lines.iter().filter(|l| l.what != What::TaxIncluded).map(|l| l.amount).sum();
            let moved = i128::from(charge.amount) * super::charge::SCALE + i128::from(charge.after.carry) - i128::from(now.carry);
            prop_assert_eq!(exact, moved, "nothing is lost by the rounding");
            sum += charge.amount;
            now = charge.after;
        }
        let whole = Days { first, count: u8::try_from(days.len()).unwrap() };
        let month = charge(&tariff, &start, &at_once(&days), whole, people).unwrap();
        prop_assert_eq!((sum, now), (month.amount, month.after));
    }

    #[test]
    fn more_consumption_never_costs_less_and_more_people_never_cost_more_where_tiers_rise(
        mut tariff in tariff(),
        used in 0_i64..5_000_000,
        total in 0_i64..5_000_000,
        more in 0_i64..100_000,
        people in 1_u16..12,
    ) {
        tariff.tiers.sort_by_key(|tier| (tier.upto.is_none(), tier.upto));
        let mut prices: Vec<i64> = tariff.tiers.iter().map(|tier| tier.price).collect();
        prices.sort_unstable();
        for (tier, price) in tariff.tiers.iter_mut().zip(prices) {
            tier.price = price;
        }
        let days = Days { first: date(2026, 2, 1), count: 28 };
        let start = Accumulator { period: Some(tariff.period.first(days.first)), used, carry: 0 };
        let cost = |total, people| {
            let consumption = Consumption { total, rates: Vec::new() };
            charge(&tariff, &start, &consumption, days, Some(people)).unwrap().amount
        };
        prop_assert!(cost(total + more, people) >= cost(total, people));
        prop_assert!(cost(total, people + 1) <= cost(total, people));
    }

    #[test]
    fn the_tiers_of_a_charge_are_the_whole_consumption(
        tariff in tariff(),
        used in 0_i64..5_000_000,
        total in 0_i64..5_000_000,
    ) {
        let days = Days { first: date(2026, 1, 1), count: 1 };
        let start = Accumulator { period: Some(date(2026, 1, 1)), used, carry: 0 };
        let consumption = Consumption { total, rates: Vec::new() };
        let charge = charge(&tariff, &start, &consumption, days, None).unwrap();
        let tiers = charge.lines.iter().filter(|line| line.what == What::Tier);
        prop_assert_eq!(tiers.map(|line| line.quantity).sum::<i64>(), total);
        prop_assert_eq!(charge.after.used, used + total);
    }
}
