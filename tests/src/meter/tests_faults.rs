//! What the fault switches of an electricity meter do, and that nothing is lost or credited by accident.

use proptest::prelude::*;

use super::fault::{Fault, FaultKind};
use super::receiver::Receiver;
use super::tests_645::{CUSTOMER, meter, order, reply_to, top_up};
use super::*;
use crate::host::bytes;

#[test]
fn a_lost_answer_is_applied_once() {
    let mut meter = meter(|_| {});
    meter.faults().add(Fault::next(FaultKind::LoseAnswer, 1));
    let data = order("FF020107", 700, 2, CUSTOMER);
    assert!(
        reply_to(&mut meter, "123456789012", 0x11, "00029000").is_some(),
        "reads are spared"
    );
    assert_eq!(reply_to(&mut meter, "123456789012", 0x03, &data), None);
    assert_eq!(meter.books().applied.len(), 1);
    assert_eq!(top_up(&mut meter, 700, 2), (0xC3, vec![0x80]));
    assert_eq!(
        (meter.books().applied.len(), meter.books().balance),
        (1, 700)
    );
}

#[test]
fn every_fault_does_what_it_says() {
    let answers = |kind| {
        let mut meter = meter(|_| {});
        meter.faults().add(Fault::next(kind, 1));
        let address = bcd::address("123456789012").unwrap();
        let data = bytes(&order("FF020107", 700, 2, CUSTOMER));
        let answers = meter.hear(
            &Frame645 {
                address,
                control: 3,
                data,
            }
            .encode(),
        );
        let heard: Vec<u8> = answers
            .iter()
            .flat_map(|answer| answer.bytes.clone())
            .collect();
        let frames: Vec<Frame645> = Receiver::new().hear(&heard);
        let controls: Vec<u8> = frames.iter().map(|frame| frame.control).collect();
        let own = frames
            .iter()
            .filter(|frame| frame.address == address)
            .count();
        let late = answers.iter().any(|answer| !answer.extra.is_zero());
        (controls, own, late, meter.books().applied.len())
    };
    assert_eq!(answers(FaultKind::LoseAnswer), (vec![], 0, false, 1));
    assert_eq!(answers(FaultKind::LateAnswer), (vec![0x83], 1, true, 1));
    assert_eq!(answers(FaultKind::Refuse), (vec![0xC3], 1, false, 0));
    assert_eq!(answers(FaultKind::Silent), (vec![], 0, false, 0));
    assert_eq!(answers(FaultKind::WrongChecksum), (vec![], 0, false, 1));
    assert_eq!(answers(FaultKind::Garbage), (vec![0x83], 1, false, 1));
    assert_eq!(answers(FaultKind::Truncated), (vec![], 0, false, 1));
    assert_eq!(
        answers(FaultKind::ForeignFirst),
        (vec![0x83, 0x83], 1, false, 1)
    );
    assert_eq!(
        answers(FaultKind::RefuseThoughApplied),
        (vec![0xC3], 1, false, 1)
    );
    assert_eq!(
        answers(FaultKind::AckThoughNotApplied),
        (vec![0x83], 1, false, 0)
    );
}

#[test]
fn the_books_survive_the_rig() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("meter.json");
    let open = || ElectricityMeter::open(ElectricityConfig::default(), Some(file.clone())).unwrap();
    let mut first = open();
    let data = order("FF020107", 700, 7, CUSTOMER);
    reply_to(&mut first, "260305510012", 0x03, &data).unwrap();
    let second = open();
    assert_eq!(first.books(), second.books());
    assert_eq!(second.books().applied.len(), 1);
}

proptest! {
    #[test]
    fn noise_neither_panics_nor_credits(noise in proptest::collection::vec(any::<u8>(), 0..700)) {
        let mut meter = meter(|_| {});
        meter.hear(&noise);
        prop_assert!(meter.books().applied.is_empty());
    }

    #[test]
    fn a_frame_is_found_behind_noise_without_marks(
        noise in proptest::collection::vec(0u8..0x68, 0..40),
        data in proptest::collection::vec(any::<u8>(), 0..200),
        cut in 0usize..250,
    ) {
        let frame = Frame645 { address: [1, 2, 3, 4, 5, 6], control: 0x11, data };
        let mut stream = noise;
        stream.extend(frame.encode());
        let cut = cut.min(stream.len());
        let mut receiver = Receiver::new();
        let mut found: Vec<Frame645> = receiver.hear(&stream[..cut]);
        found.extend(receiver.hear::<Frame645>(&stream[cut..]));
        prop_assert_eq!(found.last(), Some(&frame));
    }
}
