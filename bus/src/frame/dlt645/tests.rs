use super::answer::{Answer, belongs, parse};
use super::purchase::{CustomerNumber, Operator, Purchase, PurchaseAnswer, StatusAnswer};
use super::relay::{Password, RelayCommand, RelayOrder};
use super::*;
use crate::frame::FrameError;
use crate::frame::wall_time::WallTime;
use proptest::prelude::*;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn meter() -> Address {
    Address::from_digits("123456789012").unwrap()
}

fn customer() -> CustomerNumber {
    CustomerNumber::from_digits("000000001234").unwrap()
}

fn purchase(amount: u32, count: u32) -> Purchase {
    Purchase {
        operator: Operator([0x11, 0x22, 0x33, 0x44]),
        amount,
        count,
        mac: [0xAA, 0xBB, 0xCC, 0xDD],
        customer: customer(),
        customer_mac: [1, 2, 3, 4],
    }
}

#[test]
fn requests_are_byte_for_byte_those_of_the_reference() {
    let until = WallTime::new(2099, 12, 31, 23, 59, 59).unwrap();
    let trip = RelayOrder {
        password: Password {
            class: 2,
            digits: [0; 3],
        },
        operator: Operator([0x11, 0x22, 0x33, 0x44]),
        command: RelayCommand::Trip,
        delay: 0,
        valid_until: until,
    };
    let noon = WallTime::new(2025, 11, 24, 12, 30, 0).unwrap();
    for (frame, expected) in [
        (request::read_address(), "68AAAAAAAAAAAA681300DF16"),
        (
            request::read(meter(), 0x0090_0200),
            "681290785634126811043335C333F916",
        ),
        (
            request::top_up(meter(), purchase(10_000, 2)),
            "6812907856341268031E3235343A44556677435A333335333333DDEEFF1067453333333334353637EB16",
        ),
        (
            request::open_account(meter(), purchase(5_000, 1)),
            "6812907856341268031E3234343A44556677BB46333334333333DDEEFF10674533333333343536374D16",
        ),
        (
            request::status(meter(), Operator([0x11, 0x22, 0x33, 0x44])),
            "681290785634126803083235B43A445566775C16",
        ),
        (
            request::relay(meter(), trip),
            "68129078563412681C1035333333445566774D338C8C566445CC5916",
        ),
        (
            request::broadcast_time(noon),
            "689999999999996808063363455744584216",
        ),
    ] {
        assert_eq!(hex::encode_upper(frame.encode()), expected);
    }
}

#[test]
fn an_answer_belongs_by_address_function_and_identifier() {
    let asked = request::read(meter(), 0x0090_0200);
    let answer = bytes("681290785634126891083335C33378563433B216");
    assert!(belongs(&asked, &answer));
    assert!(belongs(&asked, &[vec![0xFE; 4], answer].concat()));
    assert!(!belongs(&asked, &asked.encode()), "its echo");
    assert!(
        !belongs(&asked, &bytes("68129078563412689106343566363A338F16")),
        "another identifier"
    );
    assert!(
        belongs(&asked, &bytes("6812907856341268D101358D16")),
        "a refusal carries none"
    );
    assert!(
        !belongs(&asked, &bytes("6812907856341268C3023533B316")),
        "a refusal of another function"
    );
    assert!(
        !belongs(&asked, &bytes("6860079204009168D101376716")),
        "another meter"
    );
    assert!(!belongs(&asked, &[]), "nothing");
}

#[test]
fn a_meter_that_answers_with_a_wildcard_is_not_believed() {
    let asked = request::read(Address::WILDCARD, 0x0090_0200);
    let wild = Frame::fixed(
        Address::WILDCARD,
        Control(0x91),
        [0x00, 0x02, 0x90, 0x00, 1, 0, 0, 0],
    );
    assert!(!belongs(&asked, &wild.encode()));
    let answer = bytes("681290785634126891083335C33378563433B216");
    assert!(belongs(&asked, &answer));
}

#[test]
fn a_read_address_answer_belongs_to_the_wildcard() {
    let answer = bytes("6812907856341268930645C3AB8967450716");
    assert!(belongs(&request::read_address(), &answer));
    let frame = Frame::parse(&answer).unwrap();
    assert_eq!(parse(&frame), Ok(Answer::Address(meter())));
}

