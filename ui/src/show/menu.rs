//! The service menu: its words are finished here and broken into lines, and its rows are laid out for the room there is.

mod layout;
mod rows;

pub(crate) use layout::lay_out;

use slint::{Global, Image, Model, Rgb8Pixel, SharedPixelBuffer, SharedString};

use super::{refill, seconds, text};
use crate::filled::filled;
use crate::generated::{
    AppWindow, MenuAdapter, MenuAsk, MenuPageName, MenuRawAct, MenuRawRow, MenuWords, ScreenName,
    Tone,
};
use crate::view::{
    EntryAsk, MenuAct, MenuEntry, MenuList, MenuPage, MenuRow, MenuTone, MenuView, Phrase, Word,
};

/// The language must be chosen before: words are taken from its catalogue here.
pub(super) fn menu(app: &AppWindow, view: &MenuView) -> ScreenName {
    let adapter = MenuAdapter::get(app);
    let person = view.person.as_ref();
    adapter.set_person(text(person.map_or("", |person| &person.name)));
    adapter.set_role(person.map_or_else(SharedString::new, |person| said(app, person.role)));
    adapter.set_closing_in(seconds(view.closing_in));
    adapter.set_counts_down(view.closing_in.is_some());
    match &view.page {
        MenuPage::Entry(entry) => show_entry(app, entry),
        MenuPage::List(list) => show_list(app, list),
        MenuPage::Number(number) => {
            adapter.set_title(said(app, number.title));
            adapter.set_question(phrase(app, &number.asks));
            adapter.set_entry(text(&number.entry));
            adapter.set_problem(maybe(app, number.problem));
            adapter.set_page(MenuPageName::Number);
        }
        MenuPage::TouchTest { columns, touched } => {
            adapter.set_columns(i32::try_from(*columns).unwrap_or(1).max(1));
            refill(&adapter.get_touched_fields(), touched.iter().copied());
            adapter.set_page(MenuPageName::TouchTest);
        }
        MenuPage::ColourTest { step } => {
            adapter.set_step(i32::try_from(*step).unwrap_or(i32::MAX));
            adapter.set_grid(if *step > 4 {
                grid(app)
            } else {
                Image::default()
            });
            adapter.set_page(MenuPageName::ColourTest);
        }
    }
    if let Some(question) = &view.asks {
        adapter.set_asked(phrase(app, &question.words));
        adapter.set_answer(layout::answer(app, act(app, &question.act)));
    }
    adapter.set_asks(view.asks.is_some());
    ScreenName::Menu
}

/// Another screen than the menu is shown: the next who opens it finds every list at its beginning.
pub(super) fn left(app: &AppWindow) {
    let adapter = MenuAdapter::get(app);
    adapter.set_title_place(-1);
    adapter.set_sheet(0);
    adapter.set_deeper(false);
    refill(&adapter.get_left_at(), std::iter::empty());
}

fn show_entry(app: &AppWindow, entry: &MenuEntry) {
    let adapter = MenuAdapter::get(app);
    let (ask, left) = match entry.asks {
        EntryAsk::CardOrPin => (MenuAsk::CardOrPin, 0),
        EntryAsk::CardPin => (MenuAsk::CardPin, 0),
        EntryAsk::Code => (MenuAsk::Code, 0),
        EntryAsk::Door(left) => (MenuAsk::Door, left),
        EntryAsk::Wait(left) => (MenuAsk::Wait, left),
    };
    adapter.set_ask(ask);
    adapter.set_seconds(seconds(Some(left)));
    adapter.set_typed(i32::try_from(entry.typed).unwrap_or(i32::MAX));
    adapter.set_problem(maybe(app, entry.problem));
    adapter.set_page(MenuPageName::Entry);
}

fn show_list(app: &AppWindow, list: &MenuList) {
    let adapter = MenuAdapter::get(app);
    adapter.set_title(said(app, list.title));
    let (tone, words) = match &list.notice {
        Some((tone, words)) => (*tone, phrase(app, words)),
        None => (MenuTone::Neutral, SharedString::new()),
    };
    adapter.set_notice_tone(shown_tone(tone));
    adapter.set_raw_notice(words);
    refill(
        &adapter.get_raw_rows(),
        list.rows.iter().map(|row| raw_row(app, row)),
    );
    refill(
        &adapter.get_raw_acts(),
        list.acts.iter().map(|each| act(app, each)),
    );
    layout::turn_to(app, list.title);
    lay_out(app);
    adapter.set_page(MenuPageName::List);
}

fn raw_row(app: &AppWindow, row: &MenuRow) -> MenuRawRow {
    let none = || MenuRawAct {
        name: SharedString::new(),
        word: SharedString::new(),
        grave: false,
        refused: SharedString::new(),
    };
    MenuRawRow {
        tone: shown_tone(row.tone),
        name: phrase(app, &row.name),
        value: phrase(app, &row.value),
        act: row.act.as_ref().map_or_else(none, |each| act(app, each)),
    }
}

fn act(app: &AppWindow, act: &MenuAct) -> MenuRawAct {
    MenuRawAct {
        name: text(&act.name),
        word: said(app, act.word),
        grave: act.grave,
        refused: maybe(app, act.refused),
    }
}

fn shown_tone(tone: MenuTone) -> Tone {
    match tone {
        MenuTone::Neutral => Tone::Neutral,
        MenuTone::Good => Tone::Good,
        MenuTone::Warn => Tone::Warn,
        MenuTone::Bad => Tone::Bad,
        MenuTone::Busy => Tone::Busy,
    }
}

/// The word in the language chosen. A word that the screens lack shows its name, which tells more than nothing; a test insists that none
/// is lacking.
fn said(app: &AppWindow, word: Word) -> SharedString {
    let texts = MenuWords::get(app).get_texts();
    let lacking = || format!("{word:?}").into();
    texts.row_data(word as usize).unwrap_or_else(lacking)
}

fn maybe(app: &AppWindow, word: Option<Word>) -> SharedString {
    word.map_or_else(SharedString::new, |word| said(app, word))
}

fn phrase(app: &AppWindow, phrase: &Phrase) -> SharedString {
    match phrase {
        Phrase::Said(word, values) => filled(&said(app, *word), values).into(),
        Phrase::Given(given) => text(given),
    }
}

/// A grid of single pixels of the panel, light and dark in turns both ways: a row or column of the panel that is dead, or a wrong
/// resolution, shows at once.
fn grid(app: &AppWindow) -> Image {
    let size = slint::ComponentHandle::window(app).size();
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(size.width.max(1), size.height.max(1));
    let across = buffer.width() as usize;
    for (place, pixel) in buffer.make_mut_slice().iter_mut().enumerate() {
        let lit = (place % across + place / across).is_multiple_of(2);
        let part = if lit { 255 } else { 0 };
        *pixel = Rgb8Pixel::new(part, part, part);
    }
    Image::from_rgb8(buffer)
}
