use super::*;
use crate::amount::Amount;
use crate::frame::cjt188::purchase::{Purchase, Record};
use crate::frame::cjt188::status::Status;
use crate::frame::cjt188::{Control, DiOrder, Function};
use crate::frame::wall_time::WallTime;
use crate::meter::scripted::{Script, Step, Wire, run};
use crate::meter::{MeterAddress, MeterDriver, Outcome, Profile, SwitchOutcome};

const ADDRESS: &str = "10-00002020120218";

fn driver(dialect: &str) -> MeterDriver {
    let text = format!("base = \"cjt188-prepaid\"\ntiming.preamble = 3\n[dialect]\n{dialect}");
    let address: MeterAddress = ADDRESS.parse().unwrap();
    MeterDriver::new(Profile::parse(&text).unwrap(), address, 2400)
        .unwrap()
        .with_first_serial(5)
}

fn meter() -> Address {
    Address::from_digits(0x10, "00002020120218").unwrap()
}

fn record(sequence: u8, last: u32, cumulative: u32, valve: u8) -> Record {
    Record {
        sequence,
        last,
        cumulative,
        remaining: 8_750,
        status: Status([valve, 0]),
    }
}

fn answer(control: u8, data: &[u8]) -> Vec<u8> {
    Frame::new(meter(), Control(control), data.to_vec())
        .unwrap()
        .encode()
}

fn reads(serial: u8, wire: Wire) -> Step {
    let request = request::read(meter(), DiOrder::HighFirst, PURCHASE, serial).encode();
    Step { request, wire }
}

fn record_answer(serial: u8, record: Record) -> Vec<u8> {
    let head = [0x81, 0x05, serial];
    answer(0x81, &[&head[..], &record.to_payload().unwrap()].concat())
}

fn says(serial: u8, record: Record) -> Step {
    reads(serial, Wire::Frames(vec![record_answer(serial, record)]))
}

fn writes(serial: u8, sequence: u8, wire: Wire) -> Step {
    let purchase = Purchase {
        sequence,
        amount: 10_000,
    };
    let request = request::write_purchase(meter(), DiOrder::HighFirst, serial, purchase).unwrap();
    Step {
        request: request.encode(),
        wire,
    }
}

fn echo(serial: u8, sequence: u8) -> Wire {
    Wire::Frames(vec![answer(
        0x84,
        &[0xA0, 0x13, serial, sequence, 0x00, 0x00, 0x01, 0x00],
    )])
}

fn order(before: u32) -> CreditOrder {
    CreditOrder {
        number: before + 1,
        amount: Amount(10_000),
        before: Reading {
            purchase_number: before,
            balance: Amount(8_750),
            last_amount: Some(Amount(3_000)),
            cumulative: Some(Amount(25_000)),
            supply: Supply::On,
        },
    }
}

fn credit(before: u32, steps: Vec<Step>) -> Outcome {
    let mut link = Script::new(steps);
    let outcome = run(driver("").credit(&mut link, &order(before)));
    link.finish();
    outcome
}

#[test]
fn one_exchange_reads_everything() {
    for (valve, supply) in [
        (0, Supply::On),
        (1, Supply::Off),
        (3, Supply::Fault),
        (2, Supply::NotReported),
    ] {
        let mut link = Script::new([says(5, record(3, 10_000, 35_000, valve))]);
        let reading = run(driver("").read(&mut link)).unwrap();
        link.finish();
        assert_eq!(reading.supply, supply);
        assert_eq!(reading.purchase_number, 3);
        assert_eq!(reading.cumulative, Some(Amount(35_000)));
    }
}

