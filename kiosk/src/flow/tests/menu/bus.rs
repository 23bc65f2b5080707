//! The bus in the service menu: it only reads, one meter after the other, and never beside a delivery.

use meterpost_bus::amount::Amount;
use meterpost_bus::meter::{Reading, Supply};
use meterpost_ui::view::Phrase;

use super::*;
use crate::flow::{DirectoryMeter, Input};
use crate::service::{Served, ServiceJob};
use meterpost_ledger::StaffOutcome::{Begun, Done, Failed};

fn reading() -> Reading {
    Reading {
        purchase_number: 7,
        balance: Amount(1_250),
        last_amount: Some(Amount(5_000)),
        cumulative: None,
        supply: Supply::Off,
    }
}

fn answer(world: &mut World, number: &str, result: Result<Reading, String>) {
    world.feed(Input::Served(Served::MeterRead(number.into(), result)));
}

/// The meters that the engine was asked to read.
fn asked(world: &World) -> Vec<&str> {
    let asked = world.jobs.iter().filter_map(|job| match job {
        ServiceJob::ReadMeter(number) => Some(number.as_str()),
        _ => None,
    });
    asked.collect()
}

fn value(world: &World, name: Word) -> Option<Phrase> {
    let rows = list(world).rows.into_iter();
    let mut found = rows.filter(|row| row.name == Phrase::from(name));
    found.next().map(|row| row.value)
}

/// Two more meters on the same wire.
fn with_neighbours(mut world: World) -> World {
    for number in ["260305510013", "260305510014"] {
        let meter = DirectoryMeter {
            number: number.into(),
            ..world.flow.rules().meter(METER).unwrap()
        };
        world.flow.rules.meters.push(meter);
    }
    world
}

/// The wire that the meter of these tests hangs on.
fn wire(world: &World) -> u8 {
    world.flow.rules().meter(METER).unwrap().segment
}

#[test]
fn the_tree_goes_from_the_bus_over_its_wires_to_every_meter() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    assert_eq!(list(&world).title, Word::Bus);
    let segment = format!("segment-{}", wire(&world));
    act(&mut world, &segment);
    assert_eq!(list(&world).title, Word::MetersKnown);
    act(&mut world, &format!("meter-{METER}"));
    assert_eq!(
        value(&world, Word::Meter),
        Some(Phrase::Given(METER.into()))
    );
    assert_eq!(
        value(&world, Word::Quality),
        Some(Phrase::from(Word::NotAskedYet))
    );
    for _ in 0..2 {
        menu(&mut world, MenuIntent::Back);
    }
    assert_eq!(list(&world).title, Word::Bus);
}

#[test]
fn a_meter_is_read_by_its_number_and_its_words_are_shown() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    act(&mut world, "meter-number");
    digits(&mut world, "999");
    let MenuPage::Number(number) = view(&world).page else {
        panic!("the number is asked for again");
    };
    assert_eq!(
        (number.problem, number.entry.as_str()),
        (Some(Word::NoSuchMeter), "999"),
        "what was typed is kept"
    );
    menu(&mut world, MenuIntent::Clear);
    digits(&mut world, METER);
    act(&mut world, "read-meter");
    assert_eq!(asked(&world), [METER]);
    assert_eq!(outcomes(&world, "read-meter"), [Begun]);
    answer(&mut world, METER, Ok(reading()));
    assert_eq!(outcomes(&world, "read-meter"), [Begun, Done]);
    assert_eq!(
        value(&world, Word::Supply),
        Some(Phrase::from(Word::SupplyOff))
    );
    assert_eq!(
        value(&world, Word::PurchaseNumber),
        Some(Phrase::Given("7".into()))
    );
    menu(&mut world, MenuIntent::Back);
    assert_eq!(list(&world).title, Word::Bus, "not the keypad again");
}

