//! A person's own receipts: whoever showed the card sees them, nobody else, and a copy never stands in a sale's way.

use std::time::Duration;

use meterpost_ledger::{Event, Slip, SlipOutcome};
use meterpost_ui::view::{
    HistoryView, Intent, PayWith, Receipt, ReceiptState, Screen, ServiceReason, SlipState,
};

use super::payments::{by_card, show_card, world};
use super::story::{find, pass};
use super::world::{Faults, World};
use crate::flow::{Effect, Input, Session};

fn kind() -> World {
    world(Faults::NONE, 1)
}

/// The resident with the card pays in this way and leaves.
fn pay(world: &mut World, minor: i64, way: PayWith) {
    by_card(world);
    world.touch(Intent::Amount(minor));
    // What is in the wallet is asked for first.
    pass(world, 2);
    world.touch(Intent::Pay(way));
    pass(world, 2);
    world.insert(minor);
    pass(world, 12);
    world.touch(Intent::Close);
    assert_eq!(*world.flow.session(), Session::Attract);
}

/// The list, after the card was shown.
fn open(world: &mut World) {
    show_card(world);
    world.touch(Intent::History);
    pass(world, 1);
}

fn view(world: &World) -> HistoryView {
    match world.flow.view("").screen {
        Screen::History(view) => view,
        other => panic!("{other:?}"),
    }
}

fn only(world: &mut World) -> Receipt {
    open(world);
    let mut receipts = view(world).receipts;
    assert_eq!(receipts.len(), 1);
    receipts.remove(0)
}

fn copies(world: &World) -> Vec<u32> {
    let copy = |event: &Event| match event {
        Event::SlipIntended { copy, .. } => Some(*copy),
        _ => None,
    };
    world.log.iter().filter_map(copy).collect()
}

#[test]
fn a_card_shows_what_was_paid_with_it_the_newest_first() {
    let mut world = kind();
    pay(&mut world, 1_000, PayWith::Cash);
    pay(&mut world, 2_000, PayWith::Wallet);
    open(&mut world);
    let shown = view(&world);
    let rows: Vec<(&str, &str, &str, ReceiptState)> = shown
        .receipts
        .iter()
        .map(|r| (&*r.when, &*r.amount, &*r.reference, r.state))
        .collect();
    let when = "26 Nov 2026, 12:00";
    assert_eq!(
        rows,
        [
            (when, "¥ 20.00", "K1-000002", ReceiptState::Credited),
            (when, "¥ 10.00", "K1-000001", ReceiptState::Credited),
        ]
    );
    assert!(shown.can_print && shown.receipts.iter().all(|r| r.can_print));
    world.touch(Intent::Back);
    assert!(matches!(world.flow.session(), Session::Who { .. }));
}

#[test]
fn a_number_alone_shows_no_receipt_and_pays_for_none_of_the_cards() {
    let mut world = kind();
    find(&mut world);
    world.touch(Intent::Amount(1_000));
    world.touch(Intent::Pay(PayWith::Cash));
    world.insert(1_000);
    pass(&mut world, 5);
    world.touch(Intent::Close);
    find(&mut world);
    for intent in [Intent::History, Intent::Reprint(0)] {
        world.touch(intent);
        pass(&mut world, 1);
        assert!(matches!(world.flow.session(), Session::Meter { .. }));
    }
    world.touch(Intent::Cancel);
    // Somebody without the card paid for the same meter: that one's receipt.
    open(&mut world);
    assert_eq!(view(&world).receipts, []);
}

#[test]
fn what_became_of_it_is_said_and_money_that_went_back_has_no_slip() {
    let refusing = Faults {
        refusal: 1,
        ..Faults::NONE
    };
    let mut owed = world(refusing, 1);
    pay(&mut owed, 1_000, PayWith::Cash);
    let receipt = only(&mut owed);
    assert_eq!(
        (receipt.state, &*receipt.amount),
        (ReceiptState::Owed, "¥ 10.00")
    );
    let mut back = world(refusing, 1);
    pay(&mut back, 1_000, PayWith::Wallet);
    let receipt = only(&mut back);
    assert_eq!(
        (receipt.state, receipt.can_print),
        (ReceiptState::PaidBack, false)
    );
    back.touch(Intent::Reprint(0));
    assert_eq!(copies(&back), [0_u32; 0]);
    let mut open = kind();
    by_card(&mut open);
    open.touch(Intent::Amount(1_000));
    open.touch(Intent::Pay(PayWith::Cash));
    open.faults.no_read_back = 1;
    open.insert(1_000);
    pass(&mut open, 15);
    open.touch(Intent::Close);
    assert_eq!(only(&mut open).state, ReceiptState::OnItsWay);
}