#[test]
fn a_purchase_is_applied_when_the_record_says_so() {
    let outcome = credit(
        2,
        vec![
            writes(5, 3, echo(5, 3)),
            says(6, record(3, 10_000, 35_000, 0)),
        ],
    );
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn the_sequence_wraps_after_255() {
    let outcome = credit(
        255,
        vec![
            writes(5, 0, echo(5, 0)),
            says(6, record(0, 10_000, 35_000, 0)),
        ],
    );
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn a_lost_write_is_told_from_a_lost_answer() {
    let silent = || writes(5, 3, Wire::Frames(vec![]));
    let outcome = credit(2, vec![silent(), says(6, record(3, 10_000, 35_000, 0))]);
    assert!(matches!(outcome, Outcome::Applied(_)));
    let outcome = credit(2, vec![silent(), says(6, record(2, 3_000, 25_000, 0))]);
    assert!(matches!(
        outcome,
        Outcome::NotApplied {
            refusal: Refusal::Lost,
            ..
        }
    ));
}

#[test]
fn a_refusal_keeps_the_meters_status_word() {
    let refused = Wire::Frames(vec![answer(0xC4, &[5, 0x04, 0x20])]);
    let outcome = credit(
        2,
        vec![writes(5, 3, refused), says(6, record(2, 3_000, 25_000, 0))],
    );
    let Outcome::NotApplied { refusal, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(refusal, Refusal::Other("status 0420".to_owned()));
}

#[test]
fn a_late_answer_with_an_earlier_serial_is_not_taken() {
    let late = record_answer(4, record(2, 3_000, 25_000, 0));
    let now = record_answer(6, record(3, 10_000, 35_000, 0));
    let steps = vec![
        writes(5, 3, echo(5, 3)),
        reads(6, Wire::Frames(vec![late, now])),
    ];
    assert!(matches!(credit(2, steps), Outcome::Applied(_)));
    let late_refusal = Wire::Frames(vec![answer(0xC4, &[4, 0, 0])]);
    let steps = vec![
        writes(5, 3, late_refusal),
        says(6, record(2, 3_000, 25_000, 0)),
    ];
    assert!(matches!(
        credit(2, steps),
        Outcome::NotApplied {
            refusal: Refusal::Lost,
            ..
        }
    ));
}

#[test]
fn another_meters_answer_is_not_taken() {
    let foreign = Frame::new(
        Address::from_digits(0x30, "00002020120218").unwrap(),
        Control::answer(Function::Read),
        [
            &[0x81, 0x05, 6][..],
            &record(3, 10_000, 35_000, 0).to_payload().unwrap(),
        ]
        .concat(),
    )
    .unwrap()
    .encode();
    let steps = vec![
        writes(5, 3, Wire::Frames(vec![])),
        reads(6, Wire::Frames(vec![foreign])),
        says(7, record(2, 3_000, 25_000, 0)),
    ];
    assert!(matches!(
        credit(2, steps),
        Outcome::NotApplied {
            refusal: Refusal::Lost,
            ..
        }
    ));
}

#[test]
fn a_sum_that_grew_without_a_number_is_unknown() {
    let outcome = credit(
        2,
        vec![
            writes(5, 3, echo(5, 3)),
            says(6, record(2, 3_000, 35_000, 0)),
            says(7, record(2, 3_000, 35_000, 0)),
            says(8, record(2, 3_000, 35_000, 0)),
        ],
    );
    assert!(matches!(outcome, Outcome::Unknown(_)));
}

#[test]
fn the_other_byte_order_is_asked_and_either_is_understood() {
    let low_first = "di_order = \"low_first\"";
    let request = request::read(meter(), DiOrder::LowFirst, PURCHASE, 5).encode();
    for head in [[0x05, 0x81], [0x81, 0x05]] {
        let payload = record(3, 10_000, 35_000, 0).to_payload().unwrap();
        let frame = answer(0x81, &[&head[..], &[5], &payload].concat());
        let mut link = Script::new([Step {
            request: request.clone(),
            wire: Wire::Frames(vec![frame]),
        }]);
        let reading = run(driver(low_first).read(&mut link)).unwrap();
        link.finish();
        assert_eq!(reading.purchase_number, 3);
    }
}

#[test]
fn a_record_with_letters_is_no_reading() {
    let frame = answer(
        0x81,
        &[
            0x81, 0x05, 5, 3, 0xAB, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
    );
    let mut link = Script::new([reads(5, Wire::Frames(vec![frame]))]);
    let error = run(driver("").read(&mut link)).unwrap_err();
    assert!(matches!(error, MeterError::Malformed(_)));
}

#[test]
fn the_valve_is_where_the_status_word_says() {
    let until = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
    let high = "status_layout = \"high_bits\"\nvalve_command = \"long\"";
    let closing =
        request::move_valve_long(meter(), DiOrder::HighFirst, 5, ValveCommand::Close).encode();
    let yes = Wire::Frames(vec![answer(0x84, &[0xA0, 0x17, 5, 0, 0])]);
    let mut link = Script::new([
        Step {
            request: closing,
            wire: yes,
        },
        says(6, record(3, 0, 0, 0x00)),
        says(7, record(3, 0, 0, 0x40)),
    ]);
    let outcome = run(driver(high).switch(&mut link, false, until));
    link.finish();
    assert_eq!(outcome, SwitchOutcome::Done(Supply::Off));
}
