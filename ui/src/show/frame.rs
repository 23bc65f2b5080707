//! What surrounds the screens: language, place, time of day, the person's choices, and the size of words that fits.

use slint::{Global, SelectBundledTranslationError};

use super::{seconds, text};
use crate::appearance::{Appearance, TextSize};
use crate::fit;
use crate::generated::{
    AppWindow, FrameAdapter, HelpAdapter, LanguageItem, Role, ScreenName, Sheet,
};
use crate::speech;
use crate::view::{Language, Screen, View};

/// Chooses the bundled language.
pub(crate) fn select(language: Language) -> Result<(), SelectBundledTranslationError> {
    slint::select_bundled_translation(language.folder())
}

/// The frame of a view whose screen has its values already.
pub(super) fn apply(app: &AppWindow, view: &View, name: ScreenName) {
    let frame = FrameAdapter::get(app);
    let place = language_place(view.language);
    let before = frame.get_screen();
    let called = frame.get_sheet() != Sheet::None && calls(&view.screen);
    let anew = called || before != name || frame.get_language() != place;
    frame.set_language(place);
    frame.set_place(text(&view.place));
    frame.set_clock(text(&view.clock));
    frame.set_still_there_seconds(seconds(view.still_there));
    frame.set_asks_still_there(view.still_there.is_some());
    let help = HelpAdapter::get(app);
    help.set_phone(text(&view.help.phone));
    help.set_has_voice(view.help.voice);
    if !view.help.voice {
        help.set_voice(false);
    }
    if called || before != name {
        frame.set_sheet(Sheet::None);
    }
    if before != name && forgets(name) {
        choose(app, Appearance::default());
        be_silent(app);
    }
    frame.set_screen(name);
    note_altered(app);
    if anew {
        fit::anew(app);
    } else {
        fit::again(app);
    }
    frame.invoke_changed();
}

/// Whether the screen says that time runs out, which no sheet may hide. A touch gives more time, so the sheet can be opened again.
fn calls(screen: &Screen) -> bool {
    matches!(screen, Screen::Cash(cash) if cash.finishing_in.is_some())
}

pub(crate) fn begins_sessions(name: ScreenName) -> bool {
    matches!(name, ScreenName::Attract | ScreenName::OutOfService)
}

/// Whether nothing holds there of what a person chose: the next person finds the screen as it always is, and the service menu is for staff.
pub(crate) fn forgets(name: ScreenName) -> bool {
    begins_sessions(name) || name == ScreenName::Menu
}

/// The language bar: the same as long as the program runs.
pub(crate) fn languages() -> Vec<LanguageItem> {
    let offered = Language::OFFERED.iter().map(|language| LanguageItem {
        own_name: language.own_name().into(),
        tag: language.tag().into(),
    });
    offered.collect()
}

/// Somebody touches the glass.
pub(crate) fn touched(app: &AppWindow) {
    let help = HelpAdapter::get(app);
    help.set_touches(help.get_touches().wrapping_add(1));
}

/// The language's place in the bar; beyond its end where it is not offered.
fn language_place(language: Language) -> i32 {
    let offered = Language::OFFERED;
    let place = offered.iter().position(|other| *other == language);
    i32::try_from(place.unwrap_or(offered.len())).unwrap_or(i32::MAX)
}

/// What the person chose.
pub(crate) fn chosen(app: &AppWindow) -> Appearance {
    let help = HelpAdapter::get(app);
    Appearance {
        text_size: TextSize::at(help.get_text_size()),
        high_contrast: help.get_high_contrast(),
    }
}

/// Takes the choice without looking yet for the size that fits.
fn choose(app: &AppWindow, appearance: Appearance) {
    let help = HelpAdapter::get(app);
    help.set_text_size(appearance.text_size.place());
    help.set_high_contrast(appearance.high_contrast);
    Role::get(app).set_high_contrast(appearance.high_contrast);
}

/// Shows the screen as chosen.
pub(crate) fn appear(app: &AppWindow, appearance: Appearance) {
    choose(app, appearance);
    note_altered(app);
    fit::anew(app);
    FrameAdapter::get(app).invoke_changed();
}

/// Speaks, or is silent, where it can speak at all. The service menu is not said: not everybody is to hear it.
pub(crate) fn speak(app: &AppWindow, voice: bool) {
    let help = HelpAdapter::get(app);
    let menu = FrameAdapter::get(app).get_screen() == ScreenName::Menu;
    help.set_voice(voice && help.get_has_voice() && !menu);
    note_altered(app);
    FrameAdapter::get(app).invoke_changed();
}

/// Speaks so loud.
pub(crate) fn set_volume(app: &AppWindow, step: i32) {
    HelpAdapter::get(app).set_volume(step);
    note_altered(app);
    FrameAdapter::get(app).invoke_changed();
}

/// Speaks so fast.
pub(crate) fn set_speed(app: &AppWindow, step: i32) {
    HelpAdapter::get(app).set_speed(step);
    note_altered(app);
    FrameAdapter::get(app).invoke_changed();
}

/// The voice as every session begins with.
fn be_silent(app: &AppWindow) {
    let help = HelpAdapter::get(app);
    help.set_voice(false);
    help.set_volume(speech::USUAL);
    help.set_speed(speech::USUAL);
}

/// Opens a sheet over the screen, or closes it.
pub(crate) fn open(app: &AppWindow, sheet: Sheet) {
    FrameAdapter::get(app).set_sheet(sheet);
    // Whoever looks for its settings wants it.
    if sheet == Sheet::Voice {
        let help = HelpAdapter::get(app);
        help.set_voice(help.get_has_voice());
    }
    note_altered(app);
    fit::anew(app);
    FrameAdapter::get(app).invoke_changed();
}

/// Nobody is there: the first screen is as it always is.
pub(crate) fn forget(app: &AppWindow) {
    FrameAdapter::get(app).set_sheet(Sheet::None);
    be_silent(app);
    appear(app, Appearance::default());
}

fn note_altered(app: &AppWindow) {
    let frame = FrameAdapter::get(app);
    let help = HelpAdapter::get(app);
    let loud = help.get_volume() != speech::USUAL || help.get_speed() != speech::USUAL;
    let altered = chosen(app) != Appearance::default()
        || frame.get_sheet() != Sheet::None
        || help.get_voice()
        || loud;
    HelpAdapter::get(app).set_altered(altered && begins_sessions(frame.get_screen()));
}
