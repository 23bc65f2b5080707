//! Dialects that only recombine known parts: a text, and no code.

use super::*;
use crate::emulate::dlt645::{ElectricityMeter, MeterConfig, Prepayment};
use crate::frame::cjt188::{Address, Control, Frame, Function};
use crate::meter::emulated::{Fault, Way};
use crate::meter::profile::CreditUnit;
use crate::meter::scripted::{Step, Wire};
use crate::meter::{Decimal, Numbering, RegisterValue, SwitchOutcome};

/// A dialect nobody has built yet: identifiers low byte first, a sequence of two digits, volumes in tenths as binary with the
/// low byte first, two bytes of padding, the valve in the high bits, and a metering block of its own.
const NEVER_SEEN: &str = r#"
name = "never-seen"
protocol = "cjt188"
billing = "on_meter"
capabilities = ["read", "credit", "switch", "events"]

[dialect]
di_order = "low_first"
status_layout = "high_bits"
valve_command = "long"
sequence = "bcd"
amount_unit = "volume"
amount_coding = "binary"
amount_places = 1
purchase_padding = 2

[timing]
preamble = 2
answer_delay_ms = 1200

[[register]]
name = "volume"
id = "911F"
quantity = "volume"
coding = "binary_high_first"
at = 1
bytes = 3
places = 3
unit = "told_before"

[[register]]
name = "status"
id = "911F"
quantity = "status"
coding = "bits"
at = 4
bytes = 1
flags = { magnet = 0 }
"#;

const ADDRESS: &str = "10-00002020120218";

fn never_seen() -> MeterDriver {
    let profile = Profile::parse(NEVER_SEEN).unwrap_or_else(|error| panic!("{error}"));
    MeterDriver::new(profile, ADDRESS.parse().unwrap(), 2400).unwrap()
}

fn bytes(control: Control, data: &[u8]) -> Vec<u8> {
    let address = Address::from_digits(0x10, "00002020120218").unwrap();
    Frame::new(address, control, data.to_vec())
        .unwrap()
        .encode()
}

fn step(function: Function, request: &[u8], answer: &[u8]) -> Step {
    Step {
        request: bytes(Control::request(function), request),
        wire: Wire::Frames(vec![bytes(Control::answer(function), answer)]),
    }
}

#[test]
fn a_new_dialect_is_credited_switched_and_read_by_its_text_alone() {
    let driver = never_seen();
    assert_eq!(driver.numbering(), Numbering::TwoDigits);
    assert_eq!(driver.profile().credit_unit(), CreditUnit::Volume);
    let record = |serial, sequence, last: [u8; 4], sum: [u8; 4], status: u8| {
        let mut answer = vec![0x05, 0x81, serial, sequence];
        answer.extend(last);
        answer.extend(sum);
        answer.extend([0x2C, 0x01, 0, 0, status, 0]);
        step(Function::Read, &[0x05, 0x81, serial], &answer)
    };
    let mut link = Script::new([
        record(0, 0x99, [0x64, 0, 0, 0], [0xE8, 0x03, 0, 0], 0x00),
        // 99 is followed by 00; 12.5 cubic metres are 125 tenths.
        step(
            Function::Write,
            &[0x13, 0xA0, 1, 0x00, 125, 0, 0, 0, 0, 0],
            &[0x13, 0xA0, 1, 0x00, 0x00],
        ),
        record(2, 0x00, [125, 0, 0, 0], [0x65, 0x04, 0, 0], 0x00),
        step(
            Function::Write,
            &[0x17, 0xA0, 3, 0x99, 0, 0, 0],
            &[0x17, 0xA0, 3, 0x40, 0x00],
        ),
        record(4, 0x00, [125, 0, 0, 0], [0x65, 0x04, 0, 0], 0x40),
        step(
            Function::Read,
            &[0x1F, 0x91, 5],
            &[0x1F, 0x91, 5, 0x2C, 0x01, 0x02, 0x03, 0x01],
        ),
    ]);
    let before = run(driver.read(&mut link)).unwrap();
    assert_eq!(
        (before.purchase_number, before.balance),
        (99, Amount(3_000))
    );
    let order = CreditOrder {
        number: 100,
        amount: Amount(1_250),
        before,
    };
    let outcome = run(driver.credit(&mut link, &order));
    assert!(
        matches!(&outcome, Outcome::Applied(now) if now.cumulative == Some(Amount(11_250))),
        "{outcome:?}"
    );
    let until = WallTime::new(2026, 11, 25, 12, 0, 0).unwrap();
    assert_eq!(
        run(driver.switch(&mut link, false, until)),
        SwitchOutcome::Done(Supply::Off)
    );
    let readings = run(driver.read_registers(&mut link)).unwrap();
    let right = Decimal {
        value: 0x01_02_03,
        places: 3,
    };
    assert_eq!(readings[0].value, RegisterValue::Number(right));
    assert_eq!(readings[0].unit.as_deref(), Some("m3"));
    link.finish();
}

