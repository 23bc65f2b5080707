//! A master's view of the meter: frames in, frames out.

mod broadcast;
mod commands;
mod esam;
mod plain;
mod registers;

use super::*;
use crate::frame::dlt645::answer::{self, Answer};
use crate::frame::dlt645::purchase::{Operator, Purchase};
use crate::frame::dlt645::refusal::SecurityError;
use crate::frame::dlt645::{Control, request};
use proptest::prelude::*;

const OPERATOR: Operator = Operator([1, 2, 3, 4]);

fn noon() -> WallTime {
    WallTime::new(2026, 11, 25, 12, 0, 0).unwrap()
}

fn later(seconds: i64) -> WallTime {
    noon().plus_seconds(seconds).unwrap()
}

fn address() -> Address {
    Address::from_digits("260305510012").unwrap()
}

fn customer(digits: &str) -> CustomerNumber {
    CustomerNumber::from_digits(digits).unwrap()
}

/// A meter that uses nothing, so that balances stand still.
fn idle(config: MeterConfig) -> ElectricityMeter {
    ElectricityMeter::new(MeterConfig {
        load_watts: 0,
        ..config
    })
    .unwrap()
}

/// The meter's answer as a frame; it must belong to the request.
fn ask(meter: &mut ElectricityMeter, asked: &Frame, now: WallTime) -> Frame {
    let bytes = meter.hear(&asked.encode(), now).expect("an answer");
    assert!(answer::belongs(asked, &bytes), "{}", hex::encode(&bytes));
    Frame::parse(&bytes).unwrap()
}

fn silent(meter: &mut ElectricityMeter, asked: &Frame, now: WallTime) {
    assert_eq!(meter.hear(&asked.encode(), now), None);
}

/// The data of an identifier.
fn read(meter: &mut ElectricityMeter, di: u32, now: WallTime) -> Vec<u8> {
    let frame = ask(meter, &request::read(address(), di), now);
    match answer::parse(&frame).unwrap() {
        Answer::Data { data, more, .. } => {
            assert!(!more);
            data.to_vec()
        }
        other => panic!("{di:08X}: {other:?}"),
    }
}

/// A number register as a whole number of its last digit.
fn number(meter: &mut ElectricityMeter, di: u32, now: WallTime) -> i64 {
    let format = crate::frame::dlt645::identifier::find(di).unwrap().format;
    format.number(&read(meter, di, now)).unwrap()
}

fn purchase(amount: u32, count: u32, digits: &str) -> Purchase {
    Purchase {
        operator: OPERATOR,
        amount,
        count,
        mac: [0; 4],
        customer: customer(digits),
        customer_mac: [0; 4],
    }
}

/// The error of C=03, or `None` for success.
fn refusal(frame: &Frame) -> Option<SecurityError> {
    match answer::parse(frame).unwrap() {
        Answer::SecurityRefused(error) => Some(error),
        Answer::Data { .. } => None,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn arbitrary_frames_never_panic_and_never_make_money(
        control: u8, data in proptest::collection::vec(any::<u8>(), 0..60), own: bool, esam: bool, seconds in 0i64..200_000,
    ) {
        let prepayment = if esam { Prepayment::Esam } else { Prepayment::OrderNumber };
        let mut meter = idle(MeterConfig { prepayment, balance: 500, ..MeterConfig::default() });
        let to = if own { address() } else { Address::WILDCARD };
        let frame = Frame::new(to, Control(control), data).unwrap();
        if let Some(answer) = meter.hear(&frame.encode(), later(seconds)) {
            let answer = Frame::parse(&answer).unwrap();
            prop_assert!(answer.control().from_meter());
        }
        prop_assert_eq!(meter.balance(), 500);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut meter = idle(MeterConfig::default());
        prop_assert_eq!(meter.hear(&bytes, noon()), None);
    }
}
