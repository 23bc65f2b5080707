//! Operation by four keys, without a touch.

use std::cell::Cell;
use std::rc::Rc;

use slint::{ComponentHandle, Global};

use crate::generated as glass;
use crate::generated::{AppWindow, FrameAdapter, HelpAdapter};
use crate::keys::{Keys, Press};
use crate::show::frame;
use crate::speech::Listener;
use crate::view::Intent;

/// The four keys, and whoever listens.
pub(super) fn connect(
    app: &AppWindow,
    on_intent: &Rc<dyn Fn(Intent)>,
    listener: &Rc<Listener>,
    keys: &Rc<Cell<Keys>>,
) {
    let frame = FrameAdapter::get(app);
    let (glass, ear) = (app.as_weak(), Rc::clone(listener));
    frame.on_changed(move || {
        if let Some(app) = glass.upgrade() {
            ear.look(&app);
        }
    });
    let (glass, ear, keys) = (app.as_weak(), Rc::clone(listener), Rc::clone(keys));
    let on_intent = Rc::clone(on_intent);
    frame.on_key_pressed(move |text, held| {
        let (Some(app), Some(press)) = (glass.upgrade(), keys.get().which(&text)) else {
            return;
        };
        // A key that is held down moves on, but chooses once.
        if held && matches!(press, Press::Choose | Press::Help) {
            return;
        }
        let chose = match press {
            Press::Help => {
                help_key(&app);
                false
            }
            press => ear.press(&app, press),
        };
        if !chose {
            on_intent(Intent::Stay);
        }
    });
}

/// The fourth key: the first time it gives the terminal its voice, then it opens help, and closes what is open. What staff see has
/// neither.
fn help_key(app: &AppWindow) {
    let (frame_adapter, help) = (FrameAdapter::get(app), HelpAdapter::get(app));
    if frame_adapter.get_asks_still_there() {
        return;
    }
    let screen = frame_adapter.get_screen();
    if matches!(screen, glass::ScreenName::Enrol | glass::ScreenName::Menu) {
        return;
    }
    let sheet = match frame_adapter.get_sheet() {
        _ if help.get_has_voice() && !help.get_voice() => return frame::speak(app, true),
        glass::Sheet::None => glass::Sheet::Help,
        _ => glass::Sheet::None,
    };
    frame::open(app, sheet);
}
