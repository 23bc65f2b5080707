//! The service menu through the flow: who comes in, what is recorded, and what it never does to money.

use std::time::Duration;

use meterpost_ledger::{Event, Money, SaleId, StaffOutcome};
use meterpost_ui::view::{
    EntryAsk, Intent, MenuAct, MenuIntent, MenuList, MenuPage, MenuTone, MenuView, Phrase, Screen,
    Word,
};

use super::world::{Faults, METER, World};
use crate::device::card::{
    CardCommand, CardEvent, CardKind, CardState, PinOutcome, ShownCard, StaffRole,
};
use crate::device::validator::CashEvent;
use crate::flow::{Input, Session};
use crate::service::{Door, Person, Served, ServiceJob, ServiceRules, pin};

pub(super) const MAINTENANCE: &str = "402917";
const MANAGER: &str = "88160425";
pub(super) const CLERK: &str = "551207";

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

pub(super) fn world() -> World {
    world_with(rules())
}

fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds * 10 {
        world.pass(Duration::from_millis(100));
    }
}

pub(super) fn menu(world: &mut World, intent: MenuIntent) {
    world.touch(Intent::Menu(intent));
    // What was asked for is answered in a few turns.
    for _ in 0..5 {
        world.pass(Duration::from_millis(10));
    }
}

pub(super) fn act(world: &mut World, name: &str) {
    menu(world, MenuIntent::Do(name.into()));
}

pub(super) fn digits(world: &mut World, digits: &str) {
    for digit in digits.bytes() {
        menu(world, MenuIntent::Digit(digit - b'0'));
    }
    menu(world, MenuIntent::Next);
}

pub(super) fn enter(world: &mut World, pin: &str) {
    menu(world, MenuIntent::Open);
    digits(world, pin);
}

pub(super) fn view(world: &World) -> MenuView {
    match world.flow.view("").screen {
        Screen::Menu(view) => view,
        other => panic!("{other:?}"),
    }
}

pub(super) fn list(world: &World) -> MenuList {
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

pub(super) fn outcomes(world: &World, wanted: &str) -> Vec<StaffOutcome> {
    let found = acted(world, wanted);
    found.into_iter().map(|(_, outcome)| outcome).collect()
}

pub(super) fn button(world: &World, name: &str) -> Option<MenuAct> {
    let list = list(world);
    let rows = list.rows.into_iter().filter_map(|row| row.act);
    list.acts
        .into_iter()
        .chain(rows)
        .find(|act| act.name == name)
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
    assert!(matches!(asks(&world).0, EntryAsk::Door(59..=60)));
    world.feed(Input::Served(Served::Door(Ok(false))));
    pass(&mut world, 61);
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

#[test]
fn a_clerk_sees_what_is_pending_and_nothing_of_the_machine() {
    let mut world = world();
    enter(&mut world, CLERK);
    let refused = |name| button(&world, name).unwrap().refused;
    assert_eq!(refused("pending"), None);
    for name in [
        "devices",
        "cash-box",
        "ledger",
        "power",
        "logs",
        "readiness",
    ] {
        assert_eq!(refused(name), Some(Word::NotForYou), "{name}");
    }
    act(&mut world, "cash-box");
    assert_eq!(list(&world).title, Word::StateAtAGlance);
    act(&mut world, "restart");
    assert_eq!(view(&world).asks, None);
    assert!(acted(&world, "restart").is_empty());
}

#[test]
fn a_printed_test_page_passes_when_somebody_finds_it_right() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "devices");
    act(&mut world, "test-printer");
    act(&mut world, "right");
    use StaffOutcome::{Begun, Done, Failed};
    assert_eq!(outcomes(&world, "test-printer"), [Begun, Done]);
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, Word::Passed.into()))
    );
    world.paper = false;
    act(&mut world, "test-printer");
    assert_eq!(outcomes(&world, "test-printer").last(), Some(&Failed));
}

#[test]
fn a_test_note_is_no_money_and_comes_back() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    let balances = world.flow.books().balances().clone();
    act(&mut world, "devices");
    act(&mut world, "test-validator");
    world.insert(5_000);
    pass(&mut world, 2);
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "test-validator"), [Begun, Done]);
    assert_eq!(world.cash_box, 0);
    assert_eq!(*world.flow.books().balances(), balances);
    // The slot is shut again.
    world.insert(5_000);
    pass(&mut world, 2);
    assert_eq!(world.cash_box, 0);
    assert!(
        !world
            .log
            .iter()
            .any(|e| matches!(e, Event::NoteOffered { .. }))
    );
}

