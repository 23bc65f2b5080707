//! The catalogue is complete, the font has every character, and the wording keeps the house rules.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

fn catalogue() -> BTreeMap<Key, String> {
    let path = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells"))
        .join("lang/zh-CN/LC_MESSAGES/meterpost-ui.po");
    let text = std::fs::read_to_string(path).unwrap();
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

#[test]
fn every_text_has_a_chinese_translation() {
    let catalogue = catalogue();
    for (key, path) in sources() {
        let translation = catalogue.get(&key).map(String::as_str).unwrap_or_default();
        assert!(
            !translation.is_empty(),
            "{}: {key:?} is not translated",
            path.display()
        );
        let chinese = translation
            .chars()
            .any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign));
        assert!(chinese, "{key:?} is translated as {translation}");
        assert_eq!(places(&key.1), places(translation), "values in {key:?}");
    }
}

#[test]
fn the_catalogue_holds_nothing_that_is_not_shown() {
    let sources = sources();
    for key in catalogue().keys() {
        assert!(sources.contains_key(key), "{key:?} is in no screen");
    }
}

#[test]
fn no_text_on_the_glass_escapes_translation() {
    // A text property given a literal instead of @tr. Each language's own name is the exception.
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
                    let own_name = ["中文", "English"].contains(&value.as_str());
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
            for sign in text.chars().filter(|sign| !sign.is_control()) {
                assert!(
                    face.glyph_index(sign).is_some(),
                    "{}: no {sign:?}",
                    path.display()
                );
            }
        }
    }
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
    for translation in catalogue().values() {
        for word in ["抱歉", "对不起", "非法", "无效", "错误"] {
            assert!(!translation.contains(word), "{translation:?} says {word:?}");
        }
    }
}
