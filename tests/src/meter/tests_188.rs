//! Golden frames of CJ/T 188, and the rules of a purchase at a water meter.

use proptest::prelude::*;

use super::fault::{Fault, FaultKind};
use super::receiver::Receiver;
use super::*;
use crate::host::bytes;

fn meter(address: &str, change: impl FnOnce(&mut VolumeConfig)) -> VolumeMeter {
    let mut config = VolumeConfig {
        address: address.to_owned(),
        preamble: 0,
        ..VolumeConfig::default()
    };
    config.first = Books {
        number: 2,
        balance: 0,
        cumulative: 25_000,
        ..Books::default()
    };
    change(&mut config);
    VolumeMeter::open(config, None).unwrap()
}

/// The meter of the computed purchase pair: address on the wire 18 02 12 20 20 00 00.
fn golden(change: impl FnOnce(&mut VolumeConfig)) -> VolumeMeter {
    meter("00002020120218", change)
}

fn ask(meter: &mut VolumeMeter, frame: &str) -> String {
    let sent = meter
        .hear(&bytes(frame))
        .into_iter()
        .flat_map(|answer| answer.bytes);
    hex::encode_upper(sent.collect::<Vec<u8>>())
}

const PURCHASE: &str = "6810180212202000000408A013050300000100AC16";

#[test]
fn golden_purchase_is_applied_and_echoed() {
    let mut meter = golden(|_| {});
    assert_eq!(
        ask(&mut meter, PURCHASE),
        "6810180212202000008408A0130503000001002C16"
    );
    let books = meter.books();
    assert_eq!(
        (books.number, books.balance, books.cumulative),
        (3, 10_000, 35_000)
    );
}

#[test]
fn golden_read_of_the_purchase() {
    let mut meter = golden(|config| {
        config.first = Books {
            number: 3,
            last_amount: 10_000,
            cumulative: 35_000,
            balance: 8_750,
            ..config.first.clone()
        };
    });
    assert_eq!(
        ask(&mut meter, "68101802122020000001038105067416"),
        "68101802122020000081128105060300000100005003005087000000003116"
    );
}

#[test]
fn the_stored_number_again_is_acknowledged_and_not_added() {
    let mut meter = golden(|_| {});
    ask(&mut meter, PURCHASE);
    assert_eq!(
        ask(&mut meter, PURCHASE),
        "6810180212202000008408A0130503000001002C16"
    );
    assert_eq!(
        (meter.books().applied.len(), meter.books().balance),
        (1, 10_000)
    );
}

#[test]
fn the_number_is_only_a_filter_between_neighbours() {
    let mut meter = golden(|config| config.first.number = 255);
    let write = |meter: &mut VolumeMeter, number: u8| {
        let address = bcd::address("00002020120218").unwrap();
        let data = vec![0xA0, 0x13, 0x01, number, 0x00, 0x01, 0x00, 0x00];
        meter.hear(
            &Frame188 {
                kind: 0x10,
                address,
                control: 4,
                data,
            }
            .encode(),
        )
    };
    assert_eq!(write(&mut meter, 0).len(), 1, "it wraps");
    write(&mut meter, 255);
    assert_eq!(
        meter.books().applied.len(),
        2,
        "an older number is taken as new"
    );
}

#[test]
fn golden_valve_frames_of_the_field() {
    let mut neighbour = meter("78331505900568", |_| {});
    let close = "FEFEFEFE6810690590051533780404A01701999416";
    assert_eq!(ask(&mut neighbour, close), "");
    let mut meter = meter("78331505900569", |_| {});
    assert_eq!(
        ask(&mut meter, close),
        "6810690590051533788405A0170101007D16"
    );
    assert!(!meter.books().supply_on);
    assert_eq!(
        ask(&mut meter, "FEFEFEFE6810690590051533780404A01701555016"),
        "6810690590051533788405A0170100007C16"
    );
    assert!(meter.books().supply_on);
}

