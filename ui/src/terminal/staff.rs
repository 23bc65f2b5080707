//! What staff do in the service menu, as intents. Whether a page leads deeper, and which sheet of it is shown, is kept on the glass.

use std::rc::Rc;

use slint::{ComponentHandle, Global};

use crate::generated::{AppWindow, MenuAdapter};
use crate::show::menu;
use crate::view::{Intent, MenuIntent};

/// Turns the menu's callbacks into intents.
pub(super) fn connect(app: &AppWindow, on_intent: &Rc<dyn Fn(Intent)>) {
    let adapter = MenuAdapter::get(app);
    let send = |intent: MenuIntent| {
        let on_intent = Rc::clone(on_intent);
        move || on_intent(Intent::Menu(intent.clone()))
    };
    adapter.on_open(send(MenuIntent::Open));
    adapter.on_leave(send(MenuIntent::Leave));
    adapter.on_delete(send(MenuIntent::Delete));
    adapter.on_clear(send(MenuIntent::Clear));
    adapter.on_next(send(MenuIntent::Next));
    let (glass, tell) = (app.as_weak(), Rc::clone(on_intent));
    adapter.on_back(move || {
        if let Some(app) = glass.upgrade() {
            MenuAdapter::get(&app).set_deeper(false);
        }
        tell(Intent::Menu(MenuIntent::Back));
    });
    let (glass, tell) = (app.as_weak(), Rc::clone(on_intent));
    adapter.on_do(move |name| {
        if let Some(app) = glass.upgrade() {
            MenuAdapter::get(&app).set_deeper(true);
        }
        tell(Intent::Menu(MenuIntent::Do(name.to_string())));
    });
    let tell = Rc::clone(on_intent);
    adapter.on_digit(move |digit| {
        if let Ok(digit @ 0..=9) = u8::try_from(digit) {
            tell(Intent::Menu(MenuIntent::Digit(digit)));
        }
    });
    let tell = Rc::clone(on_intent);
    adapter.on_touched(move |field| {
        if let Ok(field) = usize::try_from(field) {
            tell(Intent::Menu(MenuIntent::Touched(field)));
        }
    });
    let (glass, tell) = (app.as_weak(), Rc::clone(on_intent));
    adapter.on_turn(move |sheet| {
        if let Some(app) = glass.upgrade() {
            MenuAdapter::get(&app).set_sheet(sheet);
            menu::lay_out(&app);
        }
        tell(Intent::Menu(MenuIntent::Stay));
    });
}
