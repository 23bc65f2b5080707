//! Golden frames of the field and of the reference table, and the rules of a purchase.

use super::fault::Answer;
use super::receiver::Receiver;
use super::*;
use crate::host::bytes;

pub(super) const CUSTOMER: &str = "000000001234";

pub(super) fn meter(change: impl FnOnce(&mut ElectricityConfig)) -> ElectricityMeter {
    let mut config = ElectricityConfig {
        address: "123456789012".to_owned(),
        preamble: 0,
        ..ElectricityConfig::default()
    };
    config.first = Books {
        number: 1,
        balance: 0,
        cumulative: 0,
        ..Books::default()
    };
    change(&mut config);
    ElectricityMeter::open(config, None).unwrap()
}

fn sent(answers: Vec<Answer>) -> String {
    hex::encode_upper(
        answers
            .into_iter()
            .flat_map(|answer| answer.bytes)
            .collect::<Vec<u8>>(),
    )
}

fn ask(meter: &mut ElectricityMeter, frame: &str) -> String {
    sent(meter.hear(&bytes(frame)))
}

fn reply(meter: &mut ElectricityMeter, control: u8, data: &str) -> (u8, Vec<u8>) {
    reply_to(meter, "123456789012", control, data).expect("an answer")
}

pub(super) fn reply_to(
    meter: &mut ElectricityMeter,
    address: &str,
    control: u8,
    data: &str,
) -> Option<(u8, Vec<u8>)> {
    let address = bcd::address(address).unwrap();
    let frame = Frame645 {
        address,
        control,
        data: bytes(data),
    };
    let heard: Vec<u8> = meter
        .hear(&frame.encode())
        .into_iter()
        .flat_map(|answer| answer.bytes)
        .collect();
    let frames: Vec<Frame645> = Receiver::new().hear(&heard);
    frames
        .into_iter()
        .next()
        .map(|frame| (frame.control, frame.data))
}

pub(super) fn order(identifier: &str, fen: u32, number: u32, customer: &str) -> String {
    let mut wire = bytes(customer);
    wire.reverse();
    format!(
        "{identifier} 00000000 {} {} 00000000 {} 00000000",
        hex::encode(fen.to_le_bytes()),
        hex::encode(number.to_le_bytes()),
        hex::encode(wire)
    )
}

pub(super) fn top_up(meter: &mut ElectricityMeter, fen: u32, number: u32) -> (u8, Vec<u8>) {
    reply(meter, 0x03, &order("FF020107", fen, number, CUSTOMER))
}

#[test]
fn golden_top_up_is_applied_and_acknowledged_byte_for_byte() {
    let mut meter = meter(|config| config.long_reply = false);
    let request =
        "6812907856341268031E3235343A44556677435A333335333333DDEEFF1067453333333334353637EB16";
    assert_eq!(ask(&mut meter, request), "681290785634126883043235343AE216");
    let books = meter.books();
    assert_eq!(
        (books.number, books.balance, books.applied.len()),
        (2, 10_000, 1)
    );
}

#[test]
fn golden_serr_of_a_repeated_top_up() {
    let mut meter = meter(|config| {
        config.errors = ErrorForm::Serr;
        config.first.number = 2;
    });
    let request =
        "6812907856341268031E3235343A44556677435A333335333333DDEEFF1067453333333334353637EB16";
    assert_eq!(ask(&mut meter, request), "6812907856341268C3023533B316");
    assert_eq!(meter.books().applied, []);
}

