//! A roll of paper to write on from the top: lines of text, rules, rows, boxes.

use super::qr::Modules;
use super::raster::Raster;
use super::typeface::{Style, Typeface, Weight};
use super::words::Both;

/// Characters that must not begin a line.
const NOT_FIRST: &str = "，。、；：？！）》”’,.;:?!)";

/// Sizes in dots for one paper width.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// White at both sides.
    pub margin: usize,
    /// The headline.
    pub title: f32,
    /// The one amount that matters.
    pub amount: f32,
    /// Running text.
    pub body: f32,
    /// English beside Chinese, footnotes.
    pub small: f32,
    /// Between blocks.
    pub gap: usize,
    /// Dots of one QR module.
    pub module: usize,
}

impl Sizes {
    /// For so many dots across.
    pub fn for_width(width: usize) -> Sizes {
        if width >= super::WIDE {
            Sizes {
                margin: 20,
                title: 46.0,
                amount: 92.0,
                body: 27.0,
                small: 20.0,
                gap: 14,
                module: 4,
            }
        } else {
            Sizes {
                margin: 8,
                title: 36.0,
                amount: 66.0,
                body: 23.0,
                small: 17.0,
                gap: 11,
                module: 3,
            }
        }
    }

    /// Running text.
    pub fn body(&self) -> Style {
        Style {
            size: self.body,
            weight: Weight::Regular,
        }
    }

    /// Running text that matters.
    pub fn strong(&self) -> Style {
        Style {
            size: self.body,
            weight: Weight::Bold,
        }
    }

    /// Small text.
    pub fn small(&self) -> Style {
        Style {
            size: self.small,
            weight: Weight::Regular,
        }
    }

    /// Bold at any size.
    pub fn bold(size: f32) -> Style {
        Style {
            size,
            weight: Weight::Bold,
        }
    }
}

/// The paper.
pub struct Canvas<'a> {
    typeface: &'a Typeface,
    /// The sizes in use.
    pub sizes: Sizes,
    raster: Raster,
    y: usize,
}

/// Height of a line of text: room for accents and Chinese characters.
fn line_height(style: Style) -> usize {
    (style.size * 1.32).ceil() as usize
}

/// Where the baseline lies in a line.
fn baseline(style: Style) -> usize {
    (style.size * 1.02).round() as usize
}

impl<'a> Canvas<'a> {
    /// Blank paper of this width.
    pub fn new(typeface: &'a Typeface, width: usize) -> Self {
        Canvas {
            typeface,
            sizes: Sizes::for_width(width),
            raster: Raster::new(width, 0),
            y: 0,
        }
    }

    /// The finished slip.
    pub fn finish(mut self) -> Raster {
        self.raster.grow(self.y);
        self.raster
    }

    fn inner(&self) -> usize {
        self.raster.width().saturating_sub(2 * self.sizes.margin)
    }

    fn right(&self) -> usize {
        self.raster.width() - self.sizes.margin
    }

    fn width(&self, text: &str, style: Style) -> usize {
        self.typeface.width(text, style).ceil() as usize
    }

    /// White below what was written.
    pub fn space(&mut self, dots: usize) {
        self.y += dots;
        self.raster.grow(self.y);
    }

