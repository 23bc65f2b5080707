//! Paying without cash: what a resident lives through, and that nothing is lost or doubled whatever is lost on the way.

use std::sync::Arc;
use std::time::Duration;

use meterpost_ledger::{Account, Event, Limits, Money, PaymentEvidence, PaymentOutcome, Slip};
use meterpost_ui::view::{
    CashWay, Intent, PayProblem, PayWith, PayingStep, Screen, UnpaidReason, WalletWay,
};

use super::bank::{Code, Hold};
use super::cards::account;
use super::world::{Faults, METER, World};
use crate::device::card::{CardEvent, CardKind, ShownCard};
use crate::device::validator::{CashEvent, CashState};
use crate::flow::{Input, PayRules, Session};
use crate::told::{Directory, Told};

/// Wallets and codes, and a card that opens a wallet with 120.00.
pub fn world(faults: Faults, seed: u64) -> World {
    let mut world = World::new(seed, faults);
    world.pay = PayRules {
        wallet: true,
        code: true,
    };
    world.told = Arc::new(Told {
        directory: Directory::new(vec![account("A1", &[(METER, "K1")], "C-1")]),
        ..Told::default()
    });
    world.restart();
    pass(&mut world, 2);
    world
}

/// The same with limits that let the card's wallet be trusted.
fn limited() -> World {
    let mut world = world(Faults::NONE, 1);
    world.limit(Limits {
        per_card_day: Some(Money(20_000)),
        since_contact_money: Some(Money(50_000)),
        ..Limits::default()
    });
    world
}

fn kind() -> World {
    world(Faults::NONE, 1)
}

fn pass(world: &mut World, seconds: u64) {
    for _ in 0..seconds * 10 {
        world.pass(Duration::from_millis(100));
    }
}

pub fn show_card(world: &mut World) {
    let card = ShownCard {
        number: "C-1".into(),
        kind: CardKind::Resident,
    };
    world.feed(Input::Card(CardEvent::Shown(card)));
}

/// To the card's meter.
pub fn by_card(world: &mut World) {
    show_card(world);
    world.touch(Intent::Choose(0));
    pass(world, 2);
}

/// To the choice of how to pay, by card.
fn choose(world: &mut World, amount: i64) {
    by_card(world);
    world.touch(Intent::Amount(amount));
    pass(world, 2);
    assert!(matches!(world.flow.session(), Session::Pay { .. }));
}

/// To the choice of how to pay, by number.
fn choose_by_number(world: &mut World, amount: i64) {
    world.touch(Intent::Start);
    world.touch(Intent::ByNumber);
    for c in METER.chars() {
        let digit = c.to_digit(10).unwrap();
        world.touch(Intent::Digit(u8::try_from(digit).unwrap()));
    }
    world.touch(Intent::Find);
    pass(world, 2);
    world.touch(Intent::Amount(amount));
    pass(world, 2);
}

fn way(world: &World) -> Option<WalletWay> {
    match world.flow.view("").screen {
        Screen::Pay(view) => view.wallet,
        other => panic!("{other:?}"),
    }
}

fn problem(world: &World) -> Option<PayProblem> {
    match world.flow.view("").screen {
        Screen::Pay(view) => view.problem,
        other => panic!("{other:?}"),
    }
}

fn balance(world: &World, account: Account) -> i64 {
    world.books().balances().of(account).0
}

fn outcomes(world: &World) -> Vec<PaymentOutcome> {
    let outcome = |event: &Event| match event {
        Event::PaymentEnded { outcome, .. } => Some(*outcome),
        _ => None,
    };
    world.log.iter().filter_map(outcome).collect()
}

#[test]
fn a_wallet_pays_and_the_meter_has_it() {
    let mut world = kind();
    choose(&mut world, 5_000);
    assert_eq!(way(&world), Some(WalletWay::Enough("¥ 120.00".into())));
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
    assert!(matches!(world.flow.session(), Session::Done { .. }));
    assert_eq!(
        (world.bank.wallet, world.bank.holds_of(Hold::Captured)),
        (7_000, 5_000)
    );
    assert_eq!(balance(&world, Account::Wallets), 5_000);
    assert!(world.slips.iter().any(|(_, slip)| *slip == Slip::Receipt));
}

