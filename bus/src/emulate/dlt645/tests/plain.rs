//! Purchases at meters without a security module.

use super::*;
use crate::frame::dlt645::purchase::{OrderPurchase, PurchaseAnswer, StatusAnswer, TOP_UP};
use crate::frame::dlt645::security::{Deed, REFUND, SecurityRequest};

fn top_up(meter: &mut ElectricityMeter, purchase: Purchase) -> Option<u16> {
    let frame = ask(meter, &request::top_up(address(), purchase), noon());
    refusal(&frame).map(|error| error.word)
}

#[test]
fn the_first_purchase_opens_the_account_and_the_answer_tells_the_books() {
    let mut meter = idle(MeterConfig::default());
    let asked = request::top_up(address(), purchase(10_000, 1, "1234"));
    let frame = ask(&mut meter, &asked, noon());
    let Answer::Data { data, .. } = answer::parse(&frame).unwrap() else {
        panic!("{frame:?}");
    };
    let told = PurchaseAnswer::parse(data).unwrap();
    assert_eq!((told.balance, told.count), (10_000, 1));
    assert_eq!(told.customer, customer("1234"));
    assert_eq!(frame.data().len(), 0x12);
    for (di, value) in [
        (0x0090_0200, 10_000),
        (0x0090_0201, 0),
        (0x0333_0201, 1),
        (0x0333_0301, 10_000),
        (0x0333_0401, 0),
        (0x0333_0501, 10_000),
        (0x0333_0601, 10_000),
    ] {
        assert_eq!(number(&mut meter, di, noon()), value, "{di:08X}");
    }
    assert_eq!(
        read(&mut meter, 0x0333_0101, noon()),
        [0, 0x12, 0x25, 0x11, 0x26]
    );
}

