//! From what is written to what is said: amounts with the currency's name, numbers of meters digit by digit, units and seconds as
//! words. A speech synthesizer left alone reads "2026 0814" as two thousand and so on, and no sign of a currency in some languages.

use super::words::{Currency, Words};
use crate::locale::Locale;

/// So many digits in one are a number of something and no quantity.
const NUMBER: usize = 5;
/// Digits said in one breath.
const BREATH: usize = 4;

/// The words of a text.
pub fn spoken(text: &str, words: &Words) -> String {
    Speller::new(text, words).run()
}

/// What was typed, sign by sign; an amount as an amount.
pub fn typed(text: &str, words: &Words) -> String {
    if text
        .chars()
        .all(|sign| sign.is_ascii_digit() || sign == ' ')
    {
        signs(text)
    } else {
        spoken(text, words)
    }
}

/// Sign by sign, in groups.
fn signs(text: &str) -> String {
    let mut said = String::new();
    let mut breath = 0;
    for sign in text.chars() {
        if !sign.is_alphanumeric() || breath == BREATH {
            if !said.is_empty() && !said.ends_with(',') {
                said.push(',');
            }
            breath = 0;
        }
        if sign.is_alphanumeric() {
            if !said.is_empty() {
                said.push(' ');
            }
            said.push(sign);
            breath += 1;
        }
    }
    said
}

struct Speller<'a> {
    signs: Vec<char>,
    at: usize,
    said: String,
    words: &'a Words,
    locale: &'static Locale,
}

fn in_run(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '-'
}

fn is_number_of_something(run: &[char]) -> bool {
    let digits = run.iter().filter(|sign| sign.is_ascii_digit()).count();
    let letters = run.iter().any(char::is_ascii_alphabetic);
    digits >= NUMBER || (digits > 0 && letters)
}

fn is_digits(run: &[char]) -> bool {
    !run.is_empty() && run.iter().all(char::is_ascii_digit)
}

impl<'a> Speller<'a> {
    fn new(text: &str, words: &'a Words) -> Self {
        Self {
            signs: text.chars().collect(),
            at: 0,
            said: String::new(),
            words,
            locale: words.language.locale(),
        }
    }

    fn sign(&self, at: usize) -> Option<char> {
        self.signs.get(at).copied()
    }

    /// Where the run of letters, digits and hyphens that starts here ends.
    fn run_end(&self, from: usize) -> usize {
        let rest = self.signs[from..].iter();
        from + rest.take_while(|sign| in_run(**sign)).count()
    }

    fn run(mut self) -> String {
        while let Some(sign) = self.sign(self.at) {
            match sign {
                '\u{2212}' => self.minus(),
                '\n' => self.pass(", "),
                // What is masked.
                '*' => self.pass(" "),
                '³' => self.pass(""),
                sign if self.currency(sign).is_some() => self.money(sign),
                sign if sign.is_ascii_digit() => self.number(),
                sign if in_run(sign) => self.word(),
                sign => {
                    self.said.push(sign);
                    self.at += 1;
                }
            }
        }
        self.said
    }

    fn pass(&mut self, instead: &str) {
        self.said.push_str(instead);
        self.at += 1;
    }

