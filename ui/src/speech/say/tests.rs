use super::super::page::{Control, Key, Kind, Page, Text};
use super::super::spell::tests::words;
use super::{changes, countdown, whole};
use crate::generated::{ScreenName, Sheet};
use crate::view::Language;

fn text(kind: Kind, text: &str) -> Text {
    Text {
        kind,
        text: text.into(),
    }
}

fn control(id: &str, label: &str) -> Control {
    Control {
        id: id.into(),
        label: label.into(),
        details: Vec::new(),
        enabled: true,
        reason: String::new(),
        chosen: None,
    }
}

fn page() -> Page {
    Page {
        key: Key {
            screen: ScreenName::Pay,
            sheet: Sheet::None,
            overlaid: false,
            language: Language::English,
        },
        texts: vec![
            text(Kind::Fact, "To pay"),
            text(Kind::Fact, "¥ 50.00"),
            text(Kind::Title, "How do you want to pay?"),
            text(Kind::Notice, "The wallet holds too little."),
        ],
        controls: vec![
            Control {
                details: vec!["Insert notes".into()],
                ..control("pay-cash", "Cash")
            },
            Control {
                enabled: false,
                reason: "No phone payment now".into(),
                ..control("pay-code", "Phone")
            },
            control("back", "Back"),
        ],
        focus: None,
    }
}

/// All that is said, in one.
fn said(phrases: Vec<super::Phrase>) -> String {
    let words: Vec<_> = phrases.into_iter().map(|phrase| phrase.words).collect();
    words.join("|")
}

fn changed(before: &Page, after: &Page) -> String {
    said(changes(before, after, &words(Language::English)).phrases)
}

#[test]
fn a_page_begins_with_its_question_and_ends_with_what_has_the_focus() {
    let english = words(Language::English);
    let all = "How do you want to pay?. The wallet holds too little. To pay. 50 yuan. You can choose: Cash, Insert notes. \
               Phone: not possible now. No phone payment now. Back."
        .replace("?.", "?");
    assert_eq!(said(whole(&page(), &english)), all);
    let focused = Page {
        focus: Some("back".into()),
        ..page()
    };
    assert_eq!(
        said(whole(&focused, &english)),
        format!("{all} Back. 2 of 2.")
    );
}

#[test]
fn a_language_is_named_in_its_own_voice() {
    let spanish = Control {
        chosen: Some(false),
        ..control("language-es", "Español")
    };
    let page = Page {
        controls: vec![control("start", "Touch to start"), spanish],
        texts: Vec::new(),
        ..page()
    };
    let phrases = whole(&page, &words(Language::English));
    let languages: Vec<_> = phrases.iter().map(|phrase| phrase.language).collect();
    assert_eq!(languages, [Language::English, Language::Spanish]);
    assert_eq!(phrases[1].words, "Español.");
}

#[test]
fn a_note_counted_and_a_way_that_opens_are_said_and_nothing_else() {
    let mut after = page();
    after.texts[1].text = "¥ 60.00".into();
    assert_eq!(changed(&page(), &after), "60 yuan.");
    after = page();
    after.controls[1].enabled = true;
    assert_eq!(changed(&page(), &after), "Phone.");
    assert_eq!(changed(&page(), &page()), "");
}

#[test]
fn a_countdown_is_said_where_it_matters_and_not_every_second() {
    let at = |left: u32| {
        let mut page = page();
        page.texts[1].text = format!("Without another note, ¥ 30 is credited in {left} s.");
        page.controls[2].label = format!("Finish ({left} s)");
        page
    };
    assert_eq!(changed(&at(29), &at(28)), "");
    assert_eq!(
        changed(&at(21), &at(20)),
        "Without another note, 30 yuan is credited in 20 seconds. Finish (20 seconds)."
    );
    assert!(changed(&at(5), &at(30)).contains("30 seconds"), "more time");
}

#[test]
fn seconds_are_told_from_other_numbers_in_every_language() {
    assert_eq!(countdown("完成（15 秒）"), Some(("完成（ 秒）".into(), 15)));
    assert_eq!(countdown("Finish (15 s)").map(|(_, left)| left), Some(15));
    assert_eq!(
        countdown("24 seconds until this session ends").map(|(_, left)| left),
        Some(24)
    );
    for other in ["¥ 50.00", "5 sums", "2026 0814", "", "s"] {
        assert_eq!(countdown(other), None, "{other}");
    }
}

#[test]
fn what_is_typed_and_deleted_is_echoed() {
    let entered = |entry: &str| {
        let mut page = page();
        if !entry.is_empty() {
            page.texts.push(text(Kind::Entry, entry));
        }
        page
    };
    for (before, after, echo) in [
        ("", "2", "2."),
        ("2026", "2026 0", "0."),
        ("2026 0", "2026", "0 deleted."),
        ("2026 08", "", "Nothing entered."),
        ("2026", "3150", "3 1 5 0."),
    ] {
        assert_eq!(
            changed(&entered(before), &entered(after)),
            echo,
            "{before} {after}"
        );
    }
}

#[test]
fn the_focus_is_said_with_its_place_and_a_choice_with_its_state() {
    let on = |id: &str| Page {
        focus: Some(id.into()),
        ..page()
    };
    assert_eq!(changed(&on("pay-cash"), &on("back")), "Back. 2 of 2.");
    let mut chosen = on("back");
    chosen.controls[2].chosen = Some(true);
    let mut open = on("back");
    open.controls[2].chosen = Some(false);
    assert_eq!(changed(&open, &chosen), "Back, chosen.");
}

#[test]
fn a_fact_beside_waits_and_what_somebody_did_or_waits_for_does_not() {
    let english = words(Language::English);
    let patient = |change: &dyn Fn(&mut Page)| {
        let mut after = page();
        change(&mut after);
        changes(&page(), &after, &english).patient
    };
    assert!(patient(
        &|page| page.texts[0].text = "Take your receipt".into()
    ));
    assert!(patient(&|page| page.controls[1].enabled = true));
    assert!(!patient(&|page| page.texts[3].text = "Another".into()));
    assert!(!patient(&|page| page.focus = Some("back".into())));
    assert!(!patient(&|page| page.texts.push(text(Kind::Entry, "2"))));
    assert!(!patient(&|page| page
        .texts
        .push(text(Kind::Figure, "¥ 60"))));
}
