//! Reports that are put into a folder after each day and each month, for a mailer to carry on.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::asked::Name;
use super::table::Language;
use super::write::Format;

/// Longest wait after midnight.
const LONGEST: u32 = 24 * 60;

/// The table `[reports]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsConfig {
    /// Where the files are put.
    pub folder: PathBuf,
    /// After each local day, as `report:format`.
    #[serde(default)]
    pub daily: Vec<String>,
    /// After each local month.
    #[serde(default)]
    pub monthly: Vec<String>,
    /// `zh` or `en`.
    #[serde(default = "chinese")]
    pub language: String,
    /// Minutes after midnight in which terminals still tell of the day before.
    #[serde(default = "an_hour")]
    pub delay_minutes: u32,
}

fn chinese() -> String {
    "zh".into()
}

fn an_hour() -> u32 {
    60
}

/// How often a report is put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Every {
    /// For one local day.
    Day,
    /// For one local month.
    Month,
}

impl Every {
    /// As the database has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Every::Day => "day",
            Every::Month => "month",
        }
    }
}

impl ReportsConfig {
    /// What makes no sense, in words.
    pub fn problem(&self) -> Option<String> {
        if language(&self.language).is_none() {
            return Some(format!("reports.language is {:?}; zh or en", self.language));
        }
        if self.delay_minutes > LONGEST {
            let minutes = self.delay_minutes;
            return Some(format!(
                "reports.delay_minutes is {minutes}; at most {LONGEST}"
            ));
        }
        let all = self.daily.iter().chain(&self.monthly);
        let wrong = |word: &&String| parse(word).is_none();
        all.into_iter().find(wrong).map(|word| {
            let names: Vec<&str> = Name::ALL.iter().map(|name| name.word()).collect();
            let (names, formats) = (names.join(", "), Format::ALL.map(Format::word).join(", "));
            format!(
                "reports: {word:?} is no report; write report:format, of {names} and of {formats}"
            )
        })
    }

    /// Relative paths are taken from this folder.
    pub fn beside(&mut self, here: &Path) {
        self.folder = here.join(&self.folder);
    }

    /// All that is to be put there.
    pub(super) fn wanted(&self) -> Vec<(Every, Name, Format)> {
        let of = |every: Every, words: &[String]| {
            let parsed = words.iter().filter_map(|word| parse(word));
            parsed
                .map(|(name, format)| (every, name, format))
                .collect::<Vec<_>>()
        };
        [of(Every::Day, &self.daily), of(Every::Month, &self.monthly)].concat()
    }

    pub(super) fn language(&self) -> Language {
        language(&self.language).unwrap_or_default()
    }
}

fn language(word: &str) -> Option<Language> {
    match word {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    }
}

fn parse(word: &str) -> Option<(Name, Format)> {
    let (name, format) = word.split_once(':')?;
    Some((Name::parse(name)?, Format::parse(format)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> ReportsConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_wanted_is_known_or_told() {
        let good = config(
            "folder = \"x\"\ndaily = [\"days:pdf\"]\nmonthly = [\"accounts:xlsx\", \"days:csv\"]",
        );
        assert_eq!(good.problem(), None);
        assert_eq!(
            good.wanted(),
            [
                (Every::Day, Name::Days, Format::Pdf),
                (Every::Month, Name::Accounts, Format::Xlsx),
                (Every::Month, Name::Days, Format::Csv),
            ]
        );
        for (text, told) in [
            ("daily = [\"days\"]", "report:format"),
            ("daily = [\"weeks:pdf\"]", "weeks:pdf"),
            ("monthly = [\"days:doc\"]", "days:doc"),
            ("language = \"de\"", "zh or en"),
            ("delay_minutes = 1441", "at most 1440"),
        ] {
            let problem = config(&format!("folder = \"x\"\n{text}")).problem();
            assert!(
                problem.as_deref().is_some_and(|why| why.contains(told)),
                "{problem:?}"
            );
        }
        assert!(
            toml::from_str::<ReportsConfig>("daily = []").is_err(),
            "a folder is needed"
        );
    }
}