#[test]
fn golden_serr_of_number_customer_and_hoarding() {
    let mut meter = meter(|config| config.errors = ErrorForm::Serr);
    let serr = |meter: &mut ElectricityMeter, fen, number, customer| {
        let address = bcd::address("123456789012").unwrap();
        let data = bytes(&order("FF020107", fen, number, customer));
        sent(
            meter.hear(
                &Frame645 {
                    address,
                    control: 3,
                    data,
                }
                .encode(),
            ),
        )
    };
    assert_eq!(
        serr(&mut meter, 100, 9, CUSTOMER),
        "6812907856341268C3025333D116"
    );
    assert_eq!(
        serr(&mut meter, 100, 2, "000000009999"),
        "6812907856341268C3024333C116"
    );
    assert_eq!(
        serr(&mut meter, 9_999_999, 2, CUSTOMER),
        "6812907856341268C3027333F116"
    );
    assert_eq!(meter.books().applied, []);
}

#[test]
fn golden_open_account_learns_the_customer() {
    let mut meter = meter(|config| {
        config.long_reply = false;
        config.first = Books {
            opened: false,
            customer: "000000000000".to_owned(),
            number: 0,
            ..config.first.clone()
        };
    });
    let request =
        "6812907856341268031E3234343A44556677BB46333334333333DDEEFF10674533333333343536374D16";
    let (control, data) = (0x83, "FF010107");
    let answer = ask(&mut meter, request);
    let frames: Vec<Frame645> = Receiver::new().hear(&bytes(&answer));
    assert_eq!(
        (frames[0].control, frames[0].data.clone()),
        (control, bytes(data))
    );
    let books = meter.books();
    assert_eq!(
        (books.number, books.balance, books.opened),
        (1, 5_000, true)
    );
    assert_eq!(books.customer, CUSTOMER);
    // The same opening again only marks the account and adds nothing.
    ask(&mut meter, request);
    assert_eq!(
        (meter.books().balance, meter.books().applied.len()),
        (5_000, 1)
    );
}

#[test]
fn golden_reads() {
    let mut meter = meter(|config| {
        config.first = Books {
            number: 7,
            balance: 12_345,
            ..config.first.clone()
        };
    });
    assert_eq!(
        ask(&mut meter, "681290785634126811043335C333F916"),
        "681290785634126891083335C33378563433B216"
    );
    assert_eq!(
        ask(&mut meter, "6812907856341268110434356636A016"),
        "68129078563412689106343566363A338F16"
    );
    let status = reply(&mut meter, 0x03, "FF028107 11223344");
    assert_eq!(
        status,
        (
            0x83,
            bytes("FF028107 39300000 00000000 07000000 00000000 341200000000 00000000")
        )
    );
}

#[test]
fn golden_address_read_from_a_field_meter() {
    let mut meter = meter(|config| config.address = "181226034194".to_owned());
    let answer = ask(&mut meter, "FEFEFEFE68AAAAAAAAAAAA681300DF16");
    assert_eq!(answer, "68944103261218689306C7743659454BEB16");
}

#[test]
fn golden_trip_with_password() {
    let mut meter = meter(|_| {});
    let request = "68129078563412681C1035333333445566774D338C8C566445CC5916";
    let (control, data) = (0x9C, Vec::new());
    let answer = ask(&mut meter, request);
    let frames: Vec<Frame645> = Receiver::new().hear(&bytes(&answer));
    assert_eq!((frames[0].control, frames[0].data.clone()), (control, data));
    assert!(!meter.books().supply_on);
    let status = reply(&mut meter, 0x11, "03050004").1;
    assert_eq!(status[4..], (0x0200u16 | 1 << 4 | 1 << 6).to_le_bytes());
    // Closing needs the password, and a time that has not passed.
    let wrong = reply(&mut meter, 0x1C, "02111111 00000000 1C 00 595923311299");
    assert_eq!(wrong, (0xDC, vec![0x04]));
    let expired = reply(&mut meter, 0x1C, "02000000 00000000 1C 00 595923311220");
    assert_eq!(expired, (0xDC, vec![0x01]));
    let closed = reply(&mut meter, 0x1C, "02000000 00000000 1C 00 595923311299");
    assert_eq!(closed, (0x9C, vec![]));
    assert!(meter.books().supply_on);
}

