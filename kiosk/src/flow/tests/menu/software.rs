//! The page of the software: slots, and updates from a USB stick, which go on when the menu is left.

use super::*;
use crate::flow::{Effect, Input};
use crate::service::{
    Can, Health, OnStick, Served, ServiceJob, Slot, Slots, Software, Uninstalled,
};
use meterpost_ledger::bulletin::command::Command;
use meterpost_ledger::{CommandOutcome, Money};
use meterpost_ui::view::{MenuTone, Phrase};

const BUNDLE: &str = "meterpost-2.1.0.raucb";
const ACT: &str = "update-from-usb-0";

fn software() -> Software {
    Software {
        slots: Slots::Known(vec![Slot {
            name: "A".into(),
            version: "2.0.0".into(),
            booted: true,
            health: Health::Good,
        }]),
        stick: OnStick::Bundles(vec![BUNDLE.into(), "meterpost-2.0.0.raucb".into()], 0),
    }
}

/// A terminal that can install from a stick, which has two bundles, at the page of the software.
fn at_the_page(pin: &str) -> World {
    let mut world = world_with(ServiceRules {
        can: Can {
            reboot: true,
            update_from: true,
            ..Can::default()
        },
        ..rules()
    });
    enter(&mut world, pin);
    act(&mut world, "software");
    world.feed(Input::Served(Served::Software(Box::new(software()))));
    world
}

fn install(world: &mut World) {
    act(world, ACT);
    act(world, &format!("{ACT}-meant"));
}

fn ended(world: &mut World, result: Result<(), Uninstalled>) {
    world.feed(Input::Served(Served::Installed(result)));
}

fn said(word: Word, values: &[&str]) -> Phrase {
    Phrase::Said(
        word,
        values.iter().map(|value| (*value).to_owned()).collect(),
    )
}

#[test]
fn an_update_is_asked_about_first_and_its_beginning_and_end_are_entries() {
    let mut world = at_the_page(MAINTENANCE);
    act(&mut world, ACT);
    let asked = view(&world).asks.expect("a question");
    assert_eq!(asked.words, said(Word::AskInstall, &[BUNDLE]));
    assert!(acted(&world, ACT).is_empty(), "nothing is begun yet");
    menu(&mut world, MenuIntent::Back);
    install(&mut world);
    assert_eq!(world.jobs.last(), Some(&ServiceJob::Install(BUNDLE.into())));
    world.feed(Input::Served(Served::Installing("20% copying".into())));
    pass(&mut world, 3);
    let (tone, words) = list(&world).notice.expect("a notice");
    assert_eq!(tone, MenuTone::Busy);
    assert!(
        matches!(words, Phrase::Said(Word::BeingInstalled, values) if values[1] == "20% copying")
    );
    // What is half installed is not cut off, nor begun twice.
    assert_eq!(
        button(&world, ACT).unwrap().refused,
        Some(Word::UpdateUnderWay)
    );
    ended(&mut world, Ok(()));
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, said(Word::Installed, &[BUNDLE])))
    );
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, ACT), [Begun, Done]);
    assert!(matches!(world.jobs.last(), Some(ServiceJob::Software)));
    let last = list(&world).rows;
    let last = last.iter().find(|row| row.name == Word::LastUpdate.into());
    assert_eq!(last.map(|row| row.tone), Some(MenuTone::Good));
}

#[test]
fn nothing_is_installed_from_a_stick_while_an_order_from_afar_is_open() {
    let mut world = at_the_page(MANAGER);
    assert_eq!(button(&world, ACT).unwrap().refused, None);
    world.take_command().expect("none was open");
    assert_eq!(
        button(&world, ACT).unwrap().refused,
        Some(Word::UpdateUnderWay)
    );
}

#[test]
fn residents_are_served_while_an_update_is_installed_and_its_end_is_an_entry_all_the_same() {
    let mut world = at_the_page(MANAGER);
    install(&mut world);
    menu(&mut world, MenuIntent::Leave);
    assert_eq!(*world.flow.session(), Session::Attract);
    // A restart from afar would cut it off.
    world.give(Command::Restart);
    let refused = world.log.iter().any(|event| {
        matches!(event, Event::CommandEnded { outcome: CommandOutcome::Refused, words, .. } if words.contains("installed"))
    });
    assert!(refused);
    sell(&mut world, 5_000);
    world.touch(Intent::Start);
    ended(&mut world, Err(Uninstalled::Refused("no signature".into())));
    use StaffOutcome::{Begun, Failed};
    assert_eq!(
        acted(&world, ACT),
        [("Chen".into(), Begun), ("Chen".into(), Failed)]
    );
    assert!(matches!(world.flow.session(), Session::Number { .. }));
    assert_eq!(
        world.flow.books().till().total(),
        Some(Money(5_000)),
        "the sale went on as ever"
    );
}

