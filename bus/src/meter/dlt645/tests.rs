use super::*;
use crate::frame::dlt645::purchase::{CustomerNumber, Operator, PurchaseAnswer};
use crate::frame::dlt645::{Control, Function};
use crate::meter::scripted::{Script, Step, Wire, run};
use crate::meter::{MeterAddress, MeterDriver, Outcome, Profile};

mod relay;

const ADDRESS: &str = "260305510012";
const REFUSED_READ: u8 = 0xD1;
const REFUSED_SECURITY: u8 = 0xC3;

fn profile(books: BooksSource) -> Profile {
    let books = match books {
        BooksSource::StatusQuery => "status_query",
        BooksSource::Registers => "registers",
    };
    let text = format!(
        "base = \"dlt645-plain\"\n[dialect]\ncustomer_number = \"1234\"\noperator = \"11223344\"\nbooks = \"{books}\""
    );
    Profile::parse(&text).unwrap()
}

fn driver(books: BooksSource) -> MeterDriver {
    let address: MeterAddress = ADDRESS.parse().unwrap();
    MeterDriver::new(profile(books), address, 2400).unwrap()
}

fn meter() -> Address {
    Address::from_digits(ADDRESS).unwrap()
}

fn frame(control: u8, data: &[u8]) -> Vec<u8> {
    Frame::new(meter(), Control(control), data.to_vec())
        .unwrap()
        .encode()
}

fn answer_to_read(di: u32, data: &[u8]) -> Vec<u8> {
    frame(0x91, &[&di.to_le_bytes(), data].concat())
}

fn reads(di: u32, wire: Wire) -> Step {
    let request = request::read(meter(), di).encode();
    Step { request, wire }
}

fn says(di: u32, data: &[u8]) -> Step {
    reads(di, Wire::Frames(vec![answer_to_read(di, data)]))
}

fn asks_status(wire: Wire) -> Step {
    let request = request::status(meter(), Operator([0x11, 0x22, 0x33, 0x44])).encode();
    Step { request, wire }
}

fn status(balance: u32, count: u32) -> Vec<u8> {
    let answer = StatusAnswer {
        balance,
        balance_mac: [0xA1; 4],
        count,
        count_mac: [0xB1; 4],
        customer: CustomerNumber::from_digits("1234").unwrap(),
        key_info: [0; 4],
    };
    frame(0x83, &answer.to_data())
}

fn writes(wire: Wire) -> Step {
    let purchase = Purchase {
        operator: Operator([0x11, 0x22, 0x33, 0x44]),
        amount: 10_000,
        count: 7,
        mac: [0; 4],
        customer: CustomerNumber::from_digits("1234").unwrap(),
        customer_mac: [0; 4],
    };
    let request = request::top_up(meter(), purchase).encode();
    Step { request, wire }
}

fn top_up_done() -> Vec<u8> {
    frame(0x83, &TOP_UP.to_le_bytes())
}

fn order() -> CreditOrder {
    CreditOrder {
        number: 7,
        amount: Amount(10_000),
        before: Reading {
            purchase_number: 6,
            balance: Amount(2_345),
            last_amount: Some(Amount(3_000)),
            cumulative: Some(Amount(25_000)),
            supply: Supply::On,
        },
    }
}

/// The three exchanges of a read-back that finds purchase `count`.
fn books(balance: u32, count: u32, last: &[u8; 4], cumulative: &[u8; 4]) -> Vec<Step> {
    vec![
        asks_status(Wire::Frames(vec![status(balance, count)])),
        says(known::LAST_PURCHASE_AMOUNT, last),
        says(known::LAST_PURCHASE_CUMULATIVE, cumulative),
    ]
}

fn applied_books() -> Vec<Step> {
    books(
        12_345,
        7,
        &[0x00, 0x00, 0x01, 0x00],
        &[0x00, 0x50, 0x03, 0x00],
    )
}

fn untouched_books() -> Vec<Step> {
    books(
        2_345,
        6,
        &[0x00, 0x30, 0x00, 0x00],
        &[0x00, 0x50, 0x02, 0x00],
    )
}

