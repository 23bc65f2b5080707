//! The window, and the way in and out of it.

mod appearance;
mod four_keys;
mod residents;
mod staff;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, Global, ModelRc, Timer, TimerMode, VecModel, Weak};

use crate::generated as glass;
use crate::generated::{
    AppWindow, CashAdapter, ChooseAdapter, FrameAdapter, HistoryAdapter, MenuAdapter, MeterAdapter,
    Metrics, OtherAmountAdapter, PayAdapter,
};
use crate::keys::Keys;
use crate::show::{self, frame};
use crate::speech::{Listener, Speaker};
use crate::view::{Intent, Language, View};
use crate::{Appearance, Sheet};

/// The terminal's window. It lives on the thread of the event loop.
pub struct Terminal {
    app: AppWindow,
    listener: Rc<Listener>,
    keys: Rc<Cell<Keys>>,
    // Looks at the glass as long as it lives.
    _look: Timer,
}

/// Between two looks at the glass for what changed without the program, such as a page that was turned.
const LOOK: Duration = Duration::from_millis(200);

/// Shows views from any thread.
#[derive(Clone)]
pub struct Remote {
    app: Weak<AppWindow>,
}

impl Terminal {
    /// Opens no window yet, but needs a platform (a backend, or one that was set). `on_intent` is called on this thread for
    /// everything a person does; it should hand the intent on and return at once.
    ///
    /// # Errors
    /// When there is no platform or it cannot make a window.
    pub fn new(on_intent: impl Fn(Intent) + 'static) -> Result<Self, slint::PlatformError> {
        let app = AppWindow::new()?;
        give_models(&app);
        // Before this, the language of the operating system decides.
        frame::select(Language::default())
            .map_err(|fault| slint::PlatformError::Other(fault.to_string()))?;
        let glass = app.as_weak();
        let noted = move |intent| {
            if let Some(app) = glass.upgrade() {
                frame::touched(&app);
            }
            on_intent(intent);
        };
        let on_intent: Rc<dyn Fn(Intent)> = Rc::new(noted);
        residents::connect(&app, &on_intent);
        staff::connect(&app, &on_intent);
        appearance::connect(&app, &on_intent);
        let (listener, keys) = (Rc::<Listener>::default(), Rc::<Cell<Keys>>::default());
        four_keys::connect(&app, &on_intent, &listener, &keys);
        Ok(Self {
            _look: look_again(&app, &listener),
            app,
            listener,
            keys,
        })
    }

    /// Lends the terminal a voice. It is used where the views say that there is one ([`crate::view::HelpView::voice`]), and for the signal
    /// that time runs out.
    pub fn set_speaker(&self, speaker: impl Speaker + 'static) {
        self.listener.lend(Box::new(speaker));
    }

    /// Which keys are the four; [`Keys::default`] until then.
    pub fn set_keys(&self, keys: Keys) {
        self.keys.set(keys);
    }

    /// The id of the control that has the focus of the keys.
    #[must_use]
    pub fn focused(&self) -> Option<String> {
        Listener::focused(&self.app)
    }

    /// Puts the view on the glass.
    pub fn show(&self, view: &View) {
        show::apply(&self.app, view);
    }

    /// What the person at it chose.
    #[must_use]
    pub fn appearance(&self) -> Appearance {
        frame::chosen(&self.app)
    }

    /// Shows the screen in another size or other colours, as if the person had chosen them. It is as before when a session ends.
    pub fn set_appearance(&self, appearance: Appearance) {
        frame::appear(&self.app, appearance);
    }

    /// How large words are on the glass, as a factor: what was chosen, or the most that the screen has room for.
    #[must_use]
    pub fn text_scale(&self) -> f32 {
        Metrics::get(&self.app).get_text_scale()
    }

    /// Opens a sheet over the screen, or closes it.
    pub fn open(&self, sheet: Sheet) {
        let sheet = match sheet {
            Sheet::None => glass::Sheet::None,
            Sheet::Help => glass::Sheet::Help,
            Sheet::Voice => glass::Sheet::Voice,
            Sheet::Consumption => glass::Sheet::Consumption,
        };
        frame::open(&self.app, sheet);
    }

    /// The window: its size, scale factor, full-screen state, snapshot.
    #[must_use]
    pub fn window(&self) -> &slint::Window {
        self.app.window()
    }

    /// The root component, for element search in tests.
    #[must_use]
    pub fn component(&self) -> &(impl ComponentHandle + use<>) {
        &self.app
    }

    /// Shows the window and runs the event loop until it is asked to quit.
    ///
    /// # Errors
    /// When the platform fails.
    pub fn run(&self) -> Result<(), slint::PlatformError> {
        self.app.run()
    }

    /// A handle that shows views from other threads.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote {
            app: self.app.as_weak(),
        }
    }
}

impl Remote {
    /// Puts the view on the glass as soon as the event loop comes to it.
    ///
    /// # Errors
    /// When the event loop has ended.
    pub fn show(&self, view: View) -> Result<(), slint::EventLoopError> {
        self.app
            .upgrade_in_event_loop(move |app| show::apply(&app, &view))
    }

    /// Speaks, or is silent, as if the person had chosen it: headphones were plugged in, or pulled out.
    ///
    /// # Errors
    /// When the event loop has ended.
    pub fn speak(&self, voice: bool) -> Result<(), slint::EventLoopError> {
        self.app
            .upgrade_in_event_loop(move |app| frame::speak(&app, voice))
    }
}

fn look_again(app: &AppWindow, listener: &Rc<Listener>) -> Timer {
    let timer = Timer::default();
    let (glass, ear) = (app.as_weak(), Rc::clone(listener));
    timer.start(TimerMode::Repeated, LOOK, move || {
        if let Some(app) = glass.upgrade() {
            ear.look(&app);
        }
    });
    timer
}

/// Lists that views fill.
fn give_models(app: &AppWindow) {
    fn empty<T: Clone + 'static>() -> ModelRc<T> {
        ModelRc::new(VecModel::default())
    }
    MeterAdapter::get(app).set_amounts(empty());
    MeterAdapter::get(app).set_months(empty());
    ChooseAdapter::get(app).set_meters(empty());
    CashAdapter::get(app).set_notes(empty());
    let languages = ModelRc::new(VecModel::from(frame::languages()));
    FrameAdapter::get(app).set_languages(languages);
    HistoryAdapter::get(app).set_receipts(empty());
    OtherAmountAdapter::get(app).set_tiers(empty());
    PayAdapter::get(app).set_tiers(empty());
    let menu = MenuAdapter::get(app);
    menu.set_raw_rows(empty());
    menu.set_raw_acts(empty());
    menu.set_rows(empty());
    menu.set_acts(empty());
    menu.set_left_at(empty());
    menu.set_touched_fields(empty());
}
