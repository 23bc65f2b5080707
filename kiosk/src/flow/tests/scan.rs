//! What a scanned code does: what the number typed would have done, and nothing anywhere else.

use std::time::Duration;

use meterpost_ledger::Event;
use meterpost_ui::view::{Device, Intent, MenuIntent, NumberProblem, Screen};

use super::story::{self, pass};
use super::world::{Faults, METER, World};
use crate::device::card::{CardEvent, CardState};
use crate::device::scanner::{Code, ScanEvent, ScannerState};
use crate::flow::{Effect, Input, Session};

/// A terminal with a scanner and without a card reader.
fn world() -> World {
    let mut world = story::ready(Faults::NONE);
    state(&mut world, ScannerState::Ready);
    world
}

fn state(world: &mut World, state: ScannerState) {
    world.feed(Input::Scanner(ScanEvent::State(state)));
}

fn scan(world: &mut World, code: Code) {
    world.feed(Input::Scanner(ScanEvent::Scanned(code)));
}

fn meter(number: &str) -> Code {
    Code::Meter(number.into())
}

/// The number on the screen and why it was not taken.
fn refused(world: &World) -> (String, Option<NumberProblem>) {
    match world.flow.session() {
        Session::Number { entry, problem } => (entry.clone(), *problem),
        Session::Identify { problem } => (String::new(), *problem),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_meters_code_leads_to_the_meter_from_every_screen_where_a_number_can_be_given() {
    type Way = fn(&mut World);
    let ways: [(&str, Way); 4] = [
        ("attract", |_| {}),
        ("identify", |world| world.touch(Intent::Start)),
        ("number", |world| {
            world.touch(Intent::Start);
            world.touch(Intent::ByNumber);
            world.touch(Intent::Digit(9));
        }),
        ("a code that led nowhere", |world| scan(world, Code::Other)),
    ];
    for (from, go) in ways {
        let mut world = world();
        go(&mut world);
        scan(&mut world, meter(METER));
        assert!(
            matches!(world.flow.session(), Session::Reading { number } if number == METER),
            "from {from}: {:?}",
            world.flow.session()
        );
        pass(&mut world, 2);
        assert!(
            matches!(world.flow.session(), Session::Meter { number, .. } if number == METER),
            "from {from}"
        );
    }
}

#[test]
fn a_scanned_number_is_refused_for_the_same_reasons_as_a_typed_one_and_is_kept() {
    for (number, wanted) in [
        ("20269999", NumberProblem::Length),
        ("260305519999", NumberProblem::NotFound),
    ] {
        let mut world = world();
        scan(&mut world, meter(number));
        assert_eq!(refused(&world), (number.to_owned(), Some(wanted)));
    }
    let mut world = world();
    world.feed(Input::Bus(false));
    scan(&mut world, meter(METER));
    assert_eq!(
        refused(&world),
        (METER.to_owned(), Some(NumberProblem::NoAnswer))
    );
}

#[test]
fn a_code_that_is_none_of_ours_says_so_and_what_was_typed_is_kept() {
    let mut world = world();
    scan(&mut world, Code::Other);
    assert_eq!(
        *world.flow.session(),
        Session::Identify {
            problem: Some(NumberProblem::CodeUnknown)
        }
    );
    world.touch(Intent::ByNumber);
    world.touch(Intent::Digit(2));
    scan(&mut world, Code::Other);
    assert_eq!(
        refused(&world),
        ("2".to_owned(), Some(NumberProblem::CodeUnknown))
    );
}

#[test]
fn a_receipt_leads_to_its_meter_where_the_log_proves_it_and_else_says_why_not() {
    let mut world = world();
    world.receipts.insert("MP1:OURS".into(), METER.into());
    scan(&mut world, Code::Receipt("MP1:THEIRS".into()));
    pass(&mut world, 1);
    assert_eq!(refused(&world).1, Some(NumberProblem::ReceiptElsewhere));
    scan(&mut world, Code::Receipt("MP1:OURS".into()));
    pass(&mut world, 3);
    assert!(matches!(world.flow.session(), Session::Meter { number, .. } if number == METER));
}

#[test]
fn what_the_log_says_of_a_receipt_comes_too_late_for_another_session() {
    let mut world = world();
    story::find(&mut world);
    let before = world.flow.session().clone();
    world.feed(Input::ReceiptFound(Some("20260042".into())));
    world.feed(Input::ReceiptFound(None));
    assert_eq!(*world.flow.session(), before);
}

#[test]
fn a_code_does_nothing_in_any_other_session() {
    type Way = fn(&mut World);
    let ways: [(&str, Way); 5] = [
        ("reading", |world| scan(world, meter(METER))),
        ("meter", story::find),
        ("loss", |world| {
            world.feed(Input::Card(CardEvent::State(CardState::Ready)));
            world.touch(Intent::Start);
            world.touch(Intent::Lost);
        }),
        ("paying in cash", |world| {
            story::find(world);
            world.touch(Intent::Amount(5_000));
            world.insert(2_000);
            pass(world, 3);
        }),
        ("the service menu", |world| {
            world.touch(Intent::Menu(MenuIntent::Open));
        }),
    ];
    for (what, go) in ways {
        let mut world = world();
        go(&mut world);
        let before = world.flow.session().clone();
        assert_ne!(before, Session::Attract, "{what}");
        let codes = [
            meter("20260042"),
            Code::Receipt("MP1:X".into()),
            Code::Other,
        ];
        for code in codes {
            let effects = world
                .flow
                .clone()
                .step(world.time, Input::Scanner(ScanEvent::Scanned(code.clone())));
            let of_it = |effect: &Effect| matches!(effect, Effect::FindReceipt(_));
            assert!(!effects.iter().any(of_it), "{what}");
            scan(&mut world, code);
        }
        assert_eq!(*world.flow.session(), before, "{what}");
    }
}

#[test]
fn a_scanner_that_goes_away_is_greyed_and_in_the_ledger_and_the_number_does_as_well() {
    let mut world = world();
    state(&mut world, ScannerState::Missing("/dev/x: gone".into()));
    world.touch(Intent::Start);
    let Screen::Identify(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!((view.card, view.code), (None, Some(Device::Broken)));
    let told: Vec<_> = world
        .log
        .iter()
        .filter_map(|event| match event {
            Event::DeviceChanged { device, state } if device == "scanner" => Some(state.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(told, ["Ready", "/dev/x: gone"]);
    world.touch(Intent::ByNumber);
    assert_eq!(refused(&world), (String::new(), None));
}

#[test]
fn without_a_scanner_and_a_card_reader_the_number_is_asked_for_at_once() {
    let mut world = story::ready(Faults::NONE);
    world.touch(Intent::Start);
    assert!(matches!(world.flow.session(), Session::Number { .. }));
}

#[test]
fn a_scan_is_a_touch_and_a_session_that_it_began_ends_by_itself() {
    let mut world = world();
    scan(&mut world, Code::Other);
    for _ in 0..4 {
        pass(&mut world, 50);
        scan(&mut world, Code::Other);
    }
    assert!(matches!(world.flow.session(), Session::Identify { .. }));
    for _ in 0..100 {
        world.pass(Duration::from_secs(1));
    }
    assert_eq!(*world.flow.session(), Session::Attract);
}
