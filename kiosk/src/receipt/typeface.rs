//! The embedded font, drawn without grey.

use fontdue::{Font, FontSettings, Metrics};

/// Coverage from which a dot is black. Below one half, because thermal dots of thin strokes come out weak.
const BLACK: u8 = 112;

/// How much wider a space is than the font has it: rounded to whole dots, small words would run together.
const SPACE: f32 = 1.4;

/// The font cannot be used; a fault of the build, not of the terminal.
#[derive(Debug, thiserror::Error)]
#[error("the embedded font cannot be read: {0}")]
pub struct FontError(&'static str);

/// Regular or bold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Running text.
    Regular,
    /// What matters.
    Bold,
}

/// A size and a weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Height of the em in dots.
    pub size: f32,
    /// Regular or bold.
    pub weight: Weight,
}

/// Both weights, ready to draw. Loading takes a moment: do it once.
pub struct Typeface {
    regular: Font,
    bold: Font,
}

impl Typeface {
    /// From two OpenType files.
    ///
    /// # Errors
    /// The files are no fonts.
    pub fn load(regular: &[u8], bold: &[u8]) -> Result<Typeface, FontError> {
        let read =
            |bytes: &[u8]| Font::from_bytes(bytes, FontSettings::default()).map_err(FontError);
        Ok(Typeface {
            regular: read(regular)?,
            bold: read(bold)?,
        })
    }

    /// The fonts that are embedded in the screens.
    ///
    /// # Errors
    /// The files are no fonts.
    pub fn embedded() -> Result<Typeface, FontError> {
        Typeface::load(meterpost_ui::FONT_REGULAR, meterpost_ui::FONT_BOLD)
    }

    /// Whether a character can be drawn.
    pub fn has(&self, character: char) -> bool {
        self.regular.has_glyph(character) && self.bold.has_glyph(character)
    }

    fn font(&self, weight: Weight) -> &Font {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Bold => &self.bold,
        }
    }

    /// How wide a text is, in dots.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        let font = self.font(style.weight);
        text.chars()
            .map(|c| advance(c, &font.metrics(c, style.size)))
            .sum()
    }

    /// Draws a text whose baseline is at `y`, calling `dot` for every black dot.
    pub fn draw(&self, text: &str, style: Style, x: f32, y: i32, mut dot: impl FnMut(i32, i32)) {
        let font = self.font(style.weight);
        let mut pen = x;
        for character in text.chars() {
            let (metrics, coverage) = font.rasterize(character, style.size);
            draw_glyph(&metrics, &coverage, pen.round() as i32, y, &mut dot);
            pen += advance(character, &metrics);
        }
    }
}

fn advance(character: char, metrics: &Metrics) -> f32 {
    if character == ' ' {
        metrics.advance_width * SPACE
    } else {
        metrics.advance_width
    }
}

fn draw_glyph(metrics: &Metrics, coverage: &[u8], x: i32, y: i32, dot: &mut impl FnMut(i32, i32)) {
    if metrics.width == 0 {
        return;
    }
    // The box's lower edge is `ymin` above the baseline; rows count from its top.
    let top = y - metrics.ymin - i32::try_from(metrics.height).unwrap_or(0);
    for (row, line) in (top..).zip(coverage.chunks_exact(metrics.width)) {
        for (column, _) in (x + metrics.xmin..).zip(line).filter(|(_, c)| **c >= BLACK) {
            dot(column, row);
        }
    }
}
