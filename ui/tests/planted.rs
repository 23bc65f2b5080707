//! Each lint finds the fault it is for: planted in a screen that has none.

mod support;

use meterpost_ui::Appearance;
use slint::Rgba8Pixel;
use support::glass::Glass;
use support::lints::{LINTS, contrast};
use support::{Bench, LARGE, Place, samples};

/// A real screen without a fault: the number, which has keys, buttons and text.
fn sound() -> Glass {
    let bench = Bench::new(LARGE);
    let states = samples::main(samples::LANGUAGES[1]);
    let (state, view) = states.iter().find(|(name, _)| *name == "number").unwrap();
    bench.appear(state, view, Appearance::default());
    Glass::of(&bench, LARGE, state, true)
}

fn faults(glass: &Glass, lint: &str) -> Vec<String> {
    let (_, of) = LINTS.iter().find(|(name, _)| *name == lint).unwrap();
    of(glass)
}

/// Plants a fault and wants that lint, by name, to speak of it.
fn finds(lint: &str, plant: impl FnOnce(&mut Glass)) {
    let mut glass = sound();
    assert_eq!(faults(&glass, lint), [""; 0], "before: {lint}");
    plant(&mut glass);
    assert!(!faults(&glass, lint).is_empty(), "planted: {lint}");
}

fn control<'a>(glass: &'a mut Glass, name: &str) -> &'a mut support::glass::Control {
    let mut controls = glass.controls.iter_mut();
    controls.find(|each| each.name == name).unwrap()
}

fn text(glass: &mut Glass) -> &mut support::glass::Shown {
    let mut texts = glass.texts.iter_mut();
    texts.find(|each| each.kind == "TitleText").unwrap()
}

/// Paints a place in one colour.
fn paint(glass: &mut Glass, place: Place, to: impl Fn(Rgba8Pixel) -> Rgba8Pixel) {
    let picture = glass.picture.as_mut().unwrap();
    let across = picture.width() as usize;
    for (index, pixel) in picture.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = ((index % across) as f32, (index / across) as f32);
        if support::lints::holds(&place, x, y) {
            *pixel = to(*pixel);
        }
    }
}

#[test]
fn a_small_target_is_found() {
    finds("targets are at least 12.7 mm", |glass| {
        control(glass, "find").at.height = 70.0;
    });
}

#[test]
fn a_small_key_is_found() {
    finds("keys are at least 15 or 19 mm", |glass| {
        control(glass, "digit-5").at.width = 110.0;
    });
}

#[test]
fn targets_that_touch_are_found() {
    finds("targets are at least 2.5 mm apart", |glass| {
        control(glass, "digit-5").at.x -= 8.0;
    });
}

#[test]
fn a_control_without_a_label_or_with_anothers_name_is_found() {
    let lint = "every control has a name and a label";
    finds(lint, |glass| control(glass, "find").label.clear());
    finds(lint, |glass| control(glass, "find").name.clear());
    finds(lint, |glass| control(glass, "find").name = "back".into());
}

#[test]
fn a_cut_text_is_found() {
    let lint = "no text is cut";
    finds(lint, |glass| text(glass).at.width /= 2.0);
    finds(lint, |glass| text(glass).at.height /= 2.0);
    finds(lint, |glass| {
        text(glass)
            .text
            .push_str(" and very much more than there is room for")
    });
}

#[test]
fn tiny_type_is_found() {
    let lint = "no text is too small";
    finds(lint, |glass| glass.scale = 0.4);
    finds(lint, |glass| {
        let mut texts = glass.texts.iter_mut();
        let fitted = texts.find(|each| each.kind == "FittedText").unwrap();
        fitted.at.width = 8.0;
    });
}

#[test]
fn what_leaves_the_glass_or_its_control_is_found() {
    let lint = "everything is on the glass and in its control";
    finds(lint, |glass| control(glass, "digit-9").at.x += 400.0);
    finds(lint, |glass| text(glass).at.x = -20.0);
    finds(lint, |glass| {
        let at = control(glass, "find").at;
        let mut shown = text(glass).clone();
        shown.at = Place {
            y: at.y + 2.0,
            height: at.height,
            ..at
        };
        glass.texts.push(shown);
    });
}

#[test]
fn texts_on_each_other_are_found() {
    finds("no text lies on another", |glass| {
        let mut other = text(glass).clone();
        other.text = "another".into();
        other.at.x += 10.0;
        glass.texts.push(other);
    });
}

#[test]
fn faint_text_is_found() {
    finds("text stands out 7:1", |glass| {
        let place = text(glass).at;
        // 4.5:1 on the page, which WCAG calls enough and this house does not.
        paint(glass, place, |pixel| {
            let faint = |part: u8| part.max(110);
            Rgba8Pixel {
                r: faint(pixel.r),
                g: faint(pixel.g),
                b: faint(pixel.b),
                a: 255,
            }
        });
    });
}

#[test]
fn a_faint_edge_is_found() {
    finds("controls stand out 3:1", |glass| {
        let place = control(glass, "digit-5").at;
        paint(glass, place, |_| Rgba8Pixel {
            r: 222,
            g: 226,
            b: 230,
            a: 255,
        });
    });
}

#[test]
fn contrast_is_reckoned_as_in_the_standard() {
    let near = |a: f32, b: f32| (a - b).abs() < 0.01;
    assert!(near(contrast::ratio([0; 3], [255; 3]), 21.0));
    assert!(near(contrast::ratio([119; 3], [255; 3]), 4.48));
    assert!(near(contrast::ratio([7; 3], [7; 3]), 1.0));
}
