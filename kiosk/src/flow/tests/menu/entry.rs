//! The way in, and the way out.

use meterpost_ledger::StaffOutcome;
use meterpost_ui::view::{EntryAsk, Intent, MenuIntent, Word};

use super::*;
use crate::device::card::{CardCommand, CardEvent, CardKind, CardState, PinOutcome, ShownCard};
use crate::flow::{Input, Session};
use crate::service::{Door, Served, ServiceJob};
use crate::told::Told;

#[test]
fn a_pin_opens_the_menu_and_every_try_is_an_entry_before_it_is_checked() {
    let mut world = world();
    enter(&mut world, "402918");
    assert_eq!(asks(&world), (EntryAsk::CardOrPin, Some(Word::WrongPin)));
    digits(&mut world, MAINTENANCE);
    let person = view(&world).person.unwrap();
    assert_eq!(
        (person.name.as_str(), person.role),
        ("Wang", Word::Maintenance)
    );
    use StaffOutcome::{Begun, Done, Refused};
    assert_eq!(outcomes(&world, "enter"), [Begun, Refused, Begun, Done]);
    assert_eq!(acted(&world, "enter").last().unwrap().0, "Wang");
    assert!(
        !format!("{:?}", world.log).contains(MAINTENANCE),
        "no PIN is in the log"
    );
}

#[test]
fn what_cannot_be_a_pin_is_no_try() {
    let mut world = world();
    enter(&mut world, "123");
    assert_eq!(asks(&world).1, Some(Word::PinTooShort));
    assert!(acted(&world, "enter").is_empty());
}

#[test]
fn wrong_tries_bring_pauses_that_grow_and_outlive_a_restart() {
    let mut world = world();
    menu(&mut world, MenuIntent::Open);
    for _ in 0..3 {
        digits(&mut world, "402918");
    }
    assert!(
        matches!(asks(&world).0, EntryAsk::Wait(14..=15)),
        "{:?}",
        asks(&world)
    );
    // Nothing is typed meanwhile.
    digits(&mut world, MAINTENANCE);
    assert_eq!(acted(&world, "enter").len(), 6);
    world.cut();
    pass(&mut world, 2);
    menu(&mut world, MenuIntent::Open);
    assert!(
        matches!(asks(&world).0, EntryAsk::Wait(12..=15)),
        "{:?}",
        asks(&world)
    );
    pass(&mut world, 16);
    digits(&mut world, "402918");
    assert!(
        matches!(asks(&world).0, EntryAsk::Wait(29..=30)),
        "{:?}",
        asks(&world)
    );
    pass(&mut world, 31);
    digits(&mut world, MAINTENANCE);
    assert!(view(&world).person.is_some());
}

#[test]
fn a_power_cut_while_a_pin_is_checked_gives_no_try_for_nothing() {
    let mut world = world();
    menu(&mut world, MenuIntent::Open);
    for _ in 0..3 {
        for digit in "402918".bytes() {
            world.touch(Intent::Menu(MenuIntent::Digit(digit - b'0')));
        }
        world.touch(Intent::Menu(MenuIntent::Next));
        world.cut();
        pass(&mut world, 2);
        menu(&mut world, MenuIntent::Open);
    }
    assert!(
        matches!(asks(&world).0, EntryAsk::Wait(_)),
        "{:?}",
        asks(&world)
    );
    use StaffOutcome::{Begun, Unknown};
    assert_eq!(outcomes(&world, "enter"), [Begun, Unknown].repeat(3));
}

#[test]
fn a_withdrawn_staff_card_opens_nothing_whenever_it_was_withdrawn() {
    let staff = || {
        Input::Card(CardEvent::Shown(ShownCard {
            number: "C-0001".to_owned(),
            kind: CardKind::Staff(StaffRole::Manager),
        }))
    };
    let withdraw = |world: &mut World| {
        let told = Told {
            denied: ["C-0001".to_owned()].into(),
            ..Told::default()
        };
        world.flow.tell(told.into());
    };
    // It lay in the reader before the menu was opened.
    let mut world = world();
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    withdraw(&mut world);
    world.feed(staff());
    // It opened nothing for a resident; back to the first screen, where it lies on.
    world.touch(Intent::Back);
    menu(&mut world, MenuIntent::Open);
    assert_eq!(asks(&world).0, EntryAsk::CardOrPin);
    // After a wrong PIN of somebody else it is not asked for its own.
    digits(&mut world, "402918");
    assert_eq!(asks(&world).0, EntryAsk::CardOrPin);
    // It is withdrawn while its PIN is checked.
    let mut world = super::world();
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    world.feed(staff());
    world.touch(Intent::Back);
    menu(&mut world, MenuIntent::Open);
    digits(&mut world, "123456");
    withdraw(&mut world);
    world.feed(Input::Card(CardEvent::Pin(PinOutcome::Right)));
    assert!(view(&world).person.is_none());
    assert_eq!(asks(&world).1, Some(Word::CardWithdrawn));
    use StaffOutcome::{Begun, Refused};
    assert_eq!(outcomes(&world, "enter"), [Begun, Refused]);
}

