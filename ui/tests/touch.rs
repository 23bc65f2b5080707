//! Controls are where people look for them. Whether they can be hit is for the lints (lints.rs).

mod support;

use i_slint_backend_testing::ElementHandle;
use meterpost_ui::view::Screen;
use support::{Bench, Canvas, LARGE, SMALL, name, place, samples};

/// Room for rounding.
const HAIR: f32 = 0.5;

fn on_every_state(canvas: Canvas, check: impl Fn(&str, &[ElementHandle])) {
    let bench = Bench::new(canvas);
    for language in samples::LANGUAGES {
        for (state, view) in samples::all(language) {
            bench.appear(state, &view, meterpost_ui::Appearance::default());
            let state = format!("{state}-{} on {}", samples::code(language), canvas.name);
            check(&state, &bench.controls());
        }
    }
}

#[test]
fn the_buttons_at_the_bottom_are_where_they_always_are() {
    for canvas in [LARGE, SMALL] {
        on_every_state(canvas, |state, controls| {
            // The number has its keypad beside the buttons; the question lies over another screen.
            let keypad = state.starts_with("number")
                || state.starts_with("other-amount")
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
