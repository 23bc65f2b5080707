//! A page's lines. Text is put glyph by glyph: every character is one, whichever script of this font it is of.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use ttf_parser::Face;

use super::table::{Column, Heading, Row};

/// A4 across, in points.
pub(super) const WIDTH: f32 = 842.0;
pub(super) const HEIGHT: f32 = 595.0;
const MARGIN: f32 = 36.0;
const SIZE: f32 = 8.5;
const LINE: f32 = 14.0;
/// Between two columns.
const GAP: f32 = 8.0;
const TITLE: f32 = 15.0;

/// Noto Sans CJK SC under another name, by the SIL Open Font License (`ui/fonts/OFL.txt`): a document may hold a part of it.
const REGULAR: &[u8] = include_bytes!("../../../ui/fonts/MeterpostSans-Regular.otf");
const BOLD: &[u8] = include_bytes!("../../../ui/fonts/MeterpostSans-Bold.otf");

/// A font, and what its glyphs measure.
struct Style {
    font: Font,
    face: Face<'static>,
}

impl Style {
    fn load(bytes: &'static [u8]) -> Option<Style> {
        let font = Font::new(bytes.into(), 0)?;
        let face = Face::parse(bytes, 0).ok()?;
        Some(Style { font, face })
    }

    /// The glyphs of a text. A character that the font lacks is a box on paper; it stays itself for whoever copies it.
    fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let lacking = self.face.glyph_index('□').unwrap_or_default();
        let em = f32::from(self.face.units_per_em());
        let glyph = |(at, c): (usize, char)| {
            let id = self.face.glyph_index(c).unwrap_or(lacking);
            let advance = f32::from(self.face.glyph_hor_advance(id).unwrap_or_default()) / em;
            let range = at..at + c.len_utf8();
            KrillaGlyph::new(
                GlyphId::new(id.0.into()),
                advance,
                0.0,
                0.0,
                0.0,
                range,
                None,
            )
        };
        text.char_indices().map(glyph).collect()
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        self.glyphs(text)
            .iter()
            .map(|glyph| glyph.x_advance * size)
            .sum()
    }

    /// As much of a text as fits; what was cut is said by an ellipsis.
    fn fitting(&self, text: &str, size: f32, width: f32) -> String {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        if self.width(&text, size) <= width {
            return text;
        }
        let mut kept = String::new();
        let mut used = self.width("…", size);
        for c in text.chars() {
            used += self.width(c.encode_utf8(&mut [0; 4]), size);
            if used > width {
                break;
            }
            kept.push(c);
        }
        kept.push('…');
        kept
    }
}

/// Both styles.
pub(super) struct Fonts {
    regular: Style,
    bold: Style,
}

impl Fonts {
    /// None where the font that is built in is damaged.
    pub(super) fn load() -> Option<Fonts> {
        Some(Fonts {
            regular: Style::load(REGULAR)?,
            bold: Style::load(BOLD)?,
        })
    }
}

/// How wide each column is, and how large the text, in points.
pub(super) struct Widths {
    columns: Vec<f32>,
    size: f32,
}

/// The part of a page's width that words keep, however many numbers stand beside them.
const WORDS: f32 = 0.2;

impl Widths {
    /// As wide as the texts. Where that is more than the page, words give way first, and then all of it gets smaller: a number is
    /// never cut.
    pub(super) fn new<'r>(
        fonts: &Fonts,
        heading: &Heading,
        rows: impl Iterator<Item = &'r Row>,
    ) -> Widths {
        let names = heading
            .columns
            .iter()
            .map(|column| column.name.in_(heading.language));
        let mut widths: Vec<f32> = names
            .map(|name| fonts.bold.width(name, SIZE) + GAP)
            .collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = width.max(fonts.bold.width(&cell.value.shown(), SIZE) + GAP);
            }
        }
        let numbers: Vec<bool> = heading
            .columns
            .iter()
            .map(|column| column.kind.is_number())
            .collect();
        Widths::fitted(widths, &numbers, WIDTH - 2.0 * MARGIN)
    }

    fn fitted(mut columns: Vec<f32>, numbers: &[bool], room: f32) -> Widths {
        let sum = |columns: &[f32], of: bool| -> f32 {
            let of = columns.iter().zip(numbers).filter(|(_, is)| **is == of);
            of.map(|(width, _)| width).sum()
        };
        let (hard, soft) = (sum(&columns, true), sum(&columns, false));
        let left = (room - hard).max(room * WORDS);
        if soft > left {
            for (width, _) in columns.iter_mut().zip(numbers).filter(|(_, is)| !**is) {
                *width *= left / soft;
            }
        }
        let all: f32 = columns.iter().sum();
        let factor = room / all;
        for width in &mut columns {
            *width *= factor;
        }
        let size = SIZE * factor.min(1.0);
        Widths { columns, size }
    }
}

/// A page that fills up from the top.
pub(super) struct Sheet<'p> {
    surface: Surface<'p>,
    fonts: &'p Fonts,
    widths: &'p Widths,
    y: f32,
}