fn play(steps: impl IntoIterator<Item = Step>) -> Outcome {
    let mut link = Script::new(steps);
    let outcome = run(driver(BooksSource::StatusQuery).credit(&mut link, &order()));
    link.finish();
    outcome
}

fn credit(write: Wire, afterwards: Vec<Step>) -> Outcome {
    play(std::iter::once(writes(write)).chain(afterwards))
}

#[test]
fn a_reading_has_the_books_and_the_relay() {
    let mut link = Script::new(
        untouched_books()
            .into_iter()
            .chain([says(known::STATUS_WORD_3, &[0x10, 0x00])]),
    );
    let reading = run(driver(BooksSource::StatusQuery).read(&mut link)).unwrap();
    link.finish();
    assert_eq!(
        reading,
        Reading {
            supply: Supply::Off,
            ..order().before
        }
    );
}

#[test]
fn a_meter_without_the_status_query_is_read_from_its_registers() {
    let registers = || {
        [
            says(known::REMAINING_AMOUNT, &[0x45, 0x23, 0x01, 0x00]),
            says(known::LAST_PURCHASE_COUNT, &[0x12, 0x00]),
            says(known::LAST_PURCHASE_AMOUNT, &[0xFF; 4]),
            reads(
                known::LAST_PURCHASE_CUMULATIVE,
                Wire::Frames(vec![frame(REFUSED_READ, &[0x02])]),
            ),
            says(known::STATUS_WORD_3, &[0x00, 0x00]),
        ]
    };
    let refused = asks_status(Wire::Frames(vec![frame(REFUSED_SECURITY, &[0x08, 0x00])]));
    let mut link = Script::new(std::iter::once(refused).chain(registers()));
    let asked = run(driver(BooksSource::StatusQuery).read(&mut link)).unwrap();
    link.finish();
    let mut link = Script::new(registers());
    let told = run(driver(BooksSource::Registers).read(&mut link)).unwrap();
    link.finish();
    assert_eq!(asked, told);
    assert_eq!(told.purchase_number, 12);
    assert_eq!(told.balance, Amount(12_345));
    assert_eq!((told.last_amount, told.cumulative), (None, None));
}

#[test]
fn an_overdraft_is_a_negative_balance() {
    let mut link = Script::new([
        asks_status(Wire::Frames(vec![status(0, 6)])),
        says(known::OVERDRAFT_AMOUNT, &[0x50, 0x12, 0x00, 0x00]),
        says(known::LAST_PURCHASE_AMOUNT, &[0; 4]),
        says(known::LAST_PURCHASE_CUMULATIVE, &[0; 4]),
        says(known::STATUS_WORD_3, &[0x00, 0x00]),
    ]);
    let reading = run(driver(BooksSource::StatusQuery).read(&mut link)).unwrap();
    link.finish();
    assert_eq!(reading.balance, Amount(-1_250));
}

#[test]
fn a_purchase_is_applied_when_the_books_say_so() {
    let Outcome::Applied(now) = credit(Wire::Frames(vec![top_up_done()]), applied_books()) else {
        panic!("not applied");
    };
    assert_eq!((now.purchase_number, now.balance), (7, Amount(12_345)));
}

