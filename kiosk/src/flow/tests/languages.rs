//! The language is the resident's: it changes on any screen, amounts with it, and nobody inherits it.

use std::time::Duration;

use meterpost_ui::view::{Intent, Language, Screen};

use super::story::{find, pass, pay, ready};
use super::world::{Faults, World};
use crate::flow::Session;

const FIRST: Language = Language::English;

fn language(world: &World) -> Language {
    world.flow.view("").language
}

/// The balance on the meter's page, and the label of the first amount.
fn words(world: &World) -> (String, String) {
    match world.flow.view("").screen {
        Screen::Meter(view) => (view.balance, view.amounts[0].label.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn amounts_follow_the_language_on_the_screen_where_it_is_chosen() {
    let mut world = ready(Faults::NONE);
    find(&mut world);
    let english = words(&world);
    assert_eq!(english.1, "¥ 10");
    world.touch(Intent::Language(Language::Spanish));
    let (balance, amount) = words(&world);
    assert_eq!(amount, "10 ¥");
    let digits = english.0.strip_prefix("¥ ").unwrap().replace('.', ",");
    assert_eq!(balance, format!("{digits} ¥"));
    for chinese in [Language::Chinese, Language::TraditionalChinese] {
        world.touch(Intent::Language(chinese));
        assert_eq!(
            (language(&world), words(&world)),
            (chinese, english.clone())
        );
    }
}

#[test]
fn a_language_chosen_while_money_is_in_changes_nothing_else_and_ends_with_the_session() {
    let mut world = ready(Faults::NONE);
    pay(&mut world, 5_000, &[2_000]);
    world.touch(Intent::Language(Language::Spanish));
    match world.flow.view("").screen {
        Screen::Cash(view) => {
            assert_eq!((&*view.inserted, &*view.target), ("20,00 ¥", "50,00 ¥"));
            assert_eq!(view.notes[0], "5 ¥");
        }
        other => panic!("{other:?}"),
    }
    world.touch(Intent::Finish);
    pass(&mut world, 5);
    assert!(matches!(world.flow.session(), Session::Done { .. }));
    assert_eq!(language(&world), Language::Spanish);
    world.touch(Intent::Close);
    assert_eq!(*world.flow.session(), Session::Attract);
    assert_eq!(language(&world), FIRST);
}

#[test]
fn a_language_that_somebody_left_on_the_first_screen_goes_back_by_itself() {
    let mut world = ready(Faults::NONE);
    world.touch(Intent::Language(Language::TraditionalChinese));
    let delays = &world.flow.rules().delays;
    let patience = (delays.idle + delays.warning).as_secs();
    pass(&mut world, patience - 1);
    assert_eq!(language(&world), Language::TraditionalChinese);
    world.pass(Duration::from_secs(2));
    assert_eq!(language(&world), FIRST);
    // Whoever starts takes the language along.
    world.touch(Intent::Language(Language::Spanish));
    world.touch(Intent::Start);
    assert_eq!(language(&world), Language::Spanish);
}