impl<'p> Sheet<'p> {
    pub(super) fn new(surface: Surface<'p>, fonts: &'p Fonts, widths: &'p Widths) -> Sheet<'p> {
        Sheet {
            surface,
            fonts,
            widths,
            y: MARGIN,
        }
    }

    /// Whether so many lines more have room above the foot.
    pub(super) fn has_room(&self, lines: u8) -> bool {
        self.y + LINE * f32::from(lines) <= HEIGHT - MARGIN - LINE
    }

    /// The report's title and what was asked for.
    pub(super) fn heading(&mut self, heading: &Heading) {
        self.put(heading.title, (MARGIN, self.y + TITLE), TITLE, true);
        self.y += TITLE * 1.6;
        let parts: Vec<String> = heading
            .parameters
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let line = self
            .fonts
            .regular
            .fitting(&parts.join("    "), SIZE, WIDTH - 2.0 * MARGIN);
        self.put(&line, (MARGIN, self.y + SIZE), SIZE, false);
        self.y += LINE * 1.4;
    }

    /// The columns' names.
    pub(super) fn names(&mut self, heading: &Heading) {
        self.bar(LINE, rgb::Color::new(0xe8, 0xed, 0xf2));
        let names = heading
            .columns
            .iter()
            .map(|column| column.name.in_(heading.language).to_owned());
        self.line(names, heading.columns, true);
    }

    /// A row.
    pub(super) fn row(&mut self, row: &Row, columns: &[Column]) {
        self.line(row.iter().map(|cell| cell.value.shown()), columns, false);
        self.bar(0.4, rgb::Color::new(0xc5, 0xce, 0xd6));
    }

    /// The sums.
    pub(super) fn total(&mut self, row: &Row, columns: &[Column]) {
        self.bar(1.2, rgb::Color::new(0x14, 0x20, 0x2b));
        self.line(row.iter().map(|cell| cell.value.shown()), columns, true);
    }

    /// What stands below: the title, and which page it is.
    pub(super) fn foot(mut self, title: &str, page: &str) {
        let y = HEIGHT - MARGIN + SIZE;
        self.put(title, (MARGIN, y), SIZE, false);
        let width = self.fonts.regular.width(page, SIZE);
        self.put(page, (WIDTH - MARGIN - width, y), SIZE, false);
        self.surface.finish();
    }

    fn line(&mut self, texts: impl Iterator<Item = String>, columns: &[Column], bold: bool) {
        let mut x = MARGIN;
        let widths = self.widths;
        let gap = GAP / 2.0 * widths.size / SIZE;
        for ((text, column), width) in texts.zip(columns).zip(&widths.columns) {
            let style = if bold {
                &self.fonts.bold
            } else {
                &self.fonts.regular
            };
            let text = style.fitting(&text, widths.size, width - gap);
            let left = match column.kind.is_number() {
                true => x + width - gap - style.width(&text, widths.size),
                false => x + gap,
            };
            self.put(&text, (left, self.y + LINE * 0.72), widths.size, bold);
            x += width;
        }
        self.y += LINE;
    }

    fn put(&mut self, text: &str, (x, y): (f32, f32), size: f32, bold: bool) {
        if text.is_empty() {
            return;
        }
        self.ink(rgb::Color::new(0x14, 0x20, 0x2b));
        let style = if bold {
            &self.fonts.bold
        } else {
            &self.fonts.regular
        };
        let (glyphs, font) = (style.glyphs(text), style.font.clone());
        self.surface
            .draw_glyphs(Point::from_xy(x, y), &glyphs, font, text, size, false);
    }

    /// A bar over the whole width, down from where the next line begins.
    fn bar(&mut self, height: f32, color: rgb::Color) {
        let rectangle = Rect::from_xywh(MARGIN, self.y, WIDTH - 2.0 * MARGIN, height);
        let path = rectangle.and_then(|rectangle| {
            let mut path = PathBuilder::new();
            path.push_rect(rectangle);
            path.finish()
        });
        if let Some(path) = path {
            self.ink(color);
            self.surface.draw_path(&path);
        }
    }

    fn ink(&mut self, color: rgb::Color) {
        self.surface.set_fill(Some(Fill {
            paint: color.into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::default(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_narrower_than_its_text() {
        for (columns, numbers) in [
            (vec![100.0, 50.0], vec![false, true]),
            (vec![2000.0, 50.0, 80.0], vec![false, true, true]),
            (vec![300.0, 500.0, 600.0], vec![false, true, true]),
            (vec![700.0, 800.0], vec![true, true]),
        ] {
            let fitted = Widths::fitted(columns.clone(), &numbers, 770.0);
            let all: f32 = fitted.columns.iter().sum();
            assert!((all - 770.0).abs() < 0.1, "{all}");
            for ((before, after), number) in columns.iter().zip(&fitted.columns).zip(&numbers) {
                let needed = before * fitted.size / SIZE;
                assert!(!number || *after >= needed - 0.01, "{before} {after}");
            }
        }
    }

    #[test]
    fn a_character_that_the_font_lacks_is_a_box_and_stays_itself() {
        let fonts = Fonts::load().unwrap();
        let [known, lacking] = ["王", "𠮷"].map(|text| fonts.regular.glyphs(text));
        assert_eq!((known.len(), lacking.len()), (1, 1));
        let boxed = fonts.regular.glyphs("□");
        assert_eq!(lacking[0].glyph_id, boxed[0].glyph_id);
        assert_eq!(lacking[0].text_range, 0.."𠮷".len());
        assert_ne!(known[0].glyph_id, boxed[0].glyph_id);
    }
}
