//! The languages of the screens by the words of configurations and of what the server tells.

use meterpost_ui::view::Language;

/// Simplified Chinese by its full tag; `zh` is the short one.
const SIMPLIFIED: &str = "zh-CN";

/// The language with this tag, of those that are offered.
pub fn from_word(word: &str) -> Option<Language> {
    let mut words = words().into_iter();
    words
        .find(|(known, _)| *known == word)
        .map(|(_, language)| language)
}

/// Every word there is for a language, with the language: what a configuration may say.
pub fn words() -> Vec<(&'static str, Language)> {
    let tags = Language::OFFERED.iter().map(|l| (l.tag(), *l));
    tags.chain([(SIMPLIFIED, Language::Chinese)]).collect()
}

#[cfg(test)]
mod tests {
    use meterpost_ui::view::Language;

    use super::{from_word, words};

    #[test]
    fn every_language_has_its_tag_and_simplified_chinese_two() {
        for (word, language) in [
            ("zh", Language::Chinese),
            ("zh-CN", Language::Chinese),
            ("zh-TW", Language::TraditionalChinese),
            ("en", Language::English),
            ("es", Language::Spanish),
        ] {
            assert_eq!(from_word(word), Some(language), "{word}");
            assert!(words().contains(&(word, language)), "{word}");
        }
        assert_eq!(words().len(), Language::OFFERED.len() + 1);
        for word in ["", "de", "ZH", "pseudo"] {
            assert_eq!(from_word(word), None, "{word}");
        }
    }
}
