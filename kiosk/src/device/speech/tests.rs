//! The voice with real programs: scripts that keep what they are given, and espeak-ng itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use meterpost_ui::view::Language;
use meterpost_ui::{Phrase, Speaker, Utterance};

use super::{SpeechEvent, SpeechSettings, SpeechState, Voice, spawn};

const PATIENCE: Duration = Duration::from_secs(30);

/// Keeps its arguments and its text, says who it is, and lasts as long as the text says.
const SYNTHESIZER: &str = r#"#!/bin/sh
words=$(cat)
printf '%s|%s\n' "$*" "$words" >> "@/said"
case "$words" in long*) echo $$ > "@/pid"; exec sleep 600 ;; esac
printf sound
"#;
const PLAYER: &str = "#!/bin/sh\ncat >> \"@/played\"\n";

struct Scene {
    folder: tempfile::TempDir,
    voice: Voice,
    events: Receiver<SpeechEvent>,
}

fn script(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text.replace('@', &folder.display().to_string())).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

impl Scene {
    fn open(change: impl FnOnce(&Path, &mut SpeechSettings)) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = SpeechSettings {
            program: script(folder.path(), "synthesizer", SYNTHESIZER),
            player: vec![script(folder.path(), "player", PLAYER)],
            rate: 160,
            volume: 100,
            headphones: None,
        };
        change(folder.path(), &mut settings);
        let (sender, events) = channel();
        let voice = spawn(settings, move |event| drop(sender.send(event))).unwrap();
        Scene {
            folder,
            voice,
            events,
        }
    }

    fn say(&self, language: Language, words: &str) {
        self.voice.say(Utterance {
            signal: false,
            patient: false,
            phrases: vec![Phrase {
                language,
                words: words.into(),
            }],
            volume: 1,
            speed: 1,
        });
    }

    fn event(&self) -> SpeechEvent {
        self.events.recv_timeout(PATIENCE).expect("an event")
    }

    fn ready(&self) {
        assert_eq!(self.event(), SpeechEvent::State(SpeechState::Ready));
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn wait<T>(&self, what: &str, found: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(Instant::now() < end, "waited for {what}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn wait_for_text(&self, name: &str, words: &str) -> String {
        self.wait(words, || {
            let text = std::fs::read_to_string(self.file(name)).ok()?;
            text.contains(words).then_some(text)
        })
    }
}

#[test]
fn words_go_by_the_standard_input_in_their_language_and_the_sound_to_the_player() {
    let scene = Scene::open(|_, _| {});
    scene.ready();
    scene.say(
        Language::English,
        "Balance $(touch \"pwned\"); `id` 12 yuan",
    );
    let said = scene.wait_for_text("said", "12 yuan");
    let line = said.lines().last().unwrap();
    assert_eq!(
        line,
        "-v en -s 160 -a 100 -b 1 --stdin --stdout|Balance $(touch \"pwned\"); `id` 12 yuan"
    );
    scene.say(Language::Chinese, "余额");
    scene.wait_for_text(
        "said",
        "-v cmn-latn-pinyin -s 160 -a 100 -b 1 --stdin --stdout|余额",
    );
    scene.wait_for_text("played", "sound");
}

#[test]
fn what_is_new_breaks_off_what_is_said_and_leaves_no_process_behind() {
    let scene = Scene::open(|_, _| {});
    scene.ready();
    scene.say(Language::English, "long");
    let pid = scene.wait("a process", || {
        let pid = std::fs::read_to_string(scene.file("pid")).ok()?;
        pid.trim().parse::<u32>().ok()
    });
    assert!(Path::new(&format!("/proc/{pid}")).exists());
    scene.say(Language::English, "short");
    scene.wait_for_text("said", "|short");
    assert!(
        !Path::new(&format!("/proc/{pid}")).exists(),
        "ended and forgotten"
    );
    scene.say(Language::English, "long again");
    let second = scene.wait("another process", || {
        let text = std::fs::read_to_string(scene.file("pid")).ok()?;
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|other| *other != pid)
    });
    scene.voice.hush();
    scene.wait("silence", || {
        (!Path::new(&format!("/proc/{second}")).exists()).then_some(())
    });
}

#[test]
fn a_patient_word_waits_for_what_is_said() {
    let scene = Scene::open(|_, _| {});
    scene.ready();
    scene.say(Language::English, "first");
    scene.voice.say(Utterance {
        signal: false,
        patient: true,
        phrases: vec![Phrase {
            language: Language::English,
            words: "second".into(),
        }],
        volume: 1,
        speed: 1,
    });
    let said = scene.wait_for_text("said", "|second");
    assert!(said.find("|first").unwrap() < said.find("|second").unwrap());
}

