//! What an outcome at a meter is for its order. Pure.

use meterpost_bus::meter::{ClockOutcome, MeterError, Outcome, Refusal, Supply, SwitchOutcome};
use serde_json::json;

use super::clock_order::Shown;
use crate::orders::{Ended, Happening, KeptBooks, supply_word};

/// How often something is sent to a meter that shows no trace of it.
pub(super) const ATTEMPTS: i32 = 5;
/// Seconds between two such attempts.
const AGAIN: i32 = 10;
/// Seconds until a meter is read again whose outcome is unknown.
pub(super) const LOOK_AGAIN: i32 = 10;
/// The same for a clock: a meter that does not take the time once will not take it a minute later, and a broadcast is heard by all.
const CLOCK_ATTEMPTS: i32 = 2;
/// What a person can do about such a clock.
const BY_HAND: &str = "Many meters take the time only once a day, away from midnight, and while they are less than 5 minutes off; \
     beyond that it is set with the maker's tool";
/// Seconds that a valve takes at most to get where it was told to.
const VALVE: i64 = 120;

/// Nothing is known.
pub(super) fn silent(why: String, again_in: i32) -> Ended {
    Ended {
        happening: Happening::Silent,
        why: Some(why),
        result: None,
        again_in,
    }
}

pub(super) fn shown(result: serde_json::Value) -> Ended {
    Ended {
        happening: Happening::Shown,
        why: None,
        result: Some(result),
        again_in: 0,
    }
}

pub(super) fn denied(why: String) -> Ended {
    Ended {
        happening: Happening::Denied,
        why: Some(why),
        result: None,
        again_in: 0,
    }
}

/// The meter shows no trace: again while it was not tried often enough.
fn untouched(why: String, attempts: i32) -> Ended {
    untouched_at_most(why, attempts, ATTEMPTS)
}

fn untouched_at_most(why: String, attempts: i32, most: i32) -> Ended {
    if attempts >= most {
        return denied(format!(
            "tried {attempts} times, and the meter shows no trace of it: {why}"
        ));
    }
    Ended {
        happening: Happening::Untouched,
        why: Some(why),
        result: None,
        again_in: AGAIN,
    }
}

/// Of a credit that was sent `attempts` times.
pub(super) fn of_credit(outcome: Outcome, attempts: i32, in_flight: i32) -> Ended {
    match outcome {
        Outcome::Applied(books) => shown(json!(KeptBooks::of(&books))),
        Outcome::Unknown(why) => silent(why, in_flight),
        Outcome::NotApplied { refusal, now } => {
            let mut ended = match refusal {
                Refusal::Lost => {
                    untouched("request or answer was lost on the way".to_owned(), attempts)
                }
                Refusal::WrongNumber => denied("another purchase has taken its number".to_owned()),
                Refusal::HoardingLimit => {
                    denied("the meter would hold more than its hoarding limit".to_owned())
                }
                Refusal::WrongCustomer => {
                    denied("the meter belongs to another customer number".to_owned())
                }
                Refusal::Other(why) => denied(why),
            };
            ended.result = Some(json!(KeptBooks::of(&now)));
            ended
        }
    }
}

/// Of an order to a relay or valve.
pub(super) fn of_switch(outcome: SwitchOutcome, attempts: i32, in_flight: i32) -> Ended {
    match outcome {
        SwitchOutcome::Done(supply) => shown(json!({ "supply": supply_word(supply) })),
        SwitchOutcome::Underway(_) => silent(
            "the meter has accepted it and has not got there yet".to_owned(),
            LOOK_AGAIN,
        ),
        SwitchOutcome::NotDone { reason, .. } => untouched(reason, attempts),
        SwitchOutcome::Unknown(why) => silent(why, in_flight),
    }
}

