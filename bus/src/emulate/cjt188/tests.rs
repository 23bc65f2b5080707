use super::*;
use crate::emulate::EmulatedMeter;
use crate::frame::cjt188::answer::{Answer, belongs, parse};
use crate::frame::cjt188::coding::{AmountCoding, PurchaseLayout, SequenceCoding};
use crate::frame::cjt188::heat::{Heat, HeatLayout};
use crate::frame::cjt188::identifier::{METERING, PURCHASE};
use crate::frame::cjt188::metering::{Metering, Quantity};
use crate::frame::cjt188::purchase::Record;
use crate::frame::cjt188::request;
use crate::frame::cjt188::status::{StatusLayout, Valve};
use crate::frame::cjt188::valve::ValveCommand;
use proptest::prelude::*;

const HIGH: DiOrder = DiOrder::HighFirst;

fn now() -> WallTime {
    WallTime::new(2026, 11, 25, 3, 0, 0).unwrap()
}

fn address() -> Address {
    Address::from_digits(0x10, "71962403180002").unwrap()
}

/// Asks, checks that the answer belongs, and returns what it carries; `None` for a refusal.
fn ask(meter: &mut dyn EmulatedMeter, request: &Frame, now: WallTime) -> Option<Vec<u8>> {
    let answer = meter.hear(&request.encode(), now).unwrap();
    assert!(belongs(request, &answer), "{}", hex::encode(&answer));
    let frame = Frame::parse(&answer).unwrap();
    match parse(&frame).unwrap() {
        Answer::Data { payload, .. } => Some(payload.to_vec()),
        Answer::Refused { .. } => None,
    }
}

fn books(meter: &mut PrepaidMeter, layout: PurchaseLayout) -> Record {
    let payload = ask(meter, &request::read(address(), HIGH, PURCHASE, 7), now()).unwrap();
    layout.read_record(&payload).unwrap()
}

fn buy(
    meter: &mut PrepaidMeter,
    layout: PurchaseLayout,
    number: u32,
    amount: u32,
) -> Option<Vec<u8>> {
    let write = request::write_purchase_as(address(), HIGH, 5, layout, number, amount).unwrap();
    ask(meter, &write, now())
}

#[test]
fn a_purchase_is_added_once_whatever_its_coding() {
    for amount in [
        AmountCoding::BcdLowFirst,
        AmountCoding::BcdHighFirst,
        AmountCoding::BinaryLowFirst,
        AmountCoding::BinaryHighFirst,
    ] {
        for sequence in [SequenceCoding::Binary, SequenceCoding::Bcd] {
            let layout = PurchaseLayout {
                amount,
                sequence,
                padding: 3,
            };
            let setup = PrepaidSetup {
                purchases: layout,
                remaining: 50,
                ..PrepaidSetup::new(address())
            };
            let mut meter = PrepaidMeter::new(setup);
            assert!(buy(&mut meter, layout, 1, 10_000).is_some());
            assert!(
                buy(&mut meter, layout, 1, 10_000).is_some(),
                "a repetition is answered"
            );
            assert!(
                buy(&mut meter, layout, 3, 10_000).is_none(),
                "a number that does not follow is not"
            );
            let read = books(&mut meter, layout);
            assert_eq!(
                (read.sequence, read.last, read.cumulative, read.remaining),
                (1, 10_000, 10_000, 10_050)
            );
        }
    }
}

#[test]
fn the_sequence_wraps_and_goes_on() {
    let layout = PurchaseLayout {
        sequence: SequenceCoding::Bcd,
        ..PurchaseLayout::default()
    };
    let mut meter = PrepaidMeter::new(PrepaidSetup {
        purchases: layout,
        ..PrepaidSetup::new(address())
    });
    for number in (1..=99).chain([0, 1]) {
        assert!(buy(&mut meter, layout, number, 1).is_some(), "{number}");
    }
    assert_eq!(books(&mut meter, layout).cumulative, 101);
}

