//! Clocks that run wrong, are read, told by broadcast and written.

use super::fault::{Fault, FaultKind};
use super::tests_645::{meter, reply_to};
use super::*;
use crate::host::bytes;

const ADDRESS: &str = "123456789012";
const ALL: &str = "999999999999";
const DATE: &str = "01010004";
const TIME: &str = "02010004";

/// ss mm hh DD MM YY of the machine's time, so many seconds later.
fn at(seconds: i64) -> String {
    let time = jiff::Zoned::now() + jiff::SignedDuration::from_secs(seconds);
    let mut wire = bytes(&time.strftime("%y%m%d%H%M%S").to_string());
    wire.reverse();
    hex::encode(wire)
}

fn ahead(meter: &ElectricityMeter) -> i64 {
    meter.books().clock_ahead
}

#[test]
fn a_clock_that_is_ahead_is_read_so() {
    let mut meter = meter(|_| {});
    meter.clock_ahead(7_200);
    let (control, data) = reply_to(&mut meter, ADDRESS, 0x11, TIME).expect("an answer");
    assert_eq!((control, data.len()), (0x91, 7));
    let hour = jiff::Zoned::now() + jiff::SignedDuration::from_secs(7_200);
    let near = [hour.clone(), hour - jiff::SignedDuration::from_secs(2)];
    let hours = near.map(|time| time.strftime("%H").to_string());
    assert!(hours.contains(&hex::encode(&data[6..])), "{data:?}");
}

#[test]
fn a_broadcast_is_believed_once_a_day_and_within_five_minutes_and_never_answered() {
    let mut meter = meter(|_| {});
    meter.clock_ahead(400);
    assert_eq!(reply_to(&mut meter, ALL, 0x08, &at(0)), None);
    assert_eq!(ahead(&meter), 400, "too far off");
    meter.clock_ahead(-200);
    assert_eq!(reply_to(&mut meter, "123456789099", 0x08, &at(0)), None);
    assert_eq!(ahead(&meter), -200, "another meter");
    assert_eq!(reply_to(&mut meter, ALL, 0x08, "FF0000000000"), None);
    assert_eq!(ahead(&meter), -200, "no time");
    meter.faults().add(Fault::next(FaultKind::Silent, 1));
    assert_eq!(reply_to(&mut meter, ALL, 0x08, &at(0)), None);
    assert_eq!(ahead(&meter), -200, "not heard");
    assert_eq!(reply_to(&mut meter, ALL, 0x08, &at(0)), None);
    assert!(ahead(&meter).abs() <= 1, "{}", ahead(&meter));
    assert_eq!(reply_to(&mut meter, ALL, 0x08, &at(100)), None);
    assert!(ahead(&meter).abs() <= 1, "once a day");
}

#[test]
fn date_and_time_are_written_under_the_password() {
    let mut meter = meter(|_| {});
    meter.clock_ahead(90_000);
    let wire = at(0);
    let (time, date) = (&wire[..6], &wire[6..]);
    let mut write = |identifier: &str, password: &str, value: &str| {
        let data = format!("{identifier}{password}00000000{value}");
        reply_to(&mut meter, ADDRESS, 0x14, &data).expect("an answer")
    };
    assert_eq!(write(TIME, "02111111", time), (0xD4, vec![0x04]));
    assert_eq!(
        write(DATE, "02000000", &format!("00{date}")),
        (0x94, vec![])
    );
    assert_eq!(write(TIME, "02000000", time), (0x94, vec![]));
    assert_eq!(write(TIME, "02000000", "616161"), (0xD4, vec![0x01]));
    assert_eq!(write("01040004", "02000000", "01"), (0xD4, vec![0x04]));
    assert!(ahead(&meter).abs() <= 2, "{}", ahead(&meter));
}

#[test]
fn a_water_meters_clock_is_written_by_a015_and_shown_by_901f() {
    let config = VolumeConfig {
        preamble: 0,
        ..VolumeConfig::default()
    };
    let address = bcd::address(&config.address).unwrap();
    let mut meter = VolumeMeter::open(config, None).unwrap();
    meter.clock_ahead(-86_400);
    let mut write = |time: &str| {
        let mut data = bytes("A01501");
        data.extend(bytes(time));
        let request = Frame188 {
            kind: 0x10,
            address,
            control: 4,
            data,
        };
        let heard = meter.hear(&request.encode());
        let answer = heard.first().expect("an answer").bytes.clone();
        (answer[9], meter.books().clock_ahead)
    };
    assert_eq!(write("99999999999920"), (0xC4, -86_400));
    let (control, ahead) = write(&format!("{}20", at(50)));
    assert_eq!(control, 0x84);
    assert!((49..=51).contains(&ahead), "{ahead}");
}
