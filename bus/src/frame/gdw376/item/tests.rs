use proptest::collection::vec;
use proptest::prelude::*;

use super::batch::{Status, Task};
use super::cascading::Cascading;
use super::control::{Switch, Trip};
use super::energy::{Forward, Tariffs, Totals};
use super::event::{OfMeter, Query, Record, Report};
use super::frozen::{Frozen, request, requested};
use super::instant::Instant;
use super::prepaid::{Books, Quantity, Through};
use super::purchase::{Mode, Purchase};
use super::schedule::{HourMinute, PortSchedule, Schedule};
use super::time::{Clock, Day, Minute, Month};
use super::*;
use crate::frame::gdw376::{Frame, afn, units};
use crate::frame::wall_time::WallTime;

fn noon() -> Minute {
    Minute::of(WallTime::new(2018, 8, 28, 16, 48, 31).unwrap())
}

/// The unit of the golden frame with this meaning.
fn field_unit(meaning: &str) -> Vec<u8> {
    let table = include_str!("../../../../tests/frames.tsv");
    let row = table
        .lines()
        .find(|row| row.starts_with("376.1") && row.contains(meaning));
    let hex = row.and_then(|row| row.split('\t').nth(3)).unwrap();
    let frame = Frame::decode(&hex::decode(hex).unwrap()).unwrap();
    let items = units::split(frame.afn, true, &frame.data).unwrap();
    items.into_iter().next().unwrap().data
}

/// Whatever a unit's decoder takes must come back from its encoder, byte for byte.
fn comes_back<U: Unit>(bytes: &[u8]) {
    if let Ok(unit) = U::decode(bytes) {
        assert_eq!(unit.encode().unwrap(), bytes);
    }
}

#[test]
fn a_terminal_of_the_field_tells_totals_it_partly_has() {
    let unit = field_unit("reply AFN0C F33 P1");
    let totals = Totals::decode(&unit).unwrap();
    assert_eq!(totals.read_at, noon());
    assert_eq!(totals.active.total, Some(100));
    assert_eq!(totals.active.each, [None; 4]);
    assert_eq!(totals.encode().unwrap(), unit);
}

#[test]
fn a_terminal_of_the_field_tells_a_frozen_month() {
    let unit = field_unit("reply AFN0D F17 P1");
    let frozen = Frozen::<Month, Totals>::decode(&unit).unwrap();
    assert_eq!(frozen.of, Month::new(2018, 7).unwrap());
    assert_eq!(frozen.reading.active.total, Some(100));
    assert_eq!(frozen.encode().unwrap(), unit);
}

#[test]
fn a_terminal_of_the_field_tells_its_clock() {
    let unit = field_unit("AFN0C F2 reply: clock 2018-10-07");
    let Clock(time) = Clock::decode(&unit).unwrap();
    assert_eq!(time, WallTime::new(2018, 10, 7, 23, 20, 51).unwrap());
    // 2018-10-07 was a Sunday; the terminal leaves the weekday out.
    assert_eq!(
        Clock(time).encode().unwrap(),
        [0x51, 0x20, 0x23, 0x07, 0xF0, 0x18]
    );
}

#[test]
fn a_trip_has_its_duration_and_its_alarm_in_one_byte() {
    let frame = "6877007700684A121239302C05600100010014000000000000000000000000000000007E16";
    let frame = Frame::decode(&hex::decode(frame).unwrap()).unwrap();
    let items = units::split(afn::CONTROL, false, &frame.data).unwrap();
    let trip = Trip::decode(&items[0].data).unwrap();
    assert_eq!((trip.half_hours, trip.alarm_minutes), (1, 4));
}