#[test]
fn invariant_2_a_copy_is_an_entry_before_it_is_printed_and_says_that_it_is_one() {
    let mut world = kind();
    pay(&mut world, 1_000, PayWith::Cash);
    open(&mut world);
    let effects = world
        .flow
        .step(world.time, Input::Person(Intent::Reprint(0)));
    let [Effect::Record(events), Effect::Print(_, Slip::Receipt, 1)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(matches!(events[..], [Event::SlipIntended { copy: 1, .. }]));
    assert_eq!(view(&world).slip, Some(SlipState::Printing));
}

#[test]
fn so_many_copies_are_printed_and_no_more() {
    let mut world = kind();
    pay(&mut world, 1_000, PayWith::Cash);
    open(&mut world);
    for _ in 0..8 {
        world.touch(Intent::Reprint(0));
        pass(&mut world, 2);
        assert_eq!(view(&world).slip, Some(SlipState::Printed));
    }
    assert_eq!(copies(&world), [0, 1, 2, 3, 4, 5]);
    assert!(!view(&world).receipts[0].can_print);
    world.touch(Intent::Reprint(7));
    assert_eq!(copies(&world).len(), 6);
}

#[test]
fn a_receipt_that_never_left_the_printer_is_printed_as_the_first_one() {
    let mut world = kind();
    world.faults.no_paper = 1;
    pay(&mut world, 1_000, PayWith::Cash);
    world.faults.no_paper = u64::MAX;
    let before = copies(&world).len();
    open(&mut world);
    world.touch(Intent::Reprint(0));
    pass(&mut world, 2);
    assert_eq!(copies(&world)[before..], [0]);
    world.touch(Intent::Reprint(0));
    pass(&mut world, 2);
    assert_eq!(copies(&world)[before..], [0, 1]);
}

#[test]
fn a_copy_in_the_printer_holds_no_credit_up() {
    let mut world = kind();
    pay(&mut world, 1_000, PayWith::Cash);
    open(&mut world);
    world.printer_slow = true;
    world.touch(Intent::Reprint(0));
    world.touch(Intent::Back);
    world.touch(Intent::Choose(0));
    pass(&mut world, 2);
    world.touch(Intent::Amount(2_000));
    world.touch(Intent::Pay(PayWith::Cash));
    world.insert(2_000);
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 1_000), (9, 2_000)]);
    assert!(matches!(
        world.flow.session(),
        Session::Done {
            slip: SlipState::Printing,
            ..
        }
    ));
    world.printer_slow = false;
    pass(&mut world, 3);
    assert_eq!(copies(&world), [0, 1, 0]);
    assert!(matches!(
        world.flow.session(),
        Session::Done {
            slip: SlipState::Printed,
            ..
        }
    ));
}

#[test]
fn a_copy_that_a_power_cut_left_open_is_ended_before_the_next_one() {
    let mut world = kind();
    pay(&mut world, 1_000, PayWith::Cash);
    open(&mut world);
    world.touch(Intent::Reprint(0));
    world.cut();
    pass(&mut world, 3);
    open(&mut world);
    world.touch(Intent::Reprint(0));
    pass(&mut world, 2);
    assert_eq!(copies(&world), [0, 1, 2]);
    let ended = |event: &&Event| {
        let unknown = |outcome: &SlipOutcome| matches!(outcome, SlipOutcome::Unknown(_));
        matches!(event, Event::SlipDone { outcome, .. } if unknown(outcome))
    };
    assert_eq!(world.log.iter().filter(ended).count(), 1);
    let ledger = Session::OutOfService(ServiceReason::Ledger);
    assert_ne!(*world.flow.session(), ledger);
}

#[test]
fn a_copy_of_a_claim_that_failed_is_not_printed_to_nobody() {
    let mut world = world(
        Faults {
            refusal: 1,
            ..Faults::NONE
        },
        1,
    );
    pay(&mut world, 1_000, PayWith::Cash);
    open(&mut world);
    world.faults.no_paper = 1;
    world.touch(Intent::Reprint(0));
    pass(&mut world, 2);
    assert_eq!(view(&world).slip, Some(SlipState::NotPrinted));
    world.faults.no_paper = u64::MAX;
    world.touch(Intent::Cancel);
    for _ in 0..2_000 {
        world.pass(Duration::from_millis(200));
    }
    assert_eq!(copies(&world), [0, 1]);
    assert_eq!(world.slips.len(), 1);
}
