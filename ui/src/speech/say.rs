//! What to say of a page: all of it, or what has changed. Pure.

use super::Phrase;
use super::page::{Control, Kind, Page};
use super::spell::{spoken, typed};
use super::words::Words;
use crate::view::Language;

/// A countdown is said when it comes to these, in seconds.
const COUNTED: [u32; 5] = [60, 30, 20, 10, 5];

/// Sentences in the order in which they are said.
struct Saying<'a> {
    words: &'a Words,
    phrases: Vec<Phrase>,
}

fn is_chinese(language: Language) -> bool {
    matches!(language, Language::Chinese | Language::TraditionalChinese)
}

impl<'a> Saying<'a> {
    fn new(words: &'a Words) -> Self {
        Self {
            words,
            phrases: Vec::new(),
        }
    }

    /// A sentence in the page's language.
    fn say(&mut self, sentence: &str) {
        self.say_in(self.words.language, sentence);
    }

    fn say_in(&mut self, language: Language, sentence: &str) {
        let sentence = sentence.trim();
        if sentence.is_empty() {
            return;
        }
        let ends = sentence.ends_with(['.', '!', '?', '。', '！', '？', ':', '：']);
        let end = match (ends, is_chinese(language)) {
            (true, _) => "",
            (false, true) => "。",
            (false, false) => ".",
        };
        match self.phrases.last_mut() {
            Some(last) if last.language == language => {
                last.words.push(' ');
                last.words.push_str(sentence);
                last.words.push_str(end);
            }
            _ => self.phrases.push(Phrase {
                language,
                words: format!("{sentence}{end}"),
            }),
        }
    }

    fn control(&mut self, control: &Control) {
        if let Some(language) = control.language() {
            self.say_in(language, &control.label);
            if control.chosen == Some(true) {
                self.say(
                    self.words
                        .chosen
                        .with(&[""])
                        .trim_start_matches([',', ' ', '，']),
                );
            }
        } else {
            self.say(&described(control, self.words));
        }
    }

    fn focused(&mut self, page: &Page) {
        let Some(control) = page.focused() else {
            return;
        };
        self.control(control);
        let usable: Vec<_> = page.controls.iter().filter(|each| each.enabled).collect();
        let place = usable.iter().position(|each| each.id == control.id);
        if let Some(place) = place.filter(|_| !control.is_digit()) {
            let (place, total) = ((place + 1).to_string(), usable.len().to_string());
            self.say(&self.words.position.with(&[&place, &total]));
        }
    }
}

/// A control's name, what else is on it, and how it stands.
fn described(control: &Control, words: &Words) -> String {
    let label = spoken(&control.label, words);
    if !control.enabled {
        let reason = spoken(&control.reason, words);
        return words.unavailable.with(&[&label, &reason]);
    }
    let label = match control.chosen {
        Some(true) => words.chosen.with(&[&label]),
        _ => label,
    };
    let details = control.details.iter().map(|detail| spoken(detail, words));
    let parts: Vec<String> = std::iter::once(label).chain(details).collect();
    parts.join(if is_chinese(words.language) {
        "，"
    } else {
        ", "
    })
}

fn said(kind: Kind, text: &str, words: &Words) -> String {
    match kind {
        Kind::Entry => typed(text, words),
        _ => spoken(text, words),
    }
}

/// A page from its beginning: title, what matters, facts, what can be chosen, and last what has the focus.
pub fn whole(page: &Page, words: &Words) -> Vec<Phrase> {
    let mut saying = Saying::new(words);
    for kinds in [
        &[Kind::Title][..],
        &[Kind::Notice],
        &[Kind::Entry, Kind::Placeholder, Kind::Figure, Kind::Fact],
    ] {
        for text in page.texts.iter().filter(|text| kinds.contains(&text.kind)) {
            saying.say(&said(text.kind, &text.text, words));
        }
    }
    if page.key.overlaid {
        saying.say(&words.any_key);
    }
    if !page.controls.is_empty() {
        saying.say(&words.choices);
    }
    let mut digits_said = false;
    for control in &page.controls {
        if !control.is_digit() {
            saying.control(control);
        } else if !digits_said {
            saying.say(&words.digits);
            digits_said = true;
        }
    }
    saying.focused(page);
    saying.phrases
}

/// What has changed on a page that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    pub phrases: Vec<Phrase>,
    /// Nobody waits for it: it is said behind what is being said.
    pub patient: bool,
}

