use super::*;
use crate::amount::Amount;
use crate::frame::dlt645::purchase::CustomerNumber;
use crate::frame::wall_time::WallTime;
use crate::meter::Supply;
use crate::meter::scripted::{Script, run};

mod clocks;
mod dialects;
mod truth;

fn water() -> MeterDriver {
    let profile = Profile::builtin("cjt188-prepaid").unwrap();
    MeterDriver::new(profile, "10-71962403180002".parse().unwrap(), 2400).unwrap()
}

fn order(number: u32, amount: i64) -> CreditOrder {
    CreditOrder {
        number,
        amount: Amount(amount),
        before: Reading {
            purchase_number: 6,
            balance: Amount(0),
            last_amount: None,
            cumulative: None,
            supply: Supply::On,
        },
    }
}

#[test]
fn an_order_no_meter_could_take_is_not_sent() {
    for (order, expected) in [
        (order(6, 100), Refusal::WrongNumber),
        (order(8, 100), Refusal::WrongNumber),
        (
            order(7, 0),
            Refusal::Other("0.00 cannot be sent to a meter".to_owned()),
        ),
        (
            order(7, -100),
            Refusal::Other("-1.00 cannot be sent to a meter".to_owned()),
        ),
        (
            order(7, 100_000_000),
            Refusal::Other("1000000.00 cannot be sent to a meter".to_owned()),
        ),
    ] {
        let mut nothing = Script::new([]);
        let outcome = run(water().credit(&mut nothing, &order));
        let now = order.before.clone();
        assert_eq!(
            outcome,
            Outcome::NotApplied {
                refusal: expected,
                now
            }
        );
    }
}

#[test]
fn profile_and_address_must_speak_the_same_protocol() {
    let profile = Profile::builtin("cjt188-prepaid").unwrap();
    let address: MeterAddress = "260305510012".parse().unwrap();
    let refused = MeterDriver::new(profile.clone(), address, 2400).unwrap_err();
    assert_eq!(refused, BadDriver::OtherProtocol(address));
    let fitting = "10-71962403180002".parse().unwrap();
    assert_eq!(
        MeterDriver::new(profile, fitting, 0).unwrap_err(),
        BadDriver::NoSpeed
    );
}

#[test]
fn a_driver_can_work_in_another_task() {
    fn is_send<T: Send>(_: &T) {}
    let driver = water();
    let mut link = Script::new([]);
    let order = order(7, 100);
    is_send(&driver.credit(&mut link, &order));
}
