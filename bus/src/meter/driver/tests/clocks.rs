//! Setting clocks: what the meter shows afterwards decides.

use super::*;
use crate::emulate::EmulatedMeter;
use crate::emulate::dlt645::{ElectricityMeter, MeterConfig};
use crate::meter::ClockOutcome;
use crate::meter::emulated::{Fault, Way};

fn electricity(ahead: i64) -> Way<ElectricityMeter> {
    let mut way = Way::new(ElectricityMeter::new(MeterConfig::default()).unwrap());
    way.meter.drift(ahead, way.now);
    way
}

fn driver(dialect: &str) -> MeterDriver {
    let text = format!("base = \"dlt645-plain\"\n[dialect]\n{dialect}");
    let profile = Profile::parse(&text).unwrap();
    MeterDriver::new(profile, "260305510012".parse().unwrap(), 2400).unwrap()
}

fn set(dialect: &str, way: &mut Way<ElectricityMeter>) -> ClockOutcome {
    let now = way.now;
    run(driver(dialect).set_clock(way, now))
}

#[test]
fn a_meter_near_the_right_time_takes_the_broadcast() {
    let mut way = electricity(-120);
    assert_eq!(set("", &mut way), ClockOutcome::Set { ahead: 0 });
    assert_eq!(way.count, 3);
}

#[test]
fn a_meter_far_from_the_right_time_ignores_the_broadcast_and_takes_a_written_clock() {
    let mut way = electricity(3_600);
    let outcome = set("", &mut way);
    assert!(
        matches!(outcome, ClockOutcome::NotSet { clock: Some(_), .. }),
        "{outcome:?}"
    );
    assert_eq!(
        set("clock = \"write\"", &mut way),
        ClockOutcome::Set { ahead: 0 }
    );
}

#[test]
fn a_wrong_password_is_the_reason() {
    let mut way = electricity(3_600);
    let ClockOutcome::NotSet { reason, .. } =
        set("clock = \"write\"\npassword = \"111111\"", &mut way)
    else {
        panic!("it was set");
    };
    assert!(reason.contains("password"), "{reason}");
}

#[test]
fn a_clock_that_cannot_be_read_is_unknown() {
    let lost = [Fault::RequestLost; 8];
    let outcome = set("", &mut electricity(0).with(&lost));
    assert!(matches!(outcome, ClockOutcome::Unknown(_)));
}

#[test]
fn the_emulated_meter_hears_no_other_address() {
    let mut way = electricity(0);
    let other: MeterAddress = "260305510013".parse().unwrap();
    let profile = Profile::builtin("dlt645-plain").unwrap();
    let driver = MeterDriver::new(profile, other, 2400).unwrap();
    assert!(run(driver.clock(&mut way)).is_err());
    assert_eq!(way.meter.protocol(), crate::frame::Protocol::Dlt645);
}