    fn put(&mut self, text: &str, style: Style, x: usize, top: usize) {
        self.raster.grow(top + line_height(style));
        let base = i32::try_from(top + baseline(style)).unwrap_or(i32::MAX);
        let raster = &mut self.raster;
        self.typeface.draw(text, style, x as f32, base, |x, y| {
            if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
                raster.set(x, y);
            }
        });
    }

    /// A text in the middle, in as many lines as it needs.
    pub fn centered(&mut self, text: &str, style: Style) {
        for line in self.wrap(text, style, self.inner()) {
            let x = (self.raster.width().saturating_sub(self.width(&line, style))) / 2;
            self.put(&line, style, x, self.y);
            self.space(line_height(style));
        }
    }

    /// A text from the left, in as many lines as it needs.
    pub fn paragraph(&mut self, text: &str, style: Style) {
        for line in self.wrap(text, style, self.inner()) {
            self.put(&line, style, self.sizes.margin, self.y);
            self.space(line_height(style));
        }
    }

    /// A text in the middle that shrinks until it fits on one line.
    pub fn headline(&mut self, text: &str, mut style: Style) {
        while self.width(text, style) > self.inner() && style.size > self.sizes.small {
            style.size -= 2.0;
        }
        self.centered(text, style);
    }

    /// A label at the left in both languages, a value at the right. What does not fit side by side goes below.
    pub fn row(&mut self, label: Both, value: &str, value_style: Style) {
        let (body, small, margin) = (self.sizes.body(), self.sizes.small(), self.sizes.margin);
        let tall = if value_style.size > body.size {
            value_style
        } else {
            body
        };
        let lift = |style: Style| baseline(tall).saturating_sub(baseline(style));
        let zh = self.width(label.zh, body);
        let en = self.width(label.en, small);
        let (gap, value_width) = (self.sizes.gap, self.width(value, value_style));
        let top = self.y;
        self.put(label.zh, body, margin, top + lift(body));
        let beside = zh + gap / 2 + en + gap + value_width <= self.inner();
        if beside || zh + gap + value_width > self.inner() {
            self.put(label.en, small, margin + zh + gap / 2, top + lift(small));
        }
        if zh + gap + value_width <= self.inner() {
            self.put(
                value,
                value_style,
                self.right() - value_width,
                top + lift(value_style),
            );
            self.space(line_height(tall));
            if !beside {
                self.put(label.en, small, margin, self.y);
                self.space(line_height(small));
            }
            return;
        }
        self.space(line_height(body));
        for line in self.wrap(value, value_style, self.inner()) {
            let x = self.right().saturating_sub(self.width(&line, value_style));
            self.put(&line, value_style, x, self.y);
            self.space(line_height(value_style));
        }
    }

    /// A thin dashed rule between sections.
    pub fn rule(&mut self) {
        self.space(self.sizes.gap);
        self.raster.grow(self.y + 2);
        for x in self.sizes.margin..self.right() {
            if (x - self.sizes.margin) % 12 < 7 {
                self.raster.set(x, self.y);
                self.raster.set(x, self.y + 1);
            }
        }
        self.space(2 + self.sizes.gap);
    }

    /// A thick rule.
    pub fn bar(&mut self) {
        self.space(self.sizes.gap);
        self.raster.grow(self.y + 4);
        for (x, dy) in (self.sizes.margin..self.right()).flat_map(|x| (0..4).map(move |dy| (x, dy)))
        {
            self.raster.set(x, self.y + dy);
        }
        self.space(4 + self.sizes.gap);
    }

    /// What `write` writes, in white on a black band across the paper.
    pub fn inverted(&mut self, write: impl FnOnce(&mut Self)) {
        let top = self.y;
        self.space(self.sizes.gap);
        write(self);
        self.space(self.sizes.gap);
        for y in top..self.y {
            for x in 0..self.raster.width() {
                self.raster.flip(x, y);
            }
        }
    }

    /// What `write` writes, in a frame.
    pub fn framed(&mut self, write: impl FnOnce(&mut Self)) {
        const STROKE: usize = 3;
        let (outer, top) = (self.sizes.margin, self.y);
        self.space(STROKE + self.sizes.gap);
        self.sizes.margin += STROKE + self.sizes.gap;
        write(self);
        self.sizes.margin = outer;
        self.space(STROKE + self.sizes.gap);
        let (left, right, bottom) = (outer, self.right(), self.y);
        for y in top..bottom {
            for x in left..right {
                let edge = x < left + STROKE
                    || x >= right - STROKE
                    || y < top + STROKE
                    || y >= bottom - STROKE;
                if edge {
                    self.raster.set(x, y);
                }
            }
        }
    }

    /// A QR code in the middle, with its quiet zone of four modules above and below.
    pub fn qr(&mut self, modules: &Modules) {
        let fits = self.inner() / (modules.side + 8);
        let module = self.sizes.module.min(fits).max(1);
        self.space(2 * module);
        let left = self.raster.width().saturating_sub(modules.side * module) / 2;
        self.raster.grow(self.y + modules.side * module);
        for (row, column) in (0..modules.side).flat_map(|r| (0..modules.side).map(move |c| (r, c)))
        {
            if modules.black(column, row) {
                for (dx, dy) in (0..module).flat_map(|dx| (0..module).map(move |dy| (dx, dy))) {
                    self.raster
                        .set(left + column * module + dx, self.y + row * module + dy);
                }
            }
        }
        self.space((modules.side + 2) * module);
    }

    /// Breaks a text into lines: between words, and between Chinese characters.
    fn wrap(&self, text: &str, style: Style, width: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for piece in pieces(text) {
            let Some(line) = lines.last_mut() else {
                continue;
            };
            let candidate = format!("{line}{piece}");
            if line.is_empty() || self.width(candidate.trim_end(), style) <= width {
                *line = candidate;
            } else {
                line.truncate(line.trim_end().len());
                lines.push(piece.trim_start().to_owned());
            }
        }
        lines
    }
}

/// The parts of a text between which a line may be broken.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut before = ' ';
    for character in text.chars() {
        let wide = |c: char| c >= '\u{2E80}';
        let breaks = before == ' ' || wide(before) || wide(character);
        match pieces.last_mut() {
            Some(piece) if !breaks || NOT_FIRST.contains(character) || character == ' ' => {
                piece.push(character)
            }
            _ => pieces.push(character.to_string()),
        }
        before = character;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_between_chinese_characters_but_not_before_a_stop() {
        assert_eq!(pieces("Call us, now"), ["Call ", "us, ", "now"]);
        assert_eq!(
            pieces("已收款，24小时"),
            ["已", "收", "款，", "24", "小", "时"]
        );
    }
}
