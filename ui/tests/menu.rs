//! The service menu on the glass: the hidden way in, the pages of a list, the tests that need all of the glass.

mod support;

use std::time::Duration;

use i_slint_backend_testing::ElementHandle;
use meterpost_ui::view::{
    Intent, Language, MenuIntent, MenuPage, MenuRow, MenuTone, MenuView, Phrase, Screen, View, Word,
};
use slint::LogicalPosition;
use support::finger::{middle, press, release, touch};
use support::{Bench, CANVASES, LARGE, SMALL, label, name, place, samples, settle};

const ENGLISH: Language = Language::English;

fn open() -> [Intent; 1] {
    [Intent::Menu(MenuIntent::Open)]
}

fn attract() -> View {
    samples::view(ENGLISH, Screen::Attract(samples::all_works()))
}

/// A sample by its name.
fn state(name: &str) -> View {
    let mut states = samples::all(ENGLISH).into_iter();
    let found = states.find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}

fn tap(bench: &Bench, position: LogicalPosition) {
    press(bench, position);
    release(bench, position);
}

/// Lets so much time go by.
fn wait(time: Duration) {
    i_slint_backend_testing::mock_elapsed_time(time);
    settle();
}

fn corner(bench: &Bench) -> LogicalPosition {
    let elements = bench.elements();
    let corner = elements
        .iter()
        .find(|element| name(element) == "menu-corner");
    middle(corner.expect("the corner"))
}

#[test]
fn five_touches_in_the_corner_open_the_menu_and_nothing_else_happens() {
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        for view in [attract(), state("out-of-service")] {
            bench.show(&view);
            let at = corner(&bench);
            assert!(at.x < 100.0 && at.y < 100.0, "{at:?}");
            for _ in 0..4 {
                tap(&bench, at);
                assert_eq!(bench.intents(), []);
            }
            tap(&bench, at);
            assert_eq!(bench.intents(), open(), "on {}", canvas.name);
        }
    }
}

#[test]
fn a_pause_begins_the_count_anew() {
    let bench = Bench::new(LARGE);
    bench.show(&attract());
    let at = corner(&bench);
    for _ in 0..4 {
        tap(&bench, at);
    }
    wait(Duration::from_millis(1_200));
    for _ in 0..4 {
        tap(&bench, at);
        wait(Duration::from_millis(300));
    }
    assert_eq!(bench.intents(), []);
    tap(&bench, at);
    assert_eq!(bench.intents(), open());
}

#[test]
fn the_corner_is_no_control_and_takes_nothing_of_the_first_screen() {
    let bench = Bench::new(LARGE);
    bench.show(&attract());
    let names: Vec<_> = bench.controls().iter().map(name).collect();
    assert!(!names.contains(&"menu-corner".to_owned()));
    let start = place(&bench.control("start"));
    tap(&bench, LogicalPosition::new(start.x + 20.0, start.y + 2.0));
    assert_eq!(bench.intents(), [Intent::Start]);
}

#[test]
fn no_screen_of_a_session_has_the_corner() {
    let bench = Bench::new(LARGE);
    for (state, view) in samples::all(ENGLISH) {
        bench.appear(state, &view, meterpost_ui::Appearance::default());
        let there = bench
            .elements()
            .iter()
            .any(|each| name(each) == "menu-corner");
        let idle = matches!(
            view.screen,
            Screen::Attract(_) | Screen::OutOfService { .. }
        );
        assert_eq!(there, idle && !state.starts_with("help"), "{state}");
        if !there {
            for _ in 0..5 {
                tap(&bench, LogicalPosition::new(40.0, 40.0));
            }
            let opened = bench.intents().contains(&Intent::Menu(MenuIntent::Open));
            assert!(!opened, "{state}");
        }
    }
}

fn rows(title: Word, count: usize, touchable: bool) -> View {
    let act = |row: usize| meterpost_ui::view::MenuAct {
        name: format!("row-{row}"),
        word: Word::Delivery,
        grave: false,
        refused: None,
    };
    let row = |row: usize| MenuRow {
        name: Phrase::Given(format!("Row {row}")),
        value: Phrase::Given("value".into()),
        tone: MenuTone::Good,
        act: touchable.then(|| act(row)),
    };
    let list = meterpost_ui::view::MenuList {
        title,
        notice: None,
        rows: (0..count).map(row).collect(),
        acts: Vec::new(),
    };
    let menu = MenuView {
        page: MenuPage::List(list),
        ..samples::menu::glance()
    };
    samples::view(ENGLISH, Screen::Menu(menu))
}

