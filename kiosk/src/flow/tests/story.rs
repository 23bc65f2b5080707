//! What a resident lives through, and what the terminal says and does at each turn.

use std::time::Duration;

use meterpost_ledger::{Account, Event, Money, NoteEvidence, Slip};
use meterpost_ui::view::{Intent, NumberProblem, OwedReason, Screen, ServiceReason, SlipState};

use super::world::{Faults, METER, World};
use crate::device::printer::PrinterState;
use crate::device::validator::{CashEvent, CashState};
use crate::flow::{Effect, Input, Session};

pub fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds * 10 {
        world.pass(Duration::from_millis(100));
    }
}

/// A terminal at rest.
pub fn ready(faults: Faults) -> World {
    let mut world = World::new(1, faults);
    pass(&mut world, 2);
    assert_eq!(*world.flow.session(), Session::Attract);
    world
}

pub fn find(world: &mut World) {
    world.touch(Intent::Start);
    world.touch(Intent::ByNumber);
    for c in METER.chars() {
        world.touch(Intent::Digit(
            u8::try_from(c.to_digit(10).unwrap()).unwrap(),
        ));
    }
    world.touch(Intent::Find);
    pass(world, 2);
}

pub fn pay(world: &mut World, target: i64, notes: &[i64]) {
    find(world);
    world.touch(Intent::Amount(target));
    for note in notes {
        pass(world, 1);
        world.insert(*note);
        pass(world, 1);
    }
}

fn balance(world: &World, account: Account) -> i64 {
    world.books().balances().of(account).0
}

#[test]
fn a_resident_tops_up() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 5_000, &[2_000, 2_000, 1_000]);
    pass(&mut world, 3);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
    assert_eq!(balance(&world, Account::Credited), -5_000);
    assert!(matches!(
        *world.flow.session(),
        Session::Done {
            slip: SlipState::Printed,
            ..
        }
    ));
    assert!(matches!(world.slips[..], [(_, Slip::Receipt)]));
    pass(&mut world, 20);
    assert_eq!(*world.flow.session(), Session::Attract);
    assert!(world.flow.idle());
}

#[test]
fn invariant_2_no_note_is_stacked_and_no_credit_sent_before_its_intent_is_recorded() {
    let mut world = ready(Faults::NONE);
    find(&mut world);
    world.touch(Intent::Amount(1_000));
    let effects = world
        .flow
        .step(world.time, Input::Cash(CashEvent::Escrow(Money(1_000))));
    assert!(
        matches!(&effects[..], [Effect::Record(e), Effect::Cash(_)] if matches!(e[0], Event::NoteOffered { .. }))
    );
    let stacked = CashEvent::Stacked {
        value: Money(1_000),
        evidence: NoteEvidence::Credit,
    };
    let effects = world.flow.step(world.time, Input::Cash(stacked));
    let record = effects.iter().position(
        |e| matches!(e, Effect::Record(events) if events.iter().any(|e| matches!(e, Event::DeliveryIntended { .. }))),
    );
    let credit = effects.iter().position(|e| matches!(e, Effect::Credit(..)));
    assert!(record.unwrap() < credit.unwrap());
}

#[test]
fn money_in_and_the_resident_gone_the_terminal_finishes_with_it() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[2_000]);
    pass(&mut world, 130);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
}

#[test]
fn cancel_with_money_in_credits_what_is_in() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[2_000]);
    world.touch(Intent::Cancel);
    pass(&mut world, 3);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
}

#[test]
fn cancel_with_nothing_in_ends_the_sale() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[]);
    world.touch(Intent::Cancel);
    assert!(matches!(*world.flow.session(), Session::Number { .. }));
    assert_eq!(world.books().unfinished().count(), 0);
}

#[test]
fn a_note_over_the_highest_sum_is_returned_and_the_screen_says_why() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 20_000, &[10_000]);
    let mut rules = super::fixture::rules();
    rules.highest_sale = Money(15_000);
    world.flow = crate::flow::Flow::new(rules, world.books(), world.time);
    let effects = world
        .flow
        .step(world.time, Input::Cash(CashEvent::Escrow(Money(10_000))));
    assert!(effects.contains(&Effect::Cash(crate::device::validator::CashCommand::Return)));
}

#[test]
fn a_note_without_a_sale_is_returned() {
    let mut world = ready(Faults::NONE);
    let effects = world
        .flow
        .step(world.time, Input::Cash(CashEvent::Escrow(Money(1_000))));
    assert_eq!(
        effects,
        [Effect::Cash(crate::device::validator::CashCommand::Return)]
    );
}

#[test]
fn a_note_held_again_after_the_line_was_lost_is_stacked_under_its_first_intent() {
    let mut world = ready(Faults::NONE);
    find(&mut world);
    world.touch(Intent::Amount(2_000));
    let escrow = || Input::Cash(CashEvent::Escrow(Money(2_000)));
    world.flow.step(world.time, escrow());
    let again = world.flow.step(world.time, escrow());
    assert_eq!(
        again,
        [Effect::Cash(crate::device::validator::CashCommand::Stack)]
    );
}

