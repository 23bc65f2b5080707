use super::*;
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

fn uncounted(reply: Reply, balance: i64, last: Option<i64>, sum: Option<i64>) -> Outcome {
    let mut now = books(0, last, sum);
    now.balance = Amount(balance);
    let mut order = order();
    order.number = 4_711;
    order.before = books(0, last.map(|_| 3_000), sum.map(|_| 25_000));
    judge(&order, &reply, Ok(now), Numbering::Uncounted)
}

#[test]
fn uncounted_a_sum_that_grew_by_the_amount_is_applied() {
    for last in [Some(10_000), None] {
        let outcome = uncounted(Reply::Nothing, 14_900, last, Some(35_000));
        assert!(matches!(outcome, Outcome::Applied(_)));
    }
}

#[test]
fn uncounted_a_sum_as_before_is_not_applied() {
    let outcome = uncounted(hoarding(), 4_900, Some(3_000), Some(25_000));
    assert_eq!(refusal(outcome), Refusal::HoardingLimit);
    let outcome = uncounted(Reply::Accepted, 4_900, None, Some(25_000));
    assert_eq!(refusal(outcome), Refusal::Lost);
}

#[test]
fn uncounted_any_other_sum_is_unknown() {
    for (last, sum) in [(10_000, 45_000), (9_999, 35_000), (10_000, 25_000)] {
        let outcome = uncounted(Reply::Accepted, 15_000, Some(last), Some(sum));
        assert!(matches!(outcome, Outcome::Unknown(_)));
    }
}

#[test]
fn uncounted_a_balance_that_grew_by_exactly_the_amount_is_applied() {
    let outcome = uncounted(Reply::Nothing, 15_000, None, None);
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn uncounted_a_balance_as_before_is_not_applied_unless_the_meter_said_yes() {
    let outcome = uncounted(Reply::Nothing, 5_000, None, None);
    assert_eq!(refusal(outcome), Refusal::Lost);
    let outcome = uncounted(Reply::Accepted, 5_000, None, None);
    assert!(matches!(outcome, Outcome::Unknown(_)));
}

#[test]
fn uncounted_any_other_balance_is_unknown() {
    for balance in [4_999, 14_999, 15_001, 25_000] {
        let outcome = uncounted(Reply::Accepted, balance, None, None);
        assert!(matches!(outcome, Outcome::Unknown(_)));
    }
    let outcome = uncounted(Reply::Accepted, 15_000, Some(9_999), None);
    assert!(matches!(outcome, Outcome::Unknown(_)));
}

#[test]
fn uncounted_an_order_without_a_number_proves_nothing() {
    let mut order = order();
    order.number = 0;
    let now = books(0, Some(10_000), Some(35_000));
    let outcome = judge(&order, &Reply::Nothing, Ok(now), Numbering::Uncounted);
    assert!(matches!(outcome, Outcome::Unknown(_)));
}