fn shown(bench: &Bench) -> Vec<String> {
    let rows = bench.controls();
    let rows = rows
        .iter()
        .map(name)
        .filter(|name| name.starts_with("menu-row-"));
    rows.collect()
}

#[test]
fn every_row_of_a_long_list_can_be_paged_to_once() {
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        bench.show(&rows(Word::Pending, 23, true));
        let mut seen = shown(&bench);
        assert!(seen.len() >= 3, "{} rows on {}", seen.len(), canvas.name);
        while bench
            .controls()
            .iter()
            .any(|each| name(each) == "menu-older")
        {
            assert_eq!(
                touch(&bench, "menu-older"),
                [Intent::Menu(MenuIntent::Stay)]
            );
            seen.extend(shown(&bench));
        }
        let all: Vec<_> = (0..23).map(|row| format!("menu-row-{row}")).collect();
        assert_eq!(seen, all, "on {}", canvas.name);
        // And back to the first.
        while bench
            .controls()
            .iter()
            .any(|each| name(each) == "menu-newer")
        {
            touch(&bench, "menu-newer");
        }
        assert_eq!(shown(&bench)[0], "menu-row-0");
    }
}

#[test]
fn a_list_stays_at_its_page_while_it_is_shown_anew_and_when_somebody_comes_back() {
    let bench = Bench::new(SMALL);
    let list = rows(Word::Pending, 23, true);
    bench.show(&list);
    touch(&bench, "menu-older");
    let second = shown(&bench);
    bench.show(&View {
        clock: "14:06".into(),
        ..list.clone()
    });
    assert_eq!(shown(&bench), second, "the clock went on");
    touch(&bench, &second[0]);
    bench.show(&rows(Word::Delivery, 40, true));
    assert_eq!(
        shown(&bench)[0],
        "menu-row-0",
        "a page below begins at its beginning"
    );
    touch(&bench, "menu-older");
    touch(&bench, "menu-back");
    bench.show(&list);
    assert_eq!(shown(&bench), second, "back where it was left");
    bench.show(&attract());
    bench.show(&list);
    assert_eq!(shown(&bench)[0], "menu-row-0", "another who opens the menu");
}

#[test]
fn a_list_that_became_short_shows_its_last_page() {
    let bench = Bench::new(SMALL);
    bench.show(&rows(Word::Pending, 23, true));
    for _ in 0..3 {
        touch(&bench, "menu-older");
    }
    bench.show(&rows(Word::Pending, 2, true));
    assert_eq!(shown(&bench), ["menu-row-0", "menu-row-1"]);
}

#[test]
fn nothing_under_a_question_can_be_touched_and_no_is_there() {
    let bench = Bench::new(LARGE);
    bench.show(&state("menu-asks"));
    let mut names: Vec<_> = bench.controls().iter().map(name).collect();
    names.sort();
    assert_eq!(names, ["menu-collect-yes", "menu-no"]);
    assert_eq!(touch(&bench, "menu-no"), [Intent::Menu(MenuIntent::Back)]);
    for (x, y) in [(60.0, 800.0), (1300.0, 40.0), (1200.0, 800.0)] {
        tap(&bench, LogicalPosition::new(x, y));
        assert_eq!(bench.intents(), [], "at {x}, {y}");
    }
}

#[test]
fn what_is_refused_says_why_and_does_nothing() {
    let bench = Bench::new(LARGE);
    bench.show(&state("menu-devices"));
    let elements = bench.elements();
    let validator = elements
        .iter()
        .find(|each| name(each) == "menu-test-validator");
    let validator = validator.expect("it is shown");
    assert_eq!(validator.accessible_enabled(), Some(false));
    assert_eq!(
        validator.accessible_description().as_deref(),
        Some("It is busy now; try again in a minute.")
    );
    tap(&bench, middle(validator));
    assert_eq!(
        bench.intents(),
        [Intent::Stay],
        "only that somebody is there"
    );
    let texts: String = elements.iter().map(label).collect::<Vec<_>>().join(" ");
    assert!(
        texts.replace('\n', " ").contains("It is busy now"),
        "{texts}"
    );
}