#[test]
fn a_code_is_shown_paid_taken_and_only_then_delivered() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    assert_eq!(way(&world), Some(WalletWay::NeedsCard));
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 2);
    let Screen::Paying(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert!(matches!(
        view.step,
        PayingStep::Scan {
            left: 170..=180,
            ..
        }
    ));
    assert!(world.meter.applied.is_empty());
    let sale = world.flow.session().sale().unwrap();
    world.bank.pay(sale);
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    assert_eq!(world.bank.codes_of(Code::Taken), 2_000);
    assert_eq!(balance(&world, Account::Provider), 2_000);
    assert_eq!(outcomes(&world), [PaymentOutcome::Delivered]);
}

#[test]
fn where_cash_is_the_only_way_nobody_is_asked() {
    let mut world = kind();
    world.pay.code = false;
    world.restart();
    pass(&mut world, 2);
    choose_by_number(&mut world, 2_000);
    assert!(matches!(world.flow.session(), Session::Cash { .. }));
}

#[test]
fn without_cash_the_other_ways_are_still_there() {
    let mut world = kind();
    world.feed(Input::Cash(CashEvent::State(CashState::BoxFull)));
    choose_by_number(&mut world, 2_000);
    let Screen::Pay(view) = world.flow.view("").screen else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!((view.cash, view.code), (CashWay::OutOfOrder, Some(true)));
    world.touch(Intent::Pay(PayWith::Cash));
    assert!(matches!(world.flow.session(), Session::Pay { .. }));
}

#[test]
fn cash_says_why_it_is_no_way_to_pay() {
    let cash = |world: &World| match world.flow.view("").screen {
        Screen::Pay(view) => view.cash,
        other => panic!("{other:?}"),
    };
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    assert_eq!(cash(&world), CashWay::Open);
    // What others paid meanwhile has used up what this terminal may take without the server.
    world.limit(Limits {
        since_contact_money: Some(Money(1_000)),
        ..Limits::default()
    });
    assert_eq!(cash(&world), CashWay::AtLimit);
    world.touch(Intent::Pay(PayWith::Cash));
    assert!(matches!(world.flow.session(), Session::Pay { .. }));

    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Back);
    world.touch(Intent::OtherAmount);
    for digit in [2, 3] {
        world.touch(Intent::Digit(digit));
    }
    world.touch(Intent::Find);
    assert_eq!(cash(&world), CashWay::NoSuchNotes);
}

#[test]
fn cash_is_one_of_the_ways() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Cash));
    world.insert(2_000);
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    assert_eq!(outcomes(&world), []);
}

#[test]
fn a_wallet_that_holds_too_little_is_shown_so_and_cannot_be_chosen() {
    let mut world = kind();
    world.bank.wallet = 1_000;
    choose(&mut world, 2_000);
    assert_eq!(way(&world), Some(WalletWay::TooLittle("¥ 10.00".into())));
    world.touch(Intent::Pay(PayWith::Wallet));
    assert!(matches!(world.flow.session(), Session::Pay { .. }));
}

#[test]
fn a_wallet_spent_elsewhere_in_between_leads_back_to_the_ways() {
    let mut world = kind();
    choose(&mut world, 5_000);
    world.bank.wallet = 100;
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 3);
    assert_eq!(problem(&world), Some(PayProblem::WalletShort));
    assert_eq!(way(&world), Some(WalletWay::TooLittle("¥ 1.00".into())));
    assert_eq!(outcomes(&world), [PaymentOutcome::Refused]);
    assert_eq!(world.books().open_sale(), None);
}

#[test]
fn a_wallet_that_does_not_answer_is_not_trusted_without_limits() {
    let mut world = kind();
    choose(&mut world, 5_000);
    world.bank.silent = true;
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 12);
    assert_eq!(problem(&world), Some(PayProblem::WalletAway));
    assert_eq!(way(&world), Some(WalletWay::No));
    assert!(world.meter.applied.is_empty());
}