#[test]
fn what_does_not_fit_into_the_register_is_refused_whole() {
    let layout = PurchaseLayout::default();
    let mut meter = PrepaidMeter::new(PrepaidSetup {
        remaining: 99_999_990,
        ..PrepaidSetup::new(address())
    });
    assert!(buy(&mut meter, layout, 1, 10).is_none());
    let read = books(&mut meter, layout);
    assert_eq!(
        (read.sequence, read.cumulative, read.remaining),
        (0, 0, 99_999_990)
    );
}

#[test]
fn water_flows_until_the_money_is_used_up_and_a_purchase_opens_the_valve() {
    let layout = PurchaseLayout::default();
    // 3.00 a cubic metre, one cubic metre an hour.
    let setup = PrepaidSetup {
        flow: 1000,
        remaining: 450,
        ..PrepaidSetup::new(address())
    };
    let mut meter = PrepaidMeter::new(setup);
    assert_eq!(books(&mut meter, layout).remaining, 450);
    let later = now().plus_seconds(3 * 3600).unwrap();
    let payload = ask(
        &mut meter,
        &request::read(address(), HIGH, METERING, 1),
        later,
    )
    .unwrap();
    let metering = Metering::parse(&payload).unwrap();
    assert_eq!(metering.status.valve(StatusLayout::LowBits), Valve::Closed);
    assert_eq!(metering.settlement.hundredths, None);
    assert_eq!(metering.clock, Some(later));
    let write = request::write_purchase_as(address(), HIGH, 5, layout, 1, 100).unwrap();
    ask(&mut meter, &write, later).unwrap();
    assert_eq!(
        meter
            .describe()
            .state
            .iter()
            .find(|field| field.name == "valve")
            .unwrap()
            .value
            .as_deref(),
        Some("open")
    );
}

#[test]
fn a_valve_closed_by_hand_stays_closed_when_money_comes() {
    let layout = PurchaseLayout::default();
    let mut meter = PrepaidMeter::new(PrepaidSetup {
        status: StatusLayout::HighBits,
        remaining: 5,
        ..PrepaidSetup::new(address())
    });
    let close = request::move_valve_long(address(), HIGH, 1, ValveCommand::Close);
    assert_eq!(ask(&mut meter, &close, now()).unwrap(), [0x40, 0]);
    buy(&mut meter, layout, 1, 100).unwrap();
    assert_eq!(
        books(&mut meter, layout)
            .status
            .valve(StatusLayout::HighBits),
        Valve::Closed
    );
    ask(
        &mut meter,
        &request::move_valve(address(), HIGH, 1, ValveCommand::Open),
        now(),
    )
    .unwrap();
    assert_eq!(
        books(&mut meter, layout)
            .status
            .valve(StatusLayout::HighBits),
        Valve::Open
    );
}

#[test]
fn an_identifier_comes_back_in_the_order_it_was_asked_in() {
    let mut meter = PrepaidMeter::new(PrepaidSetup::new(address()));
    for order in [DiOrder::HighFirst, DiOrder::LowFirst] {
        let answer = meter
            .hear(
                &request::read(address(), order, PURCHASE, 3).encode(),
                now(),
            )
            .unwrap();
        assert_eq!(
            &Frame::parse(&answer).unwrap().data()[..3],
            [order.bytes(PURCHASE)[0], order.bytes(PURCHASE)[1], 3]
        );
    }
}

#[test]
fn whoever_is_there_tells_its_address_and_takes_no_write() {
    let mut meter = PrepaidMeter::new(PrepaidSetup::new(address()));
    let answer = meter
        .hear(&request::read_address(HIGH, 0).encode(), now())
        .unwrap();
    let frame = Frame::parse(&answer).unwrap();
    assert_eq!((frame.address(), frame.data().len()), (address(), 3));
    let close = request::move_valve(Address::WILDCARD, HIGH, 1, ValveCommand::Close);
    assert_eq!(meter.hear(&close.encode(), now()), None);
    let other = Address::from_digits(0x10, "00000000000001").unwrap();
    assert_eq!(
        meter.hear(&request::read(other, HIGH, PURCHASE, 1).encode(), now()),
        None
    );
}

