//! A slip's picture as pixels.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use slint::{Rgb8Pixel, SharedPixelBuffer};

/// Reads it; `None` while the printer still writes it.
pub(super) fn pixels(path: &Path) -> Option<SharedPixelBuffer<Rgb8Pixel>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    let mut picture = SharedPixelBuffer::<Rgb8Pixel>::new(frame.width, frame.height);
    let samples = frame.color_type.samples();
    for (pixel, sample) in picture
        .make_mut_slice()
        .iter_mut()
        .zip(bytes.chunks_exact(samples))
    {
        // Slips are black on white: one sample says all.
        *pixel = Rgb8Pixel::new(sample[0], sample[0], sample[0]);
    }
    Some(picture)
}
