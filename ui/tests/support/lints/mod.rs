//! The lints. Each looks at one screen as shown and says what is wrong with it; `planted.rs` shows that each finds its fault.

pub mod contrast;
pub mod touch;
pub mod words;

use super::Place;
use super::glass::Glass;

/// Room for rounding.
pub const HAIR: f32 = 1.5;

/// A lint and its name.
pub type Lint = (&'static str, fn(&Glass) -> Vec<String>);

pub const LINTS: [Lint; 10] = [
    ("targets are at least 12.7 mm", touch::targets),
    ("keys are at least 15 or 19 mm", touch::keys),
    ("targets are at least 2.5 mm apart", touch::gaps),
    ("every control has a name and a label", touch::named),
    ("no text is cut", words::cut),
    ("no text is too small", words::legible),
    (
        "everything is on the glass and in its control",
        words::inside,
    ),
    ("no text lies on another", words::apart),
    ("text stands out 7:1", contrast::text),
    ("controls stand out 3:1", contrast::parts),
];

pub fn holds(place: &Place, x: f32, y: f32) -> bool {
    (place.x..=place.x + place.width).contains(&x)
        && (place.y..=place.y + place.height).contains(&y)
}

/// Whether all of one is in the other, but for a hair.
pub fn within(outer: &Place, inner: &Place) -> bool {
    inner.x >= outer.x - HAIR
        && inner.y >= outer.y - HAIR
        && inner.x + inner.width <= outer.x + outer.width + HAIR
        && inner.y + inner.height <= outer.y + outer.height + HAIR
}