/// What has changed on a page that stands. What a person did and what a page is about is said at once; a fact beside it, such as that
/// the receipt is printed, cuts nobody's reading off.
pub fn changes(before: &Page, after: &Page, words: &Words) -> News {
    let mut saying = Saying::new(words);
    echo(&mut saying, before.entry(), after.entry());
    let mut urgent = before.entry() != after.entry();
    let gone: Vec<&str> = fresh(after, before);
    for text in after.texts.iter() {
        let stands = before.texts.contains(text);
        if stands
            || matches!(text.kind, Kind::Entry | Kind::Placeholder)
            || silent(&gone, &text.text)
        {
            continue;
        }
        urgent |= text.kind != Kind::Fact;
        saying.say(&spoken(&text.text, words));
    }
    let moved = before.focus != after.focus;
    for control in &after.controls {
        let known = before.controls.iter().find(|other| other.id == control.id);
        let has_focus = after.focus.as_ref() == Some(&control.id);
        if (moved && has_focus) || known == Some(control) || control.is_digit() {
            continue;
        }
        let counts = known.is_some_and(|known| silent(&[known.label.as_str()], &control.label));
        let left = known.is_some_and(|known| known.chosen == Some(true)) && !has_focus;
        if !counts && !left {
            urgent |= has_focus;
            saying.control(control);
        }
    }
    if moved {
        saying.focused(after);
    }
    News {
        phrases: saying.phrases,
        patient: !urgent && !moved,
    }
}

/// The texts of one page that another has not.
fn fresh<'a>(page: &Page, of: &'a Page) -> Vec<&'a str> {
    let texts = of.texts.iter().filter(|text| !page.texts.contains(text));
    texts.map(|text| text.text.as_str()).collect()
}

/// What was typed or deleted, so that it can be checked without the eyes.
fn echo(saying: &mut Saying<'_>, before: Option<&str>, after: Option<&str>) {
    let bare = |text: Option<&str>| -> String {
        let text = text.unwrap_or_default();
        text.chars().filter(|sign| !sign.is_whitespace()).collect()
    };
    let (old, new) = (bare(before), bare(after));
    let words = saying.words;
    let digits = |text: &str| text.chars().all(|sign| sign.is_ascii_digit());
    if old == new {
        return;
    }
    if new.is_empty() {
        saying.say(&words.nothing_entered);
    } else if let Some(added) = new.strip_prefix(&old).filter(|added| digits(added)) {
        saying.say(&typed(added, words));
    } else if let Some(removed) = old.strip_prefix(&new).filter(|removed| digits(removed)) {
        saying.say(&words.deleted.with(&[&typed(removed, words)]));
    } else {
        saying.say(&typed(after.unwrap_or_default(), words));
    }
}

/// Whether a text only counts on from one of these, to a number that is not said.
fn silent(before: &[&str], text: &str) -> bool {
    let Some((frame, left)) = countdown(text) else {
        return false;
    };
    let earlier = before.iter().filter_map(|text| countdown(text));
    let earlier = earlier
        .filter(|(other, _)| *other == frame)
        .map(|(_, left)| left);
    let Some(earlier) = earlier.max() else {
        return false;
    };
    // More time than before was given: said as well, since somebody asked for it.
    let crossed = COUNTED.iter().any(|at| left <= *at && *at < earlier);
    left < earlier && !crossed
}

/// Seconds in a text, and the text without them: a number before "s" or the Chinese for it, or one that begins it and is no amount.
pub(super) fn countdown(text: &str) -> Option<(String, u32)> {
    let signs: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < signs.len() {
        if !signs[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at
            + signs[at..]
                .iter()
                .take_while(|sign| sign.is_ascii_digit())
                .count();
        let unit = end + usize::from(signs.get(end) == Some(&' '));
        let behind: String = signs[unit.min(signs.len())..].iter().collect();
        let alone = |unit: &str| {
            let rest = behind.strip_prefix(unit);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let seconds = behind.starts_with('秒')
            || alone("s")
            || ["seconds", "segundos"]
                .iter()
                .any(|unit| behind.starts_with(unit));
        if seconds {
            let number: String = signs[at..end].iter().collect();
            let frame = signs[..at].iter().chain(&signs[end..]).collect();
            return Some((frame, number.parse().ok()?));
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests;