#[test]
fn a_wallet_that_does_not_answer_is_trusted_within_the_limits_and_pays_once() {
    let mut world = limited();
    choose(&mut world, 5_000);
    world.bank.silent = true;
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 15);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
    let offline = |event: &Event| {
        let evidence = PaymentEvidence::Offline;
        matches!(event, Event::PaymentTaken { evidence: of, .. } if *of == evidence)
    };
    assert!(world.log.iter().any(offline));
    assert_eq!(
        (world.bank.wallet, world.bank.holds_of(Hold::Captured)),
        (7_000, 5_000)
    );
}

#[test]
fn offline_the_card_is_trusted_and_the_server_hears_of_it_later() {
    let mut world = limited();
    world.set_online(false);
    world.bank.wallet = 1_000;
    choose(&mut world, 5_000);
    assert_eq!(way(&world), Some(WalletWay::Offline));
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
    assert!(world.bank.holds.is_empty());
    world.set_online(true);
    pass(&mut world, 1);
    assert_eq!((world.bank.wallet, world.bank.debt), (-4_000, 4_000));
}

#[test]
fn offline_the_day_of_a_card_is_bounded() {
    let mut world = limited();
    world.set_online(false);
    for (round, amount) in [10_000, 10_000].into_iter().enumerate() {
        choose(&mut world, amount);
        world.touch(Intent::Pay(PayWith::Wallet));
        pass(&mut world, 5);
        assert_eq!(world.meter.applied.len(), round + 1);
        world.touch(Intent::Close);
    }
    by_card(&mut world);
    world.touch(Intent::Amount(1_000));
    assert!(matches!(world.flow.session(), Session::Meter { .. }));
}

#[test]
fn what_the_meter_refuses_goes_back_into_the_wallet_and_the_screen_says_so() {
    let faults = Faults {
        refusal: 1,
        ..Faults::NONE
    };
    let mut world = world(faults, 1);
    choose(&mut world, 5_000);
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 5);
    let Session::Unpaid { reason, .. } = world.flow.session() else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!(*reason, UnpaidReason::TooMuch);
    assert_eq!(outcomes(&world), [PaymentOutcome::Returned]);
    assert_eq!(
        (world.bank.wallet, balance(&world, Account::Wallets)),
        (12_000, 0)
    );
    assert!(world.slips.is_empty(), "nothing is owed on paper");
    pass(&mut world, 70);
    assert_eq!(*world.flow.session(), Session::Attract);
}

#[test]
fn what_was_paid_by_code_and_the_meter_refuses_is_owed_on_a_claim() {
    let faults = Faults {
        refusal: 1,
        ..Faults::NONE
    };
    let mut world = world(faults, 1);
    choose_by_number(&mut world, 5_000);
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 2);
    let sale = world.flow.session().sale().unwrap();
    world.bank.pay(sale);
    pass(&mut world, 5);
    assert!(matches!(world.flow.session(), Session::Owed { .. }));
    assert_eq!(balance(&world, Account::Owed), -5_000);
    assert_eq!(world.slips, [(sale, Slip::Claim)]);
}

#[test]
fn a_code_that_nobody_pays_is_closed_and_the_ways_are_there_again() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 190);
    assert_eq!(problem(&world), Some(PayProblem::CodeOver));
    assert_eq!(world.bank.codes_of(Code::Closed), 2_000);
    assert_eq!(outcomes(&world), [PaymentOutcome::Refused]);
}

#[test]
fn a_code_paid_in_the_moment_it_is_called_off_is_delivered() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 2);
    let sale = world.flow.session().sale().unwrap();
    world.bank.pay(sale);
    world.touch(Intent::Cancel);
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
}

#[test]
fn a_code_called_off_leads_back_to_the_ways() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 2);
    world.touch(Intent::Cancel);
    pass(&mut world, 3);
    assert_eq!(problem(&world), Some(PayProblem::CodeOver));
    world.touch(Intent::Back);
    assert!(matches!(world.flow.session(), Session::Meter { .. }));
}

