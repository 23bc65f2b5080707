//! Every screen draws itself, in both languages and on both canvases, as the documentation shows.

mod support;

use std::path::{Path, PathBuf};

use slint::{Rgba8Pixel, SharedPixelBuffer};
use support::{Bench, LARGE, SMALL, samples};

/// How much of a documented picture may differ before it counts as out of date: room for rounding on another processor.
const MAY_DIFFER: f64 = 0.002;

fn documented(file: &str) -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("../docs/screens")
        .join(file)
}

fn read_png(path: &Path) -> (u32, u32, Vec<u8>) {
    let file =
        std::fs::File::open(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut bytes).unwrap();
    (frame.width, frame.height, bytes)
}

/// The part of the pixels that are visibly different.
fn difference(picture: &SharedPixelBuffer<Rgba8Pixel>, rgb: &[u8]) -> f64 {
    let pairs = picture.as_slice().iter().zip(rgb.chunks_exact(3));
    let apart = |(now, then): (&Rgba8Pixel, &[u8])| {
        [now.r, now.g, now.b]
            .iter()
            .zip(then)
            .any(|(a, b)| a.abs_diff(*b) > 24)
    };
    let different = pairs.filter(|pair| apart(*pair)).count();
    different as f64 / picture.as_slice().len() as f64
}

#[test]
fn every_state_draws_something_of_its_own_on_both_canvases() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        let mut seen: Vec<(String, SharedPixelBuffer<Rgba8Pixel>)> = Vec::new();
        for language in samples::LANGUAGES {
            for (name, view) in samples::all(language) {
                bench.show(&view);
                let picture = bench.picture();
                assert_eq!(
                    (picture.width(), picture.height()),
                    (canvas.width, canvas.height)
                );
                let name = format!("{name}-{} on {}", samples::code(language), canvas.name);
                for (other, drawn) in &seen {
                    assert!(
                        drawn.as_bytes() != picture.as_bytes(),
                        "{name} looks like {other}"
                    );
                }
                seen.push((name, picture));
            }
        }
    }
}

#[test]
fn the_documented_pictures_are_up_to_date() {
    let bench = Bench::new(LARGE);
    for language in samples::LANGUAGES {
        for (name, view) in samples::main(language) {
            bench.show(&view);
            let picture = bench.picture();
            let file = format!("{name}-{}.png", samples::code(language));
            let (width, height, rgb) = read_png(&documented(&file));
            assert_eq!(
                (width, height),
                (picture.width(), picture.height()),
                "{file}"
            );
            let difference = difference(&picture, &rgb);
            assert!(
                difference <= MAY_DIFFER,
                "{file} differs in {:.2} % of its pixels: draw it anew with \
                 `cargo run -p meterpost-ui --example screens -- docs/screens`",
                difference * 100.0
            );
        }
    }
}
