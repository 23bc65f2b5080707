//! The terminal without touching it: four keys, and nothing else of what a keyboard sends.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use meterpost_ui::view::{Intent, Language, PayWith, Screen, SlipState, View, WalletWay};
use meterpost_ui::{Appearance, Key, Keys};
use slint::platform::Key as Code;
use support::finger::touch;
use support::lints::contrast::ratio;
use support::voice::{choose, go_to, help, key, next, previous};
use support::{Bench, Canvas, LARGE, SMALL, name, place, samples, settle};

const ENGLISH: Language = Language::English;

fn view(screen: Screen) -> View {
    samples::view(ENGLISH, screen)
}

fn number(entry: &str) -> View {
    view(samples::number::number(entry, None))
}

/// With the keys to a control, and what choosing it says.
fn chosen(bench: &Bench, id: &str) -> Intent {
    go_to(bench, id);
    bench.intents();
    choose(bench);
    let mut intents = bench.intents();
    assert_eq!(intents.len(), 1, "choosing {id}: {intents:?}");
    intents.remove(0)
}

fn focus(bench: &Bench) -> String {
    bench.terminal.focused().unwrap_or_default()
}

#[test]
fn a_whole_top_up_goes_without_a_touch() {
    let bench = Bench::new(LARGE);
    bench.show(&view(Screen::Attract(samples::all_works())));
    assert_eq!(focus(&bench), "", "nobody uses the keys yet");
    next(&bench);
    assert_eq!(focus(&bench), "start", "the first key shows where one is");
    assert_eq!(chosen(&bench, "start"), Intent::Start);
    bench.show(&number(""));
    assert_eq!(
        focus(&bench),
        "digit-1",
        "a new screen begins at its first control"
    );
    for (digit, entry) in [(2, "2"), (0, "20"), (6, "206"), (8, "2068")] {
        assert_eq!(
            chosen(&bench, &format!("digit-{digit}")),
            Intent::Digit(digit)
        );
        bench.show(&number(entry));
        assert_eq!(focus(&bench), format!("digit-{digit}"), "the focus stays");
    }
    assert_eq!(chosen(&bench, "find"), Intent::Find);
    bench.show(&view(Screen::Reading {
        number: "2068".into(),
    }));
    bench.show(&view(Screen::Meter(samples::meter(ENGLISH))));
    let first = focus(&bench);
    assert!(first.starts_with("amount-"), "{first}");
    let minor: i64 = first.strip_prefix("amount-").unwrap().parse().unwrap();
    assert_eq!(chosen(&bench, &first), Intent::Amount(minor));
    bench.show(&view(Screen::Pay(samples::pay::pay())));
    assert_eq!(chosen(&bench, "pay-cash"), Intent::Pay(PayWith::Cash));
    bench.show(&view(Screen::Cash(samples::cash())));
    assert_eq!(focus(&bench), "finish");
    assert_eq!(chosen(&bench, "finish"), Intent::Finish);
    bench.show(&view(Screen::Done(samples::sale::done(SlipState::Printed))));
    assert_eq!(chosen(&bench, "close"), Intent::Close);
    bench.show(&view(Screen::Attract(samples::all_works())));
    assert_eq!(focus(&bench), "", "the next person finds no focus");
    next(&bench);
    assert_eq!(focus(&bench), "start", "and has the keys all the same");
}

#[test]
fn the_keys_come_to_every_control_of_every_state_once_around_and_both_ways() {
    let bench = Bench::new(LARGE);
    for (state, view) in samples::all(ENGLISH) {
        bench.appear(state, &view, Appearance::default());
        let usable: BTreeSet<String> = bench.controls().iter().map(name).collect();
        if view.still_there.is_some() || usable.is_empty() {
            continue;
        }
        next(&bench);
        let start = focus(&bench);
        let mut forth = vec![start.clone()];
        loop {
            next(&bench);
            if focus(&bench) == start {
                break;
            }
            forth.push(focus(&bench));
            assert!(forth.len() <= usable.len(), "{state}: {forth:?}");
        }
        let reached: BTreeSet<String> = forth.iter().cloned().collect();
        assert_eq!(reached, usable, "{state}");
        let mut back = vec![start.clone()];
        for _ in 1..forth.len() {
            previous(&bench);
            back.push(focus(&bench));
        }
        back[1..].reverse();
        assert_eq!(back, forth, "{state}");
    }
}

#[test]
fn the_focus_goes_in_the_order_of_reading_and_skips_what_cannot_be_used() {
    let bench = Bench::new(LARGE);
    let mut pay = samples::pay::pay();
    pay.wallet = Some(WalletWay::NeedsCard);
    pay.code = Some(true);
    bench.show(&view(Screen::Pay(pay)));
    let mut order = Vec::new();
    for _ in 0..5 {
        next(&bench);
        order.push(focus(&bench));
    }
    assert_eq!(order, ["pay-cash", "pay-code", "back", "cancel", "help"]);
}

