//! The catalogue is complete, the font has every character, and the wording keeps the house rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use meterpost_ui::view::Language;

#[path = "../build/pseudo.rs"]
mod pseudo;

type Key = (Option<String>, String);

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders =
        vec![Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} file");
    found
}

/// The source without its comments; none of its strings has two slashes.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A quoted string at the start of the text, and what follows it.
fn string(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start().strip_prefix('"')?;
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match signs.next()?.1 {
                'n' => '\n',
                escaped => escaped,
            }),
            other => value.push(other),
        }
    }
    None
}

/// Every @tr of the screens, with the file it is in.
fn sources() -> BTreeMap<Key, PathBuf> {
    let mut found = BTreeMap::new();
    for path in files("ui", "slint") {
        let code = code(&path);
        for part in code.split("@tr(").skip(1) {
            let (first, rest) =
                string(part).unwrap_or_else(|| panic!("{}: @tr({part}", path.display()));
            let key = match rest.trim_start().strip_prefix("=>").and_then(string) {
                Some((text, _)) => (Some(first), text),
                None => (None, first),
            };
            found.insert(key, path.clone());
        }
    }
    found
}

/// The languages that have a catalogue; English is the sources'.
fn translated() -> impl Iterator<Item = Language> {
    let offered = Language::OFFERED.iter().copied();
    offered.filter(|language| *language != Language::English)
}

fn catalogue(language: Language) -> BTreeMap<Key, String> {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("lang")
        .join(language.folder())
        .join("LC_MESSAGES/meterpost-ui.po");
    entries(&std::fs::read_to_string(path).unwrap())
}

fn entries(text: &str) -> BTreeMap<Key, String> {
    let mut entries = BTreeMap::new();
    let (mut context, mut id) = (None, String::new());
    for line in text.lines() {
        let value = |keyword: &str| {
            line.strip_prefix(keyword)
                .and_then(string)
                .map(|(value, _)| value)
        };
        if let Some(value) = value("msgctxt ") {
            context = Some(value);
        } else if let Some(value) = value("msgid ") {
            id = value;
        } else if let Some(value) = value("msgstr ") {
            let key = (context.take(), std::mem::take(&mut id));
            assert!(
                line.starts_with("msgstr ") && entries.insert(key, value).is_none(),
                "twice: {line}"
            );
        }
        assert!(
            !line.contains("fuzzy"),
            "fuzzy entries are not shown: {line}"
        );
    }
    entries.remove(&(None, String::new()));
    entries
}

/// The places for values in a text.
fn places(text: &str) -> Vec<String> {
    let mut found: Vec<_> = text
        .split('{')
        .skip(1)
        .map(|part| part.split('}').next().unwrap_or("").to_owned())
        .collect();
    found.sort();
    found
}

/// What is wrong with a catalogue, held against the texts of the screens.
fn faults(sources: &BTreeMap<Key, PathBuf>, catalogue: &BTreeMap<Key, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, path) in sources {
        let translation = catalogue.get(key).map(String::as_str).unwrap_or_default();
        if translation.is_empty() {
            faults.push(format!("{}: {key:?} is not translated", path.display()));
        } else if places(&key.1) != places(translation) {
            faults.push(format!("values in {key:?}: {translation}"));
        }
    }
    let unused = catalogue.keys().filter(|key| !sources.contains_key(key));
    faults.extend(unused.map(|key| format!("{key:?} is in no screen")));
    faults
}

#[test]
fn every_text_is_in_every_catalogue_and_nothing_else() {
    let sources = sources();
    for language in translated() {
        assert_eq!(
            faults(&sources, &catalogue(language)),
            [""; 0],
            "{language:?}"
        );
    }
}

#[test]
fn a_text_that_is_missing_left_over_or_has_lost_its_value_is_found() {
    let sources = sources();
    let whole = catalogue(Language::Spanish);
    let valued = sources
        .keys()
        .find(|key| !places(&key.1).is_empty())
        .unwrap();
    let mut missing = whole.clone();
    missing.remove(valued);
    assert_eq!(faults(&sources, &missing).len(), 1);
    let mut lost = whole.clone();
    lost.insert(valued.clone(), "nada".into());
    assert_eq!(faults(&sources, &lost).len(), 1);
    let mut left = whole;
    left.insert((None, "Gone".into()), "Ido".into());
    assert_eq!(faults(&sources, &left).len(), 1);
}

