//! What a card does on the screen, and that it never stands in anybody's way.

use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::bulletin::directory::{AccountRecord, MeterRecord};
use meterpost_ledger::{CardRef, Event, Limits, Money};
use meterpost_ui::view::{Device, Intent, NumberProblem, Screen};

use super::world::{Faults, METER, World};
use crate::device::card::{CardEvent, CardKind, CardRefusal, CardState, ShownCard, StaffRole};
use crate::flow::{Input, Session};
use crate::told::{Directory, Told};

const SECOND: &str = "20260042";
const THIRD: &str = "20260043";

fn record(number: &str, owner: &str) -> MeterRecord {
    MeterRecord {
        number: number.into(),
        utility: "water".into(),
        profile: "cjt188-prepaid".into(),
        address: format!("{number:0>14}"),
        segment: 2,
        baud: None,
        parity: None,
        customer: None,
        place: "3栋1201".into(),
        low_balance: 0,
        owner: Some(owner.into()),
        on_account: false,
    }
}

pub fn account(number: &str, meters: &[(&str, &str)], card: &str) -> AccountRecord {
    AccountRecord {
        account: number.into(),
        name: "王**".into(),
        place: "3栋1201".into(),
        meters: meters.iter().map(|(n, owner)| record(n, owner)).collect(),
        cards: vec![card.into()],
    }
}

/// A terminal with a card reader: C-1 has one meter, C-2 two, C-3 one that is another terminal's, and C-4 was lost.
fn world() -> World {
    let mut world = World::new(1, Faults::NONE);
    pass(&mut world);
    world.flow.tell(Arc::new(Told {
        directory: Directory::new(vec![
            account("A1", &[(METER, "K1")], "C-1"),
            account(
                "A2",
                &[("260305510099", "K7"), (SECOND, "K1"), (THIRD, "K1")],
                "C-2",
            ),
            account("A3", &[("260305510098", "K7")], "C-3"),
            account("A4", &[("20260044", "K1")], "C-4"),
        ]),
        denied: ["C-4".to_owned()].into(),
        ..Told::default()
    }));
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    assert_eq!(*world.flow.session(), Session::Attract);
    world
}

/// Long enough for the devices to report and for a meter to be read.
fn pass(world: &mut World) {
    for _ in 0..20 {
        world.pass(Duration::from_millis(100));
    }
}

fn show(world: &mut World, number: &str, kind: CardKind) {
    let card = ShownCard {
        number: number.into(),
        kind,
    };
    world.feed(Input::Card(CardEvent::Shown(card)));
    // Contactless: away again at once.
    world.feed(Input::Card(CardEvent::Removed));
}

fn problem(world: &World) -> Option<NumberProblem> {
    match world.flow.session() {
        Session::Identify { problem } | Session::Number { problem, .. } => *problem,
        other => panic!("{other:?}"),
    }
}

/// The card's account, and its first meter.
fn show_and_choose(world: &mut World, number: &str) {
    show(world, number, CardKind::Resident);
    world.touch(Intent::Choose(0));
    pass(world);
}

