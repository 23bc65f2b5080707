//! The kiosk's card reader through the machine's own PC/SC, with the rig's cards in a virtual reader. Skipped, and said so, where
//! no daemon can be started. One test at a time: there is one daemon on a machine.

#[path = "cards/driver.rs"]
mod driver;
#[path = "cards/opensc.rs"]
mod opensc;

use std::time::{Duration, Instant};

use driver::{Driver, TENANT};
use meterpost_kiosk::device::card::{
    CardEvent, CardKind, CardRefusal, CardState, PinOutcome, ShownCard, StaffRole,
};
use meterpost_tests::card::{CardFault, CardService, CardSlot, Holder, PivCard, VirtualCard};

fn resident(number: &str) -> CardEvent {
    CardEvent::Shown(ShownCard {
        number: number.to_owned(),
        kind: CardKind::Resident,
    })
}

fn insert(card: PivCard) -> VirtualCard {
    VirtualCard::insert(CardSlot::First, card).expect("the virtual reader takes the card")
}

/// What the driver says to a card that is put in and stays; it must refuse it.
#[track_caller]
fn refusal(driver: &mut Driver, card: PivCard) -> CardRefusal {
    let inserted = insert(card);
    let event = driver.next_event();
    drop(inserted);
    match event {
        CardEvent::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_residents_card_is_shown_and_its_removal_told() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let card = driver.authority.issue(&Holder::resident("C-0042"));
    let card = insert(card);
    assert_eq!(driver.next_event(), resident("C-0042"));
    driver.stays_silent();
    let card = card.remove();
    assert_eq!(driver.next_event(), CardEvent::Removed);
    let _card = insert(card);
    assert_eq!(
        driver.next_event(),
        resident("C-0042"),
        "the same card again"
    );
}

#[test]
fn a_card_pulled_at_any_command_is_refused_and_the_next_one_is_read() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let good = driver.authority.issue(&Holder::resident("C-0042"));
    let whole = insert(good.clone());
    assert_eq!(driver.next_event(), resident("C-0042"));
    let commands = whole.timing().commands;
    drop(whole);
    assert_eq!(driver.next_event(), CardEvent::Removed);
    assert!(
        commands >= 4,
        "select, two pieces of certificate, challenge"
    );
    for at in 1..=commands {
        let mut card = good.clone();
        card.fault(CardFault::PulledAt(at));
        assert_eq!(refusal(&mut driver, card), CardRefusal::Pulled, "at {at}");
    }
    let _card = insert(good);
    assert_eq!(driver.next_event(), resident("C-0042"));
}

#[test]
fn a_second_card_in_another_reader_waits_until_the_first_is_gone() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let first = insert(driver.authority.issue(&Holder::resident("C-0001")));
    assert_eq!(driver.next_event(), resident("C-0001"));
    let second = driver.authority.issue(&Holder::resident("C-0002"));
    let second = VirtualCard::insert(CardSlot::Second, second).expect("a second slot");
    driver.stays_silent();
    drop(first);
    assert_eq!(driver.next_event(), CardEvent::Removed);
    assert_eq!(driver.next_event(), resident("C-0002"));
    drop(second);
    assert_eq!(driver.next_event(), CardEvent::Removed);
}

#[test]
fn a_refused_card_left_in_one_reader_does_not_block_the_other() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let foreign = insert(PivCard::foreign());
    assert!(matches!(
        driver.next_event(),
        CardEvent::Refused(CardRefusal::NotOurs(_))
    ));
    let ours = driver.authority.issue(&Holder::resident("C-0002"));
    let _ours = VirtualCard::insert(CardSlot::Second, ours).expect("a second slot");
    assert_eq!(driver.next_event(), resident("C-0002"));
    drop(foreign);
    driver.stays_silent();
}

#[test]
fn foreign_blank_and_other_operators_cards_are_not_ours() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let stranger = meterpost_tests::card::CardAuthority::new("East District cards");
    let elsewhere = Holder {
        tenant: "west-district".to_owned(),
        ..Holder::resident("C-0042")
    };
    let nobody = Holder {
        unit: "staff:owner".to_owned(),
        ..Holder::resident("C-0042")
    };
    let short = Holder::resident("C-1");
    let cards = [
        PivCard::foreign(),
        PivCard::blank(),
        stranger.issue(&Holder::resident("C-0042")),
        driver.authority.issue(&elsewhere),
        driver.authority.issue(&nobody),
        driver.authority.issue(&short),
    ];
    for (n, card) in cards.into_iter().enumerate() {
        let why = refusal(&mut driver, card);
        assert!(matches!(why, CardRefusal::NotOurs(_)), "{n}: {why:?}");
    }
}