#[test]
fn a_reader_that_never_answers_keeps_residents_out_no_longer_than_the_time_out() {
    let mut world = world();
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    let card = ShownCard {
        number: "C-0001".to_owned(),
        kind: CardKind::Staff(StaffRole::Manager),
    };
    world.feed(Input::Card(CardEvent::Shown(card)));
    world.touch(Intent::Back);
    menu(&mut world, MenuIntent::Open);
    digits(&mut world, "123456");
    world.feed(Input::Card(CardEvent::Removed));
    pass(&mut world, 700);
    assert_eq!(*world.flow.session(), Session::Attract);
    use StaffOutcome::{Begun, Refused};
    assert_eq!(outcomes(&world, "enter"), [Begun, Refused]);
}

#[test]
fn a_staff_card_opens_with_its_pin_and_a_residents_does_not() {
    let mut world = world();
    world.feed(Input::Card(CardEvent::State(CardState::Ready)));
    menu(&mut world, MenuIntent::Open);
    let shown = |kind| {
        let number = "C-0001".to_owned();
        Input::Card(CardEvent::Shown(ShownCard { number, kind }))
    };
    world.feed(shown(CardKind::Resident));
    assert_eq!(
        asks(&world),
        (EntryAsk::CardOrPin, Some(Word::CardNotStaff))
    );
    world.feed(Input::Card(CardEvent::Removed));
    world.feed(shown(CardKind::Staff(StaffRole::Manager)));
    assert_eq!(asks(&world), (EntryAsk::CardPin, None));
    digits(&mut world, "123456");
    assert!(matches!(
        world.asked_of_cards[..],
        [CardCommand::VerifyPin(_)]
    ));
    world.feed(Input::Card(CardEvent::Pin(PinOutcome::Wrong {
        tries_left: 1,
    })));
    assert_eq!(asks(&world), (EntryAsk::CardPin, Some(Word::CardLastTry)));
    digits(&mut world, "654321");
    world.feed(Input::Card(CardEvent::Pin(PinOutcome::Right)));
    let person = view(&world).person.unwrap();
    assert_eq!(
        (person.name.as_str(), person.role),
        ("C-0001", Word::Manager)
    );
}

#[test]
fn a_one_time_code_is_asked_for_and_good_once() {
    let mut world = world_with(ServiceRules {
        code: true,
        ..rules()
    });
    enter(&mut world, MAINTENANCE);
    assert_eq!(asks(&world).0, EntryAsk::Code);
    digits(&mut world, "11112222");
    assert!(
        world
            .jobs
            .iter()
            .any(|job| matches!(job, ServiceJob::CheckCode(_)))
    );
    world.feed(Input::Served(Served::Code(Ok(Some(29_000_000)))));
    assert!(view(&world).person.is_some());
    menu(&mut world, MenuIntent::Leave);
    world.cut();
    pass(&mut world, 2);
    // The same code again, and one of an earlier minute.
    for step in [29_000_000, 28_999_999] {
        enter(&mut world, MAINTENANCE);
        digits(&mut world, "11112222");
        world.feed(Input::Served(Served::Code(Ok(Some(step)))));
        assert_eq!(asks(&world).1, Some(Word::WrongCode));
        menu(&mut world, MenuIntent::Leave);
    }
    enter(&mut world, MAINTENANCE);
    digits(&mut world, "33334444");
    world.feed(Input::Served(Served::Code(Ok(Some(29_000_001)))));
    assert!(view(&world).person.is_some());
}

#[test]
fn the_door_has_to_be_opened_in_time_where_it_is_asked_for() {
    let mut world = world_with(ServiceRules {
        door: Some(Door {
            file: "/sys/class/gpio/gpio17/value".into(),
            open: "1".into(),
        }),
        ..rules()
    });
    enter(&mut world, MAINTENANCE);
    assert!(matches!(asks(&world).0, EntryAsk::Door(29..=30)));
    world.feed(Input::Served(Served::Door(Ok(false))));
    pass(&mut world, 31);
    assert_eq!(asks(&world).1, Some(Word::DoorStayedShut));
    digits(&mut world, MAINTENANCE);
    world.feed(Input::Served(Served::Door(Ok(true))));
    assert!(view(&world).person.is_some());
}

#[test]
fn the_menu_opens_in_no_residents_session_and_no_sale_begins_in_the_menu() {
    let mut world = world();
    world.touch(Intent::Start);
    menu(&mut world, MenuIntent::Open);
    assert!(matches!(world.flow.session(), Session::Number { .. }));
    world.touch(Intent::Cancel);
    enter(&mut world, MAINTENANCE);
    for intent in [
        Intent::Start,
        Intent::Find,
        Intent::Amount(1_000),
        Intent::Back,
    ] {
        world.touch(intent);
        assert!(matches!(world.flow.session(), Session::Service(_)));
    }
    assert!(world.flow.books().open_sale().is_none());
}

#[test]
fn the_menu_closes_by_itself_after_a_warning() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    pass(&mut world, 260);
    assert_eq!(view(&world).closing_in, None);
    pass(&mut world, 15);
    assert!(matches!(view(&world).closing_in, Some(20..=30)));
    menu(&mut world, MenuIntent::Stay);
    assert_eq!(view(&world).closing_in, None);
    pass(&mut world, 301);
    assert_eq!(*world.flow.session(), Session::Attract);
    assert_eq!(outcomes(&world, "leave"), [StaffOutcome::Done]);
}