/// Of an order to a relay or valve that is looked at `age` seconds after it was sent.
pub(super) fn of_supply(
    on: bool,
    read: Result<Supply, MeterError>,
    attempts: i32,
    age: i64,
) -> Ended {
    let wanted = if on { Supply::On } else { Supply::Off };
    match read {
        Ok(supply) if supply == wanted => shown(json!({ "supply": supply_word(supply) })),
        Ok(Supply::NotReported) => silent("the meter does not tell its state".to_owned(), 600),
        Ok(supply) if age < VALVE => {
            silent(format!("it is {} so far", supply_word(supply)), LOOK_AGAIN)
        }
        Ok(supply) => untouched(format!("it is {}", supply_word(supply)), attempts),
        Err(error) => silent(format!("the meter cannot be read: {error}"), LOOK_AGAIN),
    }
}

/// Of a reading by order.
pub(super) fn of_read(read: Result<serde_json::Value, MeterError>, attempts: i32) -> Ended {
    match read {
        Ok(result) => shown(result),
        Err(MeterError::Link(error)) if error.never_sent() => Ended {
            happening: Happening::NotSent,
            why: Some(error.to_string()),
            result: None,
            again_in: AGAIN,
        },
        Err(MeterError::Link(error)) => untouched(error.to_string(), attempts),
        Err(other) => denied(other.to_string()),
    }
}

/// Of setting a clock that was `was` seconds ahead.
pub(super) fn of_set_clock(
    outcome: ClockOutcome,
    was: i64,
    attempts: i32,
    in_flight: i32,
) -> Ended {
    match outcome {
        ClockOutcome::Set { ahead } => shown(json!({ "ahead": ahead, "was": was })),
        ClockOutcome::NotSet {
            reason,
            clock: None,
        } => denied(reason),
        ClockOutcome::NotSet {
            reason,
            clock: Some(clock),
        } => {
            let mut ended = untouched_at_most(
                format!("{reason}; it shows {clock}. {BY_HAND}"),
                attempts,
                CLOCK_ATTEMPTS,
            );
            ended.result = Some(json!({ "clock": clock.to_string(), "was": was }));
            ended
        }
        ClockOutcome::Unknown(why) => silent(why, in_flight),
    }
}

/// Of an order to set a clock whose outcome is unknown, once the clock was looked at.
pub(super) fn of_clock_found(read: Result<Shown, MeterError>, attempts: i32) -> Ended {
    match read {
        Ok(found) if found.is_right() => shown(found.told()),
        Ok(found) => {
            let why = format!("the clock is {:+} s off", found.ahead);
            untouched_at_most(why, attempts, CLOCK_ATTEMPTS)
        }
        Err(error) => silent(
            format!("the meter's clock cannot be read: {error}"),
            LOOK_AGAIN,
        ),
    }
}

#[cfg(test)]
mod tests {
    use meterpost_bus::amount::Amount;
    use meterpost_bus::frame::wall_time::WallTime;
    use meterpost_bus::link::LinkError;
    use meterpost_bus::meter::Reading;

    use super::*;

    fn books() -> Reading {
        Reading {
            purchase_number: 3,
            balance: Amount(100),
            last_amount: None,
            cumulative: None,
            supply: Supply::On,
        }
    }

    fn not_applied(refusal: Refusal) -> Outcome {
        Outcome::NotApplied {
            refusal,
            now: books(),
        }
    }

    #[test]
    fn only_the_meters_books_end_a_credit() {
        let of = |outcome| of_credit(outcome, 1, 30).happening;
        assert_eq!(of(Outcome::Applied(books())), Happening::Shown);
        assert_eq!(of(Outcome::Unknown("x".into())), Happening::Silent);
        assert_eq!(of(not_applied(Refusal::Lost)), Happening::Untouched);
        for refusal in [
            Refusal::WrongNumber,
            Refusal::HoardingLimit,
            Refusal::WrongCustomer,
            Refusal::Other("x".into()),
        ] {
            assert_eq!(of(not_applied(refusal)), Happening::Denied);
        }
    }