#[test]
fn a_refused_credit_is_owed_on_a_claim() {
    let mut world = ready(Faults {
        refusal: 1,
        ..Faults::NONE
    });
    pay(&mut world, 1_000, &[1_000]);
    pass(&mut world, 3);
    assert_eq!(balance(&world, Account::Owed), -1_000);
    assert!(matches!(
        *world.flow.session(),
        Session::Owed {
            reason: OwedReason::TooMuch,
            slip: SlipState::Printed,
            ..
        }
    ));
    assert!(matches!(world.slips[..], [(_, Slip::Claim)]));
    assert!(world.meter.applied.is_empty());
}

#[test]
fn an_applied_credit_whose_answer_was_lost_is_found_by_reading_back() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 2_000, &[]);
    world.faults.lost_answer = 1;
    world.insert(2_000);
    pass(&mut world, 1);
    world.faults.lost_answer = u64::MAX;
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    assert!(matches!(*world.flow.session(), Session::Done { .. }));
}

#[test]
fn a_lost_request_is_sent_again_with_the_same_number() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 2_000, &[]);
    world.faults.lost_request = 1;
    world.insert(2_000);
    pass(&mut world, 2);
    world.faults.lost_request = u64::MAX;
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    let intents = world
        .log
        .iter()
        .filter(|e| matches!(e, Event::DeliveryIntended { .. }))
        .count();
    assert_eq!(intents, 1, "the same intent");
}

#[test]
fn a_number_taken_by_another_terminal_is_replaced_by_the_next() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 2_000, &[]);
    // Between our reading and our credit somebody else buys.
    world.meter.buy(8, 777);
    world.insert(2_000);
    pass(&mut world, 6);
    assert_eq!(world.meter.applied, [(9, 2_000)]);
    assert_eq!(balance(&world, Account::Credited), -2_000);
}

#[test]
fn invariant_4_an_unreachable_meter_leaves_the_payment_pending_never_failed() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 2_000, &[]);
    world.faults.no_read_back = 1;
    world.insert(2_000);
    pass(&mut world, 15);
    assert!(matches!(
        *world.flow.session(),
        Session::Owed {
            reason: OwedReason::Pending,
            slip: SlipState::Printed,
            ..
        }
    ));
    assert_eq!(balance(&world, Account::InDelivery), -2_000);
    // The meter comes back: the terminal settles it by itself.
    world.faults.no_read_back = u64::MAX;
    world.touch(Intent::Close);
    pass(&mut world, 130);
    assert_eq!(balance(&world, Account::InDelivery), 0);
    assert_eq!(world.meter.applied.len(), 1);
    assert_eq!(balance(&world, Account::Credited), -2_000);
}

/// Somebody paid, the meter did not say whether it has it, and they ask for it again now that it answers.
fn comes_back() -> World {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 2_000, &[]);
    world.faults.no_read_back = 1;
    world.insert(2_000);
    pass(&mut world, 15);
    world.touch(Intent::Close);
    world.faults.no_read_back = u64::MAX;
    find(&mut world);
    world
}