#[test]
fn a_repeated_purchase_adds_nothing_and_is_said_in_each_dialect() {
    for (errors, word, bytes) in [
        (ErrorForm::Codes, 0x80, 1),
        (ErrorForm::OneByte, 0x02, 1),
        (ErrorForm::TwoBytes, 0x02, 2),
        (ErrorForm::LowByteOnly, 0x02, 2),
    ] {
        let mut meter = idle(MeterConfig {
            errors,
            ..MeterConfig::default()
        });
        let asked = request::top_up(address(), purchase(10_000, 1, "1234"));
        assert_eq!(refusal(&ask(&mut meter, &asked, noon())), None);
        let error = refusal(&ask(&mut meter, &asked, noon())).unwrap();
        assert_eq!((error.word, error.bytes), (word, bytes), "{errors:?}");
        assert_eq!(meter.balance(), 10_000);
        assert_eq!(meter.purchase_count(), 1);
    }
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_code_and_changes_nothing() {
    let mut meter = idle(MeterConfig {
        hoarding_limit: 60_000,
        largest_purchase: 50_000,
        ..MeterConfig::default()
    });
    assert_eq!(top_up(&mut meter, purchase(20_000, 1, "1234")), None);
    for (purchase, code) in [
        (purchase(100, 3, "1234"), 0x80),
        (purchase(100, 0, "1234"), 0x80),
        (purchase(100, 0x0001_0002, "1234"), 0x80),
        (purchase(100, 2, "1235"), 0x81),
        (purchase(40_001, 2, "1234"), 0x82),
        (purchase(50_001, 2, "1234"), 0x83),
        (purchase(0, 2, "1234"), 0x83),
    ] {
        assert_eq!(top_up(&mut meter, purchase), Some(code), "{purchase:?}");
        assert_eq!((meter.balance(), meter.purchase_count()), (20_000, 1));
    }
    let mut short = purchase(100, 2, "1234").to_data(TOP_UP).to_vec();
    short.pop();
    let asked = Frame::new(address(), Control(0x03), short).unwrap();
    let error = refusal(&ask(&mut meter, &asked, noon())).unwrap();
    assert_eq!(error.word, 0x84);
    assert_eq!(top_up(&mut meter, purchase(40_000, 2, "1234")), None);
    assert_eq!(meter.balance(), 60_000);
}

#[test]
fn an_overdraft_is_paid_first_and_the_relay_closes_again() {
    let mut meter = ElectricityMeter::new(MeterConfig {
        balance: 100,
        purchase_count: 1,
        customer_number: "1234".to_owned(),
        overdraft_limit: 500,
        price: 100,
        load_watts: 1000,
        ..MeterConfig::default()
    })
    .unwrap();
    // One kilowatt hour an hour, one yuan each: six hours until one yuan and an overdraft of five are used.
    meter.hear(&[], noon());
    assert_eq!(number(&mut meter, 0x0090_0201, later(2 * 3600)), 100);
    assert_eq!(number(&mut meter, 0x0090_0200, later(2 * 3600)), 0);
    let word = read(&mut meter, 0x0400_0503, later(7 * 3600));
    assert_ne!(word[0] & 0x10, 0, "the relay is open");
    assert_eq!(meter.balance(), -500);
    assert_eq!(number(&mut meter, 0x0000_0000, later(100 * 3600)), 600);
    let asked = request::top_up(address(), purchase(2_000, 2, "1234"));
    assert_eq!(refusal(&ask(&mut meter, &asked, later(100 * 3600))), None);
    assert!(meter.supplies());
    assert_eq!(meter.balance(), 1_500);
    assert_eq!(number(&mut meter, 0x1D00_0001, later(100 * 3600)), 1);
    assert_eq!(number(&mut meter, 0x1E00_0001, later(100 * 3600)), 1);
}

#[test]
fn the_status_query_answers_a_wildcard_and_a_purchase_does_not() {
    let mut meter = idle(MeterConfig {
        balance: 12_345,
        purchase_count: 7,
        customer_number: "1234".to_owned(),
        ..MeterConfig::default()
    });
    let asked = request::status(Address::WILDCARD, OPERATOR);
    let frame = ask(&mut meter, &asked, noon());
    let status = StatusAnswer::parse(&frame.data()[4..]).unwrap();
    assert_eq!((status.balance, status.count), (12_345, 7));
    assert_eq!(status.customer, customer("1234"));
    let asked = request::top_up(Address::WILDCARD, purchase(100, 8, "1234"));
    silent(&mut meter, &asked, noon());
    let short = Address::from_wire([0x12, 0x00, 0x51, 0xAA, 0xAA, 0xAA]);
    silent(
        &mut meter,
        &request::top_up(short, purchase(100, 8, "1234")),
        noon(),
    );
    ask(&mut meter, &request::read(short, 0x0090_0200), noon());
    assert_eq!(meter.balance(), 12_345);
}

fn order(di: u32, amount: u32, order: u8, number: &str) -> Frame {
    let meter = Address::from_digits(number).unwrap().to_wire();
    let order = OrderPurchase {
        operator: Operator([0x77, 0x66, 0x55, 0x44]),
        amount,
        order: [order; 8],
        mac: [0; 4],
        meter,
        meter_mac: [0; 4],
    };
    let deed = match di {
        REFUND => Deed::OrderRefund(order),
        _ => Deed::OrderTopUp(order),
    };
    let request = SecurityRequest {
        di,
        operator: order.operator,
        deed,
    };
    request::security(address(), request).unwrap()
}

#[test]
fn the_order_number_dialect_tops_up_refunds_and_knows_its_numbers() {
    let mut meter = idle(MeterConfig {
        prepayment: Prepayment::OrderNumber,
        errors: ErrorForm::OneByte,
        ..MeterConfig::default()
    });
    let own = "260305510012";
    for (asked, error, balance) in [
        (order(TOP_UP, 10_000, 1, own), None, 10_000),
        (order(TOP_UP, 10_000, 1, own), Some(0x02), 10_000),
        (order(TOP_UP, 500, 2, "260305510013"), Some(0x01), 10_000),
        (order(REFUND, 10_001, 3, own), Some(0x01), 10_000),
        (order(REFUND, 4_000, 3, own), None, 6_000),
        (order(REFUND, 4_000, 3, own), Some(0x02), 6_000),
    ] {
        let frame = ask(&mut meter, &asked, noon());
        assert_eq!(refusal(&frame).map(|error| error.word), error);
        assert_eq!(meter.balance(), balance);
        if error.is_none() {
            assert_eq!(frame.data().len(), 4, "only the identifier comes back");
        }
    }
    let standard = request::top_up(address(), purchase(100, 2, "1234"));
    assert!(refusal(&ask(&mut meter, &standard, noon())).is_some());
}

#[test]
fn a_meter_that_is_not_prepaid_has_no_money() {
    let mut meter = idle(MeterConfig {
        prepayment: Prepayment::None,
        ..MeterConfig::default()
    });
    let asked = request::read(address(), 0x0090_0200);
    let frame = ask(&mut meter, &asked, noon());
    assert_eq!(answer::parse(&frame), Ok(Answer::Refused(ErrorByte(0x02))));
    let asked = request::top_up(address(), purchase(100, 1, "1234"));
    assert!(refusal(&ask(&mut meter, &asked, noon())).is_some());
}