#[test]
fn a_touch_test_passes_with_every_field_and_fails_with_back() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "devices");
    act(&mut world, "test-touch");
    for field in 0..39 {
        menu(&mut world, MenuIntent::Touched(field));
    }
    assert!(matches!(view(&world).page, MenuPage::TouchTest { .. }));
    menu(&mut world, MenuIntent::Touched(39));
    act(&mut world, "test-touch");
    menu(&mut world, MenuIntent::Back);
    use StaffOutcome::{Begun, Done, Failed};
    assert_eq!(outcomes(&world, "test-touch"), [Begun, Done, Begun, Failed]);
    act(&mut world, "test-colours");
    for _ in 0..6 {
        assert!(matches!(view(&world).page, MenuPage::ColourTest { .. }));
        menu(&mut world, MenuIntent::Next);
    }
    act(&mut world, "wrong");
    assert_eq!(outcomes(&world, "test-colours"), [Begun, Failed]);
}

/// Up to the count.
fn collect(world: &mut World) {
    act(world, "cash-box");
    act(world, "collect");
    assert!(view(world).asks.is_some());
    act(world, "collect-meant");
    world.feed(Input::Cash(CashEvent::BoxRemoved));
    world.feed(Input::Cash(CashEvent::BoxReplaced));
}

#[test]
fn a_collection_closes_the_count_when_the_box_is_out_and_takes_what_was_counted() {
    let mut world = world();
    sell(&mut world, 5_000);
    sell(&mut world, 2_000);
    enter(&mut world, MAINTENANCE);
    collect(&mut world);
    let collected = world.log.iter().find_map(|event| match event {
        Event::Collected { period, by, notes } => Some((*period, by.clone(), notes.clone())),
        _ => None,
    });
    let notes = vec![(Money(2_000), 1), (Money(5_000), 1)];
    assert_eq!(collected, Some((1, "Wang".to_owned(), notes)));
    digits(&mut world, "70");
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, Word::CountTaken.into()))
    );
    let till = world.flow.books().till();
    assert_eq!(
        (till.period(), till.total(), till.uncounted().count()),
        (2, Some(Money::ZERO), 0)
    );
    act(&mut world, "print-collection-1");
    pass(&mut world, 1);
    let slips = world
        .jobs
        .iter()
        .filter(|job| matches!(job, ServiceJob::Print(_)));
    assert_eq!(slips.count(), 2, "two copies");
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "collect"), [Begun, Done]);
    assert_eq!(outcomes(&world, "print-collection-1"), [Begun, Done]);
}

#[test]
fn a_count_that_differs_is_a_managers() {
    let mut world = world();
    sell(&mut world, 5_000);
    enter(&mut world, MAINTENANCE);
    collect(&mut world);
    digits(&mut world, "49");
    assert!(
        matches!(view(&world).page, MenuPage::Number(number) if number.problem == Some(Word::ManagerAccepts))
    );
    assert_eq!(world.flow.books().till().uncounted().count(), 1);
    menu(&mut world, MenuIntent::Leave);
    enter(&mut world, MANAGER);
    act(&mut world, "cash-box");
    act(&mut world, "count-1");
    digits(&mut world, "49");
    assert_eq!(
        world.flow.books().till().uncounted().count(),
        1,
        "it is asked first"
    );
    act(&mut world, "count-1-meant");
    assert_eq!(world.flow.books().till().uncounted().count(), 0);
    let counted = world.log.iter().any(|event| {
        matches!(event, Event::CollectionCounted { counted: Money(4_900), by, .. } if by == "Chen")
    });
    assert!(counted);
}

