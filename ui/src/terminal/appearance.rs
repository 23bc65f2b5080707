//! What people change on the glass itself: sheets, sizes, colours, the voice.

use std::rc::Rc;

use slint::{ComponentHandle, Global};

use crate::generated::{AppWindow, FrameAdapter, HelpAdapter};
use crate::show::{frame, menu};
use crate::view::Intent;
use crate::{Appearance, TextSize, fit};

/// Does it on the glass, and tells the program that somebody is there.
pub(super) fn connect(app: &AppWindow, on_intent: &Rc<dyn Fn(Intent)>) {
    let frame = FrameAdapter::get(app);
    let help = HelpAdapter::get(app);
    // Does the work on the glass, then tells of it.
    fn touched<T: 'static>(
        app: &AppWindow,
        on_intent: &Rc<dyn Fn(Intent)>,
        work: impl Fn(&AppWindow, T) + 'static,
    ) -> impl Fn(T) + 'static {
        let (glass, on_intent) = (app.as_weak(), Rc::clone(on_intent));
        move |value| {
            if let Some(app) = glass.upgrade() {
                work(&app, value);
            }
            on_intent(Intent::Stay);
        }
    }
    frame.on_open(touched(app, on_intent, frame::open));
    help.on_size_chosen(touched(app, on_intent, |app, place| {
        let text_size = TextSize::at(place);
        let before = frame::chosen(app);
        frame::appear(
            app,
            Appearance {
                text_size,
                ..before
            },
        );
    }));
    help.on_contrast_chosen(touched(app, on_intent, |app, high_contrast| {
        let before = frame::chosen(app);
        let after = Appearance {
            high_contrast,
            ..before
        };
        frame::appear(app, after);
    }));
    help.on_voice_chosen(touched(app, on_intent, frame::speak));
    help.on_volume_chosen(touched(app, on_intent, frame::set_volume));
    help.on_speed_chosen(touched(app, on_intent, frame::set_speed));
    let glass = app.as_weak();
    help.on_forget(move || {
        if let Some(app) = glass.upgrade() {
            frame::forget(&app);
        }
    });
    let glass = app.as_weak();
    frame.on_canvas_changed(move || {
        if let Some(app) = glass.upgrade() {
            menu::lay_out(&app);
            fit::anew(&app);
        }
    });
}
