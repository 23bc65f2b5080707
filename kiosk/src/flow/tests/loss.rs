//! A card reported lost: two numbers, one word of the server, and nothing promised that it did not say.

use std::time::Duration;

use meterpost_ui::view::{Intent, LossNumber, LossProblem, LossView, Screen};

use super::world::{Faults, METER, World};
use crate::device::card::{CardEvent, CardState};
use crate::flow::{Input, LossAnswer, LossOrder, LossStep, Session};

fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds * 10 {
        world.pass(Duration::from_millis(100));
    }
}

/// A terminal with a card reader, at the number screen.
fn world() -> World {
    let mut world = World::new(1, Faults::NONE);
    pass(&mut world, 2);
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    world.touch(Intent::Start);
    world.touch(Intent::ByNumber);
    world
}

fn types(world: &mut World, number: &str) {
    for digit in number.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
}

fn view(world: &World) -> LossView {
    match world.flow.view("").screen {
        Screen::Loss(view) => view,
        other => panic!("{other:?}"),
    }
}

fn problem(world: &World) -> Option<LossProblem> {
    match view(world) {
        LossView::Entry { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

/// Both numbers are typed, and the server is being told.
fn asking() -> (World, LossOrder) {
    let mut world = world();
    world.touch(Intent::Lost);
    types(&mut world, METER);
    types(&mut world, "000042");
    assert_eq!(view(&world), LossView::Asking);
    let order = world.losses.pop().expect("an order");
    assert_eq!(
        (order.meter.as_str(), order.card.as_str()),
        (METER, "000042")
    );
    (world, order)
}

#[test]
fn a_card_is_blocked_when_the_server_says_so_and_the_screen_closes() {
    let (mut world, order) = asking();
    world.feed(Input::Loss(order, LossAnswer::Blocked));
    assert!(matches!(view(&world), LossView::Blocked { .. }));
    pass(&mut world, 120);
    assert_eq!(*world.flow.session(), Session::Attract);
    assert!(world.losses.is_empty(), "it is told once");
}

#[test]
fn what_was_typed_is_kept_when_nothing_was_blocked() {
    for (answer, expected) in [
        (LossAnswer::NotKnown, LossProblem::NotKnown),
        (LossAnswer::TooMany, LossProblem::TooMany),
        (LossAnswer::NoAnswer, LossProblem::NoAnswer),
    ] {
        let (mut world, order) = asking();
        world.feed(Input::Loss(order.clone(), answer));
        assert_eq!(problem(&world), Some(expected));
        world.touch(Intent::Find);
        assert_eq!(world.losses.pop(), Some(order), "the same again");
    }
}

#[test]
fn a_server_that_says_nothing_is_waited_for_and_its_late_word_changes_nothing() {
    let (mut world, order) = asking();
    pass(&mut world, 14);
    assert_eq!(view(&world), LossView::Asking);
    pass(&mut world, 2);
    assert_eq!(problem(&world), Some(LossProblem::NoAnswer));
    world.feed(Input::Loss(order, LossAnswer::Blocked));
    assert_eq!(problem(&world), Some(LossProblem::NoAnswer));
}

#[test]
fn the_word_on_somebody_elses_report_changes_nothing() {
    let (mut world, order) = asking();
    let other = LossOrder {
        card: "000043".into(),
        ..order
    };
    world.feed(Input::Loss(other, LossAnswer::Blocked));
    assert_eq!(view(&world), LossView::Asking);
}

#[test]
fn numbers_that_cannot_be_are_not_sent() {
    let mut world = world();
    world.touch(Intent::Lost);
    types(&mut world, "12");
    assert_eq!(problem(&world), Some(LossProblem::Length));
    world.touch(Intent::Clear);
    assert_eq!(problem(&world), None);
    types(&mut world, METER);
    world.touch(Intent::Find);
    assert_eq!(problem(&world), Some(LossProblem::Length));
    // No longer than any card's number, however long somebody types.
    types(&mut world, "12345678901234567890");
    assert_eq!(world.losses.pop().map(|order| order.card.len()), Some(12));
}

#[test]
fn each_step_goes_back_to_the_one_before_with_what_was_typed() {
    let mut world = world();
    world.touch(Intent::Digit(7));
    world.touch(Intent::Lost);
    let entry = |world: &World| match view(world) {
        LossView::Entry { number, entry, .. } => (number, entry),
        other => panic!("{other:?}"),
    };
    assert_eq!(entry(&world), (LossNumber::Meter, "7".to_owned()));
    world.touch(Intent::Clear);
    types(&mut world, METER);
    assert_eq!(entry(&world), (LossNumber::Card, String::new()));
    world.touch(Intent::Back);
    assert_eq!(entry(&world), (LossNumber::Meter, METER.to_owned()));
    world.touch(Intent::Back);
    assert!(matches!(world.flow.session(), Session::Number { entry, .. } if entry == METER));
}

#[test]
fn a_terminal_without_a_card_reader_takes_no_report() {
    let mut world = World::new(1, Faults::NONE);
    pass(&mut world, 2);
    world.touch(Intent::Start);
    world.touch(Intent::Lost);
    assert!(matches!(world.flow.session(), Session::Number { .. }));
    let Screen::Number { reports_loss, .. } = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert!(!reports_loss);
}

#[test]
fn whoever_walks_away_leaves_no_number_behind() {
    let mut world = world();
    world.touch(Intent::Lost);
    types(&mut world, METER);
    assert!(matches!(
        world.flow.session(),
        Session::Loss(LossStep::Card { .. })
    ));
    pass(&mut world, 200);
    assert_eq!(*world.flow.session(), Session::Attract);
}
