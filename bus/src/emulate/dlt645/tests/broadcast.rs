//! When a broadcast of the time is believed.

use super::*;

fn at(hour: u8, minute: u8) -> WallTime {
    WallTime::new(2026, 11, 25, hour, minute, 0).unwrap()
}

/// A meter whose clock is wrong by so many seconds.
fn drifted(seconds: i64, now: WallTime) -> ElectricityMeter {
    let mut meter = idle(MeterConfig::default());
    meter.drift(seconds, now);
    meter
}

fn clock(meter: &mut ElectricityMeter, now: WallTime) -> i64 {
    meter.clock.time(now).seconds_since(now)
}

#[test]
fn it_moves_the_clock_by_five_minutes_at_most_and_nobody_answers() {
    for (seconds, left) in [(60, 0), (-300, 0), (300, 0), (301, 301), (-301, -301)] {
        let mut meter = drifted(seconds, noon());
        silent(&mut meter, &request::broadcast_time(noon()), noon());
        assert_eq!(clock(&mut meter, noon()), left, "{seconds} s off");
    }
}

#[test]
fn it_is_taken_once_a_day() {
    let mut meter = drifted(60, noon());
    silent(&mut meter, &request::broadcast_time(noon()), noon());
    meter.drift(60, noon());
    silent(
        &mut meter,
        &request::broadcast_time(later(3600)),
        later(3600),
    );
    assert_eq!(clock(&mut meter, later(3600)), 60, "the second of the day");
    silent(
        &mut meter,
        &request::broadcast_time(later(86_400)),
        later(86_400),
    );
    assert_eq!(clock(&mut meter, later(86_400)), 0, "the next day");
}

#[test]
fn it_is_not_taken_around_midnight_or_a_settlement_hour() {
    for now in [at(23, 56), at(0, 4)] {
        let mut meter = drifted(60, now);
        silent(&mut meter, &request::broadcast_time(now), now);
        assert_eq!(clock(&mut meter, now), 60, "{now}");
    }
    let mut meter = drifted(60, at(9, 0));
    meter.parameters.insert(0x0400_0B02, vec![0x09, 0x25]);
    silent(&mut meter, &request::broadcast_time(at(9, 2)), at(9, 2));
    assert_eq!(clock(&mut meter, at(9, 2)), 60);
    silent(&mut meter, &request::broadcast_time(at(9, 10)), at(9, 10));
    assert_eq!(clock(&mut meter, at(9, 10)), 0);
}

#[test]
fn it_must_be_a_broadcast_with_a_real_date() {
    let mut meter = drifted(60, noon());
    let to_one = Frame::fixed(address(), Control(0x08), noon().to_bcd());
    silent(&mut meter, &to_one, noon());
    let no_day = [0x00, 0x00, 0x12, 0x31, 0x11, 0x26];
    let no_date = Frame::fixed(Address::BROADCAST, Control(0x08), no_day);
    silent(&mut meter, &no_date, noon());
    assert_eq!(clock(&mut meter, noon()), 60);
}

#[test]
fn nothing_else_is_done_for_a_broadcast_and_nothing_is_answered() {
    let mut meter = idle(MeterConfig::default());
    let top_up = request::top_up(Address::BROADCAST, purchase(100, 1, "1234"));
    silent(&mut meter, &top_up, noon());
    silent(
        &mut meter,
        &request::read(Address::BROADCAST, 0x0000_0000),
        noon(),
    );
    assert_eq!(meter.balance(), 0);
}