#[test]
fn the_long_answer_of_a_meter_without_esam_is_a_yes_too() {
    let long = PurchaseAnswer {
        balance: 12_345,
        count: 7,
        customer: CustomerNumber::from_digits("1234").unwrap(),
    };
    let outcome = credit(
        Wire::Frames(vec![frame(0x83, &long.to_data(TOP_UP))]),
        applied_books(),
    );
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn a_lost_answer_is_resolved_by_the_books_and_never_sent_again() {
    let outcome = credit(Wire::Frames(vec![]), applied_books());
    assert!(matches!(outcome, Outcome::Applied(_)));
    let outcome = credit(Wire::Frames(vec![]), untouched_books());
    assert!(matches!(
        outcome,
        Outcome::NotApplied {
            refusal: Refusal::Lost,
            ..
        }
    ));
}

#[test]
fn a_refusal_is_only_believed_when_the_books_agree() {
    let repeated = || Wire::Frames(vec![frame(REFUSED_SECURITY, &[0x02, 0x00])]);
    assert!(matches!(
        credit(repeated(), applied_books()),
        Outcome::Applied(_)
    ));
    for (word, refusal) in [
        (vec![0x40, 0x00], Refusal::HoardingLimit),
        (vec![0x40], Refusal::HoardingLimit),
        (vec![0x82], Refusal::HoardingLimit),
        (vec![0x10, 0x00], Refusal::WrongCustomer),
        (vec![0x81, 0x00], Refusal::WrongCustomer),
        (vec![0x20, 0x00], Refusal::WrongNumber),
        (vec![0x80, 0x00], Refusal::WrongNumber),
        (
            vec![0x00, 0x00],
            Refusal::Other("other error, locked out".to_owned()),
        ),
    ] {
        let outcome = credit(
            Wire::Frames(vec![frame(REFUSED_SECURITY, &word)]),
            untouched_books(),
        );
        let now = Reading {
            supply: Supply::NotReported,
            ..order().before
        };
        assert_eq!(outcome, Outcome::NotApplied { refusal, now }, "{word:02X?}");
    }
}

#[test]
fn answers_of_others_and_to_others_are_not_taken() {
    let other_meter = Frame::new(
        Address::from_digits("260305510013").unwrap(),
        Control::refusal(Function::Security),
        vec![0x40, 0x00],
    )
    .unwrap()
    .encode();
    let late_status = status(2_345, 6);
    let echo = writes(Wire::Frames(vec![])).request;
    let late_read = answer_to_read(known::LAST_PURCHASE_AMOUNT, &[0; 4]);
    let noise = vec![
        other_meter,
        late_status,
        echo,
        late_read,
        vec![0x68],
        top_up_done(),
    ];
    assert!(matches!(
        credit(Wire::Frames(noise), applied_books()),
        Outcome::Applied(_)
    ));
}

#[test]
fn a_late_refusal_of_the_write_does_not_spoil_the_read_back() {
    let steps = [
        writes(Wire::Frames(vec![])),
        asks_status(Wire::Frames(vec![frame(REFUSED_SECURITY, &[0x40, 0x00])])),
        says(known::REMAINING_AMOUNT, &[0x45, 0x23, 0x00, 0x00]),
        says(known::LAST_PURCHASE_COUNT, &[0x06, 0x00]),
        says(known::LAST_PURCHASE_AMOUNT, &[0x00, 0x30, 0x00, 0x00]),
        says(known::LAST_PURCHASE_CUMULATIVE, &[0x00, 0x50, 0x02, 0x00]),
    ];
    assert!(matches!(
        play(steps),
        Outcome::NotApplied {
            refusal: Refusal::Lost,
            ..
        }
    ));
}

#[test]
fn three_failed_read_backs_leave_it_unknown() {
    let silent = || asks_status(Wire::Frames(vec![]));
    let outcome = credit(
        Wire::Frames(vec![top_up_done()]),
        vec![silent(), silent(), silent()],
    );
    assert!(matches!(outcome, Outcome::Unknown(_)));
}

#[test]
fn a_third_read_back_is_enough() {
    let mut steps = vec![asks_status(Wire::Broken), asks_status(Wire::NotConnected)];
    steps.extend(applied_books());
    assert!(matches!(credit(Wire::Broken, steps), Outcome::Applied(_)));
}

#[test]
fn a_yes_that_the_books_do_not_show_is_read_again() {
    let mut steps = untouched_books();
    steps.extend(applied_books());
    let outcome = credit(Wire::Frames(vec![top_up_done()]), steps);
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn resolving_only_reads() {
    let mut link = Script::new(applied_books());
    let outcome = run(driver(BooksSource::StatusQuery).resolve(&mut link, &order()));
    link.finish();
    assert!(matches!(outcome, Outcome::Applied(_)));
}

#[test]
fn a_malformed_amount_is_no_reading() {
    let bad = || {
        vec![
            asks_status(Wire::Frames(vec![status(1, 7)])),
            says(known::LAST_PURCHASE_AMOUNT, &[0x0A, 0, 0, 0]),
        ]
    };
    let steps = [bad(), bad(), bad()].into_iter().flatten().collect();
    assert!(matches!(
        credit(Wire::Frames(vec![top_up_done()]), steps),
        Outcome::Unknown(_)
    ));
}
