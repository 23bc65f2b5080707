//! The languages of the screens: one catalogue (`lang/<folder>/LC_MESSAGES/meterpost-ui.po`) and one line here each.

use crate::locale::{self, Locale};

macro_rules! languages {
    ($($(#[$attribute:meta])* $name:ident = $tag:literal, $folder:literal, $own:literal, $locale:expr;)+) => {
        /// The language of the screen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
        pub enum Language {
            $($(#[$attribute])* $name,)+
            /// English made longer and foreign, for tests: never offered to anybody, and not in a release.
            #[cfg(debug_assertions)]
            Pseudo,
        }

        impl Language {
            /// Those a person can choose, in the order of the language bar.
            pub const OFFERED: &[Language] = &[$(Language::$name),+];

            /// A short name, for configurations, control ids and files: `zh`.
            #[must_use]
            pub fn tag(self) -> &'static str {
                match self {
                    $(Language::$name => $tag,)+
                    #[cfg(debug_assertions)]
                    Language::Pseudo => "pseudo",
                }
            }

            /// The catalogue's folder; `en` is the language of the sources.
            #[must_use]
            pub fn folder(self) -> &'static str {
                match self {
                    $(Language::$name => $folder,)+
                    #[cfg(debug_assertions)]
                    Language::Pseudo => "qps",
                }
            }

            /// Its name in itself.
            #[must_use]
            pub fn own_name(self) -> &'static str {
                match self {
                    $(Language::$name => $own,)+
                    #[cfg(debug_assertions)]
                    Language::Pseudo => "Pseudo",
                }
            }

            /// How it writes dates, money and numbers.
            #[must_use]
            pub fn locale(self) -> &'static Locale {
                match self {
                    $(Language::$name => $locale,)+
                    #[cfg(debug_assertions)]
                    Language::Pseudo => &locale::ENGLISH,
                }
            }
        }
    };
}

languages! {
    /// Simplified Chinese.
    #[default]
    Chinese = "zh", "zh-CN", "简体中文", &locale::CHINESE;
    /// Traditional Chinese as in Taiwan.
    TraditionalChinese = "zh-TW", "zh-TW", "繁體中文", &locale::CHINESE;
    /// English.
    English = "en", "en", "English", &locale::ENGLISH;
    /// Spanish.
    Spanish = "es", "es", "Español", &locale::SPANISH;
}

impl Language {
    /// The one with this tag, of those that are offered.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Language> {
        let mut offered = Self::OFFERED.iter().copied();
        offered.find(|language| language.tag() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn tags_lead_back_to_their_languages_and_the_pseudo_language_is_not_offered() {
        for language in Language::OFFERED {
            assert_eq!(Language::from_tag(language.tag()), Some(*language));
        }
        assert_eq!(Language::from_tag("pseudo"), None);
        assert_eq!(Language::from_tag(""), None);
        assert!(!Language::OFFERED.contains(&Language::Pseudo));
    }
}