#[test]
fn clock_reading_prices_and_address_are_set_and_read_back() {
    use crate::frame::cjt188::identifier::{KEY_VERSION, PRICES};
    use crate::frame::cjt188::key::NewKey;
    use crate::frame::cjt188::price::Prices;
    let mut meter = PrepaidMeter::new(PrepaidSetup::new(address()));
    let noon = WallTime::new(2026, 11, 25, 12, 0, 0).unwrap();
    ask(
        &mut meter,
        &request::set_clock(address(), HIGH, 1, noon),
        now(),
    )
    .unwrap();
    let reading = Quantity {
        hundredths: Some(12_345),
        unit: 0x2C,
    };
    ask(
        &mut meter,
        &request::synchronise(address(), HIGH, 1, reading).unwrap(),
        now(),
    )
    .unwrap();
    let payload = ask(
        &mut meter,
        &request::read(address(), HIGH, METERING, 1),
        now(),
    )
    .unwrap();
    let metering = Metering::parse(&payload).unwrap();
    assert_eq!((metering.clock, metering.current), (Some(noon), reading));
    let prices = Prices {
        prices: [250, 375, 600],
        steps: [15, 30],
    };
    ask(
        &mut meter,
        &request::write_prices(address(), HIGH, 1, prices, 1).unwrap(),
        now(),
    )
    .unwrap();
    let payload = ask(
        &mut meter,
        &request::read(address(), HIGH, PRICES, 1),
        now(),
    )
    .unwrap();
    assert_eq!(Prices::parse(&payload), Some(prices));
    let key = NewKey {
        version: 4,
        key: [9; 8],
    };
    assert_eq!(
        ask(
            &mut meter,
            &request::write_key(address(), HIGH, 1, key),
            now()
        )
        .unwrap(),
        [4]
    );
    assert_eq!(
        ask(
            &mut meter,
            &request::read_key_version(address(), HIGH, 1),
            now()
        )
        .unwrap(),
        [4]
    );
    assert!(
        ask(
            &mut meter,
            &request::read(address(), HIGH, KEY_VERSION, 1),
            now()
        )
        .is_none()
    );
    let to = Address::from_digits(0x10, "00000000000042").unwrap();
    ask(
        &mut meter,
        &request::set_address(address(), HIGH, 1, to).unwrap(),
        now(),
    )
    .unwrap();
    assert_eq!(meter.address(), to);
}

#[test]
fn a_heat_meter_tells_its_data_in_every_layout() {
    for layout in HeatLayout::ALL {
        let address = Address::from_digits(0x20, "00000040314132").unwrap();
        let mut meter = HeatMeter::new(HeatSetup {
            address,
            layout,
            watt_hours: 1_234_000,
            watts: 6_000,
            litres: 10_340,
            flow: 500,
            supply: 5_535,
            back: 4_066,
        });
        let read = request::read(address, HIGH, METERING, 1);
        ask(&mut meter, &read, now()).unwrap();
        let later = now().plus_seconds(7200).unwrap();
        let heat = Heat::parse(&ask(&mut meter, &read, later).unwrap(), layout).unwrap();
        assert_eq!(heat.current.hundredths, Some(124_600));
        assert_eq!(heat.volume.hundredths, Some(1_134));
        assert_eq!(
            (heat.supply, heat.back, heat.hours),
            (Some(5_535), Some(4_066), Some(2))
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_requests_never_panic(control in 0u8..0x40, data in proptest::collection::vec(any::<u8>(), 0..30)) {
        let mut meter = PrepaidMeter::new(PrepaidSetup::new(address()));
        let frame = Frame::new(address(), Control(control), data).unwrap();
        let _ = meter.hear(&frame.encode(), now());
    }
}
