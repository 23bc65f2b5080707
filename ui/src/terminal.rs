//! The window, and the way in and out of it.

use std::rc::Rc;

use slint::{ComponentHandle, Global, ModelRc, VecModel, Weak};

use crate::generated as glass;
use crate::generated::{
    AppWindow, AttractAdapter, CashAdapter, ChooseAdapter, FrameAdapter, HelpAdapter,
    HistoryAdapter, IdentifyAdapter, LossAdapter, MeterAdapter, Metrics, NumberAdapter,
    OtherAmountAdapter, PayAdapter, PayingAdapter, WhoAdapter,
};
use crate::qr;
use crate::show::{self, frame};
use crate::view::{Intent, Language, PayWith, View};
use crate::{Appearance, Sheet, TextSize, fit};

/// The terminal's window. It lives on the thread of the event loop.
pub struct Terminal {
    app: AppWindow,
}

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
        connect(&app, Rc::new(noted));
        Ok(Self { app })
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
}

/// Turns the screens' callbacks into intents.
fn connect(app: &AppWindow, on_intent: Rc<dyn Fn(Intent)>) {
    let send = |intent: Intent| {
        let on_intent = Rc::clone(&on_intent);
        move || on_intent(intent.clone())
    };

    let frame = FrameAdapter::get(app);
    frame.on_back(send(Intent::Back));
    frame.on_cancel(send(Intent::Cancel));
    frame.on_close(send(Intent::Close));
    frame.on_stay(send(Intent::Stay));
    let on_language = Rc::clone(&on_intent);
    frame.on_language_chosen(move |place| {
        let place = usize::try_from(place).ok();
        if let Some(language) = place.and_then(|place| Language::OFFERED.get(place)) {
            on_language(Intent::Language(*language));
        }
    });
    connect_help(app, &on_intent);

    AttractAdapter::get(app).on_start(send(Intent::Start));

    let number = NumberAdapter::get(app);
    number.on_delete(send(Intent::Delete));
    number.on_clear(send(Intent::Clear));
    number.on_find(send(Intent::Find));
    let on_digit = Rc::clone(&on_intent);
    number.on_digit(move |digit| {
        if let Ok(digit @ 0..=9) = u8::try_from(digit) {
            on_digit(Intent::Digit(digit));
        }
    });

    LossAdapter::get(app).on_begin(send(Intent::Lost));

    let on_choice = Rc::clone(&on_intent);
    ChooseAdapter::get(app).on_chosen(move |place| {
        if let Ok(place) = usize::try_from(place) {
            on_choice(Intent::Choose(place));
        }
    });

    let on_amount = Rc::clone(&on_intent);
    MeterAdapter::get(app).on_amount_chosen(move |minor| {
        if let Ok(minor) = minor.parse() {
            on_amount(Intent::Amount(minor));
        }
    });

    MeterAdapter::get(app).on_other_amount_chosen(send(Intent::OtherAmount));
    IdentifyAdapter::get(app).on_by_number(send(Intent::ByNumber));
    WhoAdapter::get(app).on_history(send(Intent::History));
    let on_reprint = Rc::clone(&on_intent);
    HistoryAdapter::get(app).on_reprint(move |place| {
        if let Ok(place) = usize::try_from(place) {
            on_reprint(Intent::Reprint(place));
        }
    });

    CashAdapter::get(app).on_finish(send(Intent::Finish));
    connect_paying(app, on_intent);
}

/// The part of [`connect`] for what concerns the glass only. Each of it tells the program that somebody is there.
fn connect_help(app: &AppWindow, on_intent: &Rc<dyn Fn(Intent)>) {
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
    let on_voice = Rc::clone(on_intent);
    help.on_voice_chosen(move |voice| on_voice(Intent::Voice(voice)));
    let glass = app.as_weak();
    help.on_forget(move || {
        if let Some(app) = glass.upgrade() {
            frame::forget(&app);
        }
    });
    let glass = app.as_weak();
    frame.on_canvas_changed(move || {
        if let Some(app) = glass.upgrade() {
            fit::anew(&app);
        }
    });
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
}

/// The part of [`connect`] for the ways to pay.
fn connect_paying(app: &AppWindow, on_intent: Rc<dyn Fn(Intent)>) {
    PayingAdapter::get(app).on_enlarged(|code, times| qr::enlarged(&code, times));

    PayAdapter::get(app).on_chosen(move |way| {
        on_intent(Intent::Pay(match way {
            glass::PayWith::Cash => PayWith::Cash,
            glass::PayWith::Wallet => PayWith::Wallet,
            glass::PayWith::Code => PayWith::Code,
        }));
    });
}