#[test]
fn a_signal_is_a_sound_of_its_own_that_needs_no_synthesizer() {
    let scene = Scene::open(|_, settings| settings.program = "/nonexistent/synthesizer".into());
    let SpeechEvent::State(SpeechState::Broken(why)) = scene.event() else {
        panic!("it is missing");
    };
    assert!(why.contains("/nonexistent/synthesizer"), "{why}");
    scene.voice.say(Utterance {
        signal: true,
        patient: false,
        phrases: Vec::new(),
        volume: 1,
        speed: 1,
    });
    scene.wait("a signal", || {
        let played = std::fs::read(scene.file("played")).ok()?;
        (played.starts_with(b"RIFF") && played.len() > 5_000).then_some(())
    });
}

#[test]
fn a_signal_does_not_make_a_voice_ready_whose_synthesizer_is_missing() {
    let scene = Scene::open(|_, settings| settings.program = "/nonexistent/synthesizer".into());
    let first = scene.event();
    assert!(
        matches!(first, SpeechEvent::State(SpeechState::Broken(_))),
        "{first:?}"
    );
    // The second begins only after the first has ended and what that means was told.
    for _ in 0..2 {
        scene.voice.say(Utterance {
            signal: true,
            patient: true,
            phrases: Vec::new(),
            volume: 1,
            speed: 1,
        });
    }
    scene.wait("two signals", || {
        let played = std::fs::read(scene.file("played")).ok()?;
        let begins = played.windows(4).filter(|bytes| *bytes == b"RIFF");
        (begins.count() == 2).then_some(())
    });
    let more: Vec<SpeechEvent> = scene.events.try_iter().collect();
    assert_eq!(more, []);
}

#[test]
fn without_a_sound_card_the_voice_says_why_it_cannot_be_heard() {
    let scene = Scene::open(|folder, settings| {
        let text = "#!/bin/sh\ncat > /dev/null\nexit 1\n";
        settings.player = vec![script(folder, "player", text)];
    });
    let SpeechEvent::State(SpeechState::Broken(why)) = scene.event() else {
        panic!("it cannot be heard");
    };
    assert!(why.contains("the player ended with"), "{why}");
}

#[test]
fn headphones_that_are_plugged_in_and_pulled_out_are_told() {
    let scene = Scene::open(|folder, settings| {
        let jack = folder.join("jack");
        std::fs::write(&jack, "0\n").unwrap();
        settings.headphones = Some(jack);
    });
    scene.ready();
    for plugged in [true, false] {
        std::fs::write(scene.file("jack"), if plugged { "1\n" } else { "0\n" }).unwrap();
        assert_eq!(scene.event(), SpeechEvent::Headphones(plugged));
    }
}

#[test]
fn headphones_that_are_in_before_the_voice_is_ready_are_told_as_soon_as_it_is() {
    let scene = Scene::open(|folder, settings| {
        let jack = folder.join("jack");
        std::fs::write(&jack, "1\n").unwrap();
        settings.headphones = Some(jack);
        std::fs::write(folder.join("mute"), "").unwrap();
        let text = "#!/bin/sh\ncat > /dev/null\ntest ! -e \"@/mute\"\n";
        settings.player = vec![script(folder, "player", text)];
    });
    let broken = |scene: &Scene| {
        let event = scene.event();
        assert!(
            matches!(event, SpeechEvent::State(SpeechState::Broken(_))),
            "{event:?}"
        );
    };
    broken(&scene);
    // And again where it fails meanwhile, for then it was off.
    for _ in 0..2 {
        std::fs::remove_file(scene.file("mute")).unwrap();
        scene.say(Language::English, "heard");
        scene.ready();
        assert_eq!(scene.event(), SpeechEvent::Headphones(true));
        std::fs::write(scene.file("mute"), "").unwrap();
        scene.say(Language::English, "not heard");
        broken(&scene);
    }
}

#[test]
fn espeak_itself_makes_sound_of_every_language() {
    for (language, words) in [
        (Language::English, "The balance is 62 yuan 50."),
        (Language::Spanish, "El saldo es de 62 yuanes con 50."),
        (Language::Chinese, "余额 62.50 元。"),
        (Language::TraditionalChinese, "餘額 62.50 元。"),
    ] {
        let scene = Scene::open(|_, settings| settings.program = "espeak-ng".into());
        scene.ready();
        let before = std::fs::metadata(scene.file("played")).unwrap().len() as usize;
        scene.say(language, words);
        let sound = scene.wait("a sound", || {
            let played = std::fs::read(scene.file("played")).ok()?;
            (played.len() > before + 20_000).then_some(played)
        });
        let samples = sound[before + 44..].chunks_exact(2);
        let heights = samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]]).unsigned_abs());
        assert!(heights.max().unwrap() > 3_000, "{language:?} is silent");
    }
}