#[test]
fn a_copied_certificate_without_its_key_fails_the_proof() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let genuine = driver.authority.issue(&Holder::resident("C-0042"));
    let mut liar = genuine.clone();
    liar.fault(CardFault::WrongSignature);
    for card in [genuine.copied(), genuine.copied_with_another_key(), liar] {
        assert_eq!(refusal(&mut driver, card), CardRefusal::FailedProof);
    }
}

#[test]
fn expired_and_early_cards_are_told_apart() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let expired = Holder {
        to: 1_735_689_600,
        ..Holder::resident("C-0042")
    };
    let early = Holder {
        from: 2_000_000_000,
        ..Holder::resident("C-0042")
    };
    let card = driver.authority.issue(&expired);
    assert_eq!(refusal(&mut driver, card), CardRefusal::Expired);
    let card = driver.authority.issue(&early);
    assert_eq!(refusal(&mut driver, card), CardRefusal::NotYetValid);
}

#[test]
fn a_staff_cards_pin_is_counted_on_the_card_until_it_is_blocked() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let card = driver
        .authority
        .issue(&Holder::staff("S-0007", "maintenance"));
    let shown = CardEvent::Shown(ShownCard {
        number: "S-0007".to_owned(),
        kind: CardKind::Staff(StaffRole::Maintenance),
    });
    let card = insert(card);
    assert_eq!(driver.next_event(), shown);
    assert_eq!(driver.pin("12345"), PinOutcome::Malformed);
    assert_eq!(driver.pin("999999"), PinOutcome::Wrong { tries_left: 2 });
    assert_eq!(driver.pin("123456"), PinOutcome::Right);
    assert_eq!(card.card().pin_tries(), 3, "the right one resets the count");
    assert_eq!(driver.pin("999999"), PinOutcome::Wrong { tries_left: 2 });
    let card = card.remove();
    assert_eq!(driver.next_event(), CardEvent::Removed);
    assert_eq!(driver.pin("123456"), PinOutcome::NoCard);
    let _card = insert(card);
    assert_eq!(driver.next_event(), shown);
    assert_eq!(driver.pin("999999"), PinOutcome::Wrong { tries_left: 1 });
    assert_eq!(driver.pin("999999"), PinOutcome::Blocked);
    assert_eq!(driver.pin("123456"), PinOutcome::Blocked);
}

#[test]
fn a_pin_that_is_right_is_not_enough_for_a_copied_staff_card() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    // Two genuine cards: the certificate 9A of one on the other, as far as a copier gets.
    let manager = driver.authority.issue(&Holder::staff("S-0001", "manager"));
    let mut clerk = driver.authority.issue(&Holder::staff("S-0002", "clerk"));
    clerk.take_object_of(&manager, 0x05);
    let _card = insert(clerk);
    assert!(matches!(driver.next_event(), CardEvent::Shown(_)));
    assert_eq!(
        driver.pin("123456"),
        PinOutcome::Refused(CardRefusal::FailedProof)
    );
    assert_eq!(driver.next_event(), CardEvent::Removed);
}

#[test]
fn a_residents_card_takes_no_pin_and_a_contactless_one_asks_for_the_other_reader() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let card = insert(driver.authority.issue(&Holder::resident("C-0042")));
    assert_eq!(driver.next_event(), resident("C-0042"));
    assert_eq!(driver.pin("123456"), PinOutcome::NoCard);
    drop(card);
    assert_eq!(driver.next_event(), CardEvent::Removed);
    let mut card = driver.authority.issue(&Holder::staff("S-0007", "clerk"));
    card.contacts = false;
    let _card = insert(card);
    assert!(matches!(driver.next_event(), CardEvent::Shown(_)));
    assert_eq!(driver.pin("123456"), PinOutcome::ContactsOnly);
}

#[test]
fn a_staff_card_pulled_while_its_pin_is_checked_is_told_once() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let card = insert(driver.authority.issue(&Holder::staff("S-0007", "clerk")));
    assert!(matches!(driver.next_event(), CardEvent::Shown(_)));
    card.card().fault(CardFault::PulledAt(2));
    assert_eq!(
        driver.pin("123456"),
        PinOutcome::Refused(CardRefusal::Pulled)
    );
    assert_eq!(driver.next_event(), CardEvent::Removed);
    driver.stays_silent();
}