#[test]
fn a_request_for_a_frozen_day_is_its_date() {
    let day = Day::new(2018, 8, 27).unwrap();
    assert_eq!(request(day), [0x27, 0x08, 0x18]);
    assert_eq!(requested::<Day>(&[0x27, 0x08, 0x18]), Ok(day));
    assert!(requested::<Day>(&[0x32, 0x08, 0x18]).is_err());
    assert!(requested::<Day>(&[0x27, 0x08, 0x18, 0]).is_err());
    assert_eq!(Day::new(2023, 2, 29), None);
}

#[test]
fn a_sign_is_the_high_bit_and_a_value_that_is_not_there_is_ee() {
    let mut instant = Instant {
        read_at: noon(),
        active: [Some(-799_999), None, Some(0), Some(1)],
        reactive: [None; 4],
        factor: [Some(-999), None, None, None],
        voltage: [Some(2204), None, None],
        current: [Some(-1), None, None],
        neutral: None,
        apparent: [None; 4],
    };
    let unit = instant.encode().unwrap();
    assert_eq!(unit.len(), 67);
    assert_eq!(unit[5..11], [0x99, 0x99, 0xF9, 0xEE, 0xEE, 0xEE]);
    assert_eq!(Instant::decode(&unit).unwrap(), instant);
    // An eight in the highest place would be a sign.
    instant.active[0] = Some(800_000);
    assert!(instant.encode().is_err());
}

#[test]
fn an_event_of_a_meter_names_its_point_and_whether_it_begins() {
    let lost = OfMeter {
        point: 60,
        begins: true,
    };
    let detail = lost.to_bytes().unwrap();
    assert_eq!(detail, [60, 0x80]);
    assert_eq!(OfMeter::from_detail(&[60, 0x80, 8]), Some((lost, &[8][..])));
    let beyond = OfMeter {
        point: 4096,
        begins: false,
    };
    assert_eq!(beyond.to_bytes(), None);
    let report = Report {
        important: 1,
        ordinary: 0,
        first: 255,
        behind: 1,
        records: vec![
            Record {
                code: event::erc::METER_LOST,
                at: noon(),
                detail: detail.to_vec(),
            },
            Record {
                code: event::erc::METER_LOST,
                at: noon(),
                detail: vec![60, 0],
            },
        ],
    };
    let unit = report.encode().unwrap();
    assert_eq!(Report::decode(&unit).unwrap(), report);
    let mut wrong = report;
    wrong.behind = 2;
    assert!(wrong.encode().is_err());
}

#[test]
fn books_of_a_meter_that_tells_little_come_back() {
    let books = Books {
        read_at: noon(),
        purchase_number: 7,
        balance: -120,
        last_amount: None,
        cumulative: Some(60_000),
        supply: Through::Off,
    };
    let unit = books.encode().unwrap();
    assert_eq!(unit.len(), 34);
    assert_eq!(Books::decode(&unit).unwrap(), books);
}

#[test]
fn schedules_cascades_and_purchases_come_back() {
    let at = |hour, minute| HourMinute::new(hour, minute).unwrap();
    let schedule = Schedule(vec![PortSchedule {
        port: 2,
        control: 0,
        days: 1 << 30 | 1,
        at: at(23, 59),
        interval: 15,
        clock_day: 0,
        clock_at: at(3, 30),
        allowed: vec![(at(0, 0), at(6, 0)), (at(20, 0), at(23, 59))],
    }]);
    assert_eq!(
        Schedule::decode(&schedule.encode().unwrap()).unwrap(),
        schedule
    );
    let cascading = Cascading {
        port: 3,
        control: 0x6B,
        message_timeout: 20,
        byte_timeout: 10,
        retries: 1,
        poll_minutes: 5,
        passive: true,
        others: vec![(0x0171, 2083)],
    };
    let unit = cascading.encode().unwrap();
    assert_eq!(unit[6], 0x81);
    assert_eq!(Cascading::decode(&unit).unwrap(), cascading);
    let purchase = Purchase {
        order: 12,
        mode: Mode::Append,
        amount: [0, 0, 1, 0],
        alarm: [0; 4],
        trip: [0; 4],
    };
    let unit = purchase.encode().unwrap();
    assert_eq!(unit.len(), 17);
    assert_eq!(Purchase::decode(&unit).unwrap(), purchase);
}