#[test]
fn the_fields_of_the_touch_test_cover_the_glass_and_act_when_touched() {
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        bench.show(&samples::view(ENGLISH, samples::menu::touch_test(8, 6)));
        let fields = bench.controls();
        assert_eq!(fields.len(), 48);
        let area: f32 = fields
            .iter()
            .map(place)
            .map(|at| at.width * at.height)
            .sum();
        let whole = canvas.width as f32 * canvas.height as f32;
        assert!((area - whole).abs() < whole * 0.001, "{area} of {whole}");
        let position = middle(&bench.control("menu-field-47"));
        press(&bench, position);
        assert_eq!(bench.intents(), [Intent::Menu(MenuIntent::Touched(47))]);
        release(&bench, position);
        assert_eq!(bench.intents(), [], "once only");
    }
}

#[test]
fn a_dead_field_keeps_nobody_in_the_touch_test() {
    let bench = Bench::new(LARGE);
    bench.show(&samples::view(ENGLISH, samples::menu::touch_test(8, 6)));
    wait(Duration::from_secs(9));
    touch(&bench, "menu-field-3");
    wait(Duration::from_secs(9));
    let back = |bench: &Bench| {
        bench
            .controls()
            .iter()
            .any(|each| name(each) == "menu-back")
    };
    assert!(!back(&bench), "somebody is at it");
    wait(Duration::from_secs(2));
    assert!(back(&bench));
    touch(&bench, "menu-field-0");
    assert!(!back(&bench), "it goes on");
    wait(Duration::from_secs(11));
    assert_eq!(touch(&bench, "menu-back"), [Intent::Menu(MenuIntent::Back)]);
}

#[test]
fn the_colour_test_is_one_colour_from_edge_to_edge_and_its_grid_is_of_single_pixels() {
    let bench = Bench::new(SMALL);
    let picture = |name: &str| {
        bench.show(&state(name));
        bench.picture()
    };
    for (state, colour) in [
        ("menu-colour-white", [255, 255, 255]),
        ("menu-colour-black", [0, 0, 0]),
        ("menu-colour-red", [255, 0, 0]),
        ("menu-colour-green", [0, 255, 0]),
        ("menu-colour-blue", [0, 0, 255]),
    ] {
        let picture = picture(state);
        let even = |pixel: &slint::Rgba8Pixel| [pixel.r, pixel.g, pixel.b] == colour;
        assert!(picture.as_slice().iter().all(even), "{state}");
    }
    let grid = picture("menu-colour-grid");
    let across = grid.width() as usize;
    for (place, pixel) in grid.as_slice().iter().enumerate() {
        let lit = (place % across + place / across).is_multiple_of(2);
        assert_eq!(pixel.r, if lit { 255 } else { 0 }, "pixel {place}");
    }
}

#[test]
fn all_of_a_long_text_is_on_the_glass() {
    let view = state("menu-logs");
    let said: String = {
        let Screen::Menu(menu) = &view.screen else {
            panic!("a menu");
        };
        let MenuPage::List(list) = &menu.page else {
            panic!("a list");
        };
        let text = |phrase: &Phrase| match phrase {
            Phrase::Given(text) => text.clone(),
            Phrase::Said(..) => panic!("a device's words"),
        };
        let rows = list.rows.iter();
        rows.map(|row| text(&row.name) + &text(&row.value))
            .collect()
    };
    for canvas in CANVASES {
        let bench = Bench::new(canvas);
        bench.show(&view);
        let mut read = String::new();
        loop {
            read.push_str(&blocks(&bench.elements()));
            if !bench
                .controls()
                .iter()
                .any(|each| name(each) == "menu-older")
            {
                break;
            }
            touch(&bench, "menu-older");
        }
        let bare = |text: &str| text.replace([' ', '\n'], "");
        assert_eq!(bare(&read), bare(&said), "on {}", canvas.name);
    }
}

/// The texts of the rows in their order on the glass.
fn blocks(elements: &[ElementHandle]) -> String {
    let is_block = |element: &&ElementHandle| {
        let own = element.type_name().into_iter();
        own.chain(element.bases().into_iter().flatten())
            .any(|kind| kind == "BlockText")
    };
    let mut found: Vec<(i32, i32, String)> = Vec::new();
    for element in elements.iter().filter(is_block) {
        let at = place(element);
        // Where name and value stand beside each other their middles are at one height.
        let (middle, left) = ((at.y + at.height / 2.0).round() as i32, at.x as i32);
        if !found
            .iter()
            .any(|other| (other.0, other.1) == (middle, left))
        {
            found.push((middle, left, label(element)));
        }
    }
    found.sort();
    found.into_iter().map(|(_, _, text)| text).collect()
}