#[test]
fn a_power_cut_at_any_step_of_a_collection_leaves_exact_counters() {
    for steps in 0..4 {
        let mut world = world();
        sell(&mut world, 5_000);
        enter(&mut world, MAINTENANCE);
        act(&mut world, "cash-box");
        act(&mut world, "collect");
        let rest: [&dyn Fn(&mut World); 3] = [
            &|world| act(world, "collect-meant"),
            &|world| world.feed(Input::Cash(CashEvent::BoxRemoved)),
            &|world| world.feed(Input::Cash(CashEvent::BoxReplaced)),
        ];
        rest.iter().take(steps).for_each(|step| step(&mut world));
        world.cut();
        pass(&mut world, 2);
        let books = world.books();
        let till = books.till();
        let held: i64 = till.total().unwrap().0 + till.uncounted().map(|(_, m)| m.0).sum::<i64>();
        assert_eq!(held, 5_000, "after {steps} steps");
        let collections = world
            .log
            .iter()
            .filter(|e| matches!(e, Event::Collected { .. }));
        assert_eq!(
            collections.count(),
            usize::from(steps >= 2),
            "after {steps} steps"
        );
        let begun = outcomes(&world, "collect");
        let open = begun.iter().filter(|o| **o == StaffOutcome::Begun).count();
        assert_eq!(
            begun.len(),
            2 * open,
            "what was begun has an outcome: {begun:?}"
        );
        assert_eq!(*world.flow.session(), Session::Attract);
    }
}

/// A sale whose credit the meter applied and whose read-back nobody heard.
pub(super) fn unknown_sale() -> World {
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

#[test]
fn an_unknown_delivery_is_ended_by_the_meter_alone() {
    let mut world = unknown_sale();
    enter(&mut world, CLERK);
    act(&mut world, "pending");
    act(&mut world, "sale-1");
    act(&mut world, "look-again-1");
    pass(&mut world, 20);
    use StaffOutcome::{Begun, Done, Unknown};
    assert_eq!(outcomes(&world, "look-again-1"), [Begun, Unknown]);
    assert!(
        world.flow.books().sale(SaleId(1)).unwrap().delivery_open(),
        "nothing is invented"
    );
    world.faults = Faults::NONE;
    act(&mut world, "look-again-1");
    pass(&mut world, 20);
    assert_eq!(
        outcomes(&world, "look-again-1"),
        [Begun, Unknown, Begun, Done]
    );
    assert_eq!(
        world.meter.applied,
        [(8, 5_000)],
        "the meter was credited once"
    );
    assert!(!world.flow.books().sale(SaleId(1)).unwrap().delivery_open());
}

#[test]
fn a_claim_slip_comes_out_again_as_a_copy() {
    let mut world = unknown_sale();
    enter(&mut world, CLERK);
    act(&mut world, "pending");
    act(&mut world, "sale-1");
    act(&mut world, "print-claim-1");
    pass(&mut world, 3);
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "print-claim-1"), [Begun, Done]);
    let last = world
        .flow
        .books()
        .sale(SaleId(1))
        .unwrap()
        .slips
        .last()
        .cloned()
        .unwrap();
    assert!(last.copy > 0, "{last:?}");
}

#[test]
fn a_residents_top_up_works_after_the_menu() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    menu(&mut world, MenuIntent::Back);
    assert_eq!(*world.flow.session(), Session::Attract);
    sell(&mut world, 5_000);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
}

#[test]
fn the_ledger_is_checked_with_progress_and_a_restart_is_asked_about() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "ledger");
    act(&mut world, "verify-ledger");
    world.feed(Input::Served(Served::Verifying(10, 30)));
    let shown = Phrase::Said(Word::VerifiedEntries, vec!["10".into(), "30".into()]);
    assert_eq!(list(&world).notice, Some((MenuTone::Busy, shown)));
    // Nobody leaves while it runs: its outcome has to be an entry.
    menu(&mut world, MenuIntent::Leave);
    world.feed(Input::Served(Served::Verified(Ok(30))));
    assert_eq!(
        outcomes(&world, "verify-ledger"),
        [StaffOutcome::Begun, StaffOutcome::Done]
    );
    menu(&mut world, MenuIntent::Back);
    act(&mut world, "power");
    act(&mut world, "restart");
    assert!(acted(&world, "restart").is_empty());
    menu(&mut world, MenuIntent::Back);
    assert_eq!(view(&world).asks, None);
    act(&mut world, "restart");
    act(&mut world, "restart-meant");
    assert!(matches!(world.jobs.last(), Some(ServiceJob::Power(_))));
    world.cut();
    assert_eq!(
        outcomes(&world, "restart"),
        [StaffOutcome::Begun, StaffOutcome::Done]
    );
}
