//! Paper: rows of dots, and how it looks on a picture.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

const PAPER: u8 = 0xFC;
const INK: u8 = 0x1C;
const DESK: u8 = 0xB8;
const EDGE: u8 = 0xDC;
/// Desk around the paper.
const AROUND: usize = 12;
/// Depth of the teeth that the cutter leaves.
const TEETH: usize = 5;

/// One row of dots, true is black.
pub(super) type Row = Vec<bool>;

/// Writes the rows as a greyscale picture of a slip lying on a desk.
pub(super) fn write_png(path: &Path, width: usize, rows: &[Row]) -> io::Result<()> {
    // The print head is narrower than the paper: 576 of 640 dots, 384 of 464.
    let side = if width >= 512 { 32 } else { 40 };
    let paper_width = width + 2 * side;
    let (all_width, all_height) = (
        paper_width + 2 * AROUND,
        rows.len() + 2 * AROUND + 2 * TEETH,
    );
    let mut picture = Vec::with_capacity(all_width * all_height);
    for y in 0..all_height {
        for x in 0..all_width {
            let inside = x.checked_sub(AROUND).filter(|x| *x < paper_width).zip(
                y.checked_sub(AROUND)
                    .filter(|y| *y < rows.len() + 2 * TEETH),
            );
            picture.push(match inside {
                Some((x, y)) => shade(x, y, side, paper_width, rows),
                None => DESK,
            });
        }
    }
    encode(path, all_width, all_height, &picture)
}

fn shade(x: usize, y: usize, side: usize, paper_width: usize, rows: &[Row]) -> u8 {
    let tooth = (x % (2 * TEETH)).abs_diff(TEETH);
    let last = rows.len() + 2 * TEETH - 1;
    if y < tooth || y + tooth > last {
        return DESK;
    }
    if x == 0 || x == paper_width - 1 {
        return EDGE;
    }
    let dot = x.checked_sub(side).zip(y.checked_sub(TEETH));
    let black = dot
        .and_then(|(x, y)| rows.get(y)?.get(x).copied())
        .unwrap_or(false);
    if black { INK } else { PAPER }
}

fn encode(path: &Path, width: usize, height: usize, picture: &[u8]) -> io::Result<()> {
    let size = |dots: usize| u32::try_from(dots).map_err(io::Error::other);
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, size(width)?, size(height)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture)?;
    writer.finish()?;
    Ok(())
}
