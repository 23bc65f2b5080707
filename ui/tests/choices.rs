//! What a person chooses for the glass itself: it shows at once, and holds as long as it should.

mod support;

use meterpost_ui::view::{CashView, Language, Screen, View};
use meterpost_ui::{Appearance, Sheet, TextSize};
use support::finger::touch;
use support::{Bench, LARGE, SMALL, name, samples, settle};

const CHINESE: Language = Language::Chinese;

fn number() -> View {
    samples::view(
        CHINESE,
        Screen::Number {
            entry: "2026".into(),
            problem: None,
            reports_loss: true,
        },
    )
}

#[test]
fn help_changes_the_glass_at_once_and_the_next_session_begins_as_always() {
    let bench = Bench::new(LARGE);
    bench.show(&number());
    touch(&bench, "help");
    touch(&bench, "size-2");
    touch(&bench, "contrast-high");
    let chosen = Appearance {
        text_size: TextSize::Larger,
        high_contrast: true,
    };
    assert_eq!(bench.terminal.appearance(), chosen);
    touch(&bench, "sheet-close");
    assert_eq!(bench.terminal.appearance(), chosen, "closing keeps it");
    bench.control("find");
    bench.terminal.show(&samples::view(
        CHINESE,
        Screen::Meter(samples::meter(CHINESE)),
    ));
    assert_eq!(
        bench.terminal.appearance(),
        chosen,
        "another screen keeps it"
    );
    bench.terminal.show(&samples::view(
        CHINESE,
        Screen::Attract(samples::all_works()),
    ));
    assert_eq!(bench.terminal.appearance(), Appearance::default());
}

#[test]
fn a_countdown_at_the_note_slot_is_not_hidden_by_a_sheet() {
    let bench = Bench::new(LARGE);
    let with = |finishing_in| {
        let cash = CashView {
            finishing_in,
            ..samples::cash()
        };
        samples::view(CHINESE, Screen::Cash(cash))
    };
    bench.show(&with(None));
    touch(&bench, "help");
    bench.terminal.show(&with(None));
    bench.control("sheet-close");
    bench.terminal.show(&with(Some(30)));
    bench.control("finish");
}

#[test]
fn nobody_at_the_first_screen_means_that_it_becomes_as_always() {
    let bench = Bench::new(LARGE);
    let attract = samples::view(CHINESE, Screen::Attract(samples::all_works()));
    bench.show(&attract);
    touch(&bench, "help");
    touch(&bench, "contrast-high");
    bench.terminal.show(&attract);
    assert!(
        bench.terminal.appearance().high_contrast,
        "not while somebody may be there"
    );
    let pass = |seconds| {
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_secs(seconds));
        settle();
    };
    // Whoever still touches something is there: the time begins anew.
    pass(100);
    touch(&bench, "size-2");
    pass(100);
    assert!(
        bench.terminal.appearance().high_contrast,
        "two minutes after the last touch, not after the first change"
    );
    pass(21);
    assert_eq!(bench.terminal.appearance(), Appearance::default());
    bench.control("start");
}

#[test]
fn a_sheet_closes_when_the_screen_changes_under_it() {
    let bench = Bench::new(LARGE);
    bench.show(&number());
    bench.terminal.open(Sheet::Help);
    settle();
    bench.terminal.show(&number());
    settle();
    bench.control("sheet-close");
    bench
        .terminal
        .show(&samples::view(CHINESE, Screen::Cash(samples::cash())));
    settle();
    bench.control("finish");
}

#[test]
fn words_are_as_large_as_chosen_or_as_there_is_room_for() {
    let bench = Bench::new(LARGE);
    let show = |text_size| {
        let appearance = Appearance {
            text_size,
            high_contrast: false,
        };
        bench.appear("number", &number(), appearance);
        bench.terminal.text_scale()
    };
    let scales: Vec<f32> = TextSize::ALL.map(show).into();
    assert!((scales[0] - 1.0).abs() < 0.001, "{scales:?}");
    assert!(scales.is_sorted(), "{scales:?}");
    assert!(scales[3] > 1.2 && scales[3] <= 1.75, "{scales:?}");
}

#[test]
fn receipts_are_leafed_through_on_the_glass() {
    let bench = Bench::new(SMALL);
    let mut history = samples::account::history(CHINESE);
    for receipt in &mut history.receipts {
        receipt.can_print = true;
    }
    bench.show(&samples::view(CHINESE, Screen::History(history)));
    let shown = || -> Vec<String> {
        let names = bench.controls().iter().map(name).collect::<Vec<_>>();
        names
            .into_iter()
            .filter(|name| name.starts_with("reprint-"))
            .collect()
    };
    let mut seen = shown();
    for _ in 0..7 {
        if !bench
            .controls()
            .iter()
            .any(|control| name(control) == "older")
        {
            break;
        }
        touch(&bench, "older");
        seen.extend(shown());
    }
    let wanted: Vec<String> = (0..7).map(|place| format!("reprint-{place}")).collect();
    assert_eq!(seen, wanted, "each once, in order");
}