#[test]
fn a_volume_between_two_steps_is_refused_before_anything_is_sent() {
    let order = CreditOrder {
        number: 7,
        amount: Amount(1_255),
        ..order(7, 0)
    };
    let outcome = run(never_seen().credit(&mut Script::new([]), &order));
    assert!(matches!(
        outcome,
        Outcome::NotApplied {
            refusal: Refusal::Other(_),
            ..
        }
    ));
}

fn electricity(base: &str, prepayment: Prepayment) -> (MeterDriver, Way<ElectricityMeter>) {
    let config = MeterConfig {
        prepayment,
        account_open: true,
        balance: 5_000,
        load_watts: 0,
        ..MeterConfig::default()
    };
    let way = Way::new(ElectricityMeter::new(config).unwrap());
    let profile = Profile::builtin(base).unwrap();
    (
        MeterDriver::new(profile, "260305510012".parse().unwrap(), 2400).unwrap(),
        way,
    )
}

#[test]
fn a_meter_on_account_is_never_credited_and_its_relay_obeys() {
    let (driver, mut way) = electricity("dlt645-remote", Prepayment::None);
    let outcome = run(driver.credit(&mut way, &order(7, 100)));
    let Outcome::NotApplied {
        refusal: Refusal::Other(why),
        ..
    } = outcome
    else {
        panic!("{outcome:?}");
    };
    assert!(why.contains("on_account"));
    assert!(matches!(
        run(driver.read(&mut way)),
        Err(MeterError::Unsupported(_))
    ));
    assert_eq!(way.count, 0);
    let until = way.now.plus_seconds(60).unwrap();
    assert_eq!(
        run(driver.switch(&mut way, false, until)),
        SwitchOutcome::Done(Supply::Off)
    );
    assert_eq!(run(driver.supply(&mut way)).unwrap(), Supply::Off);
    assert_eq!(
        run(driver.switch(&mut way, true, until)),
        SwitchOutcome::Done(Supply::On)
    );
}

#[test]
fn a_purchase_with_an_order_number_is_judged_by_the_books() {
    for (faults, applied) in [
        (vec![], true),
        (vec![Fault::AnswerLost], true),
        (vec![Fault::RequestLost], false),
    ] {
        let (driver, mut way) = electricity("dlt645-order-number", Prepayment::OrderNumber);
        assert_eq!(driver.numbering(), Numbering::Uncounted);
        let before = run(driver.read(&mut way)).unwrap();
        let order = CreditOrder {
            number: 20_261_125,
            amount: Amount(10_000),
            before,
        };
        let mut way = way.with(&faults);
        let outcome = run(driver.credit(&mut way, &order));
        assert_eq!(
            matches!(outcome, Outcome::Applied(_)),
            applied,
            "{outcome:?}"
        );
        assert_eq!(way.meter.balance(), if applied { 15_000 } else { 5_000 });
    }
}

#[test]
fn two_owners_with_the_same_number_and_other_amounts_learn_whose_purchase_it_was() {
    let (driver, mut way) = electricity("dlt645-plain", Prepayment::Plain);
    let customer = CustomerNumber::from_digits("1234").unwrap();
    let profile = driver.profile().clone().with_customer(customer);
    let driver = MeterDriver::new(profile, driver.address(), 2400).unwrap();
    let before = run(driver.read(&mut way)).unwrap();
    let order = |amount| CreditOrder {
        number: before.purchase_number + 1,
        amount: Amount(amount),
        before: before.clone(),
    };
    let first = run(driver.credit(&mut way, &order(10_000)));
    assert!(matches!(first, Outcome::Applied(_)), "{first:?}");
    let second = run(driver.credit(&mut way, &order(20_000)));
    assert!(
        matches!(
            second,
            Outcome::NotApplied {
                refusal: Refusal::WrongNumber,
                ..
            }
        ),
        "{second:?}"
    );
    let resolved = run(driver.resolve(&mut way, &order(20_000)));
    assert!(
        matches!(resolved, Outcome::NotApplied { .. }),
        "{resolved:?}"
    );
    assert_eq!(way.meter.balance(), 15_000);
}
