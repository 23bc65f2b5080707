//! What an amount buys by the tariff in force. Pure: amounts and steps in, quantities out.

use meterpost_ledger::Money;
use meterpost_ledger::bulletin::tariffs::Step;
use meterpost_ui::view::Utility;

/// A part of what is bought, at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// How much, in thousandths of a unit, rounded down.
    pub(super) thousandths: u64,
    /// The price of a unit, in ten-thousandths of the currency.
    pub(super) price: u32,
}

/// In what a utility is counted by the tariffs that terminals are told; `None` where they do not say.
pub(super) fn unit(utility: Utility) -> Option<&'static str> {
    match utility {
        Utility::Electricity => Some("kWh"),
        Utility::Water | Utility::HotWater | Utility::Gas => Some("m³"),
        Utility::Heat => None,
    }
}

/// What an amount buys, part by part. `used` is what was used in the tariff's period so far, in thousandths of a unit.
///
/// `None` where nobody can tell: no amount, no step, a step that costs nothing, or more than one step and nothing known of the use.
pub(super) fn bought(amount: Money, steps: &[Step], used: Option<u64>) -> Option<Vec<Part>> {
    let used = match steps {
        [] => return None,
        [_] => 0,
        _ => used?,
    };
    // Hundredths of the currency as ten-thousandths, times a thousand: divided by a price it is thousandths of a unit.
    let mut left = u128::try_from(amount.0).ok()?.checked_mul(100_000)?;
    let mut parts = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let begins = u64::from(step.from) * 1000;
        let ends = steps.get(place + 1).map(|next| u64::from(next.from) * 1000);
        if ends.is_some_and(|ends| ends <= used) {
            continue;
        }
        if step.price == 0 {
            return None;
        }
        let price = u128::from(step.price);
        let room = ends.map(|ends| u128::from(ends - begins.max(used)));
        let wanted = left / price;
        let taken = room.map_or(wanted, |room| room.min(wanted));
        if taken > 0 {
            parts.push(Part {
                thousandths: u64::try_from(taken).ok()?,
                price: step.price,
            });
        }
        if Some(taken) != room {
            break;
        }
        left -= taken * price;
    }
    (!parts.is_empty()).then_some(parts)
}

/// All parts together, in thousandths of a unit.
pub(super) fn total(parts: &[Part]) -> u64 {
    parts.iter().map(|part| part.thousandths).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn steps(list: &[(u32, u32)]) -> Vec<Step> {
        let step = |&(from, price): &(u32, u32)| Step { from, price };
        list.iter().map(step).collect()
    }

    fn parts(amount: i64, list: &[(u32, u32)], used: Option<u64>) -> Option<Vec<(u64, u32)>> {
        let bought = bought(Money(amount), &steps(list), used)?;
        Some(bought.iter().map(|p| (p.thousandths, p.price)).collect())
    }

    /// 0.50 up to 200 units, 0.60 up to 400, then 0.90.
    const THREE: [(u32, u32); 3] = [(0, 5_000), (200, 6_000), (400, 9_000)];

    #[test]
    fn one_price_needs_nothing_known_of_the_use() {
        assert_eq!(
            parts(5_000, &[(0, 5_200)], None),
            Some(vec![(96_153, 5_200)])
        );
        assert_eq!(
            parts(1_000, &[(0, 30_000)], Some(7)),
            Some(vec![(3_333, 30_000)])
        );
    }

    #[test]
    fn steps_are_gone_through_from_what_was_used() {
        assert_eq!(parts(5_000, &THREE, Some(0)), Some(vec![(100_000, 5_000)]));
        // 50 units at 0.50 are 25.00; the other 25.00 buy 41.666 at 0.60.
        assert_eq!(
            parts(5_000, &THREE, Some(150_000)),
            Some(vec![(50_000, 5_000), (41_666, 6_000)])
        );
        assert_eq!(
            parts(50_000, &THREE, Some(150_000)),
            Some(vec![(50_000, 5_000), (200_000, 6_000), (394_444, 9_000)])
        );
        // Exactly at a bound the next price begins.
        assert_eq!(
            parts(600, &THREE, Some(200_000)),
            Some(vec![(10_000, 6_000)])
        );
        assert_eq!(
            parts(900, &THREE, Some(9_000_000)),
            Some(vec![(10_000, 9_000)])
        );
    }

    #[test]
    fn what_nobody_can_tell_is_not_told() {
        assert_eq!(parts(5_000, &THREE, None), None);
        assert_eq!(parts(5_000, &[], Some(0)), None);
        assert_eq!(parts(5_000, &[(0, 0)], None), None);
        assert_eq!(parts(0, &[(0, 5_000)], None), None);
        assert_eq!(parts(-100, &[(0, 5_000)], None), None);
        // A step that costs nothing lies behind, or is never reached.
        let free_first = [(0, 0), (10, 5_000)];
        assert_eq!(parts(500, &free_first, Some(5_000)), None);
        assert_eq!(
            parts(500, &free_first, Some(10_000)),
            Some(vec![(10_000, 5_000)])
        );
        assert_eq!(unit(Utility::Heat), None);
    }

    proptest! {
        #[test]
        fn no_more_is_promised_than_the_amount_pays(
            amount in 1_i64..10_000_000,
            prices in proptest::collection::vec(1_u32..200_000, 1..6),
            used in 0_u64..2_000_000,
        ) {
            let list: Vec<(u32, u32)> = (0_u32..).step_by(150).zip(prices).collect();
            if let Some(parts) = bought(Money(amount), &steps(&list), Some(used)) {
                let cost: u128 = parts.iter().map(|p| u128::from(p.thousandths) * u128::from(p.price)).sum();
                let paid = u128::try_from(amount).unwrap() * 100_000;
                let dearest = list.iter().map(|(_, price)| u128::from(*price)).max().unwrap();
                prop_assert!(cost <= paid && paid - cost < dearest);
            }
        }
    }
}
