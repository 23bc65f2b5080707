use super::super::item::Unit;
use super::super::item::control::{Switch, Trip};
use super::super::item::event::{OfMeter, Record, Report, erc};
use super::super::item::prepaid::{Books, Through};
use super::super::item::time::Minute;
use super::super::{Address, Control, Sequence};
use super::*;
use crate::frame::wall_time::WallTime;

fn now() -> WallTime {
    WallTime::new(2026, 11, 25, 4, 30, 0).unwrap()
}

fn decoded(function: u8, upward: bool, items: &[Item]) -> Decoded {
    let password = !upward && matches!(function, afn::CONTROL | afn::SET | afn::FORWARD);
    let frame = Frame {
        protocol: 2,
        control: if upward {
            Control::RESPONSE
        } else {
            Control::COMMAND
        },
        address: Address::of_terminal(171, 1).unwrap(),
        afn: function,
        sequence: Sequence::single(1, false),
        data: units::join(items).unwrap(),
        password: password.then_some([0; 16]),
        events: None,
        time_tag: None,
    };
    describe(&frame.encode().unwrap(), crate::decode::meter_frame).unwrap()
}

fn item(point: u16, function: u8, unit: &impl Unit) -> Item {
    Item {
        point,
        function,
        data: unit.encode().unwrap(),
    }
}

fn field(decoded: &Decoded, name: &str) -> (Option<String>, Option<String>) {
    let found = decoded.fields.iter().find(|field| field.name == name);
    let field = found.unwrap_or_else(|| panic!("no {name} in {:?}", decoded.fields));
    (field.value.clone(), field.unit.clone())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn books_are_told_in_yuan_and_what_the_meter_does_not_tell_is_no_value() {
    let books = Books {
        read_at: Minute::of(now()),
        purchase_number: 7,
        balance: -5,
        last_amount: Some(10_000),
        cumulative: None,
        supply: Through::Unknown,
    };
    let decoded = decoded(afn::CLASS_1, true, &[item(3, 241, &books)]);
    assert_eq!(field(&decoded, "balance"), (some("-0.05"), some("yuan")));
    assert_eq!(
        field(&decoded, "last_amount"),
        (some("100.00"), some("yuan"))
    );
    assert_eq!(field(&decoded, "cumulative"), (None, some("yuan")));
    assert_eq!(field(&decoded, "supply"), (None, None));
    assert_eq!(decoded.data, None);
}

#[test]
fn values_of_several_items_are_told_apart_by_function_and_point() {
    let trip = |half_hours| Trip {
        half_hours,
        alarm_minutes: 5,
    };
    let items = [item(1, 1, &trip(2)), item(2, 1, &trip(0))];
    let decoded = decoded(afn::CONTROL, false, &items);
    assert_eq!(field(&decoded, "f1_p1_off_for"), (some("60"), some("min")));
    assert_eq!(field(&decoded, "f1_p2_off_for"), (some("0"), some("min")));
}

#[test]
fn a_switch_says_which_way_and_until_when() {
    let switch = Switch {
        on: false,
        valid_until: now(),
    };
    let decoded = decoded(afn::CONTROL, false, &[item(9, 240, &switch)]);
    assert_eq!(field(&decoded, "supply"), (some("off"), None));
    assert_eq!(
        field(&decoded, "valid_until"),
        (some("2026-11-25 04:30:00"), None)
    );
}

#[test]
fn an_event_names_its_meter() {
    let of = OfMeter {
        point: 7,
        begins: true,
    };
    let report = Report {
        important: 1,
        ordinary: 0,
        first: 0,
        behind: 1,
        records: vec![Record {
            code: erc::METER_CLOCK,
            at: Minute::of(now()),
            detail: of.to_bytes().unwrap().to_vec(),
        }],
    };
    let decoded = decoded(afn::EVENTS, true, &[item(0, 1, &report)]);
    let told = "2026-11-25 04:30:00 ERC 12 meter clock, point 7 begins";
    assert_eq!(field(&decoded, "event_0"), (some(told), None));
}

#[test]
fn a_unit_that_breaks_its_layout_is_shown_as_it_is() {
    let broken = Item {
        point: 0,
        function: 1,
        data: vec![1, 0, 0, 1, 0xE0, 1, 0xFF],
    };
    let decoded = decoded(afn::EVENTS, true, &[broken]);
    assert_eq!(decoded.data, some("01000001E001FF"));
    assert!(decoded.note.is_some());
}
