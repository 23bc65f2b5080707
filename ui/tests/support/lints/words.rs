//! Whether every word can be read whole: measured independently, with the font's own advances.

use std::sync::LazyLock;

use ttf_parser::Face;

use super::{HAIR, holds, within};
use crate::support::glass::{Control, Glass, Shown};
use crate::support::{Canvas, Place, SMALL, WIDE};

/// A line of the font is so many times as high as its size; its signs themselves about once.
const LINE: f32 = 1.448;
/// Smaller type than this is not read standing.
const LEAST: f32 = 14.0;
/// What is set at just that size may be measured so much smaller.
const ROUNDED: f32 = 0.01;

static REGULAR: LazyLock<Face<'static>> =
    LazyLock::new(|| Face::parse(meterpost_ui::FONT_REGULAR, 0).unwrap());
// The bold weight is the wider one.
static BOLD: LazyLock<Face<'static>> =
    LazyLock::new(|| Face::parse(meterpost_ui::FONT_BOLD, 0).unwrap());

/// The sizes of `ui/theme/metrics.slint`; none where a text is set to fit.
fn size_of(shown: &Shown, canvas: Canvas, scale: f32) -> Option<f32> {
    let (small, large, factor) = match shown.kind.as_str() {
        "BodyText" => (22.0, 28.0, scale),
        "LabelText" => (24.0, 32.0, scale),
        "TitleText" => (32.0, 44.0, scale.min(1.4)),
        "AmountText" => (40.0, 60.0, scale.min(1.25)),
        "KeyText" => (44.0, 60.0, 1.0),
        "ChromeText" => (22.0, 28.0, scale.min(1.15)),
        _ => return None,
    };
    let usual = match canvas {
        SMALL => small,
        WIDE => large * 1.4,
        _ => large,
    };
    Some(usual * factor)
}

/// A text that comes broken into lines is as high as they are.
fn size_of_block(shown: &Shown) -> Option<f32> {
    let lines = shown.text.split('\n').count() as f32;
    (shown.kind == "BlockText").then(|| shown.at.height / lines / 1.45)
}

/// Lines of such a text that leave its column.
fn too_wide(shown: &Shown, size: f32) -> Vec<String> {
    let lines = shown.text.split('\n');
    let wide = lines.filter(|line| width(&BOLD, line, size) > shown.at.width + HAIR);
    wide.map(|line| format!("{line:?} of {size} px is wider than {:?}", shown.at))
        .collect()
}

fn face(shown: &Shown) -> &'static Face<'static> {
    match shown.kind.as_str() {
        "BodyText" | "LabelText" | "ChromeText" => &REGULAR,
        _ => &BOLD,
    }
}

fn width(face: &Face<'_>, text: &str, size: f32) -> f32 {
    let units = f32::from(face.units_per_em());
    let advance = |sign| {
        let glyph = face.glyph_index(sign)?;
        face.glyph_hor_advance(glyph)
    };
    let signs = text.chars();
    signs
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
        let closes = "，。：；、？！）”」…".contains(sign);
        if (open && !is_han(sign)) || (closes && !pieces.is_empty()) {
            pieces.last_mut().unwrap().push(sign);
        } else {
            pieces.push(sign.to_string());
        }
        // An address is broken behind its slashes.
        open = !is_han(sign) && sign != ' ' && sign != '/';
    }
    let (mut count, mut used) = (1, 0.0);
    for piece in pieces {
        let bare = width(face, piece.trim_end(), size);
        if used > 0.0 && used + bare > column * 1.02 + HAIR {
            count += 1;
            used = 0.0;
        }
        used += width(face, &piece, size);
        // One word that is wider than its column is broken, or runs out of it: wrong either way.
        if bare > column * 1.02 + HAIR {
            count += 100;
        }
    }
    count
}

pub fn cut(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    for shown in &glass.texts {
        if let Some(size) = size_of_block(shown) {
            faults.extend(too_wide(shown, size));
            continue;
        }
        let Some(size) = size_of(shown, glass.canvas, glass.scale) else {
            continue;
        };
        let parts = shown.text.split('\n');
        let needed: usize = parts
            .map(|part| lines(face(shown), part, size, shown.at.width))
            .sum();
        let height = (needed as f32 - 1.0) * LINE * size + size;
        if height > shown.at.height + HAIR {
            faults.push(format!(
                "{:?} takes {needed} lines of {size} px in {:?}",
                shown.text, shown.at
            ));
        }
    }
    faults
}

/// What is set to fit is so small only as can still be read.
pub fn legible(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    for shown in glass
        .texts
        .iter()
        .filter(|shown| shown.kind == "FittedText")
    {
        let size = shown.at.height / 1.45;
        let set = size * (shown.at.width / width(&BOLD, &shown.text, size)).min(1.0);
        if set < LEAST {
            faults.push(format!("{:?} is {set} px in {:?}", shown.text, shown.at));
        }
    }
    for shown in &glass.texts {
        let size = size_of_block(shown).or_else(|| size_of(shown, glass.canvas, glass.scale));
        if let Some(size) = size.filter(|size| *size < LEAST - ROUNDED) {
            faults.push(format!("{:?} is {size} px", shown.text));
        }
    }
    faults
}

pub fn inside(glass: &Glass) -> Vec<String> {
    let whole = Place {
        x: 0.0,
        y: 0.0,
        width: glass.canvas.width as f32,
        height: glass.canvas.height as f32,
    };
    let mut faults = Vec::new();
    for Control { name, at, .. } in &glass.controls {
        if !within(&whole, at) {
            faults.push(format!("{name} leaves the glass: {at:?}"));
        }
    }
    for Shown { text, at, .. } in &glass.texts {
        if !within(&whole, at) {
            faults.push(format!("{text:?} leaves the glass: {at:?}"));
        }
        let (x, y) = (at.x + at.width / 2.0, at.y + at.height / 2.0);
        for control in glass.controls.iter().filter(|each| holds(&each.at, x, y)) {
            if !glass.overlaid && !within(&control.at, at) {
                faults.push(format!("{text:?} at {at:?} leaves {}", control.name));
            }
        }
    }
    faults
}

pub fn apart(glass: &Glass) -> Vec<String> {
    let mut faults = Vec::new();
    if glass.overlaid {
        return faults;
    }
    for (index, one) in glass.texts.iter().enumerate() {
        for other in &glass.texts[index + 1..] {
            let (a, b) = (one.at, other.at);
            let across = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
            let down = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
            if across > HAIR && down > HAIR {
                faults.push(format!("{:?} and {:?}: {a:?} {b:?}", one.text, other.text));
            }
        }
    }
    faults
}
