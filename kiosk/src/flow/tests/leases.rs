//! A meter that the directory takes away is sold for no more from the very entry that says so.

use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::Event;
use meterpost_ledger::bulletin::directory::{AccountRecord, DIRECTORY_KIND, MeterRecord};
use meterpost_ui::view::{Intent, NumberProblem};

use super::world::{Faults, METER, World};
use crate::flow::Session;
use crate::told::{Directory, Has, Told};

fn told(version: u64, owner: &str) -> Arc<Told> {
    let meter = MeterRecord {
        number: METER.into(),
        utility: "electricity".into(),
        profile: "dlt645-plain".into(),
        address: METER.into(),
        segment: 1,
        baud: None,
        parity: None,
        customer: Some("1234".into()),
        place: String::new(),
        low_balance: 0,
        owner: Some(owner.into()),
        on_account: false,
    };
    Arc::new(Told {
        directory: Directory::new(vec![AccountRecord {
            account: "A1".into(),
            name: String::new(),
            place: String::new(),
            meters: vec![meter],
            cards: Vec::new(),
        }]),
        has: Has {
            base: version,
            changes: 0,
        },
        ..Told::default()
    })
}

/// The entry that a directory is applied, as the thread that talks with the server has it recorded.
fn applied(world: &mut World, version: u64) {
    let event = Event::BulletinApplied {
        kind: DIRECTORY_KIND.into(),
        version,
        digest: [1; 32],
        limits: None,
    };
    let mut books = world.flow.books().clone();
    books.apply(&event).expect("the next directory");
    world.log.push(event);
    world.flow.take_books(books);
}

fn pass(world: &mut World) {
    for _ in 0..20 {
        world.pass(Duration::from_millis(100));
    }
}

/// A resident looks at the meter, which is this terminal's.
fn at_the_meter() -> World {
    let mut world = World::new(1, Faults::NONE);
    applied(&mut world, 1);
    world.flow.tell(told(1, "K1"));
    pass(&mut world);
    world.touch(Intent::Start);
    for digit in METER.bytes() {
        world.touch(Intent::Digit(digit - b'0'));
    }
    world.touch(Intent::Find);
    pass(&mut world);
    assert!(matches!(world.flow.session(), Session::Meter { .. }));
    world
}

fn sales(world: &World) -> usize {
    let opened = |event: &&Event| matches!(event, Event::SaleOpened { .. });
    world.log.iter().filter(opened).count()
}

#[test]
fn between_the_entry_and_its_reading_no_sale_is_begun() {
    let mut world = at_the_meter();
    applied(&mut world, 2);
    world.touch(Intent::Amount(1_000));
    assert_eq!(sales(&world), 0);
    // It is read, and the meter is still this terminal's: the same touch works now.
    world.flow.tell(told(2, "K1"));
    world.touch(Intent::Amount(1_000));
    assert_eq!(sales(&world), 1);
}

#[test]
fn a_meter_that_was_taken_away_while_somebody_looks_at_it_is_not_sold_for() {
    let mut world = at_the_meter();
    applied(&mut world, 2);
    world.flow.tell(told(2, "K7"));
    world.touch(Intent::Amount(1_000));
    assert_eq!(sales(&world), 0);
    let Session::Number { problem, .. } = world.flow.session() else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!(*problem, Some(NumberProblem::NotHere));
}
