use super::*;
use crate::frame::mbus::answer::{Answer, parse};
use crate::frame::mbus::{Manufacturer, request};
use proptest::prelude::*;

fn now() -> WallTime {
    WallTime::new(2026, 11, 25, 2, 40, 0).unwrap()
}

fn meter(structure: Structure) -> MbusMeter {
    MbusMeter::new(MbusSetup {
        meter: SecondaryAddress {
            id: [0x78, 0x56, 0x34, 0x12],
            manufacturer: Manufacturer::from_letters("MTP").unwrap(),
            version: 1,
            medium: 7,
        },
        primary: Address(5),
        structure,
        litres: 12_565,
        flow: 60,
    })
}

const ACK: &[u8] = &[0xE5];

#[test]
fn a_telegram_is_told_again_until_the_frame_count_changes() {
    let mut meter = meter(Structure::Variable { telegrams: 1 });
    assert_eq!(
        meter.hear(&request::reset(Address(5)), now()).as_deref(),
        Some(ACK)
    );
    let first = meter.hear(&request::read(Address(5), true), now()).unwrap();
    assert_eq!(
        meter.hear(&request::read(Address(5), true), now()),
        Some(first.clone())
    );
    let second = meter
        .hear(&request::read(Address(5), false), now())
        .unwrap();
    assert_ne!(first, second, "the access number goes on");
    assert_eq!(meter.hear(&request::read(Address(6), true), now()), None);
    assert_eq!(
        meter.hear(&request::read(Address::BROADCAST, true), now()),
        None
    );
}

#[test]
fn it_counts_what_flows() {
    let mut meter = meter(Structure::Variable { telegrams: 1 });
    meter.hear(&request::reset(Address(5)), now());
    let later = now().plus_seconds(90 * 60).unwrap();
    let telegram = meter.hear(&request::read(Address(5), true), later).unwrap();
    let frame = Frame::parse(&telegram).unwrap();
    let Answer::Variable { mut records, .. } = parse(&frame).unwrap() else {
        panic!("another answer");
    };
    let volume = records.nth(1).unwrap().unwrap();
    assert_eq!(volume.text().as_deref(), Some("12.655"));
}

#[test]
fn only_the_meter_that_fits_is_selected_and_the_next_selection_ends_it() {
    let mut meter = meter(Structure::Fixed);
    let select = |text: &str| request::select(text.parse().unwrap()).unwrap();
    assert_eq!(
        meter.hear(&request::read(Address::SELECTED, true), now()),
        None
    );
    assert_eq!(meter.hear(&select("1FFFFFFF"), now()).as_deref(), Some(ACK));
    assert!(
        meter
            .hear(&request::read(Address::SELECTED, true), now())
            .is_some()
    );
    assert_eq!(meter.hear(&select("2FFFFFFF"), now()), None);
    assert_eq!(
        meter.hear(&request::read(Address::SELECTED, true), now()),
        None
    );
}

#[test]
fn a_write_heard_twice_is_carried_out_once() {
    let mut meter = meter(Structure::Fixed);
    let set = |count, to| request::set_address(Address::TEST, count, Address(to)).unwrap();
    assert_eq!(meter.hear(&set(true, 9), now()).as_deref(), Some(ACK));
    assert_eq!(meter.hear(&set(true, 10), now()).as_deref(), Some(ACK));
    assert_eq!(meter.primary(), Address(9));
    meter.hear(&set(false, 10), now());
    assert_eq!(meter.primary(), Address(10));
}

#[test]
fn what_it_does_not_know_is_acknowledged_and_then_reported() {
    let mut meter = meter(Structure::Fixed);
    let strange = request::send(Address(5), true, Information::Other(0x60), &[1]).unwrap();
    assert_eq!(meter.hear(&strange, now()).as_deref(), Some(ACK));
    let telegram = meter
        .hear(&request::read(Address(5), false), now())
        .unwrap();
    let frame = Frame::parse(&telegram).unwrap();
    assert!(matches!(parse(&frame), Ok(Answer::Error(Some(1)))));
}

proptest! {
    #[test]
    fn arbitrary_frames_never_panic(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..9)) {
        let mut meter = meter(Structure::Variable { telegrams: 2 });
        for frame in frames {
            let _ = meter.hear(&frame, now());
        }
    }
}