#[test]
fn a_code_of_which_nothing_is_heard_any_more_is_given_up_and_what_was_paid_goes_back() {
    let mut world = kind();
    choose_by_number(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Code));
    pass(&mut world, 2);
    let sale = world.flow.session().sale().unwrap();
    world.bank.pay(sale);
    world.bank.silent = true;
    pass(&mut world, 240);
    let Session::Unpaid { reason, .. } = world.flow.session() else {
        panic!("{:?}", world.flow.session());
    };
    assert_eq!(*reason, UnpaidReason::NotConfirmed);
    world.bank.silent = false;
    pass(&mut world, 5);
    assert!(world.meter.applied.is_empty());
    assert_eq!(world.bank.codes_of(Code::Returned), 2_000);
    assert_eq!(balance(&world, Account::Provider), 0);
}

#[test]
fn a_card_shown_at_the_choice_opens_its_wallet() {
    let mut world = kind();
    choose_by_number(&mut world, 5_000);
    assert_eq!(way(&world), Some(WalletWay::NeedsCard));
    show_card(&mut world);
    pass(&mut world, 2);
    assert_eq!(way(&world), Some(WalletWay::Enough("¥ 120.00".into())));
    world.touch(Intent::Pay(PayWith::Wallet));
    pass(&mut world, 5);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
}

#[test]
fn a_card_that_opens_no_wallet_leaves_the_other_ways() {
    let mut world = kind();
    choose_by_number(&mut world, 5_000);
    let stranger = ShownCard {
        number: "C-9".into(),
        kind: CardKind::Resident,
    };
    world.feed(Input::Card(CardEvent::Shown(stranger)));
    assert_eq!(problem(&world), Some(PayProblem::WalletAway));
    assert_eq!(way(&world), Some(WalletWay::NeedsCard));
    world.touch(Intent::Pay(PayWith::Cash));
    assert!(matches!(world.flow.session(), Session::Cash { .. }));
}

#[test]
fn a_power_cut_while_it_is_asked_for_ends_it_and_nobody_is_waited_for() {
    for way in [PayWith::Wallet, PayWith::Code] {
        let mut world = kind();
        choose(&mut world, 2_000);
        world.touch(Intent::Pay(way));
        world.cut();
        pass(&mut world, 5);
        assert_eq!(outcomes(&world), [PaymentOutcome::Refused], "{way:?}");
        assert_eq!(*world.flow.session(), Session::Attract);
        assert_eq!(world.bank.wallet, 12_000);
        assert!(world.books().unfinished().next().is_none());
    }
}

#[test]
fn a_power_cut_after_it_was_taken_delivers_it() {
    let mut world = kind();
    choose(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Wallet));
    while !world
        .log
        .iter()
        .any(|e| matches!(e, Event::PaymentTaken { .. }))
    {
        world.pass(Duration::from_millis(10));
    }
    world.cut();
    pass(&mut world, 10);
    assert_eq!(world.meter.applied, [(8, 2_000)]);
    assert_eq!(outcomes(&world), [PaymentOutcome::Delivered]);
    assert_eq!(world.bank.holds_of(Hold::Captured), 2_000);
}

#[test]
fn a_note_found_while_it_is_paid_otherwise_is_nobodys() {
    let mut world = kind();
    choose(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Code));
    world.find_note(1_000);
    pass(&mut world, 2);
    assert_eq!(balance(&world, Account::OwedInDoubt), -1_000);
    assert!(matches!(world.flow.session(), Session::Paying { .. }));
}

#[test]
fn an_answer_that_comes_too_late_changes_nothing() {
    let mut world = kind();
    choose(&mut world, 2_000);
    world.touch(Intent::Pay(PayWith::Wallet));
    let sale = world.flow.session().sale().unwrap();
    world.bank.silent = true;
    pass(&mut world, 12);
    let before = world.log.len();
    for event in [
        crate::flow::PayEvent::Held { sale },
        crate::flow::PayEvent::Taken { sale },
    ] {
        world.feed(Input::Paid(event));
    }
    assert_eq!(world.log.len(), before);
    assert!(world.meter.applied.is_empty());
}
