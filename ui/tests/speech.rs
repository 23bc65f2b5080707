//! Whatever is on the glass is said, in every language, and what changes is said at once.

mod support;

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use meterpost_ui::view::{
    CashView, CashWay, DeliveryStep, DoneView, Language, NumberProblem, Screen, SlipState, Slot,
    View, WalletWay,
};
use meterpost_ui::{Appearance, Utterance};
use support::finger::touch;
use support::glass::Glass;
use support::voice::{Heard, choose, go_to, help, next, words};
use support::{Bench, LARGE, SMALL, label, name, place, samples, settle};

const ENGLISH: Language = Language::English;

fn speaking(view: View) -> View {
    let mut view = view;
    view.help.voice = true;
    view
}

fn english(screen: Screen) -> View {
    speaking(samples::view(ENGLISH, screen))
}

fn number(entry: &str, problem: Option<NumberProblem>) -> View {
    english(samples::number::number(entry, problem))
}

/// A glass with its voice on, on this view.
fn listening(view: &View) -> (Bench, Heard) {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    bench.show(view);
    help(&bench);
    heard.utterances();
    (bench, heard)
}

/// The words of a text, without numbers, units and signs, which are said in other words.
fn tokens(text: &str) -> Vec<String> {
    let units = ["kWh", "m", "s"];
    let parts = text.split(|sign: char| !sign.is_alphabetic());
    let parts = parts.filter(|part| !part.is_empty() && !units.contains(part));
    parts.map(str::to_owned).collect()
}

/// Nothing but letters.
fn letters(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphabetic()).collect()
}

/// What is said of a state to somebody who has just switched the voice on, or comes to it with the voice on.
fn said_of(bench: &Bench, heard: &Heard, state: &str, view: &View) -> Utterance {
    // The voice is off again after a session.
    let away = |screen| {
        let reading = Screen::Reading { number: "1".into() };
        bench.show(&View {
            still_there: None,
            screen: reading,
            ..view.clone()
        });
        bench.show(&View {
            still_there: None,
            screen,
            ..view.clone()
        });
    };
    away(Screen::Attract(samples::all_works()));
    bench.show(&View {
        still_there: None,
        screen: Screen::Reading { number: "1".into() },
        ..view.clone()
    });
    let before = View {
        still_there: None,
        ..view.clone()
    };
    bench.appear(state, &before, Appearance::default());
    if view.still_there.is_some() || !state.starts_with("voice") {
        help(bench);
    }
    if view.still_there.is_some() {
        bench.show(view);
    }
    let said = heard.utterances();
    said.last()
        .unwrap_or_else(|| panic!("{state}: nothing is said"))
        .clone()
}

fn is_title(element: &ElementHandle) -> bool {
    element.accessible_role() == Some(AccessibleRole::Text) && name(element) == "title"
}

/// Everything of a state that is not said.
fn unsaid(bench: &Bench, utterance: &Utterance, state: &str, view: &View) -> Vec<String> {
    let all = words(utterance);
    let said = letters(&all);
    let mut missing = Vec::new();
    let mut want = |text: &str| {
        let lost = tokens(text)
            .into_iter()
            .find(|token| !said.contains(token.as_str()));
        if let Some(lost) = lost {
            missing.push(format!("{text:?} ({lost})"));
        }
    };
    for control in bench.controls() {
        want(&label(&control));
    }
    let titles: Vec<String> = bench
        .elements()
        .iter()
        .filter(|e| is_title(e))
        .map(label)
        .collect();
    assert!(!titles.is_empty(), "{state} has no title");
    if view.still_there.is_some() {
        want(titles.last().map(String::as_str).unwrap_or_default());
    } else {
        let header =
            0.0..bench
                .controls()
                .iter()
                .find(|c| name(c) == "help")
                .map_or(90.0, |help| {
                    let at = place(help);
                    at.y + at.height
                });
        let glass = Glass::of(bench, LARGE, state, false);
        let body = glass
            .texts
            .iter()
            .filter(|text| !header.contains(&(text.at.y + text.at.height / 2.0)));
        for text in body {
            want(&text.text);
        }
        // The page's question comes first, behind the greeting of a voice that was just switched on.
        let first = titles
            .iter()
            .filter_map(|title| said.find(&letters(title)))
            .min();
        let facts = bench.controls();
        // The greeting of a voice that was just switched on says "Voice is on" as well.
        let others = facts
            .iter()
            .filter(|control| !["help", "voice", "voice-on"].contains(&name(control).as_str()));
        let others = others.filter_map(|control| {
            let label = letters(&label(control));
            (label.chars().count() > 8)
                .then(|| said.find(&label))
                .flatten()
        });
        if let (Some(first), Some(other)) = (first, others.min()) {
            assert!(first <= other, "{state}: the title is not first: {all}");
        }
    }
    missing
}

