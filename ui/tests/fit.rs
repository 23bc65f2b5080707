//! No text is cut, and no text lies on another: measured independently, with the font's own advances.

mod support;

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use support::{Bench, Canvas, LARGE, Place, SMALL, place, samples};
use ttf_parser::Face;

/// Room for rounding and hinting.
const HAIR: f32 = 1.5;

/// The kinds of text there are (`ui/components/text.slint`), with their sizes (`ui/theme/metrics.slint`).
fn size_of(kind: &str, text: &str, at: Place, canvas: Canvas) -> Option<f32> {
    let (small, large) = match kind {
        "BodyText" => (22.0, 28.0),
        "LabelText" => (24.0, 32.0),
        "TitleText" => (32.0, 44.0),
        "AmountText" => (44.0, 64.0),
        // As high as 1.3 times the largest size; smaller when the text is long.
        "FigureText" => {
            let count = text.chars().count().max(1) as f32;
            return Some((at.height / 1.3).min(at.width / count / 0.58));
        }
        _ => return None,
    };
    Some(if canvas == SMALL { small } else { large })
}

/// A text that the screen shows.
struct Shown {
    kind: String,
    text: String,
    at: Place,
}

fn texts(bench: &Bench) -> Vec<Shown> {
    let shown = |element: ElementHandle| {
        let kinds = element
            .type_name()
            .into_iter()
            .chain(element.bases().into_iter().flatten());
        let kind = kinds.map(|kind| kind.to_string()).find(|kind| {
            [
                "BodyText",
                "LabelText",
                "TitleText",
                "AmountText",
                "FigureText",
            ]
            .contains(&kind.as_str())
        })?;
        // A text without a role of its own says the label of the control it is in.
        let text = element.accessible_label()?.to_string();
        Some(Shown {
            kind,
            text,
            at: place(&element),
        })
    };
    let mut texts: Vec<Shown> = Vec::new();
    // A component built on others is found once for each of them.
    for text in bench.elements().into_iter().filter_map(shown) {
        if !texts
            .iter()
            .any(|known| known.text == text.text && known.at == text.at)
        {
            texts.push(text);
        }
    }
    texts
}

fn width(face: &Face<'_>, text: &str, size: f32) -> f32 {
    let units = f32::from(face.units_per_em());
    let advance = |sign| {
        face.glyph_index(sign)
            .and_then(|glyph| face.glyph_hor_advance(glyph))
    };
    text.chars()
        .map(|sign| f32::from(advance(sign).unwrap_or(1000)) / units * size)
        .sum()
}

fn is_han(sign: char) -> bool {
    sign >= '\u{2e80}'
}

/// Lines a text takes in a column: broken at spaces and around Chinese characters.
fn lines(face: &Face<'_>, text: &str, size: f32, column: f32) -> usize {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for sign in text.chars() {
        // Punctuation stays with what it follows.
        let closes = "，。：；、？！）”…".contains(sign);
        if (open && !is_han(sign)) || (closes && !pieces.is_empty()) {
            pieces.last_mut().unwrap().push(sign);
        } else {
            pieces.push(sign.to_string());
        }
        open = !is_han(sign) && sign != ' ';
    }
    let (mut count, mut used) = (1, 0.0);
    for piece in pieces {
        let bare = width(face, piece.trim_end(), size);
        if used > 0.0 && used + bare > column * 1.02 + HAIR {
            count += 1;
            used = 0.0;
        }
        used += width(face, &piece, size);
    }
    count
}

fn on_every_state(check: impl Fn(&str, Canvas, &[Shown])) {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        for language in samples::LANGUAGES {
            for (state, view) in samples::all(language) {
                bench.show(&view);
                let texts = texts(&bench);
                assert!(!texts.is_empty(), "{state}: no text found");
                check(
                    &format!("{state}-{} on {}", samples::code(language), canvas.name),
                    canvas,
                    &texts,
                );
            }
        }
    }
}

#[test]
fn no_text_is_cut() {
    // The bold weight is the wider one.
    let face = Face::parse(meterpost_ui::FONT_BOLD, 0).unwrap();
    let regular = Face::parse(meterpost_ui::FONT_REGULAR, 0).unwrap();
    on_every_state(|state, canvas, texts| {
        for shown in texts {
            let Some(size) = size_of(&shown.kind, &shown.text, shown.at, canvas) else {
                continue;
            };
            let strong = !["BodyText", "LabelText"].contains(&shown.kind.as_str());
            let face = if strong { &face } else { &regular };
            let needed: usize = shown
                .text
                .split('\n')
                .map(|part| lines(face, part, size, shown.at.width))
                .sum();
            // A line of the font is 1.448 em high, its signs themselves about 1.0.
            let height = (needed as f32 - 1.0) * 1.448 * size + size;
            assert!(
                height <= shown.at.height + HAIR,
                "{state}: {:?} takes {needed} lines of {size} px in {:?}",
                shown.text,
                shown.at
            );
        }
    });
}

#[test]
fn no_text_leaves_the_glass() {
    on_every_state(|state, canvas, texts| {
        for Shown { text, at, .. } in texts {
            let inside = at.x >= -HAIR
                && at.y >= -HAIR
                && at.x + at.width <= canvas.width as f32 + HAIR
                && at.y + at.height <= canvas.height as f32 + HAIR;
            assert!(inside, "{state}: {text:?} is at {at:?}");
        }
    });
}

#[test]
fn no_text_lies_on_another() {
    on_every_state(|state, _, texts| {
        if state.starts_with("still-there") {
            return; // lies over another screen on purpose
        }
        for (index, one) in texts.iter().enumerate() {
            for other in &texts[index + 1..] {
                let (a, b) = (one.at, other.at);
                let across = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
                let down = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
                assert!(
                    across <= HAIR || down <= HAIR,
                    "{state}: {:?} and {:?} overlap: {a:?} {b:?}",
                    one.text,
                    other.text
                );
            }
        }
    });
}

#[test]
fn no_text_leaves_the_button_it_is_in() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        for language in samples::LANGUAGES {
            for (state, view) in samples::all(language) {
                bench.show(&view);
                let is_button =
                    |each: &ElementHandle| each.accessible_role() == Some(AccessibleRole::Button);
                let buttons = bench.elements().into_iter().filter(is_button);
                let buttons: Vec<Place> = buttons.map(|button| place(&button)).collect();
                for Shown { text, at, .. } in texts(&bench) {
                    let (x, y) = (at.x + at.width / 2.0, at.y + at.height / 2.0);
                    let code = samples::code(language);
                    for button in buttons.iter().filter(|button| holds(button, x, y)) {
                        let inside = holds(button, at.x + HAIR, at.y + HAIR)
                            && holds(button, at.x + at.width - HAIR, at.y + at.height - HAIR);
                        assert!(
                            inside || state == "still-there",
                            "{state}-{code} on {}: {text:?} at {at:?} leaves {button:?}",
                            canvas.name
                        );
                    }
                }
            }
        }
    }
}

fn holds(place: &Place, x: f32, y: f32) -> bool {
    (place.x..=place.x + place.width).contains(&x)
        && (place.y..=place.y + place.height).contains(&y)
}
