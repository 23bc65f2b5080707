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
fn every_other_write_has_the_length_the_standard_gives() {
    use super::key::NewKey;
    use super::metering::Quantity;
    use super::price::Prices;
    use crate::frame::wall_time::WallTime;
    let (meter, order) = (meter(), DiOrder::HighFirst);
    let prices = Prices {
        prices: [250, 375, 600],
        steps: [15, 30],
    };
    let now = WallTime::new(2026, 11, 25, 3, 0, 0).unwrap();
    let reading = Quantity {
        hundredths: Some(12_300),
        unit: 0x2C,
    };
    let to = Address::from_digits(0x10, "71962403180002").unwrap();
    let key = NewKey {
        version: 2,
        key: [1; 8],
    };
    for (frame, control, length) in [
        (
            request::write_prices(meter, order, 1, prices, 1).unwrap(),
            0x04,
            0x13,
        ),
        (
            request::write_settlement_day(meter, order, 1, 31).unwrap(),
            0x04,
            0x04,
        ),
        (
            request::write_reading_day(meter, order, 1, 1).unwrap(),
            0x04,
            0x04,
        ),
        (request::read_key_version(meter, order, 1), 0x09, 0x03),
        (request::write_key(meter, order, 1, key), 0x04, 0x0C),
        (request::set_clock(meter, order, 1, now), 0x04, 0x0A),
        (
            request::synchronise(meter, order, 1, reading).unwrap(),
            0x16,
            0x08,
        ),
        (
            request::set_address(meter, order, 1, to).unwrap(),
            0x15,
            0x0A,
        ),
        (request::enable_factory(meter, order, 1), 0x04, 0x03),
    ] {
        let bytes = frame.encode();
        assert_eq!((bytes[9], bytes[10]), (control, length), "{frame:?}");
    }
    assert!(request::write_settlement_day(meter, order, 1, 32).is_err());
    assert!(request::set_address(meter, order, 1, Address::WILDCARD).is_err());
    assert!(!format!("{key:?}").contains("[1"), "a key is not shown");
}

#[test]
fn a_meter_with_a_new_address_may_answer_from_either() {
    let to = Address::from_digits(0x10, "71962403180002").unwrap();
    let asked = request::set_address(meter(), DiOrder::HighFirst, 9, to).unwrap();
    let answer = |from| Frame::fixed(from, Control(0x95), [0xA0, 0x18, 9]).encode();
    assert!(belongs(&asked, &answer(meter())));
    assert!(belongs(&asked, &answer(to)));
    let third = Address::from_digits(0x10, "71962403180003").unwrap();
    assert!(!belongs(&asked, &answer(third)));
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