#[test]
fn golden_address_read_by_wildcard() {
    let mut meter = meter("00002020120218", |config| config.kind = 0x10);
    let answer = ask(&mut meter, "FEFEFEFE68AAAAAAAAAAAAAAAA0303810A004916");
    assert_eq!(answer, "6810180212202000008303810A00F516");
}

#[test]
fn golden_negative_vector_is_not_heard() {
    let mut meter = meter("00201510270588", |_| {});
    assert_eq!(ask(&mut meter, "6810880527101520000103901F012416"), "");
    assert_ne!(ask(&mut meter, "6810880527101520000103901F012516"), "");
}

#[test]
fn metering_data_has_the_standard_layout_in_the_order_asked() {
    let mut meter = golden(|config| config.first.usage = 12_300);
    let address = bcd::address("00002020120218").unwrap();
    for identifier in [[0x90, 0x1F], [0x1F, 0x90]] {
        let data = vec![identifier[0], identifier[1], 0x07];
        let request = Frame188 {
            kind: 0x10,
            address,
            control: 1,
            data,
        };
        let heard: Vec<u8> = meter
            .hear(&request.encode())
            .into_iter()
            .flat_map(|answer| answer.bytes)
            .collect();
        let frames: Vec<Frame188> = Receiver::new().hear(&heard);
        let data = &frames[0].data;
        assert_eq!((frames[0].control, data.len()), (0x81, 0x16));
        assert_eq!(data[..3], [identifier[0], identifier[1], 0x07]);
        assert_eq!(data[3..8], bytes("00230100 2C"));
        assert_eq!(data[19], 0x20, "century");
        assert_eq!(data[20..], [0, 0]);
    }
}

#[test]
fn a_meter_of_one_order_refuses_the_other() {
    let mut meter = golden(|config| config.di_order = DiOrder::LowFirst);
    let answer = ask(&mut meter, "68101802122020000001038105067416");
    let frames: Vec<Frame188> = Receiver::new().hear(&bytes(&answer));
    assert_eq!((frames[0].control, frames[0].data.len()), (0xC1, 3));
}

#[test]
fn too_much_money_is_refused_with_serial_and_status_only() {
    let mut meter = golden(|config| config.hoarding_limit = 9_999);
    let answer = ask(&mut meter, PURCHASE);
    let frames: Vec<Frame188> = Receiver::new().hear(&bytes(&answer));
    assert_eq!(
        (frames[0].control, frames[0].data.clone()),
        (0xC4, vec![0x05, 0x20, 0x00])
    );
    assert_eq!(meter.books().applied, []);
}

#[test]
fn a_gas_meter_does_not_hear_a_water_frame() {
    let mut meter = golden(|config| config.kind = 0x30);
    assert_eq!(ask(&mut meter, PURCHASE), "");
    assert_eq!(meter.books().applied, []);
}

#[test]
fn a_lost_answer_is_applied_once() {
    let mut meter = golden(|_| {});
    meter.faults().add(Fault::next(FaultKind::LoseAnswer, 1));
    assert_eq!(ask(&mut meter, PURCHASE), "");
    ask(&mut meter, PURCHASE);
    assert_eq!(
        (meter.books().applied.len(), meter.books().balance),
        (1, 10_000)
    );
}

#[test]
fn an_electricity_frame_on_the_same_wire_does_not_deafen_it() {
    let mut meter = golden(|_| {});
    let foreign = "68129078563412681C1035333333445566774D338C8C566445CC5916";
    assert_eq!(ask(&mut meter, foreign), "");
    assert_ne!(ask(&mut meter, PURCHASE), "");
}

proptest! {
    #[test]
    fn noise_neither_panics_nor_credits(noise in proptest::collection::vec(any::<u8>(), 0..700)) {
        let mut meter = golden(|_| {});
        meter.hear(&noise);
        prop_assert!(meter.books().applied.is_empty());
    }
}