#[test]
fn why_nothing_was_installed_is_said_plainly() {
    use StaffOutcome::{Failed, Unknown};
    let why = "signature verification failed";
    for (result, shown, outcome) in [
        (
            Uninstalled::Refused(why.into()),
            (MenuTone::Bad, said(Word::NotInstalled, &[why])),
            Failed,
        ),
        (
            Uninstalled::StickPulledOut,
            (MenuTone::Bad, Word::StickPulledOut.into()),
            Failed,
        ),
        (
            Uninstalled::Unknown("too long".into()),
            (MenuTone::Warn, said(Word::InstallNotKnown, &["too long"])),
            Unknown,
        ),
    ] {
        let mut world = at_the_page(MAINTENANCE);
        install(&mut world);
        ended(&mut world, Err(result));
        assert_eq!(list(&world).notice, Some(shown));
        assert_eq!(outcomes(&world, ACT).last(), Some(&outcome));
        assert_eq!(
            button(&world, ACT).unwrap().refused,
            None,
            "it can be tried again"
        );
    }
}

#[test]
fn an_update_that_a_power_cut_stopped_ends_as_unknown_at_the_next_start() {
    let mut world = at_the_page(MAINTENANCE);
    install(&mut world);
    menu(&mut world, MenuIntent::Leave);
    world.cut();
    use StaffOutcome::{Begun, Unknown};
    assert_eq!(outcomes(&world, ACT), [Begun, Unknown]);
    // What comes of it afterwards is nobody's any more.
    pass(&mut world, 2);
    ended(&mut world, Ok(()));
    assert_eq!(outcomes(&world, ACT), [Begun, Unknown]);
}

#[test]
fn what_was_asked_about_is_installed_though_the_list_changed_meanwhile() {
    let mut world = at_the_page(MAINTENANCE);
    act(&mut world, ACT);
    let other = Software {
        stick: OnStick::Bundles(vec!["evil.raucb".into()], 0),
        ..software()
    };
    world.feed(Input::Served(Served::Software(Box::new(other))));
    let asked = view(&world).asks.expect("a question");
    assert_eq!(asked.words, said(Word::AskInstall, &[BUNDLE]));
    act(&mut world, &format!("{ACT}-meant"));
    assert_eq!(world.jobs.last(), Some(&ServiceJob::Install(BUNDLE.into())));
}

#[test]
fn a_clerk_installs_nothing_nor_does_a_terminal_without_a_program() {
    let mut world = at_the_page(CLERK);
    act(&mut world, ACT);
    assert_eq!(view(&world).asks, None);
    let mut world = world_with(rules());
    enter(&mut world, MAINTENANCE);
    act(&mut world, "software");
    world.feed(Input::Served(Served::Software(Box::new(software()))));
    assert!(button(&world, ACT).is_none());
    act(&mut world, ACT);
    assert_eq!(view(&world).asks, None);
    assert!(acted(&world, ACT).is_empty());
}

#[test]
fn the_slots_are_shown_with_what_runs_and_how_it_is_or_why_not() {
    let mut world = at_the_page(MAINTENANCE);
    let row = |world: &World, name: Phrase| {
        let rows = list(world).rows.into_iter();
        rows.filter(|row| row.name == name)
            .map(|row| (row.value, row.tone))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        row(&world, said(Word::Slot, &["A"])),
        [(said(Word::SlotRunsGood, &["2.0.0"]), MenuTone::Good)]
    );
    let garbage = Software {
        slots: Slots::NotReadable("line 1 is no slot".into()),
        stick: OnStick::NoStick,
    };
    world.feed(Input::Served(Served::Software(Box::new(garbage))));
    let why = said(Word::NotReadable, &["line 1 is no slot"]);
    assert_eq!(row(&world, Word::Slots.into()), [(why, MenuTone::Warn)]);
    assert_eq!(
        row(&world, Word::UpdateOnStick.into()),
        [(Word::NoStick.into(), MenuTone::Neutral)]
    );
}

#[test]
fn the_page_asks_for_the_slots_each_time_it_is_opened() {
    let mut world = at_the_page(MAINTENANCE);
    let asked = |world: &World| {
        let jobs = world.jobs.iter();
        jobs.filter(|job| matches!(job, ServiceJob::Software))
            .count()
    };
    assert_eq!(asked(&world), 1);
    menu(&mut world, MenuIntent::Back);
    act(&mut world, "software");
    assert_eq!(asked(&world), 2);
    let effects = world.flow.clone().step(world.time, Input::Tick);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Service(_)))
    );
}