    #[test]
    fn what_leaves_no_trace_is_given_up_after_some_attempts() {
        let ended = of_credit(not_applied(Refusal::Lost), ATTEMPTS, 30);
        assert_eq!(ended.happening, Happening::Denied);
        assert!(ended.why.unwrap().contains("5 times"));
    }

    #[test]
    fn a_valve_has_its_time_to_move_and_an_unread_one_is_never_given_up() {
        let of = |read, age| of_supply(false, read, 1, age).happening;
        assert_eq!(of(Ok(Supply::Off), 1), Happening::Shown);
        assert_eq!(of(Ok(Supply::On), 5), Happening::Silent);
        assert_eq!(of(Ok(Supply::On), 500), Happening::Untouched);
        let dead = || {
            Err(MeterError::Link(LinkError::NoAnswer(
                std::time::Duration::ZERO,
            )))
        };
        assert_eq!(of(dead(), 5_000_000), Happening::Silent);
        let switch = |outcome| of_switch(outcome, 1, 30).happening;
        assert_eq!(switch(SwitchOutcome::Done(Supply::Off)), Happening::Shown);
        assert_eq!(
            switch(SwitchOutcome::Underway(Supply::On)),
            Happening::Silent
        );
        assert_eq!(
            switch(SwitchOutcome::Unknown("x".into())),
            Happening::Silent
        );
    }

    #[test]
    fn a_reading_that_did_not_go_out_costs_no_attempt() {
        let gone = || MeterError::Link(LinkError::NotConnected("x".into()));
        assert_eq!(of_read(Err(gone()), 99).happening, Happening::NotSent);
        let lost = || MeterError::Link(LinkError::NoAnswer(std::time::Duration::ZERO));
        assert_eq!(of_read(Err(lost()), 1).happening, Happening::Untouched);
        assert_eq!(of_read(Err(lost()), 5).happening, Happening::Denied);
        let refused = MeterError::Refused("x".into());
        assert_eq!(of_read(Err(refused), 1).happening, Happening::Denied);
    }

    #[test]
    fn a_clock_is_set_once_it_shows_the_right_time_and_is_not_told_for_ever() {
        let clock = WallTime::new(2026, 11, 24, 12, 0, 0);
        let not_set = |clock| ClockOutcome::NotSet {
            reason: "x".to_owned(),
            clock,
        };
        let of = |outcome, attempts| of_set_clock(outcome, 400, attempts, 30);
        let set = of(ClockOutcome::Set { ahead: -1 }, 1);
        assert_eq!(set.happening, Happening::Shown);
        assert_eq!(set.result, Some(json!({ "ahead": -1, "was": 400 })));
        assert_eq!(of(not_set(clock), 1).happening, Happening::Untouched);
        let given_up = of(not_set(clock), CLOCK_ATTEMPTS);
        assert_eq!(given_up.happening, Happening::Denied);
        let why = given_up.why.expect("a reason");
        assert!(
            why.contains("12:00:00") && why.contains("maker's tool"),
            "{why}"
        );
        assert_eq!(of(not_set(None), 1).happening, Happening::Denied);
        let unknown = of(ClockOutcome::Unknown("x".to_owned()), 99);
        assert_eq!(
            (unknown.happening, unknown.again_in),
            (Happening::Silent, 30)
        );
    }

    #[test]
    fn an_unknown_setting_is_found_out_by_reading_the_clock() {
        let found = |ahead| {
            Ok(Shown {
                clock: WallTime::new(2026, 11, 24, 12, 0, 0).expect("a time"),
                ahead,
                within: 1,
            })
        };
        let of = |read, attempts| of_clock_found(read, attempts).happening;
        assert_eq!(of(found(-30), 1), Happening::Shown);
        assert_eq!(of(found(31), 1), Happening::Untouched);
        assert_eq!(of(found(31), CLOCK_ATTEMPTS), Happening::Denied);
        let dead = MeterError::Link(LinkError::NoAnswer(std::time::Duration::ZERO));
        assert_eq!(of(Err(dead), 99), Happening::Silent);
    }
}
