//! A slip that is no receipt: a heading, a few lines, a remark.

use super::canvas::{Canvas, Sizes};
use super::raster::Raster;
use super::typeface::Typeface;
use super::words::Both;

/// Everything on it. Texts come in Chinese and English.
#[derive(Clone, Debug)]
pub struct Note<'n> {
    /// The operator's name.
    pub operator: &'n str,
    /// What it is.
    pub title: (&'static str, &'static str),
    /// What it says.
    pub lines: &'n [NoteLine],
    /// What to do with it.
    pub foot: (&'static str, &'static str),
}

/// A line: what, and how much or which.
#[derive(Clone, Debug)]
pub struct NoteLine {
    label: Both,
    value: String,
    strong: bool,
}

impl NoteLine {
    /// A line; one that matters is printed strong.
    pub fn new(zh: &'static str, en: &'static str, value: &str, strong: bool) -> NoteLine {
        NoteLine {
            label: Both { zh, en },
            value: value.to_owned(),
            strong,
        }
    }
}

/// Draws it for paper of `width` dots.
pub fn note(doc: &Note, typeface: &Typeface, width: usize) -> Raster {
    let mut canvas = Canvas::new(typeface, width);
    let sizes = canvas.sizes;
    canvas.space(sizes.gap / 2);
    canvas.headline(doc.operator, Sizes::bold(sizes.body * 1.25));
    canvas.space(sizes.gap);
    canvas.bar();
    canvas.headline(doc.title.0, Sizes::bold(sizes.title));
    canvas.centered(doc.title.1, sizes.small());
    canvas.space(sizes.gap);
    for line in doc.lines {
        let style = match line.strong {
            true => Sizes::bold(sizes.body * 1.4),
            false => sizes.body(),
        };
        canvas.row(line.label, &line.value, style);
    }
    canvas.rule();
    canvas.paragraph(doc.foot.0, sizes.body());
    canvas.paragraph(doc.foot.1, sizes.small());
    canvas.space(sizes.gap);
    canvas.finish()
}
