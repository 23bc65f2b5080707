//! The printer's own font: 12 by 24 dots, ASCII.

use font8x8::legacy::BASIC_LEGACY;

/// Dots across a character of font A.
pub(super) const WIDTH: usize = 12;
/// Dot rows of a character of font A.
pub(super) const HEIGHT: usize = 24;

/// Whether the dot of `character` at `x`, `y` is black. Characters beyond ASCII are a box.
pub(super) fn is_black(character: u8, x: usize, y: usize) -> bool {
    // An 8 by 8 pattern stretched by 1.5 and 2.5, with two empty rows above and below.
    if !(2..HEIGHT - 2).contains(&y) {
        return false;
    }
    let (column, row) = (x * 8 / WIDTH, (y - 2) * 8 / (HEIGHT - 4));
    match BASIC_LEGACY.get(usize::from(character)) {
        Some(pattern) => pattern[row] >> column & 1 == 1,
        None => column == 0 || column == 6 || row == 0 || row == 7,
    }
}
