//! The service menu through the flow: who comes in, what is recorded, and what it never does to money.

mod acts;
mod bus;
mod entry;
mod names;
mod software;

use std::time::Duration;

use meterpost_ledger::{Event, SaleId, StaffOutcome};
use meterpost_ui::view::{
    EntryAsk, Intent, MenuAct, MenuIntent, MenuList, MenuPage, MenuView, Screen, Word,
};

use super::world::{Faults, METER, World};
use crate::device::card::StaffRole;
use crate::flow::Session;
use crate::service::{Person, ServiceRules, pin};

const MAINTENANCE: &str = "402917";
const MANAGER: &str = "88160425";
const CLERK: &str = "551207";

fn person(name: &str, role: StaffRole, pin: &str) -> Person {
    Person {
        name: name.into(),
        role,
        pin: pin::hash(pin, &[9; 16]).unwrap(),
    }
}

fn rules() -> ServiceRules {
    ServiceRules {
        people: vec![
            person("Wang", StaffRole::Maintenance, MAINTENANCE),
            person("Chen", StaffRole::Manager, MANAGER),
            person("Zhou", StaffRole::Clerk, CLERK),
        ],
        ..ServiceRules::default()
    }
}

fn world_with(service: ServiceRules) -> World {
    let mut world = World::new(1, Faults::NONE);
    world.service = service;
    world.restart();
    pass(&mut world, 2);
    assert_eq!(*world.flow.session(), Session::Attract);
    world
}

fn world() -> World {
    world_with(rules())
}

fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds * 10 {
        world.pass(Duration::from_millis(100));
    }
}

fn menu(world: &mut World, intent: MenuIntent) {
    world.touch(Intent::Menu(intent));
    // What was asked for is answered in a few turns.
    for _ in 0..5 {
        world.pass(Duration::from_millis(10));
    }
}

fn act(world: &mut World, name: &str) {
    menu(world, MenuIntent::Do(name.into()));
}

fn digits(world: &mut World, digits: &str) {
    for digit in digits.bytes() {
        menu(world, MenuIntent::Digit(digit - b'0'));
    }
    menu(world, MenuIntent::Next);
}

fn enter(world: &mut World, pin: &str) {
    menu(world, MenuIntent::Open);
    digits(world, pin);
}

fn view(world: &World) -> MenuView {
    match world.flow.view("").screen {
        Screen::Menu(view) => view,
        other => panic!("{other:?}"),
    }
}

fn list(world: &World) -> MenuList {
    match view(world).page {
        MenuPage::List(list) => list,
        other => panic!("{other:?}"),
    }
}

fn asks(world: &World) -> (EntryAsk, Option<Word>) {
    match view(world).page {
        MenuPage::Entry(entry) => (entry.asks, entry.problem),
        other => panic!("{other:?}"),
    }
}

fn acted(world: &World, wanted: &str) -> Vec<(String, StaffOutcome)> {
    let of = |event: &Event| match event {
        Event::StaffActed {
            who, act, outcome, ..
        } if act == wanted => Some((who.clone(), *outcome)),
        _ => None,
    };
    world.log.iter().filter_map(of).collect()
}

fn outcomes(world: &World, wanted: &str) -> Vec<StaffOutcome> {
    let found = acted(world, wanted);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

fn button(world: &World, name: &str) -> Option<MenuAct> {
    let list = list(world);
    let rows = list.rows.into_iter().filter_map(|row| row.act);
    list.acts
        .into_iter()
        .chain(rows)
        .find(|act| act.name == name)
}

/// A sale whose meter did not say whether it has the credit.
fn unknown_sale() -> World {
    let faults = Faults {
        no_read_back: 1,
        ..Faults::NONE
    };
    let mut world = world();
    world.touch(Intent::Start);
    for digit in METER.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
    pass(&mut world, 2);
    world.touch(Intent::Amount(5_000));
    pass(&mut world, 1);
    world.faults = faults;
    world.insert(5_000);
    pass(&mut world, 20);
    assert!(world.flow.books().sale(SaleId(1)).unwrap().delivery_open());
    world.touch(Intent::Close);
    pass(&mut world, 61);
    world
}

/// A top-up of one note, so that something is in the box.
fn sell(world: &mut World, note: i64) {
    world.touch(Intent::Start);
    for digit in METER.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
    pass(world, 2);
    world.touch(Intent::Amount(note));
    pass(world, 1);
    world.insert(note);
    pass(world, 30);
    assert_eq!(*world.flow.session(), Session::Attract);
}
