//! The M-Bus meter's side of the link layer, with frames written by hand.

use super::fault::{Fault, FaultKind};
use super::*;
use crate::host::bytes;

fn meter(address: &str, primary: u8) -> HeatMeter {
    let mut config = HeatConfig {
        address: address.to_owned(),
        primary,
        ..HeatConfig::default()
    };
    config.first.usage = 123_456;
    HeatMeter::open(config, None).unwrap()
}

fn ask(meter: &mut HeatMeter, frame: &str) -> String {
    let sent = meter
        .hear(&bytes(frame))
        .into_iter()
        .flat_map(|answer| answer.bytes);
    hex::encode_upper(sent.collect::<Vec<u8>>())
}

const READ_ONE: &str = "10 7B 01 7C 16";
/// Identification 12345678, manufacturer PAD, version 1, heat, access number 1, 1234 kWh, 1234.56 m3, 55 °C.
const READINGS: &str = "681F1F680801727856341224400104010000000C06341200000C14563412000A5B5500C716";

#[test]
fn a_reset_is_acknowledged_and_a_request_answered_with_the_readings() {
    let mut meter = meter("12345678", 1);
    assert_eq!(ask(&mut meter, "10 40 01 41 16"), "E5");
    let answer = ask(&mut meter, READ_ONE);
    assert_eq!(answer, READINGS.replace(' ', ""));
    assert_eq!(ask(&mut meter, "10 40 02 42 16"), "");
    assert_eq!(ask(&mut meter, "10 7B 02 7D 16"), "");
}

#[test]
fn the_same_frame_count_bit_again_brings_the_same_answer_again() {
    let mut meter = meter("12345678", 1);
    let first = ask(&mut meter, READ_ONE);
    assert_eq!(ask(&mut meter, READ_ONE), first);
    let second = ask(&mut meter, "10 5B 01 5C 16");
    assert_ne!(second, first, "the access number goes on");
}

#[test]
fn a_selection_by_number_reaches_the_meter_at_address_fd_until_another_is_selected() {
    let mut meter = meter("12345678", 1);
    assert_eq!(ask(&mut meter, "10 7B FD 78 16"), "");
    assert_eq!(ask(&mut meter, "680B0B6873FD52FFFFFF1FFFFFFFFFDA16"), "E5");
    assert!(ask(&mut meter, "10 7B FD 78 16").starts_with("681F1F68"));
    // 2FFFFFFF fits no meter whose number begins with 1.
    assert_eq!(ask(&mut meter, "680B0B6873FD52FFFFFF2FFFFFFFFFEA16"), "");
    assert_eq!(ask(&mut meter, "10 7B FD 78 16"), "");
}

#[test]
fn faults_work_as_at_other_meters() {
    let mut meter = meter("12345678", 1);
    meter.faults().add(Fault::next(FaultKind::Silent, 1));
    assert_eq!(ask(&mut meter, READ_ONE), "");
    meter.faults().add(Fault::next(FaultKind::WrongChecksum, 1));
    let spoilt = ask(&mut meter, READ_ONE);
    assert_ne!(spoilt, ask(&mut meter, READ_ONE));
    assert_eq!(meter.heard(), 3);
}

#[test]
fn frames_of_other_protocols_pass_by() {
    let mut meter = meter("12345678", 1);
    assert_eq!(ask(&mut meter, "681290785634126811043335C333F916"), "");
    assert_eq!(ask(&mut meter, "68101802122020000001038105067416"), "");
    assert!(ask(&mut meter, READ_ONE).starts_with("681F1F68"));
}
