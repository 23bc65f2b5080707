use super::answer::{Answer, belongs, parse};
use super::identifier::PURCHASE;
use super::purchase::Purchase;
use super::status::Status;
use super::valve::ValveCommand;
use super::*;
use crate::frame::FrameError;
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn meter() -> Address {
    Address::from_digits(0x10, "00002020120218").unwrap()
}

#[test]
fn requests_are_byte_for_byte_those_of_the_reference() {
    let purchase = Purchase {
        sequence: 3,
        amount: 10_000,
    };
    let valve = Address::from_digits(0x10, "78331505900569").unwrap();
    let long = Address::from_digits(0x10, "71962403180002").unwrap();
    let high = DiOrder::HighFirst;
    for (frame, expected) in [
        (
            request::read_address(high, 0),
            "68AAAAAAAAAAAAAAAA0303810A004916",
        ),
        (
            request::read(meter(), high, PURCHASE, 6),
            "68101802122020000001038105067416",
        ),
        (
            request::write_purchase(meter(), high, 5, purchase).unwrap(),
            "6810180212202000000408A013050300000100AC16",
        ),
        (
            request::move_valve(valve, high, 1, ValveCommand::Open),
            "6810690590051533780404A01701555016",
        ),
        (
            request::move_valve(valve, high, 1, ValveCommand::Close),
            "6810690590051533780404A01701999416",
        ),
        (
            request::move_valve_long(long, high, 0xD8, ValveCommand::Open),
            "6810020018032496710407A017D855000000AF16",
        ),
    ] {
        assert_eq!(hex::encode_upper(frame.encode()), expected);
    }
}

#[test]
fn an_answer_belongs_by_address_function_identifier_and_serial() {
    let asked = request::read(meter(), DiOrder::HighFirst, PURCHASE, 6);
    let answer = bytes("68101802122020000081128105060300000100005003005087000000003116");
    assert!(belongs(&asked, &answer));
    assert!(!belongs(&asked, &asked.encode()), "its echo");
    let other_serial = request::read(meter(), DiOrder::HighFirst, PURCHASE, 7);
    assert!(!belongs(&other_serial, &answer));
    let other_di = request::read(meter(), DiOrder::HighFirst, 0x901F, 6);
    assert!(!belongs(&other_di, &answer));
    let other_kind = Address::from_digits(0x30, "00002020120218").unwrap();
    assert!(!belongs(
        &request::read(other_kind, DiOrder::HighFirst, PURCHASE, 6),
        &answer
    ));
    let low_first = request::read(meter(), DiOrder::LowFirst, PURCHASE, 6);
    assert!(
        belongs(&low_first, &answer),
        "either byte order is the same identifier"
    );
}

#[test]
fn a_refusal_belongs_by_serial_and_function() {
    let refusal = bytes("681018021220200000C403050000B016");
    let purchase = Purchase {
        sequence: 3,
        amount: 100,
    };
    let write =
        |serial| request::write_purchase(meter(), DiOrder::HighFirst, serial, purchase).unwrap();
    assert!(belongs(&write(5), &refusal));
    assert!(!belongs(&write(6), &refusal));
    assert!(!belongs(
        &request::read(meter(), DiOrder::HighFirst, PURCHASE, 5),
        &refusal
    ));
    let frame = Frame::parse(&refusal).unwrap();
    let status = Status([0, 0]);
    assert_eq!(parse(&frame), Ok(Answer::Refused { serial: 5, status }));
}

#[test]
fn an_amount_of_nine_digits_is_refused() {
    let purchase = Purchase {
        sequence: 3,
        amount: 100_000_000,
    };
    assert!(request::write_purchase(meter(), DiOrder::HighFirst, 5, purchase).is_err());
}

#[test]
fn the_first_fault_is_named() {
    let good = "68101802122020000001038105067416";
    let fault = |text: &str| Frame::parse(&bytes(text)).unwrap_err();
    assert_eq!(
        fault("6810"),
        FrameError::TooShort {
            needed: 13,
            actual: 2
        }
    );
    assert_eq!(
        fault("00"),
        FrameError::BadStart {
            offset: 0,
            found: 0
        }
    );
    assert_eq!(
        fault(&good[..30]),
        FrameError::Length {
            declared: 16,
            actual: 15
        }
    );
    assert_eq!(
        fault(&format!("{good}16")),
        FrameError::Trailing { count: 1 }
    );
    assert_eq!(
        fault("68101802122020000001038105067516"),
        FrameError::Checksum {
            expected: 0x74,
            found: 0x75
        }
    );
    assert_eq!(
        fault("68101802122020000001038105067417"),
        FrameError::EndMark { found: 0x17 }
    );
}

proptest! {
    #[test]
    fn a_frame_comes_back(kind: u8, address: [u8; 7], control: u8, data in proptest::collection::vec(any::<u8>(), 0..=255), preamble in 0u8..9) {
        let frame = Frame::new(Address::from_wire(kind, address), Control(control), data).unwrap();
        prop_assert_eq!(Frame::parse(&frame.encode_after_preamble(preamble)), Ok(frame));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let asked = request::read(meter(), DiOrder::HighFirst, PURCHASE, 6);
        prop_assert!(!belongs(&asked, &bytes));
        if let Ok(frame) = Frame::parse(&bytes) {
            let _ = parse(&frame);
        }
    }
}
