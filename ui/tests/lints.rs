//! Every screen in every state, on every panel, in both themes, all text sizes and all languages, looked at by every lint.
//!
//! By default each state is looked at once in every language on every panel, with sizes and themes taking turns;
//! `UI_LINTS=all` looks at all combinations.

mod support;

use std::collections::BTreeMap;

use meterpost_ui::{Appearance, TextSize};
use support::glass::Glass;
use support::lints::LINTS;
use support::{Bench, Canvas, LARGE, PORTRAIT, SMALL, WIDE, samples};

/// What is looked at for the state at this place in the list.
fn appearances(turn: usize) -> Vec<Appearance> {
    let every = TextSize::ALL.iter().flat_map(|text_size| {
        [false, true].map(|high_contrast| Appearance {
            text_size: *text_size,
            high_contrast,
        })
    });
    let every: Vec<_> = every.collect();
    if std::env::var_os("UI_LINTS").is_some_and(|asked| asked == "all") {
        every
    } else {
        // Usual size every second time, because most people see that.
        let place = if turn.is_multiple_of(2) {
            turn / 2 % 2
        } else {
            turn % every.len()
        };
        vec![every[place]]
    }
}

fn look(canvas: Canvas) {
    let bench = Bench::new(canvas);
    let mut faults: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut looked = 0;
    for (shift, language) in samples::EVERY_LANGUAGE.into_iter().enumerate() {
        for (turn, (state, view)) in samples::all(language).iter().enumerate() {
            for appearance in appearances(turn + shift) {
                bench.appear(state, view, appearance);
                // Colours are the same in every language: pixels are looked at in two.
                let pictured = samples::LANGUAGES.contains(&language);
                let glass = Glass::of(&bench, canvas, state, pictured);
                // The colour test shows nothing but its colour.
                let bare = state.starts_with("menu-colour");
                assert!(
                    bare != glass.texts.iter().any(|text| text.kind != "KeyText"),
                    "{state}: no text found"
                );
                looked += 1;
                let name = format!(
                    "{state}.{}.{:?}{}.{} (words {})",
                    canvas.name,
                    appearance.text_size,
                    if appearance.high_contrast {
                        "+contrast"
                    } else {
                        ""
                    },
                    samples::code(language),
                    glass.scale
                );
                for (lint, of) in LINTS {
                    let found = of(&glass).into_iter();
                    let found = found.map(|fault| format!("{name}: {fault}"));
                    faults.entry(lint).or_default().extend(found);
                }
            }
        }
    }
    faults.retain(|_, found| !found.is_empty());
    let count: usize = faults.values().map(Vec::len).sum();
    for (lint, found) in &faults {
        println!("== {lint}: {}", found.len());
        for fault in found.iter().take(60) {
            println!("   {fault}");
        }
    }
    assert!(
        count == 0,
        "{count} faults in {looked} screens, listed above"
    );
    println!("{looked} screens on {}", canvas.name);
}

#[test]
fn the_ten_inch_panel_has_no_fault() {
    look(LARGE);
}

#[test]
fn the_seven_inch_panel_has_no_fault() {
    look(SMALL);
}

#[test]
fn the_upright_panel_has_no_fault() {
    look(PORTRAIT);
}

#[test]
fn the_fifteen_inch_panel_has_no_fault() {
    look(WIDE);
}