#[test]
fn hostile_cards_are_refused_in_bounded_time_and_the_next_one_is_read() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let faults = [
        CardFault::Garbage(1),
        CardFault::Garbage(2),
        CardFault::Garbage(3),
        CardFault::Endless,
        CardFault::Huge,
        CardFault::Overlong,
        CardFault::OneByte,
    ];
    for fault in faults {
        let mut card = driver.authority.issue(&Holder::resident("C-0042"));
        card.fault(fault);
        println!("{fault:?}");
        let began = Instant::now();
        refusal(&mut driver, card);
        assert!(began.elapsed() < Duration::from_secs(15), "{fault:?}");
    }
    let _card = insert(driver.authority.issue(&Holder::resident("C-0042")));
    assert_eq!(driver.next_event(), resident("C-0042"));
}

#[test]
fn a_slow_card_is_waited_for_and_a_much_too_slow_one_given_up() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let mut slow = driver.authority.issue(&Holder::resident("C-0042"));
    slow.fault(CardFault::Slow(Duration::from_millis(500)));
    let slow = insert(slow);
    assert_eq!(driver.next_event(), resident("C-0042"));
    drop(slow);
    assert_eq!(driver.next_event(), CardEvent::Removed);
    let mut slower = driver.authority.issue(&Holder::resident("C-0042"));
    slower.fault(CardFault::Slow(Duration::from_secs(6)));
    let why = refusal(&mut driver, slower);
    assert!(matches!(why, CardRefusal::Unreadable(_)), "{why:?}");
}

#[test]
fn the_card_service_may_go_and_come_back() {
    let Some(mut service) = CardService::start_or_say() else {
        return;
    };
    if !service.is_ours() {
        eprintln!("skipped, the machine's own pcscd is not stopped");
        return;
    }
    let mut driver = Driver::start();
    let card = driver.authority.issue(&Holder::resident("C-0042"));
    let inserted = insert(card.clone());
    assert_eq!(driver.next_event(), resident("C-0042"));
    service.stop();
    assert_eq!(driver.next_event(), CardEvent::Removed);
    let gone = driver.next_event();
    assert!(
        matches!(&gone, CardEvent::State(CardState::Missing(why)) if why.contains("pcscd")),
        "{gone:?}"
    );
    drop(inserted);
    service.begin().unwrap();
    driver.expect_ready();
    let _card = insert(card);
    assert_eq!(driver.next_event(), resident("C-0042"));
}

#[test]
fn only_the_reader_that_is_named_is_looked_at() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start_with(Some("00 01"), TENANT);
    let card = driver.authority.issue(&Holder::resident("C-0042"));
    let other = insert(card.clone());
    driver.stays_silent();
    drop(other);
    let _card = VirtualCard::insert(CardSlot::Second, card).expect("a second slot");
    assert_eq!(driver.next_event(), resident("C-0042"));
    let mut nowhere = Driver::begin(Some("no such reader"), TENANT);
    assert_eq!(nowhere.next_event(), CardEvent::State(CardState::Starting));
    let missing = nowhere.next_event();
    assert!(
        matches!(&missing, CardEvent::State(CardState::Missing(why)) if why.contains("no such reader")),
        "{missing:?}"
    );
}

#[test]
fn from_the_first_command_to_shown_the_terminal_adds_less_than_300_ms() {
    let Some(_service) = CardService::start_or_say() else {
        return;
    };
    let mut driver = Driver::start();
    let card = driver.authority.issue(&Holder::resident("C-0042"));
    let mut worst = Duration::ZERO;
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        let began = Instant::now();
        let inserted = insert(card.clone());
        assert_eq!(driver.next_event(), resident("C-0042"));
        let shown = Instant::now();
        longest = longest.max(shown - began);
        let timing = inserted.timing();
        let first = timing.first.expect("it was talked to");
        let added = (shown - first).saturating_sub(timing.own);
        worst = worst.max(added);
        drop(inserted);
        assert_eq!(driver.next_event(), CardEvent::Removed);
    }
    println!(
        "first command to shown, beyond the card's own time: at most {worst:?}; with the daemon noticing the card, which \
         for this reader it does 400 ms apart, and its power-up: at most {longest:?}"
    );
    assert!(worst < Duration::from_millis(300), "{worst:?}");
}
