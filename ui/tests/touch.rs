//! Controls can be hit and named: size, distance, place, label.

mod support;

use i_slint_backend_testing::ElementHandle;
use meterpost_ui::view::Screen;
use support::{Bench, Canvas, LARGE, Place, SMALL, label, name, place, samples};

/// 12.7 mm.
const LEAST: f32 = 80.0;
/// 20 mm, for the keys of the keypad on the large canvas.
const LEAST_KEY: f32 = 126.0;
/// 2.5 mm between two controls.
const LEAST_GAP: f32 = 16.0;
/// Room for rounding.
const HAIR: f32 = 0.5;

fn on_every_state(canvas: Canvas, check: impl Fn(&str, &[ElementHandle])) {
    let bench = Bench::new(canvas);
    for language in samples::LANGUAGES {
        for (state, view) in samples::all(language) {
            bench.show(&view);
            let state = format!("{state}-{} on {}", samples::code(language), canvas.name);
            check(&state, &bench.controls());
        }
    }
}

fn gap(a: Place, b: Place) -> f32 {
    let beside = (b.x - (a.x + a.width)).max(a.x - (b.x + b.width));
    let above = (b.y - (a.y + a.height)).max(a.y - (b.y + b.height));
    beside.max(above)
}

#[test]
fn every_control_is_large_enough_and_wholly_on_the_glass() {
    for canvas in [LARGE, SMALL] {
        on_every_state(canvas, |state, controls| {
            for control in controls {
                let (id, at) = (name(control), place(control));
                assert!(
                    at.width >= LEAST - HAIR && at.height >= LEAST - HAIR,
                    "{state}: {id} is {} x {}",
                    at.width,
                    at.height
                );
                let inside = at.x >= -HAIR
                    && at.y >= -HAIR
                    && at.x + at.width <= canvas.width as f32 + HAIR
                    && at.y + at.height <= canvas.height as f32 + HAIR;
                assert!(inside, "{state}: {id} leaves the glass: {at:?}");
            }
        });
    }
}

#[test]
fn two_controls_are_never_closer_than_a_finger_can_tell_apart() {
    for canvas in [LARGE, SMALL] {
        on_every_state(canvas, |state, controls| {
            for (index, one) in controls.iter().enumerate() {
                for other in &controls[index + 1..] {
                    let (a, b) = (place(one), place(other));
                    let apart = gap(a, b);
                    // The first screen's start area is the whole screen but the languages; a miss there starts.
                    let least = if name(one) == "start" || name(other) == "start" {
                        0.0
                    } else {
                        LEAST_GAP
                    };
                    assert!(
                        apart >= least - HAIR,
                        "{state}: {} and {} are {apart} apart",
                        name(one),
                        name(other)
                    );
                }
            }
        });
    }
}

#[test]
fn every_control_has_a_label_and_a_name_of_its_own() {
    on_every_state(LARGE, |state, controls| {
        let mut names: Vec<_> = controls.iter().map(name).collect();
        for control in controls {
            assert!(
                !label(control).trim().is_empty(),
                "{state}: {} has no label",
                name(control)
            );
            assert!(
                !name(control).is_empty(),
                "{state}: {} has no name",
                label(control)
            );
        }
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(
            names.len(),
            count,
            "{state}: names are not unique: {names:?}"
        );
    });
}

#[test]
fn the_buttons_at_the_bottom_are_where_they_always_are() {
    for canvas in [LARGE, SMALL] {
        on_every_state(canvas, |state, controls| {
            // The number has its keypad beside the buttons; the question lies over another screen.
            let keypad = state.starts_with("number")
                || (state.starts_with("loss") && !state.starts_with("loss-blocked"));
            if keypad || state.starts_with("still-there") {
                return;
            }
            let below = if canvas == SMALL { 18.0 } else { 36.0 };
            for control in controls {
                let (id, at) = (name(control), place(control));
                if ["back", "cancel", "finish", "close"].contains(&id.as_str()) {
                    let bottom = canvas.height as f32 - (at.y + at.height);
                    assert!((bottom - below).abs() <= HAIR, "{state}: {id} is at {at:?}");
                }
            }
        });
    }
}

#[test]
fn keypad_keys_are_twenty_millimetres_on_the_large_panel() {
    let bench = Bench::new(LARGE);
    let screen = Screen::Number {
        entry: String::new(),
        problem: None,
        reports_loss: true,
    };
    bench.show(&samples::view(samples::LANGUAGES[1], screen));
    let keys = (0..=9)
        .map(|digit| format!("digit-{digit}"))
        .chain(["clear".into(), "delete".into()]);
    for key in keys {
        let at = place(&bench.control(&key));
        assert!(
            at.width >= LEAST_KEY && at.height >= LEAST_KEY,
            "{key} is {at:?}"
        );
    }
}

#[test]
fn the_keypad_is_laid_out_as_on_a_telephone() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        let screen = Screen::Number {
            entry: String::new(),
            problem: None,
            reports_loss: true,
        };
        bench.show(&samples::view(samples::LANGUAGES[0], screen));
        let at = |key: &str| place(&bench.control(key));
        let rows = [
            ["digit-1", "digit-2", "digit-3"],
            ["digit-4", "digit-5", "digit-6"],
            ["digit-7", "digit-8", "digit-9"],
            ["clear", "digit-0", "delete"],
        ];
        for (index, row) in rows.iter().enumerate() {
            assert!(
                at(row[0]).x < at(row[1]).x && at(row[1]).x < at(row[2]).x,
                "{row:?}"
            );
            assert!((at(row[0]).y - at(row[2]).y).abs() < 1.0, "{row:?}");
            if index > 0 {
                assert!(at(rows[index - 1][0]).y < at(row[0]).y, "{row:?}");
            }
            assert!(
                (at(row[0]).width - at(row[1]).width).abs() < 1.5,
                "keys alike: {row:?}"
            );
            assert!(
                (at(row[2]).width - at(row[1]).width).abs() < 1.5,
                "keys alike: {row:?}"
            );
        }
    }
}
