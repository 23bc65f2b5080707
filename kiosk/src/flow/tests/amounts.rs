//! Another amount than those offered.

use meterpost_ledger::{Limits, Money};
use meterpost_ui::view::{AmountProblem, CashWay, Intent, OtherAmountView, PayWith, Screen};

use super::story::{find, pass, ready};
use super::world::{Faults, World};
use super::{fixture, payments};
use crate::device::printer::PrinterState;
use crate::device::validator::{CashEvent, CashState};
use crate::flow::{Flow, Input, Session};

fn open(world: &mut World) {
    find(world);
    world.touch(Intent::OtherAmount);
}

fn digits(world: &mut World, text: &str) {
    for c in text.chars() {
        let digit = c.to_digit(10).unwrap();
        world.touch(Intent::Digit(u8::try_from(digit).unwrap()));
    }
}

/// Types it anew and asks to go on.
fn enter(world: &mut World, text: &str) {
    world.touch(Intent::Clear);
    digits(world, text);
    world.touch(Intent::Find);
}

fn view(world: &World) -> OtherAmountView {
    match world.flow.view("").screen {
        Screen::OtherAmount(view) => view,
        other => panic!("{other:?}"),
    }
}

fn offered(world: &World) -> bool {
    match world.flow.view("").screen {
        Screen::Meter(view) => view.other_amount,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_amount_typed_is_paid_with_notes_and_credited() {
    let mut world = ready(Faults::NONE);
    open(&mut world);
    let shown = view(&world);
    assert_eq!(
        (&*shown.entry, &*shown.least, &*shown.most),
        ("", "¥ 10", "¥ 500")
    );
    digits(&mut world, "0359");
    assert_eq!(view(&world).entry, "¥ 359");
    world.touch(Intent::Delete);
    assert_eq!(view(&world).entry, "¥ 35");
    world.touch(Intent::Find);
    for note in [2_000, 1_000, 500] {
        pass(&mut world, 1);
        world.insert(note);
    }
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 3_500)]);
    assert!(matches!(world.flow.session(), Session::Done { .. }));
}

#[test]
fn what_is_not_accepted_stays_with_the_reason_until_it_is_changed() {
    let mut world = ready(Faults::NONE);
    open(&mut world);
    for (text, shown, problem) in [
        ("", "", AmountProblem::TooLittle),
        ("9", "¥ 9", AmountProblem::TooLittle),
        ("501", "¥ 501", AmountProblem::TooMuch),
        ("99999", "¥ 9,999", AmountProblem::TooMuch),
        ("23", "¥ 23", AmountProblem::NotWhole),
    ] {
        enter(&mut world, text);
        let view = view(&world);
        assert_eq!((&*view.entry, view.problem), (shown, Some(problem)));
    }
    world.touch(Intent::Delete);
    assert_eq!(view(&world).problem, None);
    assert!(world.flow.books().open_sale().is_none());
    enter(&mut world, "500");
    assert!(matches!(world.flow.session(), Session::Cash { .. }));
}

#[test]
fn the_limits_in_force_are_the_most() {
    let mut world = ready(Faults::NONE);
    world.limit(Limits {
        per_sale: Some(Money(6_050)),
        ..Limits::default()
    });
    open(&mut world);
    assert_eq!(view(&world).most, "¥ 60");
    enter(&mut world, "65");
    assert_eq!(view(&world).problem, Some(AmountProblem::TooMuch));
    enter(&mut world, "60");
    assert!(matches!(world.flow.session(), Session::Cash { .. }));
}

#[test]
fn what_notes_cannot_make_up_is_paid_from_the_wallet_alone() {
    let mut world = payments::world(Faults::NONE, 1);
    payments::by_card(&mut world);
    pass(&mut world, 2);
    world.touch(Intent::OtherAmount);
    enter(&mut world, "23");
    pass(&mut world, 2);
    match world.flow.view("").screen {
        Screen::Pay(view) => assert_eq!(
            (&*view.amount, view.cash),
            ("¥ 23.00", CashWay::NoSuchNotes)
        ),
        other => panic!("{other:?}"),
    }
    world.touch(Intent::Pay(PayWith::Cash));
    assert!(matches!(world.flow.session(), Session::Pay { .. }));
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_300)]);
    assert_eq!(world.bank.wallet, 12_000 - 2_300);
}

#[test]
fn it_leads_back_to_the_meter_and_ends_as_every_screen_does() {
    let mut world = ready(Faults::NONE);
    open(&mut world);
    world.touch(Intent::Back);
    assert!(offered(&world));
    world.touch(Intent::OtherAmount);
    world.touch(Intent::Cancel);
    assert_eq!(*world.flow.session(), Session::Attract);
    open(&mut world);
    pass(&mut world, 61);
    assert!(world.flow.view("").still_there.is_some());
    world.touch(Intent::Stay);
    assert!(world.flow.view("").still_there.is_none());
    pass(&mut world, 91);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn a_full_page_of_amounts_has_no_room_for_another() {
    for (count, room) in [(5, true), (6, false)] {
        let mut world = ready(Faults::NONE);
        let mut rules = fixture::rules();
        rules.amounts = (1..=count).map(|n| Money(n * 1_000)).collect();
        world.flow = Flow::new(rules, world.books(), world.time);
        world.feed(Input::Bus(true));
        world.feed(Input::Cash(CashEvent::State(CashState::Disabled)));
        let paper_low = false;
        world.feed(Input::Printer(PrinterState::Ready { paper_low }));
        pass(&mut world, 2);
        find(&mut world);
        assert_eq!(offered(&world), room, "{count}");
        world.touch(Intent::OtherAmount);
        let opened = matches!(world.flow.session(), Session::OtherAmount { .. });
        assert_eq!(opened, room, "{count}");
    }
}
