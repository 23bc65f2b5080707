//! How wide words are in the embedded font, and where they are broken into lines.
//!
//! The service menu places its rows itself, and what a device says of itself may be long: what does not fit on a line goes on the next
//! one, and nothing is cut.

use std::sync::LazyLock;

use ttf_parser::Face;

/// The bold weight, which is the wider one. `None` cannot be: a test reads the font that is embedded.
static FACE: LazyLock<Option<Face<'static>>> =
    LazyLock::new(|| Face::parse(crate::FONT_BOLD, 0).ok());

/// A line of the font is so many times as high as its size (its ascent and descent).
pub(crate) const LINE: f32 = 1.45;
/// Room for kerning and rounding.
const SLACK: f32 = 1.02;
/// The width of a sign that the font lacks, in its size: as wide as a Chinese character.
const UNKNOWN: f32 = 1.0;

/// The advances of the signs that texts are mostly made of.
static ASCII: LazyLock<[f32; 128]> =
    LazyLock::new(|| std::array::from_fn(|sign| looked_up(char::from(sign as u8))));

/// How wide the sign is, as a part of the font's size.
fn advance(sign: char) -> f32 {
    let known = ASCII.get(sign as usize).copied();
    known.unwrap_or_else(|| looked_up(sign))
}

fn looked_up(sign: char) -> f32 {
    let of = |face: &Face<'static>| {
        let glyph = face.glyph_index(sign)?;
        let units = f32::from(face.units_per_em()).max(1.0);
        Some(f32::from(face.glyph_hor_advance(glyph)?) / units)
    };
    FACE.as_ref().and_then(of).unwrap_or(UNKNOWN)
}

fn width(text: &str, size: f32) -> f32 {
    text.chars().map(advance).sum::<f32>() * size * SLACK
}

/// A line may be broken on either side of a Chinese character.
fn is_han(sign: char) -> bool {
    sign >= '\u{2e80}'
}

/// Punctuation that does not begin a line.
fn closes(sign: char) -> bool {
    "，。：；、？！）》」』…”’".contains(sign)
}

/// The pieces that are kept together: words with the space or slash behind them, single Chinese characters.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for sign in text.chars() {
        let joins = (open && !is_han(sign)) || closes(sign) || sign == ' ';
        match pieces.last_mut() {
            Some(last) if joins => last.push(sign),
            _ => pieces.push(sign.to_string()),
        }
        open = !is_han(sign) && sign != ' ' && sign != '/';
    }
    pieces
}

/// The text in lines no wider than the column, at this size. A word that is wider than the column is broken within.
pub(crate) fn lines(text: &str, size: f32, column: f32) -> Vec<String> {
    let tidy = |part: &str| -> String {
        let signs = part.chars();
        signs
            .map(|sign| if sign.is_control() { ' ' } else { sign })
            .collect()
    };
    text.lines()
        .flat_map(|part| paragraph(&tidy(part), size, column))
        .collect()
}

fn paragraph(text: &str, size: f32, column: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    for piece in pieces(text) {
        // Blanks at the end of a line may leave it.
        if used + width(piece.trim_end(), size) > column {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            used = 0.0;
        }
        for sign in piece.chars() {
            let wide = width(sign.encode_utf8(&mut [0; 4]), size);
            if used + wide > column && sign != ' ' && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            line.push(sign);
            used += wide;
        }
    }
    lines.push(line);
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// Whether a word of the text had to be broken within at this size.
fn breaks_a_word(text: &str, size: f32, column: f32) -> bool {
    let pieces = text.lines().flat_map(pieces);
    pieces
        .into_iter()
        .any(|piece| width(piece.trim_end(), size) > column)
}

/// A text in its lines, and the size it is set in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    pub(crate) lines: Vec<String>,
    pub(crate) size: f32,
}

impl Block {
    /// The text in as many lines as it takes.
    pub(crate) fn flowing(text: &str, size: f32, column: f32) -> Block {
        let lines = match text.is_empty() {
            true => Vec::new(),
            false => lines(text, size, column),
        };
        Block { lines, size }
    }

    /// The text in the largest size that fits the room without breaking a word, down to `least`; at that it is broken as it must be.
    pub(crate) fn fitting(text: &str, most: f32, least: f32, room: (f32, f32)) -> Block {
        let (column, height) = room;
        let mut size = most;
        while size > least {
            let block = Block::flowing(text, size, column);
            if block.height() <= height && !breaks_a_word(text, size, column) {
                return block;
            }
            size -= 1.0;
        }
        Block::flowing(text, least, column)
    }

    pub(crate) fn height(&self) -> f32 {
        self.lines.len() as f32 * self.size * LINE
    }

    pub(crate) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, FACE, advance, lines, width};

    #[test]
    fn the_embedded_font_is_read() {
        assert!(FACE.is_some());
        assert!((advance('5') - advance('0')).abs() < f32::EPSILON);
        assert!((advance('中') - 1.0).abs() < 0.01);
        assert!(advance('W') > advance('i'));
        assert!((advance('\u{1f600}') - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn words_stay_whole_and_no_line_is_wider_than_its_column() {
        let text = "The validator says that a note is stuck in its mouth";
        let broken = lines(text, 20.0, 180.0);
        assert!(broken.len() > 2, "{broken:?}");
        assert_eq!(broken.join(" "), text);
        assert!(broken.iter().all(|line| width(line, 20.0) <= 180.0));
    }

    #[test]
    fn chinese_breaks_anywhere_but_before_punctuation() {
        let broken = lines("钱箱已满，请清空。", 20.0, 82.0);
        assert_eq!(broken.concat(), "钱箱已满，请清空。");
        assert!(broken.iter().all(|line| !line.starts_with(['，', '。'])));
    }

    #[test]
    fn a_word_wider_than_its_column_is_broken_and_nothing_of_it_is_lost() {
        let key = "7f3a".repeat(40);
        let broken = lines(&key, 20.0, 200.0);
        assert_eq!(broken.concat(), key);
        assert!(broken.iter().all(|line| width(line, 20.0) <= 200.0));
        // Even where not one sign has room.
        assert_eq!(lines("ab", 20.0, 1.0).concat(), "ab");
    }

    #[test]
    fn lines_of_the_text_stay_lines_and_control_signs_become_spaces() {
        assert_eq!(lines("a\nb", 20.0, 500.0), ["a", "b"]);
        assert_eq!(lines("a\tb\u{7}c", 20.0, 500.0), ["a b c"]);
        assert_eq!(lines("", 20.0, 500.0), [""; 0]);
    }

    #[test]
    fn a_block_is_as_large_as_has_room_and_breaks_no_word_before_it_must() {
        let large = Block::fitting("Print", 30.0, 14.0, (200.0, 60.0));
        assert!((large.size - 30.0).abs() < f32::EPSILON);
        let small = Block::fitting("Internationalisation", 30.0, 14.0, (200.0, 60.0));
        assert!(small.size < 30.0 && small.lines.len() == 1, "{small:?}");
        let least = Block::fitting("Internationalisation", 30.0, 14.0, (60.0, 10.0));
        assert_eq!(least.lines.concat(), "Internationalisation");
    }
}