#[test]
fn a_resident_who_comes_back_sees_the_earlier_payment_arrive() {
    let mut world = comes_back();
    pass(&mut world, 2);
    let Screen::Collected(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!((&*view.amount, &*view.balance), ("¥ 20.00", "¥ 32.50"));
    assert!(view.closing_in.is_some());
    // On to the meter's page, where more can be paid now.
    world.touch(Intent::Close);
    let Screen::Meter(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!(view.balance, "¥ 32.50");
    assert!(!view.amounts.is_empty());
}

#[test]
fn nobody_at_the_screen_of_collected_credit_ends_it() {
    let mut world = comes_back();
    pass(&mut world, 4);
    assert!(matches!(world.flow.session(), Session::Collected { .. }));
    pass(&mut world, 16);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn without_paper_the_credit_arrives_and_the_screen_says_that_no_receipt_came() {
    let mut world = ready(Faults::NONE);
    world.paper = false;
    world.feed(Input::Printer(PrinterState::PaperOut));
    pay(&mut world, 2_000, &[2_000]);
    pass(&mut world, 3);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    assert!(matches!(
        *world.flow.session(),
        Session::Done {
            slip: SlipState::NotPrinted,
            ..
        }
    ));
}

#[test]
fn a_claim_without_paper_is_printed_when_paper_is_back() {
    let mut world = ready(Faults {
        refusal: 1,
        ..Faults::NONE
    });
    world.paper = false;
    world.feed(Input::Printer(PrinterState::PaperOut));
    pay(&mut world, 2_000, &[2_000]);
    pass(&mut world, 5);
    world.touch(Intent::Close);
    assert!(world.slips.is_empty());
    world.paper = true;
    world.feed(Input::Printer(PrinterState::Ready { paper_low: false }));
    pass(&mut world, 5);
    assert!(matches!(world.slips[..], [(_, Slip::Claim)]));
}

#[test]
fn invariant_8_a_jam_closes_cash_and_nothing_else() {
    let mut world = ready(Faults::NONE);
    world.feed(Input::Cash(CashEvent::State(CashState::Jammed)));
    assert_eq!(
        world.flow.availability().cash,
        meterpost_ui::view::Device::Broken
    );
    find(&mut world);
    let Screen::Meter(view) = world.flow.view("").screen else {
        panic!("the balance is still shown")
    };
    assert!(view.no_cash && view.amounts.is_empty());
    assert_eq!(view.balance, "¥ 12.50");
}

#[test]
fn a_jam_with_money_in_lets_the_resident_finish() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[2_000]);
    world.feed(Input::Cash(CashEvent::State(CashState::Jammed)));
    world.touch(Intent::Finish);
    pass(&mut world, 3);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
}

#[test]
fn a_note_that_the_validator_never_accounts_for_is_in_doubt_and_on_paper() {
    let mut world = ready(Faults::NONE);
    find(&mut world);
    world.touch(Intent::Amount(2_000));
    // The note is ordered to be stacked, and then the validator falls silent.
    let effects = world
        .flow
        .step(world.time, Input::Cash(CashEvent::Escrow(Money(2_000))));
    for effect in effects {
        if let Effect::Record(events) = effect {
            world.log.extend(events);
        }
    }
    world.feed(Input::Cash(CashEvent::State(CashState::Offline(
        "cable".into(),
    ))));
    pass(&mut world, 70);
    assert!(matches!(
        *world.flow.session(),
        Session::Owed {
            reason: OwedReason::NoteInDoubt,
            ..
        }
    ));
    assert_eq!(balance(&world, Account::CashInDoubt), 2_000);
    assert!(matches!(world.slips[..], [(_, Slip::Claim)]));
    // The cable is put back, and the validator reports the credit after all: one note, one debt, and now for certain.
    world.feed(Input::Cash(CashEvent::Stacked {
        value: Money(2_000),
        evidence: NoteEvidence::Credit,
    }));
    assert_eq!(balance(&world, Account::CashInDoubt), 0);
    assert_eq!(balance(&world, Account::CashBox), 2_000);
    assert_eq!(balance(&world, Account::Owed), -2_000);
    assert_eq!(balance(&world, Account::OwedInDoubt), 0);
}

#[test]
fn a_credit_repeated_after_a_restart_is_not_booked_twice() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[2_000]);
    let stacked = CashEvent::Stacked {
        value: Money(2_000),
        evidence: NoteEvidence::Credit,
    };
    world.log.retain(|e| !matches!(e, Event::NoteAcknowledged));
    world.flow = super::fixture::flow(world.books(), world.time, world.pay, world.told.clone());
    world.feed(Input::Cash(stacked));
    assert_eq!(balance(&world, Account::CashBox), 2_000);
}

#[test]
fn a_wrong_meter_number_is_kept_and_explained() {
    let mut world = ready(Faults::NONE);
    world.touch(Intent::Start);
    world.touch(Intent::Digit(1));
    world.touch(Intent::Find);
    assert!(matches!(
        world.flow.session(),
        Session::Number { entry, problem: Some(NumberProblem::Length) } if entry == "1"
    ));
    for _ in 0..11 {
        world.touch(Intent::Digit(1));
    }
    world.touch(Intent::Find);
    assert!(matches!(
        world.flow.session(),
        Session::Number {
            problem: Some(NumberProblem::NotFound),
            ..
        }
    ));
}

#[test]
fn nobody_there_asks_and_then_ends_the_session_and_forgets_the_number() {
    let mut world = ready(Faults::NONE);
    world.touch(Intent::Start);
    world.touch(Intent::Digit(2));
    pass(&mut world, 61);
    assert!(world.flow.view("").still_there.is_some());
    world.touch(Intent::Stay);
    assert!(world.flow.view("").still_there.is_none());
    pass(&mut world, 91);
    assert_eq!(*world.flow.session(), Session::Attract);
    world.touch(Intent::Start);
    assert!(matches!(world.flow.session(), Session::Number { entry, .. } if entry.is_empty()));
}

#[test]
fn end_now_under_still_there_ends_the_session_also_on_the_cash_screen() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[]);
    pass(&mut world, 61);
    assert!(world.flow.view("").still_there.is_some());
    world.touch(Intent::Cancel);
    assert_eq!(*world.flow.session(), Session::Attract);
    assert!(world.books().open_sale().is_none());
}

#[test]
fn a_ledger_that_cannot_be_written_stops_everything() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 10_000, &[]);
    world.feed(Input::LedgerFailed("disk full".into()));
    assert_eq!(
        *world.flow.session(),
        Session::OutOfService(ServiceReason::Ledger)
    );
    let effects = world
        .flow
        .step(world.time, Input::Cash(CashEvent::Escrow(Money(1_000))));
    assert!(effects.is_empty(), "no note is stacked without a ledger");
}

#[test]
fn invariant_12_the_attract_screen_and_the_out_of_service_screen_show_nothing_personal() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 1_000, &[1_000]);
    pass(&mut world, 30);
    let shown = format!("{:?}", world.flow.view("").screen);
    assert!(matches!(world.flow.session(), Session::Attract));
    assert!(
        !shown.contains(METER) && !shown.contains("10.00"),
        "{shown}"
    );
}
