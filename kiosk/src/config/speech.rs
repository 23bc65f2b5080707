//! `[speech]`, the voice, and `[keys]`, the four keys.

use meterpost_ui::{Key, Keys};

use super::reader::Section;
use crate::device::speech::SpeechSettings;

const PROGRAM: &str = "a speech synthesizer that is called as espeak-ng is: \"espeak-ng\"";
const PLAYER: &str = "a program that plays a WAV file from its standard input, and its arguments: [\"aplay\", \"-q\"]";
const HEADPHONES: &str = "a file that begins with 1 while headphones are plugged in";

/// `Some(None)`: there is no such table.
pub fn read(s: Section) -> Option<Option<SpeechSettings>> {
    if s.line().is_none() {
        return Some(None);
    }
    let program = s.text("program", PROGRAM);
    let given = s.has("player");
    let player = s.text_list("player", PLAYER);
    if player.as_ref().is_some_and(Vec::is_empty) {
        s.wrong("player", s.line().unwrap_or(1), "no program", PLAYER);
    }
    let rate = s.number("rate", 80..=450, " words a minute");
    let volume = s.number("volume", 1..=200, "");
    let headphones = s.text("headphones", HEADPHONES);
    s.finish();
    let player = match player {
        Some(words) if !words.is_empty() => words.into_iter().map(|word| word.value).collect(),
        _ if given => return None,
        _ => vec!["aplay".to_owned(), "-q".to_owned()],
    };
    let small =
        |number: Option<u64>, usual| number.and_then(|n| u32::try_from(n).ok()).unwrap_or(usual);
    Some(Some(SpeechSettings {
        program: program.map_or_else(|| "espeak-ng".to_owned(), |text| text.value),
        player,
        rate: small(rate, 160),
        volume: small(volume, 100),
        headphones: headphones.map(|text| text.value.into()),
    }))
}

/// A missing table or key means its default.
pub fn keys(s: Section) -> Keys {
    let names: Vec<(&str, Key)> = Key::names()
        .filter_map(|name| Some((name, Key::named(name)?)))
        .collect();
    let usual = Keys::default();
    let key = |name: &'static str, usual| s.choice(name, &names).unwrap_or(usual);
    let keys = Keys {
        previous: key("previous", usual.previous),
        next: key("next", usual.next),
        choose: key("choose", usual.choose),
        help: key("help", usual.help),
    };
    let four = [
        ("previous", keys.previous),
        ("next", keys.next),
        ("choose", keys.choose),
        ("help", keys.help),
    ];
    for (place, (name, key)) in four.iter().enumerate() {
        if let Some((other, _)) = four[..place].iter().find(|(_, other)| other == key) {
            let line = s.line().unwrap_or(1);
            s.wrong(
                name,
                line,
                format!("the same key as `{other}`"),
                "four different keys",
            );
        }
    }
    s.finish();
    keys
}