#[test]
fn a_question_takes_the_focus_any_key_answers_it_and_the_focus_is_where_it_was() {
    let bench = Bench::new(LARGE);
    bench.show(&number("20"));
    go_to(&bench, "digit-5");
    bench.intents();
    let asked = View {
        still_there: Some(30),
        ..number("20")
    };
    for press in [previous, next, choose, help] {
        bench.show(&asked);
        assert_eq!(focus(&bench), "stay");
        press(&bench);
        assert_eq!(bench.intents(), [Intent::Stay]);
        bench.show(&number("20"));
        assert_eq!(focus(&bench), "digit-5");
    }
}

#[test]
fn what_scanners_and_readers_type_does_nothing() {
    let bench = Bench::new(LARGE);
    bench.show(&number("20"));
    go_to(&bench, "find");
    bench.intents();
    let codes = [
        Code::Return,
        Code::Tab,
        Code::Backtab,
        Code::Escape,
        Code::Backspace,
        Code::Space,
    ];
    let texts = codes.map(|code| String::from(char::from(code)));
    let digits = ('0'..='9').map(String::from);
    for text in texts
        .into_iter()
        .chain(digits)
        .chain(["a".into(), "Z".into()])
    {
        key(&bench, &text);
        assert_eq!(bench.intents(), [], "{text:?}");
        assert_eq!(focus(&bench), "find", "{text:?}");
    }
}

#[test]
fn other_keys_can_be_the_four() {
    let bench = Bench::new(LARGE);
    let named = |name: &str| Key::named(name).unwrap();
    bench.terminal.set_keys(Keys {
        previous: named("Left"),
        next: named("Right"),
        choose: named("Down"),
        help: named("Up"),
    });
    bench.show(&number("20"));
    next(&bench);
    assert_eq!(focus(&bench), "", "F2 is none of them now");
    key(&bench, &named("Right").text());
    key(&bench, &named("Right").text());
    assert_eq!(focus(&bench), "digit-2");
    bench.intents();
    key(&bench, &named("Down").text());
    assert_eq!(bench.intents(), [Intent::Digit(2)]);
}

#[test]
fn keys_still_come_after_the_control_that_had_the_focus_is_gone() {
    let bench = Bench::new(LARGE);
    bench.show(&view(Screen::History(samples::account::history(ENGLISH))));
    next(&bench);
    for screen in [
        Screen::Reading { number: "1".into() },
        Screen::Pay(samples::pay::pay()),
    ] {
        bench.show(&view(screen));
    }
    assert_eq!(focus(&bench), "pay-cash");
    // By touch in between.
    touch(&bench, "help");
    settle();
    next(&bench);
    assert_ne!(focus(&bench), "");
}

#[test]
fn sheets_are_opened_used_and_closed_with_the_keys() {
    let bench = Bench::new(LARGE);
    bench.show(&number("20"));
    help(&bench);
    bench.control("size-0");
    next(&bench);
    assert_eq!(chosen(&bench, "contrast-high"), Intent::Stay);
    assert!(bench.terminal.appearance().high_contrast);
    assert_eq!(focus(&bench), "contrast-high", "a setting keeps the focus");
    assert_eq!(chosen(&bench, "sheet-close"), Intent::Stay);
    assert_eq!(focus(&bench), "digit-1");
}

/// The colours of the two lines of the ring at a control's left edge.
fn ring(bench: &Bench, id: &str, canvas: Canvas) -> ([u8; 3], [u8; 3]) {
    let at = place(&bench.control(id));
    let picture = bench.picture();
    let (x, y) = (at.x.max(0.0) as usize, (at.y + at.height / 2.0) as usize);
    let colour = |offset: usize| {
        let pixel = picture.as_slice()[y * canvas.width as usize + x + offset];
        [pixel.r, pixel.g, pixel.b]
    };
    (colour(2), colour(6))
}

#[test]
fn the_focus_is_seen_on_every_control_in_both_themes() {
    for high_contrast in [false, true] {
        let bench = Bench::new(SMALL);
        let mut seen = BTreeSet::new();
        let mut rings = BTreeMap::new();
        for (state, view) in samples::main(ENGLISH) {
            let appearance = Appearance {
                high_contrast,
                ..Appearance::default()
            };
            bench.appear(state, &view, appearance);
            if view.still_there.is_some() {
                continue;
            }
            for id in bench.controls().iter().map(name) {
                // Digits are alike, and so is what several screens have.
                if (id.starts_with("digit-") && id != "digit-5") || !seen.insert(id.clone()) {
                    continue;
                }
                go_to(&bench, &id);
                rings
                    .entry(ring(&bench, &id, SMALL))
                    .or_insert_with(Vec::new)
                    .push(id);
            }
        }
        // The same two colours on all, so none is a colour of the control itself.
        assert_eq!(rings.len(), 1, "{rings:?}");
        let (outer, inner) = rings.keys().next().unwrap();
        assert!(ratio(*outer, *inner) >= 3.0, "{outer:?} and {inner:?}");
        assert!(seen.len() > 25, "{seen:?}");
    }
}
