//! Draws every screen to PNG files, without a display.
//!
//! `cargo run -p meterpost-ui --example screens -- docs/screens` makes the pictures of the documentation;
//! `… -- OUTDIR --all` adds every state in both languages on both canvases.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use support::{Bench, Canvas, LARGE, SMALL, samples, write_png};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: screens OUTDIR [--all]");
        std::process::exit(2);
    };
    let everything = arguments.next().is_some_and(|argument| argument == "--all");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    draw(folder, LARGE, everything);
    if everything {
        draw(folder, SMALL, everything);
    }
}

fn draw(folder: &Path, canvas: Canvas, everything: bool) {
    let bench = Bench::new(canvas);
    for language in samples::LANGUAGES {
        let views = if everything {
            samples::all(language)
        } else {
            samples::main(language)
        };
        for (name, view) in views {
            bench.show(&view);
            let size = if canvas == LARGE {
                String::new()
            } else {
                format!("-{}", canvas.name)
            };
            let file = format!("{name}-{}{size}.png", samples::code(language));
            write_png(&folder.join(&file), &bench.picture());
            println!("{file}");
        }
    }
}
