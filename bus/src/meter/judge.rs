//! What became of a purchase: a table over the order, the answer to the write, and the meter's books read afterwards.

use super::{CreditOrder, Outcome, Reading, Refusal};

/// The answer to a write, as far as one came. Only a hint: the books decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The meter said yes.
    Accepted,
    /// The meter said no.
    Refused(Refusal),
    /// No answer, or none that makes sense, or nothing was written at all.
    Nothing,
}

/// How a meter counts purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// In a number that does not wrap in a meter's life.
    Full,
    /// In one byte: 255 is followed by 0.
    Byte,
    /// In two packed digits: 99 is followed by 0.
    TwoDigits,
}

impl Numbering {
    /// Whether two purchase numbers are the same to the meter.
    pub fn same(self, a: u32, b: u32) -> bool {
        match self {
            Numbering::Full => a == b,
            Numbering::Byte => a % 256 == b % 256,
            Numbering::TwoDigits => a % 100 == b % 100,
        }
    }

    /// Whether `order` has the number that follows its reading.
    pub fn follows(self, order: &CreditOrder) -> bool {
        self.same(order.number, order.before.purchase_number.wrapping_add(1))
    }
}

/// What the meter's books say of the amount.
enum Amounts {
    Agree,
    Differ,
    NotTold,
}

/// The outcome of a purchase.
///
/// | number in the books | amounts in the books | outcome |
/// |---|---|---|
/// | could not be read | | unknown |
/// | the order's | last amount and, where told, cumulative agree | applied |
/// | the order's | one of them differs | not applied: somebody else took the number |
/// | the order's | neither is told | unknown |
/// | the one before | unchanged or not told | not applied: the meter's reason, or lost |
/// | the one before | changed | unknown: half applied |
/// | any other | | unknown: whoever bought later may have bought after ours |
/// | the order does not follow its reading | | unknown: the books cannot prove anything |
pub fn judge(
    order: &CreditOrder,
    reply: &Reply,
    read_back: Result<Reading, String>,
    numbering: Numbering,
) -> Outcome {
    let now = match read_back {
        Ok(now) => now,
        Err(why) => return Outcome::Unknown(format!("the meter could not be read back: {why}")),
    };
    if !numbering.follows(order) {
        return Outcome::Unknown(
            "the order's number does not follow the reading it was made from".to_owned(),
        );
    }
    let taken = numbering.same(now.purchase_number, order.number);
    let untouched = numbering.same(now.purchase_number, order.before.purchase_number);
    match (taken, untouched) {
        (true, _) => match amounts(order, &now) {
            Amounts::Agree => Outcome::Applied(now),
            Amounts::Differ => not_applied(Refusal::WrongNumber, now),
            Amounts::NotTold => Outcome::Unknown(
                "the meter counts the purchase and does not tell its amount".to_owned(),
            ),
        },
        (false, true) if moved(&order.before, &now) => Outcome::Unknown(
            "the meter's amounts changed and its purchase number did not".to_owned(),
        ),
        (false, true) => match reply {
            Reply::Refused(refusal) => not_applied(refusal.clone(), now),
            Reply::Accepted | Reply::Nothing => not_applied(Refusal::Lost, now),
        },
        (false, false) => Outcome::Unknown(format!(
            "the meter is at purchase {}; ours was to be {}",
            now.purchase_number, order.number
        )),
    }
}

fn not_applied(refusal: Refusal, now: Reading) -> Outcome {
    Outcome::NotApplied { refusal, now }
}

fn amounts(order: &CreditOrder, now: &Reading) -> Amounts {
    let last = now.last_amount.map(|last| last == order.amount);
    let cumulative = order
        .before
        .cumulative
        .zip(now.cumulative)
        .map(|(before, now)| before.0.checked_add(order.amount.0) == Some(now.0));
    match (last, cumulative) {
        (Some(false), _) | (_, Some(false)) => Amounts::Differ,
        (Some(true), _) | (_, Some(true)) => Amounts::Agree,
        (None, None) => Amounts::NotTold,
    }
}