#[test]
fn a_field_answer_with_check_sum_ff_is_encoded_alike() {
    let frame = Frame645 {
        address: bcd::address("509442003357").unwrap(),
        control: 0x91,
        data: bytes("00000000 19300500"),
    };
    assert_eq!(
        hex::encode_upper(frame.encode()),
        "68573300429450689108333333334C633833FF16"
    );
}

#[test]
fn the_long_reply_carries_balance_count_and_customer() {
    let mut meter = meter(|_| {});
    let (control, data) = top_up(&mut meter, 2_500, 2);
    assert_eq!(
        (control, data),
        (0x83, bytes("FF020107 C4090000 02000000 341200000000"))
    );
}

#[test]
fn one_byte_errors_in_their_order() {
    let mut meter = meter(|_| {});
    assert_eq!(top_up(&mut meter, 100, 1), (0xC3, vec![0x80]), "repeated");
    assert_eq!(top_up(&mut meter, 100, 3), (0xC3, vec![0x80]), "skipped");
    assert_eq!(
        top_up(&mut meter, 100, 0x0001_0002),
        (0xC3, vec![0x80]),
        "upper bytes"
    );
    let stranger = order("FF020107", 100, 2, "000000009999");
    assert_eq!(reply(&mut meter, 0x03, &stranger), (0xC3, vec![0x81]));
    assert_eq!(top_up(&mut meter, 1_000_001, 2), (0xC3, vec![0x82]));
    assert_eq!(top_up(&mut meter, 500_001, 2), (0xC3, vec![0x83]));
    assert_eq!(top_up(&mut meter, 0, 2), (0xC3, vec![0x83]));
    assert_eq!(
        reply(&mut meter, 0x03, "FF020107 00000000 01"),
        (0xC3, vec![0x84])
    );
    assert_eq!(meter.books().applied, []);
}

#[test]
fn overdraft_is_repaid_first_and_the_relay_closes_again() {
    let mut meter = meter(|config| config.first.balance = 300);
    meter.consume(800);
    assert_eq!(
        (meter.books().balance, meter.books().supply_on),
        (-500, false)
    );
    assert_eq!(
        reply(&mut meter, 0x11, "01029000").1[4..],
        bytes("00050000")
    );
    top_up(&mut meter, 2_000, 2);
    assert_eq!(
        (meter.books().balance, meter.books().supply_on),
        (1_500, true)
    );
    assert_eq!(
        reply(&mut meter, 0x11, "00029000").1[4..],
        bytes("00150000")
    );
}

#[test]
fn foreign_broadcast_and_wildcard_writes_are_not_answered() {
    let mut meter = meter(|_| {});
    let write = order("FF020107", 100, 2, CUSTOMER);
    assert_eq!(reply_to(&mut meter, "123456789013", 0x11, "00029000"), None);
    assert_eq!(reply_to(&mut meter, "999999999999", 0x11, "00029000"), None);
    assert_eq!(reply_to(&mut meter, "AAAAAAAAAAAA", 0x03, &write), None);
    assert_eq!(meter.books().applied, []);
    assert!(reply_to(&mut meter, "AAAAAAAAAAAA", 0x03, "FF028107 00000000").is_some());
    assert!(reply_to(&mut meter, "AAAA56789012", 0x11, "00029000").is_some());
    assert_eq!(reply_to(&mut meter, "AAAA56789011", 0x11, "00029000"), None);
    assert_eq!(
        reply_to(&mut meter, "12AA56789012", 0x11, "00029000"),
        None,
        "a hole"
    );
}

#[test]
fn unknown_data_is_an_error_answer() {
    let mut meter = meter(|_| {});
    assert_eq!(reply(&mut meter, 0x11, "EEEEEEEE"), (0xD1, vec![0x02]));
    assert_eq!(
        reply(&mut meter, 0x14, "01040004 02000000 00000000"),
        (0xD4, vec![0x04])
    );
}
