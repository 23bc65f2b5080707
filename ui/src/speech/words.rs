//! Words that are only spoken, from the catalogue of the language shown.

use slint::Global;

use crate::filled::filled;
use crate::generated::{AppWindow, SpeechWords};
use crate::view::Language;

/// In the place of a value, until it is known.
const PLACES: [&str; 2] = ["{0}", "{1}"];

/// A sentence with places for values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    #[cfg(test)]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn with(&self, values: &[&str]) -> String {
        filled(&self.0, values)
    }
}

/// How a currency is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    pub sign: char,
    pub whole: Pattern,
    pub with_part: Pattern,
}

/// The words of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub language: Language,
    pub choices: String,
    pub digits: String,
    pub unavailable: Pattern,
    pub position: Pattern,
    pub chosen: Pattern,
    pub deleted: Pattern,
    pub nothing_entered: String,
    pub minus: Pattern,
    pub seconds: Pattern,
    pub voice_on: String,
    pub voice_off: String,
    pub any_key: String,
    pub keys: String,
    pub kilowatt_hours: String,
    pub cubic_metres: String,
    pub currencies: Vec<Currency>,
}

impl Words {
    /// In the language that is shown now.
    pub fn of(app: &AppWindow, language: Language) -> Self {
        let words = SpeechWords::get(app);
        let [first, second] = PLACES.map(slint::SharedString::from);
        let (first, second) = (|| first.clone(), || second.clone());
        let pattern = |text: slint::SharedString| Pattern(text.into());
        let currency = |sign: char| Currency {
            sign,
            whole: pattern(words.invoke_money(sign.into(), first())),
            with_part: pattern(words.invoke_money_with_part(sign.into(), first(), second())),
        };
        Self {
            language,
            choices: words.invoke_choices().into(),
            digits: words.invoke_digits().into(),
            unavailable: pattern(words.invoke_unavailable(first(), second())),
            position: pattern(words.invoke_position(first(), second())),
            chosen: pattern(words.invoke_chosen(first())),
            deleted: pattern(words.invoke_deleted(first())),
            nothing_entered: words.invoke_nothing_entered().into(),
            minus: pattern(words.invoke_minus(first())),
            seconds: pattern(words.invoke_seconds(first())),
            voice_on: words.invoke_voice_on().into(),
            voice_off: words.invoke_voice_off().into(),
            any_key: words.invoke_any_key().into(),
            keys: words.invoke_keys().into(),
            kilowatt_hours: words.invoke_kilowatt_hours().into(),
            cubic_metres: words.invoke_cubic_metres().into(),
            currencies: ['¥', '$', '€', '£'].map(currency).into(),
        }
    }
}