#[test]
fn every_meter_of_a_wire_is_asked_one_after_the_other_and_the_silent_ones_are_counted() {
    let mut world = with_neighbours(world());
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    let segment = format!("segment-{}", wire(&world));
    act(&mut world, &segment);
    let rows = list(&world).rows.into_iter();
    let numbers: Vec<String> = rows
        .filter_map(|row| Some(row.act?.name.strip_prefix("meter-")?.to_owned()))
        .collect();
    assert_eq!(numbers.len(), 3);
    act(&mut world, "ask-every-meter");
    for (place, number) in numbers.iter().enumerate() {
        assert_eq!(asked(&world).len(), place + 1, "one at a time");
        assert_eq!(asked(&world)[place], number);
        let silent = place == 1;
        let result = if silent {
            Err("silence".into())
        } else {
            Ok(reading())
        };
        answer(&mut world, number, result);
    }
    assert_eq!(asked(&world).len(), 3);
    assert_eq!(outcomes(&world, "ask-every-meter"), [Begun, Done]);
    let values = vec!["1".to_owned(), "3".to_owned()];
    let notice = list(&world).notice.unwrap().1;
    assert_eq!(notice, Phrase::Said(Word::SomeSilent, values));
    assert_eq!(button(&world, "ask-every-meter").unwrap().refused, None);
}

#[test]
fn asking_is_stopped_by_hand_and_a_late_answer_is_nobodys() {
    let mut world = with_neighbours(world());
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    let segment = format!("segment-{}", wire(&world));
    act(&mut world, &segment);
    act(&mut world, "ask-every-meter");
    act(&mut world, "stop");
    assert_eq!(outcomes(&world, "ask-every-meter"), [Begun, Failed]);
    let before = asked(&world).len();
    answer(&mut world, METER, Ok(reading()));
    assert_eq!(asked(&world).len(), before, "nobody else is asked");
    assert_eq!(outcomes(&world, "ask-every-meter"), [Begun, Failed]);
}

#[test]
fn no_meter_is_asked_while_a_delivery_is_being_settled() {
    let mut world = unknown_sale();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    act(&mut world, "meter-number");
    digits(&mut world, METER);
    // The flow is about to read the meter back for the open delivery.
    world.flow.asked = Some(SaleId(1));
    let refused = button(&world, "read-meter").unwrap().refused;
    assert_eq!(refused, Some(Word::SaleUnderWay));
    world.touch(Intent::Menu(MenuIntent::Do("read-meter".into())));
    assert_eq!(asked(&world), [""; 0]);
    assert_eq!(outcomes(&world, "read-meter"), []);
}

#[test]
fn asking_ends_where_a_delivery_comes_up_meanwhile() {
    let mut world = with_neighbours(unknown_sale());
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    let segment = format!("segment-{}", wire(&world));
    act(&mut world, &segment);
    act(&mut world, "ask-every-meter");
    let first = asked(&world)[0].to_owned();
    world.flow.asked = Some(SaleId(1));
    answer(&mut world, &first, Ok(reading()));
    assert_eq!(asked(&world).len(), 1);
    assert_eq!(outcomes(&world, "ask-every-meter"), [Begun, Failed]);
}

#[test]
fn what_is_on_its_way_to_a_meter_is_shown_with_it() {
    let mut world = unknown_sale();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "bus");
    act(&mut world, "meter-number");
    digits(&mut world, METER);
    assert!(button(&world, "sale-1").is_some());
    assert!(world.flow.books().sales().any(|sale| sale.delivery_open()));
    act(&mut world, "sale-1");
    assert_eq!(list(&world).title, Word::Delivery);
}

#[test]
fn the_bus_is_not_for_clerks() {
    let mut world = world();
    enter(&mut world, CLERK);
    let refused = button(&world, "bus").unwrap().refused;
    assert_eq!(refused, Some(Word::NotForYou));
    for name in ["bus", "trace", "meter-number", "segment-1", "read-meter"] {
        act(&mut world, name);
        assert_eq!(list(&world).title, Word::StateAtAGlance, "{name}");
    }
}