#[test]
fn every_state_in_every_language_is_said_whole_with_its_title_and_everything_that_can_be_chosen() {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    let mut faults = Vec::new();
    for language in samples::EVERY_LANGUAGE
        .into_iter()
        .filter(|l| Language::OFFERED.contains(l))
    {
        // The service menu and setting up are for staff, who see them.
        let residents = samples::all(language)
            .into_iter()
            .filter(|(_, view)| !matches!(view.screen, Screen::Menu(_) | Screen::Enrol(_)));
        for (state, view) in residents {
            let view = speaking(view);
            let utterance = said_of(&bench, &heard, state, &view);
            let languages = utterance.phrases.iter().map(|phrase| phrase.language);
            assert!(languages.clone().any(|said| said == language), "{state}");
            for fault in unsaid(&bench, &utterance, state, &view) {
                faults.push(format!(
                    "{state}.{}: {fault}: {}",
                    samples::code(language),
                    words(&utterance)
                ));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn nothing_is_said_until_somebody_asks_and_nothing_after_the_session() {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    bench.show(&number("", None));
    touch(&bench, "digit-2");
    assert_eq!(heard.utterances(), []);
    help(&bench);
    assert!(heard.last().starts_with("Voice is on."), "the fourth key");
    bench.show(&number("2", None));
    assert_eq!(heard.last(), "2.");
    bench.show(&english(Screen::Attract(samples::all_works())));
    assert_eq!(heard.utterances(), []);
    assert_eq!(heard.hushed(), 1);
    bench.show(&number("20", None));
    assert_eq!(heard.utterances(), [], "the next person did not ask");
}

#[test]
fn the_service_menu_is_not_spoken_and_no_help_for_residents_opens_over_it() {
    let (bench, heard) = listening(&english(Screen::Attract(samples::all_works())));
    bench.terminal.set_appearance(Appearance {
        high_contrast: true,
        ..Appearance::default()
    });
    heard.utterances();
    let menu = english(Screen::Menu(samples::menu::glance()));
    bench.terminal.show(&menu);
    settle();
    assert_eq!(bench.terminal.appearance(), Appearance::default());
    assert_eq!(heard.hushed(), 1, "what was said of the screen before");
    let before: Vec<String> = bench.controls().iter().map(name).collect();
    assert!(!before.is_empty());
    help(&bench);
    help(&bench);
    let after: Vec<String> = bench.controls().iter().map(name).collect();
    assert_eq!(after, before, "no sheet");
    next(&bench);
    bench.terminal.show(&english(samples::menu::number(None)));
    settle();
    assert_eq!(heard.utterances(), []);
    bench.show(&number("", None));
    assert_eq!(heard.utterances(), [], "the next person did not ask");
    help(&bench);
    assert!(heard.last().starts_with("Voice is on."));
}

#[test]
fn the_voice_is_switched_on_by_touch_as_well_and_is_as_loud_and_fast_as_chosen_until_the_session_ends()
 {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    bench.show(&number("", None));
    touch(&bench, "help");
    touch(&bench, "voice");
    assert!(heard.last().contains("Volume"));
    touch(&bench, "volume-3");
    let said = heard.utterances();
    assert_eq!(words(said.last().unwrap()), "Highest, chosen.");
    assert_eq!(
        (said.last().unwrap().volume, said.last().unwrap().speed),
        (3, 1)
    );
    touch(&bench, "speed-0");
    assert_eq!(heard.utterances().last().map(|said| said.speed), Some(0));
    touch(&bench, "voice-off");
    assert_eq!(heard.last(), "Voice is off.");
    touch(&bench, "voice-on");
    touch(&bench, "sheet-close");
    let all = heard.last();
    assert!(all.starts_with("Enter your meter number."), "{all}");
    bench.show(&english(Screen::Attract(samples::all_works())));
    bench.show(&number("", None));
    help(&bench);
    let said = heard.utterances();
    assert_eq!(
        (said.last().unwrap().volume, said.last().unwrap().speed),
        (1, 1)
    );
}

#[test]
fn a_terminal_without_a_voice_offers_none_and_its_fourth_key_opens_help() {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    bench.show(&samples::view(ENGLISH, samples::number::number("", None)));
    help(&bench);
    assert!(
        bench
            .controls()
            .iter()
            .all(|control| name(control) != "voice")
    );
    bench.control("size-0");
    help(&bench);
    bench.control("find");
    assert_eq!(heard.utterances(), []);
}

#[test]
fn a_voice_that_fails_is_off_and_its_settings_are_gone() {
    let (bench, heard) = listening(&number("", None));
    let mut view = number("2", None);
    view.help.voice = false;
    bench.show(&view);
    heard.utterances();
    view.screen = samples::number::number("20", None);
    bench.show(&view);
    assert_eq!(heard.utterances(), []);
}

#[test]
fn help_twice_says_the_screen_again() {
    let (bench, heard) = listening(&number("2026", None));
    help(&bench);
    let sheet = heard.last();
    assert!(sheet.starts_with("Help. Size of words."), "{sheet}");
    help(&bench);
    let again = heard.last();
    assert!(
        again.starts_with("Enter your meter number. 2 0 2 6."),
        "{again}"
    );
}

#[test]
fn digits_are_echoed_and_a_fault_is_said_with_what_to_do() {
    let (bench, heard) = listening(&number("2026", None));
    for (entry, echo) in [
        ("20260", "0."),
        ("202608", "8."),
        ("20260", "8 deleted."),
        ("", "Nothing entered."),
    ] {
        bench.show(&number(entry, None));
        assert_eq!(heard.last(), echo);
    }
    bench.show(&number("202608", Some(NumberProblem::Length)));
    heard.utterances();
    bench.show(&number("202608", None));
    bench.show(&number("202608", Some(NumberProblem::NotFound)));
    let fault = heard.last();
    assert!(
        fault.contains("This terminal serves no meter with this number."),
        "{fault}"
    );
}

#[test]
fn every_note_is_counted_aloud_and_the_slot_says_what_it_does() {
    let cash = |inserted: &str, slot: Slot| {
        english(Screen::Cash(CashView {
            inserted: inserted.into(),
            slot,
            can_finish: true,
            finishing_in: None,
            ..samples::cash()
        }))
    };
    let (bench, heard) = listening(&cash("¥ 10.00", Slot::Ready));
    bench.show(&cash("¥ 10.00", Slot::Busy));
    let busy = heard.last();
    assert!(busy.contains("Checking the note."), "{busy}");
    bench.show(&cash("¥ 30.00", Slot::Ready));
    let counted = heard.last();
    assert!(
        counted.contains("30 yuan.") && counted.contains("Insert notes."),
        "{counted}"
    );
    assert!(counted.contains("Finish and credit 30 yuan."), "{counted}");
    bench.show(&cash("¥ 30.00", Slot::Returned));
    let returned = heard.last();
    assert!(
        returned.contains("Note returned.") && returned.contains("flatten it"),
        "{returned}"
    );
}

#[test]
fn what_a_receipt_says_is_said() {
    let (bench, heard) = listening(&english(Screen::Delivering(samples::sale::delivering(
        DeliveryStep::Sending,
        false,
    ))));
    let done = DoneView {
        amount: "¥ 50.00".into(),
        before: "¥ 12.50".into(),
        balance: "¥ 62.50".into(),
        number: "202608140371".into(),
        reference: "K1-000042".into(),
        closing_in: None,
        ..samples::sale::done(SlipState::Printed)
    };
    bench.show(&english(Screen::Done(done)));
    let said = heard.last();
    for words in [
        "Topped up. 50 yuan added.",
        "12 yuan 50.",
        "62 yuan 50.",
        "2 0 2 6, 0 8 1 4, 0 3 7 1.",
        "Take your receipt.",
        "K 1, 0 0 0 0, 4 2.",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
}

#[test]
fn a_way_to_pay_that_cannot_be_used_says_why() {
    let mut pay = samples::pay::pay();
    pay.cash = CashWay::OutOfOrder;
    pay.wallet = Some(WalletWay::TooLittle("¥ 3.00".into()));
    pay.code = Some(true);
    let (bench, heard) = listening(&english(Screen::Pay(pay.clone())));
    help(&bench);
    help(&bench);
    let said = heard.last();
    assert!(
        said.contains("Cash: not possible now. No cash now."),
        "{said}"
    );
    assert!(
        said.contains("Wallet: not possible now. Too little in it: 3 yuan."),
        "{said}"
    );
    pay.cash = CashWay::Open;
    bench.show(&english(Screen::Pay(pay)));
    assert_eq!(heard.last(), "Cash, Insert notes; no change is given.");
}

#[test]
fn time_that_runs_out_is_signalled_though_nobody_listens_and_said_where_somebody_does() {
    let asked = |left| View {
        still_there: Some(left),
        ..number("2026", None)
    };
    let bench = Bench::new(SMALL);
    let heard = Heard::on(&bench);
    bench.show(&number("2026", None));
    bench.show(&asked(30));
    let signals = |heard: &Heard| -> Vec<bool> {
        heard.utterances().iter().map(|said| said.signal).collect()
    };
    assert_eq!(signals(&heard), [true], "without the voice");
    bench.show(&asked(29));
    assert_eq!(signals(&heard), [false; 0]);
    bench.show(&asked(10));
    assert_eq!(signals(&heard), [true], "and again before its end");
    bench.show(&number("2026", None));
    help(&bench);
    heard.utterances();
    bench.show(&asked(30));
    let said = heard.utterances();
    assert!(said.iter().any(|said| said.signal));
    let all = words(said.last().unwrap());
    assert!(
        all.starts_with("Are you still there? 30 seconds until"),
        "{all}"
    );
    assert!(all.contains("Any key goes on."), "{all}");
    bench.show(&asked(29));
    assert_eq!(heard.utterances(), []);
    bench.show(&asked(20));
    let counted = heard.last();
    assert!(counted.starts_with("20 seconds until"), "{counted}");
}

#[test]
fn what_has_the_focus_is_said_with_its_place_and_breaks_off_the_rest() {
    let (bench, heard) = listening(&english(Screen::Pay(samples::pay::pay())));
    next(&bench);
    let first = heard.last();
    assert!(
        first.starts_with("Cash, Insert notes") && first.contains("1 of "),
        "{first}"
    );
    go_to(&bench, "cancel");
    heard.utterances();
    choose(&bench);
    settle();
    assert_eq!(
        bench.intents().last(),
        Some(&meterpost_ui::view::Intent::Cancel)
    );
}

#[test]
fn languages_are_named_each_in_its_own_voice() {
    let bench = Bench::new(LARGE);
    let heard = Heard::on(&bench);
    bench.show(&english(Screen::Attract(samples::all_works())));
    help(&bench);
    let said = heard.utterances();
    let phrases = &said.last().unwrap().phrases;
    for language in Language::OFFERED {
        let own = phrases
            .iter()
            .find(|phrase| phrase.words.contains(language.own_name()));
        assert_eq!(own.map(|phrase| phrase.language), Some(*language));
    }
}
