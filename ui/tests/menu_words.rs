//! The words of the service menu: each is on the glass, with the text that its documentation tells, in every language.

mod support;

use std::path::Path;

use meterpost_ui::view::Language;
use support::{Bench, LARGE, samples};

fn file(path: &str) -> String {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells");
    std::fs::read_to_string(Path::new(&folder).join(path)).unwrap()
}

/// The words in their order, each with the text that its documentation tells.
fn told() -> Vec<(String, String)> {
    let source = file("src/view/menu/word.rs");
    let mut words = Vec::new();
    let mut text = None;
    for line in source.lines() {
        let line = line.trim();
        let quoted = line.strip_prefix("/// ").and_then(|line| {
            let (from, to) = (line.find('"')?, line.rfind('"')?);
            line.get(from + 1..to)
        });
        if let Some(quoted) = quoted {
            text = Some(quoted.to_owned());
        } else if let Some(word) = line.strip_suffix(',').filter(|word| {
            !word.is_empty() && word.chars().all(|sign| sign.is_ascii_alphanumeric())
        }) {
            let text = text
                .take()
                .unwrap_or_else(|| panic!("{word} tells no text"));
            words.push((word.to_owned(), text));
        }
    }
    words
}

/// The texts on the glass in their order.
fn drawn() -> Vec<String> {
    let source = file("ui/menu-words.slint");
    let texts = source.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("@tr(\"service\" => \"")?;
        let end = line.find("\", \"{").or_else(|| line.rfind("\"),"))?;
        Some(line[..end].replace("\\\"", "\""))
    });
    texts.collect()
}

#[test]
fn every_word_is_on_the_glass_in_its_order_and_with_its_text() {
    let told = told();
    assert!(told.len() > 200, "{} words read", told.len());
    let drawn = drawn();
    for (place, (word, text)) in told.iter().enumerate() {
        assert_eq!(
            drawn.get(place),
            Some(text),
            "{word} in ui/menu-words.slint"
        );
    }
    assert_eq!(drawn.len(), told.len(), "texts without a word");
}

#[test]
fn a_word_says_its_text_in_the_language_chosen_and_its_values() {
    let bench = Bench::new(LARGE);
    for (language, wanted) in [
        (Language::English, "12 in the box, 345 ever"),
        (Language::Chinese, "箱内 12 张，累计 345 张"),
        (Language::TraditionalChinese, "箱內 12 張，累計 345 張"),
        (Language::Spanish, "12 en la caja, 345 en total"),
    ] {
        let views = samples::all(language);
        let (name, view) = views
            .iter()
            .find(|(name, _)| *name == "menu-cash-box")
            .unwrap();
        bench.appear(name, view, meterpost_ui::Appearance::default());
        let texts: Vec<_> = bench.elements().iter().map(support::label).collect();
        assert!(
            texts.iter().any(|text| text == wanted),
            "{wanted:?} is not among {texts:?}"
        );
    }
}