#[test]
fn chinese_texts_are_chinese() {
    for language in [Language::Chinese, Language::TraditionalChinese] {
        for (key, translation) in catalogue(language) {
            let chinese = translation
                .chars()
                .any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
            // Nothing but places for values and what is between them.
            let wordless = !key.1.chars().any(char::is_alphabetic);
            assert!(
                chinese || wordless || translation == "QR Code",
                "{key:?} is translated as {translation}"
            );
        }
    }
}

#[test]
fn the_pseudo_language_has_every_text_forty_per_cent_longer_and_its_values() {
    let sources = sources();
    let text = std::fs::read_to_string(
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
            .join("lang/es/LC_MESSAGES/meterpost-ui.po"),
    );
    let longer = entries(&pseudo::catalogue(&text.unwrap()));
    assert_eq!(faults(&sources, &longer), [""; 0]);
    for ((_, source), text) in &longer {
        let (before, after) = (source.chars().count(), text.chars().count());
        assert!(after * 5 >= before * 7, "{source:?} is {text:?}");
    }
}

#[test]
fn no_text_on_the_glass_escapes_translation() {
    // A text property given a literal instead of @tr.
    for path in files("ui", "slint") {
        for line in code(&path).lines() {
            for property in [
                "text: \"",
                "label: \"",
                "placeholder: \"",
                "detail: \"",
                "invitation: \"",
            ] {
                if let Some(at) = line.find(property) {
                    let (value, _) = string(&line[at + property.len() - 1..]).unwrap();
                    let own_name = value.is_empty();
                    assert!(own_name, "{}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn every_character_is_in_both_weights_of_the_embedded_font() {
    for font in [meterpost_ui::FONT_REGULAR, meterpost_ui::FONT_BOLD] {
        let face = ttf_parser::Face::parse(font, 0).unwrap();
        for path in files("ui", "slint").into_iter().chain(files("lang", "po")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let missing = missing(&face, &text);
            assert!(missing.is_empty(), "{}: no {missing:?}", path.display());
        }
        let names: String = Language::OFFERED
            .iter()
            .map(|language| language.own_name())
            .collect();
        assert_eq!(missing(&face, &names), "");
        for source in sources().keys() {
            assert_eq!(missing(&face, &pseudo::longer(&source.1)), "");
        }
    }
}

/// The characters that the font lacks.
fn missing(face: &ttf_parser::Face<'_>, text: &str) -> String {
    let shown = text.chars().filter(|sign| !sign.is_control());
    shown
        .filter(|sign| face.glyph_index(*sign).is_none())
        .collect()
}

#[test]
fn a_character_that_no_font_has_is_found() {
    let face = ttf_parser::Face::parse(meterpost_ui::FONT_REGULAR, 0).unwrap();
    assert_eq!(missing(&face, "A\u{1f600}錶"), "\u{1f600}");
}

#[test]
fn the_font_has_what_money_numbers_and_receipts_need_and_its_own_name() {
    for (font, weight) in [
        (meterpost_ui::FONT_REGULAR, 400),
        (meterpost_ui::FONT_BOLD, 700),
    ] {
        let face = ttf_parser::Face::parse(font, 0).unwrap();
        let advance = |sign| {
            face.glyph_hor_advance(face.glyph_index(sign).unwrap())
                .unwrap()
        };
        for sign in "0123456789".chars() {
            assert_eq!(advance(sign), advance('0'), "digits stand in columns");
        }
        for sign in "¥€£−–—·…→←↑↓×äöüéñß、。，！？：；（）「」《》【】".chars()
        {
            assert!(face.glyph_index(sign).is_some(), "no {sign}");
        }
        assert_eq!(face.weight().to_number(), weight);
        let families: Vec<_> = face
            .names()
            .into_iter()
            .filter(|name| name.name_id == ttf_parser::name_id::FAMILY)
            .filter_map(|name| name.to_string())
            .collect();
        assert_eq!(families, [meterpost_ui::FONT_FAMILY]);
    }
}

#[test]
fn texts_say_what_happened_and_what_to_do_without_blame_or_apology() {
    for (_, text) in sources().keys() {
        let words = text.to_lowercase();
        for word in [
            "invalid", "sorry", "oops", "please", "error", "failed", "illegal",
        ] {
            assert!(!words.contains(word), "{text:?} says {word:?}");
        }
    }
    for translation in catalogue(Language::Chinese).values() {
        for word in ["抱歉", "对不起", "非法", "无效", "错误"] {
            assert!(!translation.contains(word), "{translation:?} says {word:?}");
        }
    }
    for translation in catalogue(Language::Spanish).values() {
        for word in ["inválid", "lo sentimos", "por favor", "perdón"] {
            let words = translation.to_lowercase();
            assert!(!words.contains(word), "{translation:?} says {word:?}");
        }
    }
}