/// Whether the books moved although the number did not.
fn moved(before: &Reading, now: &Reading) -> bool {
    let differ = |a: Option<_>, b: Option<_>| a.zip(b).is_some_and(|(a, b)| a != b);
    differ(before.cumulative, now.cumulative) || differ(before.last_amount, now.last_amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::meter::Supply;

    fn books(number: u32, last: Option<i64>, cumulative: Option<i64>) -> Reading {
        Reading {
            purchase_number: number,
            balance: Amount(5_000),
            last_amount: last.map(Amount),
            cumulative: cumulative.map(Amount),
            supply: Supply::NotReported,
        }
    }

    /// Purchase 7 of 100.00 after purchase 6 of 30.00, 250.00 in all.
    fn order() -> CreditOrder {
        CreditOrder {
            number: 7,
            amount: Amount(10_000),
            before: books(6, Some(3_000), Some(25_000)),
        }
    }

    fn verdict(reply: Reply, now: Reading) -> Outcome {
        judge(&order(), &reply, Ok(now), Numbering::Full)
    }

    fn refusal(outcome: Outcome) -> Refusal {
        match outcome {
            Outcome::NotApplied { refusal, .. } => refusal,
            other => panic!("{other:?}"),
        }
    }

    fn hoarding() -> Reply {
        Reply::Refused(Refusal::HoardingLimit)
    }

    #[test]
    fn no_reading_is_unknown_whatever_the_meter_answered() {
        for reply in [Reply::Accepted, hoarding(), Reply::Nothing] {
            let outcome = judge(
                &order(),
                &reply,
                Err("no answer".to_owned()),
                Numbering::Full,
            );
            assert!(matches!(outcome, Outcome::Unknown(_)));
        }
    }

    #[test]
    fn number_amount_and_sum_agree_so_it_is_applied_whatever_the_meter_answered() {
        for reply in [Reply::Accepted, hoarding(), Reply::Nothing] {
            let now = books(7, Some(10_000), Some(35_000));
            assert_eq!(verdict(reply, now.clone()), Outcome::Applied(now));
        }
    }

    #[test]
    fn one_told_amount_is_enough() {
        for now in [books(7, Some(10_000), None), books(7, None, Some(35_000))] {
            assert_eq!(verdict(Reply::Accepted, now.clone()), Outcome::Applied(now));
        }
    }

    #[test]
    fn the_number_with_another_amount_is_somebody_elses() {
        for now in [
            books(7, Some(9_999), Some(35_000)),
            books(7, Some(10_000), Some(45_000)),
            books(7, Some(10_000), Some(25_000)),
        ] {
            assert_eq!(refusal(verdict(Reply::Accepted, now)), Refusal::WrongNumber);
        }
    }

    #[test]
    fn the_number_without_any_amount_is_unknown() {
        assert!(matches!(
            verdict(Reply::Accepted, books(7, None, None)),
            Outcome::Unknown(_)
        ));
    }

    #[test]
    fn the_number_before_is_lost_or_refused_with_the_meters_reason() {
        let now = || books(6, Some(3_000), Some(25_000));
        assert_eq!(refusal(verdict(Reply::Nothing, now())), Refusal::Lost);
        assert_eq!(refusal(verdict(Reply::Accepted, now())), Refusal::Lost);
        assert_eq!(refusal(verdict(hoarding(), now())), Refusal::HoardingLimit);
        assert_eq!(
            refusal(verdict(hoarding(), books(6, None, None))),
            Refusal::HoardingLimit
        );
    }

    #[test]
    fn the_number_before_with_moved_amounts_is_unknown() {
        for now in [
            books(6, Some(3_000), Some(35_000)),
            books(6, Some(10_000), Some(25_000)),
        ] {
            assert!(matches!(verdict(Reply::Nothing, now), Outcome::Unknown(_)));
        }
    }

    #[test]
    fn any_other_number_is_unknown_for_a_later_purchase_may_stand_on_ours() {
        for number in [0, 5, 8, 263] {
            let now = books(number, Some(10_000), Some(35_000));
            assert!(matches!(verdict(Reply::Accepted, now), Outcome::Unknown(_)));
        }
    }

    #[test]
    fn an_order_that_does_not_follow_its_reading_proves_nothing() {
        let mut order = order();
        order.number = 6;
        let now = books(6, Some(10_000), Some(35_000));
        let outcome = judge(&order, &Reply::Accepted, Ok(now), Numbering::Full);
        assert!(matches!(outcome, Outcome::Unknown(_)));
    }

    #[test]
    fn a_one_byte_number_wraps() {
        let order = CreditOrder {
            number: 256,
            amount: Amount(10_000),
            before: books(255, Some(3_000), Some(25_000)),
        };
        let applied = books(0, Some(10_000), Some(35_000));
        assert_eq!(
            judge(
                &order,
                &Reply::Nothing,
                Ok(applied.clone()),
                Numbering::Byte
            ),
            Outcome::Applied(applied)
        );
        let untouched = books(255, Some(3_000), Some(25_000));
        let outcome = judge(&order, &Reply::Nothing, Ok(untouched), Numbering::Byte);
        assert_eq!(refusal(outcome), Refusal::Lost);
    }

    #[test]
    fn a_number_of_two_digits_wraps() {
        let order = CreditOrder {
            number: 100,
            amount: Amount(10_000),
            before: books(99, Some(3_000), Some(25_000)),
        };
        let judged = |now| judge(&order, &Reply::Nothing, Ok(now), Numbering::TwoDigits);
        let applied = books(0, Some(10_000), Some(35_000));
        assert_eq!(judged(applied.clone()), Outcome::Applied(applied));
        let untouched = books(99, Some(3_000), Some(25_000));
        assert_eq!(refusal(judged(untouched)), Refusal::Lost);
        let further = books(1, Some(10_000), Some(35_000));
        assert!(matches!(judged(further), Outcome::Unknown(_)));
    }
}