    fn currency(&self, sign: char) -> Option<&'a Currency> {
        let mut known = self.words.currencies.iter();
        known.find(|currency| currency.sign == sign)
    }

    fn minus(&mut self) {
        self.at += 1;
        let rest: String = self.signs[self.at..].iter().collect();
        // The amount or number alone is what is negative.
        let ends = rest
            .find(['\n', '，', '。', '(', '（'])
            .unwrap_or(rest.len());
        let amount = spoken(&rest[..ends], self.words);
        self.said.push_str(&self.words.minus.with(&[&amount]));
        self.at += rest[..ends].chars().count();
    }

    /// The whole and the part of a quantity that starts here, and where it ends.
    fn quantity(&self, from: usize) -> Option<(String, String, usize)> {
        let (decimal, group) = self.locale.separators();
        let mut end = from;
        let (mut whole, mut part) = (String::new(), String::new());
        while let Some(sign) = self.sign(end) {
            let grouped = sign == group
                && !whole.is_empty()
                && self.signs[end + 1..]
                    .iter()
                    .take_while(|s| s.is_ascii_digit())
                    .count()
                    == 3;
            if sign.is_ascii_digit() {
                whole.push(sign);
            } else if !grouped {
                break;
            }
            end += 1;
        }
        if self.sign(end) == Some(decimal) {
            let digits = self.signs[end + 1..].iter();
            part = digits.take_while(|sign| sign.is_ascii_digit()).collect();
            if !part.is_empty() {
                end += 1 + part.len();
            }
        }
        (!whole.is_empty()).then_some((whole, part, end))
    }

    fn say_money(&mut self, currency: &Currency, whole: &str, part: &str) {
        let words = if part.bytes().all(|digit| digit == b'0') {
            currency.whole.with(&[whole])
        } else {
            currency.with_part.with(&[whole, part])
        };
        self.said.push_str(&words);
    }

    /// A sign with its amount behind it.
    fn money(&mut self, sign: char) {
        let mut from = self.at + 1;
        while self.sign(from) == Some(' ') {
            from += 1;
        }
        match (self.currency(sign), self.quantity(from)) {
            (Some(currency), Some((whole, part, end))) => {
                self.say_money(currency, &whole, &part);
                self.at = end;
            }
            _ => self.pass(&sign.to_string()),
        }
    }

    fn number(&mut self) {
        let end = self.run_end(self.at);
        let run = &self.signs[self.at..end];
        if is_number_of_something(run) || self.leads_groups(end) {
            return self.spell_groups(end);
        }
        let Some((whole, part, end)) = self.quantity(self.at) else {
            return self.pass("");
        };
        let mut behind = end;
        while self.sign(behind) == Some(' ') {
            behind += 1;
        }
        let sign = self.sign(behind).and_then(|sign| self.currency(sign));
        if let Some(currency) = sign {
            self.say_money(currency, &whole, &part);
            self.at = behind + 1;
            return;
        }
        let mut quantity = whole;
        if !part.is_empty() {
            quantity.push(self.locale.separators().0);
            quantity.push_str(&part);
        }
        let unit = behind.min(self.signs.len());
        if self.signs[unit..self.run_end(unit)] == ['s'] {
            self.said.push_str(&self.words.seconds.with(&[&quantity]));
            self.at = behind + 1;
        } else {
            self.said.push_str(&quantity);
            self.at = end;
        }
    }

    /// Whether this run of four digits is the first of a number that is written in groups.
    fn leads_groups(&self, end: usize) -> bool {
        let four = is_digits(&self.signs[self.at..end]) && end - self.at == BREATH;
        four && self.group_behind(end).is_some()
    }

    /// Where the group ends that stands a space behind this place.
    fn group_behind(&self, end: usize) -> Option<usize> {
        if self.sign(end) != Some(' ') || end + 1 >= self.signs.len() {
            return None;
        }
        let next = self.run_end(end + 1);
        let run = &self.signs[end + 1..next];
        let (decimal, group) = self.locale.separators();
        let goes_on = self
            .sign(next)
            .is_some_and(|sign| sign == decimal || sign == group)
            && self
                .sign(next + 1)
                .is_some_and(|sign| sign.is_ascii_digit());
        (is_digits(run) && run.len() <= BREATH && !goes_on).then_some(next)
    }

    fn spell_groups(&mut self, mut end: usize) {
        let numeric = self.signs[self.at..end]
            .iter()
            .all(|sign| !sign.is_ascii_alphabetic());
        while let Some(next) = self.group_behind(end).filter(|_| numeric) {
            end = next;
        }
        let text: String = self.signs[self.at..end].iter().collect();
        self.said.push_str(&signs(&text));
        self.at = end;
    }

    fn word(&mut self) {
        let end = self.run_end(self.at);
        let run: String = self.signs[self.at..end].iter().collect();
        if is_number_of_something(&self.signs[self.at..end]) {
            return self.spell_groups(end);
        }
        match run.as_str() {
            "kWh" => self.said.push_str(&self.words.kilowatt_hours),
            "m" if self.sign(end) == Some('³') => self.said.push_str(&self.words.cubic_metres),
            other => self.said.push_str(other),
        }
        self.at = end;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{spoken, typed};
    use crate::speech::words::{Currency, Pattern, Words};
    use crate::view::Language;

    pub fn words(language: Language) -> Words {
        let pattern = Pattern::of;
        Words {
            language,
            choices: "You can choose:".into(),
            digits: "Digits 0 to 9".into(),
            unavailable: pattern("{0}: not possible now. {1}"),
            position: pattern("{0} of {1}"),
            chosen: pattern("{0}, chosen"),
            deleted: pattern("{0} deleted"),
            nothing_entered: "Nothing entered".into(),
            minus: pattern("minus {0}"),
            seconds: pattern("{0} seconds"),
            voice_on: "Voice is on".into(),
            voice_off: "Voice is off".into(),
            any_key: "Any key goes on.".into(),
            keys: "There are four keys.".into(),
            kilowatt_hours: "kilowatt hours".into(),
            cubic_metres: "cubic metres".into(),
            currencies: vec![Currency {
                sign: '¥',
                whole: pattern("{0} yuan"),
                with_part: pattern("{0} yuan {1}"),
            }],
        }
    }

    #[test]
    fn amounts_are_said_with_the_currencys_name_as_each_language_writes_them() {
        let english = words(Language::English);
        for (written, said) in [
            ("¥ 50.00", "50 yuan"),
            ("¥ 50", "50 yuan"),
            ("¥ 62.50", "62 yuan 50"),
            ("−¥ 1,234,567.89", "minus 1234567 yuan 89"),
            ("Finish and credit ¥ 30.00", "Finish and credit 30 yuan"),
            (
                "At most ¥ 500 can be inserted.",
                "At most 500 yuan can be inserted.",
            ),
            ("¥ 10 x", "10 yuan x"),
            ("¥", "¥"),
        ] {
            assert_eq!(spoken(written, &english), said);
        }
        let spanish = words(Language::Spanish);
        for (written, said) in [
            ("1250,05 ¥", "1250 yuan 05"),
            ("12.345,00 ¥", "12345 yuan"),
            ("−0,50 ¥", "minus 0 yuan 50"),
            ("Pagar 50 ¥ ahora", "Pagar 50 yuan ahora"),
        ] {
            assert_eq!(spoken(written, &spanish), said);
        }
    }

    #[test]
    fn numbers_of_meters_and_telephones_are_said_digit_by_digit_in_groups() {
        let english = words(Language::English);
        for (written, said) in [
            ("2026 0814 0371", "2 0 2 6, 0 8 1 4, 0 3 7 1"),
            ("2026 0814 03", "2 0 2 6, 0 8 1 4, 0 3"),
            ("202608140371", "2 0 2 6, 0 8 1 4, 0 3 7 1"),
            ("K1-000042", "K 1, 0 0 0 0, 4 2"),
            ("参考号K1-000042。", "参考号K 1, 0 0 0 0, 4 2。"),
            ("0571-8888 6666", "0 5 7 1, 8 8 8 8, 6 6 6 6"),
            ("9AGX-8XQ1", "9 A G X, 8 X Q 1"),
            ("4 Dec 2026, 09:05", "4 Dec 2026, 09:05"),
            ("Zh*** W**", "Zh    W  "),
        ] {
            assert_eq!(spoken(written, &english), said);
        }
        assert_eq!(typed("2026 08", &english), "2 0 2 6, 0 8");
        assert_eq!(typed("2026", &english), "2 0 2 6");
        assert_eq!(typed("¥ 120", &english), "120 yuan");
    }

    #[test]
    fn units_and_seconds_are_words() {
        let english = words(Language::English);
        for (written, said) in [
            ("Finish (15 s)", "Finish (15 seconds)"),
            ("0.7 s", "0.7 seconds"),
            ("96.4 kWh", "96.4 kilowatt hours"),
            ("1,204 m³", "1204 cubic metres"),
            ("5 sums", "5 sums"),
            ("3 of 4", "3 of 4"),
        ] {
            assert_eq!(spoken(written, &english), said);
        }
    }

    #[test]
    fn nothing_written_is_too_odd_to_be_said() {
        // Every text of up to four of these signs.
        let alphabet: Vec<char> = "0 7¥−.,-s³*\nm元".chars().collect();
        for language in Language::OFFERED {
            let words = words(*language);
            let mut texts = vec![String::new()];
            for _ in 0..4 {
                let longer = |text: &String| {
                    let text = text.clone();
                    alphabet.iter().map(move |sign| format!("{text}{sign}"))
                };
                texts = texts.iter().flat_map(longer).collect();
                for text in &texts {
                    let said = spoken(text, &words);
                    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                    // No digit is swallowed but a part of zeros.
                    assert!(digits(&said) <= digits(text), "{text:?}: {said:?}");
                    assert!(
                        !text.contains('7') || said.contains('7'),
                        "{text:?}: {said:?}"
                    );
                }
            }
        }
    }
}
