//! Draws the screens to PNG files, without a display.
//!
//! `cargo run -p meterpost-ui --example screens -- docs/screens` makes the few pictures of the documentation;
//! `… -- OUTDIR --all` draws every screen on every panel, in both themes, at the largest size and in every language, with an index page;
//! `… -- OUTDIR --only WORD …` all states whose name has all the words.

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;

use meterpost_ui::{Appearance, TextSize};
use support::{Bench, CANVASES, Canvas, LARGE, samples, write_png};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        eprintln!("usage: screens OUTDIR [--all | --only WORD ...]");
        std::process::exit(2);
    };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    match arguments.next().as_deref() {
        None => documented(folder),
        Some("--all") => every(folder, &[]),
        _ => every(folder, &arguments.collect::<Vec<_>>()),
    }
}

/// What the documentation shows.
const DOCUMENTED: [&str; 4] = ["attract", "cash", "done", "help"];

/// Those, in two languages on the main panel.
fn documented(folder: &Path) {
    let bench = Bench::new(LARGE);
    for language in samples::LANGUAGES {
        let views = samples::main(language);
        for (name, view) in views.iter().filter(|(name, _)| DOCUMENTED.contains(name)) {
            bench.appear(name, view, Appearance::default());
            let file = format!("{name}-{}.png", samples::code(language));
            write_png(&folder.join(&file), &bench.picture());
            println!("{file}");
        }
    }
}

fn appearances() -> Vec<(&'static str, Appearance)> {
    let usual = Appearance::default();
    let high_contrast = Appearance {
        high_contrast: true,
        ..usual
    };
    let largest = Appearance {
        text_size: TextSize::Largest,
        ..usual
    };
    vec![
        ("light", usual),
        ("contrast", high_contrast),
        ("largest", largest),
    ]
}

fn every(folder: &Path, words: &[String]) {
    let mut drawn = Vec::new();
    for canvas in CANVASES {
        draw(folder, canvas, words, &mut drawn);
    }
    if words.is_empty() {
        std::fs::write(folder.join("index.html"), index(&drawn)).unwrap();
    }
    println!("{} pictures", drawn.len());
}

fn draw(folder: &Path, canvas: Canvas, words: &[String], drawn: &mut Vec<String>) {
    let bench = Bench::new(canvas);
    for language in samples::EVERY_LANGUAGE {
        for (theme, appearance) in appearances() {
            // Each screen once; every state of it where some are asked for.
            let views = if words.is_empty() {
                samples::main(language)
            } else {
                samples::all(language)
            };
            for (name, view) in views {
                let name = format!("{name}.{}.{theme}.{}", canvas.name, samples::code(language));
                if !words
                    .iter()
                    .all(|word| format!(".{name}.").contains(word.as_str()))
                {
                    continue;
                }
                let state = name.split('.').next().unwrap_or_default();
                bench.appear(state, &view, appearance);
                write_png(&folder.join(format!("{name}.png")), &bench.picture());
                drawn.push(name);
            }
        }
    }
}

/// All pictures by screen, each with its panel, theme and language beneath.
fn index(drawn: &[String]) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=utf-8><title>Screens of the terminal</title><style>body{font:16px sans-serif;margin:24px}\
         figure{display:inline-block;margin:0 16px 16px 0}img{height:240px;border:1px solid #999}</style><h1>Screens of the terminal</h1>\n",
    );
    let mut states: Vec<&str> = drawn
        .iter()
        .filter_map(|name| name.split('.').next())
        .collect();
    states.sort_unstable();
    states.dedup();
    for state in states {
        page.push_str(&format!("<h2>{state}</h2>\n"));
        for name in drawn
            .iter()
            .filter(|name| name.split('.').next() == Some(state))
        {
            let caption = name.split('.').skip(1).collect::<Vec<_>>().join(", ");
            page.push_str(&format!(
                "<figure><a href={name}.png><img loading=lazy src={name}.png alt=\"{name}\"></a><figcaption>{caption}</figcaption></figure>\n"
            ));
        }
    }
    page
}