#[test]
fn a_card_leads_to_its_account_and_the_meter_chosen_and_is_in_the_ledger() {
    let mut world = world();
    show(&mut world, "C-1", CardKind::Resident);
    let Screen::Who(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!((&*view.name, &*view.place), ("王**", "3栋12**"));
    assert_eq!(view.meters.len(), 1);
    world.touch(Intent::Choose(0));
    pass(&mut world);
    assert!(matches!(world.flow.session(), Session::Meter { number, .. } if number == METER));
    world.touch(Intent::Amount(1_000));
    let opened = world.log.iter().rev().find_map(|event| match event {
        Event::SaleOpened { card, .. } => Some(card.clone()),
        _ => None,
    });
    assert_eq!(opened, Some(Some(CardRef("C-1".into()))));
}

#[test]
fn a_card_with_several_meters_asks_which_and_offers_those_of_this_terminal() {
    let mut world = world();
    show(&mut world, "C-2", CardKind::Resident);
    let Screen::Who(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    let choices = view.meters;
    let numbers: Vec<&str> = choices.iter().map(|c| c.number.as_str()).collect();
    assert_eq!(numbers, [SECOND, THIRD]);
    assert_eq!(choices[1].place, "3栋12**");
    world.touch(Intent::Choose(7));
    assert!(matches!(world.flow.session(), Session::Who { .. }));
    world.touch(Intent::Choose(0));
    pass(&mut world);
    assert!(matches!(world.flow.session(), Session::Meter { number, .. } if number == SECOND));
    world.touch(Intent::Back);
    assert!(matches!(world.flow.session(), Session::Who { .. }));
    world.touch(Intent::Back);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn a_card_that_leads_nowhere_says_why_and_the_number_still_works() {
    for (number, kind, expected) in [
        ("C-3", CardKind::Resident, NumberProblem::CardUnknown),
        ("C-9", CardKind::Resident, NumberProblem::CardUnknown),
        ("C-4", CardKind::Resident, NumberProblem::CardInvalid),
        (
            "S-1",
            CardKind::Staff(StaffRole::Clerk),
            NumberProblem::CardUnknown,
        ),
    ] {
        let mut world = world();
        show(&mut world, number, kind);
        assert_eq!(problem(&world), Some(expected), "{number}");
        world.touch(Intent::ByNumber);
        for digit in METER.bytes() {
            world.touch(Intent::Digit(digit - b'0'));
        }
        world.touch(Intent::Find);
        pass(&mut world);
        assert!(
            matches!(world.flow.session(), Session::Meter { .. }),
            "{number}"
        );
    }
    for (refusal, expected) in [
        (
            CardRefusal::NotOurs("a bank's".into()),
            NumberProblem::CardUnknown,
        ),
        (CardRefusal::Expired, NumberProblem::CardInvalid),
        (CardRefusal::NotYetValid, NumberProblem::CardInvalid),
        (CardRefusal::FailedProof, NumberProblem::CardInvalid),
        (CardRefusal::Pulled, NumberProblem::CardUnread),
        (
            CardRefusal::Unreadable("noise".into()),
            NumberProblem::CardUnread,
        ),
    ] {
        let mut world = world();
        world.feed(Input::Card(CardEvent::Refused(refusal)));
        assert_eq!(problem(&world), Some(expected));
    }
}

#[test]
fn the_reader_and_the_number_are_both_ways_to_begin_and_back_leads_out() {
    let mut world = world();
    world.touch(Intent::Start);
    let Screen::Identify(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!(
        (view.card, view.code, view.problem),
        (Some(Device::Works), None, None)
    );
    world.touch(Intent::ByNumber);
    world.touch(Intent::Digit(7));
    world.touch(Intent::Back);
    assert_eq!(*world.flow.session(), Session::Identify { problem: None });
    world.touch(Intent::Lost);
    assert!(matches!(world.flow.session(), Session::Loss(_)));
    world.touch(Intent::Back);
    show(&mut world, "C-9", CardKind::Resident);
    assert_eq!(problem(&world), Some(NumberProblem::CardUnknown));
    show(&mut world, "C-1", CardKind::Resident);
    assert!(matches!(world.flow.session(), Session::Who { .. }));
    // The next one in the queue holds a card to the reader.
    show(&mut world, "C-2", CardKind::Resident);
    assert!(matches!(world.flow.session(), Session::Who { meters } if meters.len() == 2));
    world.touch(Intent::Back);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn without_a_reader_the_number_is_asked_for_at_once() {
    let mut world = World::new(1, Faults::NONE);
    pass(&mut world);
    world.touch(Intent::Start);
    assert!(matches!(world.flow.session(), Session::Number { .. }));
    world.touch(Intent::Back);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn a_card_in_the_middle_of_somebody_elses_visit_changes_nothing() {
    let mut world = world();
    show_and_choose(&mut world, "C-1");
    world.touch(Intent::Amount(1_000));
    let before = world.flow.session().clone();
    show(&mut world, "C-2", CardKind::Resident);
    world.feed(Input::Card(CardEvent::Refused(CardRefusal::Pulled)));
    assert_eq!(*world.flow.session(), before);
}

#[test]
fn a_number_typed_after_a_card_is_not_the_cards() {
    let mut world = world();
    show(&mut world, "C-2", CardKind::Resident);
    world.touch(Intent::Back);
    world.touch(Intent::Start);
    world.touch(Intent::ByNumber);
    for digit in METER.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
    pass(&mut world);
    world.touch(Intent::Amount(1_000));
    let with_card = |event: &Event| matches!(event, Event::SaleOpened { card: Some(_), .. });
    assert!(!world.log.iter().any(with_card));
}

#[test]
fn invariant_7_a_cards_day_is_counted_and_its_limit_leaves_no_amount_above_it() {
    let mut world = world();
    let limits = Limits {
        per_card_day: Some(Money(2_000)),
        ..Limits::default()
    };
    let applied = Event::BulletinApplied {
        kind: "limits".into(),
        version: 1,
        digest: [1; 32],
        limits: Some(limits),
    };
    let mut books = world.flow.books().clone();
    books.apply(&applied).unwrap();
    world.log.push(applied);
    world.flow.take_books(books);
    show_and_choose(&mut world, "C-1");
    let Screen::Meter(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    let amounts: Vec<i64> = view.amounts.iter().map(|amount| amount.minor).collect();
    assert_eq!(amounts, [1_000, 2_000]);
}

#[test]
fn a_reader_that_is_gone_takes_the_card_from_the_first_screen_and_nothing_else() {
    let mut world = world();
    assert_eq!(world.flow.availability().cards, Some(Device::Works));
    world.feed(Input::Card(CardEvent::State(CardState::Missing(
        "unplugged".into(),
    ))));
    let availability = world.flow.availability();
    assert_eq!(availability.cards, Some(Device::Broken));
    assert_eq!(availability.cash, Device::Works);
    assert_eq!(*world.flow.session(), Session::Attract);
}
