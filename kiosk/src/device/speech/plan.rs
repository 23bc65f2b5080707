//! From an utterance to what the programs are started with. Pure.

use meterpost_ui::Utterance;
use meterpost_ui::view::Language;

use super::SpeechSettings;

/// The limits of the synthesizer.
const RATES: std::ops::RangeInclusive<u32> = 80..=450;
const LOUDEST: u32 = 200;
/// Of the usual speed and volume, in percent, for each step.
const SPEEDS: [u32; 4] = [75, 100, 140, 190];
const VOLUMES: [u32; 4] = [50, 100, 150, 200];
/// Longer than any screen. What is longer is cut, so that a pipe always has room for it.
const LONGEST: usize = 8000;

/// A sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// The signal that time runs out, so loud in percent.
    Signal(u32),
    /// Words.
    Words {
        /// The synthesizer's voice.
        voice: &'static str,
        /// Words a minute.
        rate: u32,
        /// 0 to 200.
        amplitude: u32,
        /// What is said.
        words: String,
    },
}

/// The voice of a language. The usual Mandarin voice of espeak-ng 1.51 reads the syllables that its dictionary gives as English
/// letters; the one that takes Latin letters for pinyin says them right.
fn voice(language: Language) -> &'static str {
    match language {
        Language::Chinese | Language::TraditionalChinese => "cmn-latn-pinyin",
        Language::Spanish => "es",
        _ => "en",
    }
}

fn step(steps: [u32; 4], step: u8) -> u32 {
    steps[usize::from(step).min(steps.len() - 1)]
}

/// The sounds of an utterance, in their order.
pub fn sounds(utterance: &Utterance, settings: &SpeechSettings) -> Vec<Sound> {
    let volume = step(VOLUMES, utterance.volume);
    let rate = settings.rate * step(SPEEDS, utterance.speed) / 100;
    let signal = utterance.signal.then_some(Sound::Signal(volume));
    let words = utterance.phrases.iter().map(|phrase| Sound::Words {
        voice: voice(phrase.language),
        rate: rate.clamp(*RATES.start(), *RATES.end()),
        amplitude: (settings.volume * volume / 100).min(LOUDEST),
        words: phrase.words.chars().take(LONGEST).collect(),
    });
    signal.into_iter().chain(words).collect()
}

/// What is played to see whether anything can be: nothing that is heard.
pub fn probe(settings: &SpeechSettings) -> Sound {
    Sound::Words {
        voice: voice(Language::English),
        rate: settings.rate,
        amplitude: 0,
        words: "a".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meterpost_ui::Phrase;

    fn settings() -> SpeechSettings {
        SpeechSettings {
            program: "espeak-ng".into(),
            player: vec!["aplay".into()],
            rate: 160,
            volume: 100,
            headphones: None,
        }
    }

    fn utterance(volume: u8, speed: u8) -> Utterance {
        let phrase = |language, words: &str| Phrase {
            language,
            words: words.into(),
        };
        Utterance {
            signal: true,
            patient: false,
            phrases: vec![
                phrase(Language::TraditionalChinese, "餘額"),
                phrase(Language::Spanish, "Español"),
            ],
            volume,
            speed,
        }
    }

    #[test]
    fn the_signal_comes_first_and_each_language_has_its_voice() {
        let sounds = sounds(&utterance(1, 1), &settings());
        assert_eq!(sounds[0], Sound::Signal(100));
        let words = |voice, words: &str| Sound::Words {
            voice,
            rate: 160,
            amplitude: 100,
            words: words.into(),
        };
        assert_eq!(sounds[1], words("cmn-latn-pinyin", "餘額"));
        assert_eq!(sounds[2], words("es", "Español"));
    }

    #[test]
    fn volume_and_speed_stay_within_what_the_synthesizer_takes() {
        for (volume, speed) in [(0, 0), (3, 3), (255, 255)] {
            for base in [1, 80, 450] {
                let settings = SpeechSettings {
                    rate: base.max(80),
                    volume: base.min(200),
                    ..settings()
                };
                for sound in sounds(&utterance(volume, speed), &settings) {
                    if let Sound::Words {
                        rate, amplitude, ..
                    } = sound
                    {
                        assert!(
                            RATES.contains(&rate) && amplitude <= LOUDEST,
                            "{rate} {amplitude}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_said_always_fits_a_pipe() {
        let long = Utterance {
            phrases: vec![Phrase {
                language: Language::Chinese,
                words: "额".repeat(100_000),
            }],
            ..utterance(1, 1)
        };
        for sound in sounds(&long, &settings()) {
            if let Sound::Words { words, .. } = sound {
                assert!(words.len() < 65_536);
            }
        }
    }
}
