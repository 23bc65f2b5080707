//! A resident who neither sees nor touches the screen: four keys, and a voice that says what is on the glass.

mod common;

use std::time::{Duration, Instant};

use common::{Scene, fast};
use meterpost_tests::scenario::speaker::{SOUND, played, said};
use meterpost_tests::scenario::stage::{ELECTRICITY, StagePlan};

const PATIENCE: Duration = Duration::from_secs(30);

fn speaking() -> StagePlan {
    StagePlan {
        voice: true,
        language: "en",
        ..fast()
    }
}

/// With the keys to a control, and chooses it.
#[track_caller]
fn choose(scene: &mut Scene, id: &str) {
    for _ in 0..40 {
        let focus = scene.screen.focus().expect("the kiosk answers");
        if focus.as_deref() == Some(id) {
            scene.screen.key("F3").expect("a key");
            return;
        }
        scene.screen.key("F2").expect("a key");
    }
    panic!("the keys do not come to {id}\n{}", scene.stage.last_words());
}

/// Waits until something with all these words was said.
#[track_caller]
fn hears(scene: &Scene, words: &[&str]) {
    let end = Instant::now() + PATIENCE;
    loop {
        let said = said(&scene.stage.folder);
        if said
            .iter()
            .any(|line| words.iter().all(|w| line.contains(w)))
        {
            return;
        }
        assert!(
            Instant::now() < end,
            "nobody said {words:?}:\n{}\n{}",
            said.join("\n"),
            scene.stage.last_words()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a sound with this in it reached the loudspeaker.
#[track_caller]
fn plays(scene: &Scene, sound: &str) {
    let end = Instant::now() + PATIENCE;
    while !String::from_utf8_lossy(&played(&scene.stage.folder)).contains(sound) {
        assert!(Instant::now() < end, "{sound} was not played");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_meter_is_topped_up_by_four_keys_and_the_voice_alone() {
    let mut scene = Scene::with(&speaking());
    scene.shows("Attract", &["cash: Works", "meters: Works"]);
    // The voice was tried without a sound; now it can be switched on.
    let ready = Instant::now() + PATIENCE;
    loop {
        scene.screen.key("F4").expect("a key");
        std::thread::sleep(Duration::from_millis(100));
        if said(&scene.stage.folder)
            .iter()
            .any(|line| line.contains("Voice is on"))
        {
            break;
        }
        assert!(Instant::now() < ready, "the voice cannot be switched on");
    }
    hears(&scene, &["en|160|100|", "Top up your meter."]);
    choose(&mut scene, "start");
    scene.shows("Number", &[]);
    hears(&scene, &["Enter your meter number.", "Digits 0 to 9."]);
    for digit in ELECTRICITY.chars() {
        choose(&mut scene, &format!("digit-{digit}"));
    }
    scene.shows("Number", &[ELECTRICITY]);
    choose(&mut scene, "find");
    scene.shows("Meter", &[]);
    hears(&scene, &["Choose an amount.", "12 yuan 50."]);
    choose(&mut scene, "amount-5000");
    scene.shows("Cash", &[]);
    hears(&scene, &["Insert notes.", "50 yuan."]);
    scene.insert(20);
    scene.shows("Cash", &["inserted: \"¥ 20.00\""]);
    hears(&scene, &["20 yuan."]);
    scene.insert(20);
    scene.insert(10);
    scene.shows("Done", &["balance: \"¥ 62.50\""]);
    hears(&scene, &["Topped up.", "62 yuan 50.", "K 1, 0 0 0 0, 0 1."]);
    // What was said, and the signal that the screen closes, which comes once the slip is there.
    plays(&scene, SOUND);
    plays(&scene, "WAVEfmt");
    choose(&mut scene, "close");
    scene.shows("Attract", &[]);
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
    assert_eq!(
        closing.accounts,
        common::accounts::Accounts::credited(5_000)
    );
}

#[test]
fn a_terminal_whose_synthesizer_is_missing_sells_and_offers_no_voice() {
    let mut scene = Scene::with_config(
        &fast(),
        "\n[speech]\nprogram = \"/nonexistent/synthesizer\"\n",
    );
    scene.top_up(ELECTRICITY, 50);
    scene.touch("help");
    let texts = scene.screen.texts().expect("the kiosk answers");
    assert!(texts.iter().all(|text| !text.contains("语音")), "{texts:?}");
    scene.touch("sheet-close");
    let closing = scene.close();
    assert_eq!(closing.applied(ELECTRICITY), [5_000]);
}
