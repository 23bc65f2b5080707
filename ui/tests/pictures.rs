//! Every screen draws itself, in its own way, and some of them pixel for pixel as they did (tests/golden).
//!
//! `GOLDEN=new cargo nextest run -p meterpost-ui --test pictures` draws those anew; look at what changed.

mod support;

use std::path::{Path, PathBuf};

use meterpost_ui::view::Language;
use meterpost_ui::{Appearance, TextSize};
use slint::{Rgba8Pixel, SharedPixelBuffer};
use support::{Bench, CANVASES, Canvas, LARGE, PORTRAIT, SMALL, WIDE, samples, write_png};

/// How much of a picture may differ before it counts as another: room for rounding on another processor.
const MAY_DIFFER: f64 = 0.002;

const USUAL: Appearance = Appearance {
    text_size: TextSize::Usual,
    high_contrast: false,
};
const CONTRAST: Appearance = Appearance {
    high_contrast: true,
    ..USUAL
};
const LARGEST: Appearance = Appearance {
    text_size: TextSize::Largest,
    ..USUAL
};

/// Each screen once; panels, languages, themes and sizes take turns.
const GOLDEN: [(&str, Canvas, Language, Appearance); 24] = [
    ("attract", LARGE, Language::Chinese, USUAL),
    ("attract", PORTRAIT, Language::Spanish, USUAL),
    ("identify", SMALL, Language::English, USUAL),
    ("number", LARGE, Language::TraditionalChinese, CONTRAST),
    ("who", PORTRAIT, Language::English, USUAL),
    ("collected", WIDE, Language::Spanish, USUAL),
    ("meter", LARGE, Language::English, USUAL),
    ("meter-off", SMALL, Language::Chinese, USUAL),
    ("consumption", LARGE, Language::Spanish, CONTRAST),
    ("other-amount", SMALL, Language::Chinese, LARGEST),
    ("pay-buys", LARGE, Language::Chinese, USUAL),
    ("cash", PORTRAIT, Language::Chinese, USUAL),
    ("paying", SMALL, Language::English, CONTRAST),
    ("delivering", WIDE, Language::Chinese, USUAL),
    ("done", LARGE, Language::Spanish, USUAL),
    ("owed-partly", SMALL, Language::Spanish, USUAL),
    ("history", LARGE, Language::TraditionalChinese, USUAL),
    (
        "loss-blocked",
        PORTRAIT,
        Language::TraditionalChinese,
        LARGEST,
    ),
    ("help", SMALL, Language::Spanish, USUAL),
    ("still-there", LARGE, Language::English, CONTRAST),
    ("menu-glance", SMALL, Language::Chinese, USUAL),
    ("menu-devices", PORTRAIT, Language::English, USUAL),
    ("menu-cash-box", LARGE, Language::Spanish, USUAL),
    ("menu-number", WIDE, Language::TraditionalChinese, USUAL),
];

fn folder() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells")).join("tests/golden")
}

/// Half as wide and as high, by every second pixel of every second row: what changes shows, the files stay small, and there are no more
/// colours than before.
fn halved(picture: &SharedPixelBuffer<Rgba8Pixel>) -> SharedPixelBuffer<Rgba8Pixel> {
    let across = picture.width() as usize;
    let mut half = SharedPixelBuffer::new(picture.width() / 2, picture.height() / 2);
    let half_across = half.width() as usize;
    for (place, pixel) in half.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (place % half_across * 2, place / half_across * 2);
        *pixel = picture.as_slice()[y * across + x];
    }
    half
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
fn every_state_draws_something_of_its_own_on_every_panel() {
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        let mut seen: Vec<(String, SharedPixelBuffer<Rgba8Pixel>)> = Vec::new();
        for language in samples::LANGUAGES {
            for (name, view) in samples::all(language) {
                bench.appear(name, &view, USUAL);
                let picture = bench.picture();
                assert_eq!(
                    (picture.width(), picture.height()),
                    (canvas.width, canvas.height)
                );
                // The tests of the glass have no words: they are alike in every language.
                let wordless = name.starts_with("menu-colour") || name == "menu-touch-test";
                if wordless && language != samples::LANGUAGES[0] {
                    continue;
                }
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
fn the_golden_pictures_are_as_they_were() {
    let anew = std::env::var_os("GOLDEN").is_some_and(|asked| asked == "new");
    let mut faults = Vec::new();
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        for (state, _, language, appearance) in GOLDEN.iter().filter(|one| one.1 == canvas) {
            let views = samples::all(*language);
            let (_, view) = views.iter().find(|(name, _)| name == state).unwrap();
            bench.appear(state, view, *appearance);
            let picture = halved(&bench.picture());
            let file = format!("{state}.{}.{}.png", canvas.name, samples::code(*language));
            let path = folder().join(&file);
            if anew {
                write_png(&path, &picture);
            }
            let (width, height, rgb) = read_png(&path);
            assert_eq!(
                (width, height),
                (picture.width(), picture.height()),
                "{file}"
            );
            let difference = difference(&picture, &rgb);
            if difference > MAY_DIFFER {
                faults.push(format!(
                    "{file} differs in {:.2} % of its pixels",
                    difference * 100.0
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}