#[test]
fn answers_of_impossible_length_are_errors() {
    for (control, data) in [
        (0x91, vec![1, 2, 3]),
        (0xD1, vec![]),
        (0xD1, vec![1, 2]),
        (0xC3, vec![1, 2, 3]),
        (0x93, vec![1]),
    ] {
        let frame = Frame::new(meter(), Control(control), data).unwrap();
        assert!(
            matches!(parse(&frame), Err(FrameError::Content(_))),
            "{control:02X}"
        );
    }
    let request = request::read(meter(), 0);
    assert!(parse(&request).is_err());
}

#[test]
fn more_than_255_bytes_are_refused() {
    assert!(Frame::new(meter(), Control(0x91), vec![0; 256]).is_err());
    let longest = Frame::new(meter(), Control(0x91), vec![0; 255]).unwrap();
    assert_eq!(Frame::parse(&longest.encode()), Ok(longest));
}

#[test]
fn the_first_fault_is_named() {
    let good = "681290785634126891083335C33378563433B216";
    let fault = |text: &str| Frame::parse(&bytes(text)).unwrap_err();
    assert_eq!(
        fault("6812"),
        FrameError::TooShort {
            needed: 12,
            actual: 2
        }
    );
    assert_eq!(
        fault(""),
        FrameError::TooShort {
            needed: 12,
            actual: 0
        }
    );
    assert_eq!(
        fault("6912"),
        FrameError::BadStart {
            offset: 0,
            found: 0x69
        }
    );
    assert_eq!(
        fault("681290785634126991083335C33378563433B216"),
        FrameError::BadStart {
            offset: 7,
            found: 0x69
        }
    );
    assert_eq!(
        fault(&good[..38]),
        FrameError::Length {
            declared: 20,
            actual: 19
        }
    );
    assert_eq!(
        fault("681290785634126891073335C33378563433B216"),
        FrameError::Length {
            declared: 19,
            actual: 20
        }
    );
    assert_eq!(
        fault(&format!("{good}0000")),
        FrameError::Trailing { count: 2 }
    );
}

proptest! {
    #[test]
    fn a_frame_comes_back(address: [u8; 6], control: u8, data in proptest::collection::vec(any::<u8>(), 0..=255), preamble in 0u8..9) {
        let frame = Frame::new(Address::from_wire(address), Control(control), data).unwrap();
        prop_assert_eq!(Frame::parse(&frame.encode_after_preamble(preamble)), Ok(frame));
    }

    #[test]
    fn purchases_and_answers_come_back(amount: u32, count: u32, mac: [u8; 4], operator: [u8; 4], customer: [u8; 6]) {
        let customer = CustomerNumber::from_wire(customer);
        let purchase = Purchase { operator: Operator(operator), amount, count, mac, customer, customer_mac: mac };
        prop_assert_eq!(Purchase::parse(&purchase.to_data(1)[4..]), Some(purchase));
        let status = StatusAnswer { balance: amount, balance_mac: mac, count, count_mac: mac, customer, key_info: operator };
        prop_assert_eq!(StatusAnswer::parse(&status.to_data()[4..]), Some(status));
        let answer = PurchaseAnswer { balance: amount, count, customer };
        prop_assert_eq!(PurchaseAnswer::parse(&answer.to_data(1)[4..]), Some(answer));
    }

    #[test]
    fn relay_orders_come_back_or_are_refused(data: [u8; 16]) {
        if let Some(order) = RelayOrder::parse(&data) {
            prop_assert_eq!(order.to_data(), data);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let asked = request::read(meter(), 0x0090_0200);
        prop_assert!(!belongs(&asked, &bytes));
        if let Ok(frame) = Frame::parse(&bytes) {
            let _ = parse(&frame);
        }
    }

    #[test]
    fn arbitrary_answers_never_panic(control: u8, data in proptest::collection::vec(any::<u8>(), 0..=60)) {
        let frame = Frame::new(meter(), Control(control), data).unwrap();
        let _ = parse(&frame);
    }
}