fn minute() -> impl Strategy<Value = Minute> {
    (0i64..3_000_000_000).prop_map(|seconds| {
        let start = WallTime::new(2000, 1, 1, 0, 0, 0).unwrap();
        Minute::of(start.plus_seconds(seconds).unwrap())
    })
}

fn register(most: u64) -> impl Strategy<Value = Vec<Option<u64>>> {
    vec(prop::option::of(0..most), 5)
}

fn tariffs(values: Vec<Option<u64>>) -> Tariffs {
    Tariffs {
        total: values[0],
        each: values[1..].to_vec(),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_unit_or_an_error(bytes in vec(any::<u8>(), 0..120)) {
        comes_back::<Task>(&bytes);
        comes_back::<Status>(&bytes);
        comes_back::<Cascading>(&bytes);
        comes_back::<Trip>(&bytes);
        comes_back::<Forward>(&bytes);
        comes_back::<Totals>(&bytes);
        comes_back::<Query>(&bytes);
        comes_back::<Report>(&bytes);
        comes_back::<Frozen<Day, Totals>>(&bytes);
        comes_back::<Frozen<Month, Quantity>>(&bytes);
        comes_back::<Instant>(&bytes);
        comes_back::<Books>(&bytes);
        comes_back::<Quantity>(&bytes);
        comes_back::<Purchase>(&bytes);
        comes_back::<Schedule>(&bytes);
        comes_back::<relayed::Reply>(&bytes);
        let _ = Clock::decode(&bytes);
        let _ = Switch::decode(&bytes);
        let _ = relayed::Request::decode(&bytes);
    }

    #[test]
    fn energy_comes_back(
        read_at in minute(),
        active in register(10_000_000_000),
        reactive in register(100_000_000),
        first in register(100_000_000),
        fourth in register(100_000_000),
    ) {
        let forward = Forward { read_at, active: tariffs(active.clone()) };
        prop_assert_eq!(Forward::decode(&forward.encode().unwrap()).unwrap(), forward);
        let totals = Totals {
            read_at,
            active: tariffs(active),
            reactive: tariffs(reactive),
            quadrant_1: tariffs(first),
            quadrant_4: tariffs(fourth),
        };
        prop_assert_eq!(Totals::decode(&totals.encode().unwrap()).unwrap(), totals);
    }

    #[test]
    fn what_was_switched_read_and_asked_comes_back(
        at in minute(),
        on in any::<bool>(),
        thousandths in prop::option::of(0u64..1_000_000_000_000),
        relays in vec(any::<[u8; 6]>(), 0..=15),
        points in vec(any::<u16>(), 0..40),
        data in vec(any::<u8>(), 0..60),
    ) {
        let switch = Switch { on, valid_until: at.time() };
        prop_assert_eq!(Switch::decode(&switch.encode().unwrap()).unwrap(), switch);
        let quantity = Quantity { read_at: at, unit: 0x2C, thousandths, status: 4 };
        prop_assert_eq!(Quantity::decode(&quantity.encode().unwrap()).unwrap(), quantity);
        let request = relayed::Request { port: 2, relays, target: [1; 6], kind: 1, identifier: [2; 4] };
        prop_assert_eq!(relayed::Request::decode(&request.encode().unwrap()).unwrap(), request);
        let outcome = relayed::Outcome::Read;
        let reply = relayed::Reply { port: 2, target: [1; 6], outcome, identifier: [2; 4], data };
        prop_assert_eq!(relayed::Reply::decode(&reply.encode().unwrap()).unwrap(), reply);
        let task = Task { number: 7, points };
        prop_assert_eq!(Task::decode(&task.encode().unwrap()).unwrap(), task);
    }
}
