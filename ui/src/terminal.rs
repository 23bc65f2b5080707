//! The window, and the way in and out of it.

use std::rc::Rc;

use slint::{ComponentHandle, Global, ModelRc, VecModel, Weak};

use crate::generated as glass;
use crate::generated::{
    AppWindow, AttractAdapter, CashAdapter, ChooseAdapter, FrameAdapter, LossAdapter, MeterAdapter,
    NumberAdapter, PayAdapter, PayingAdapter,
};
use crate::qr;
use crate::show;
use crate::view::{Intent, Language, PayWith, View};

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
        let meter = MeterAdapter::get(&app);
        meter.set_amounts(ModelRc::new(VecModel::default()));
        ChooseAdapter::get(&app).set_meters(ModelRc::new(VecModel::default()));
        CashAdapter::get(&app).set_notes(ModelRc::new(VecModel::default()));
        // Before this, the language of the operating system decides.
        show::select(Language::default())
            .map_err(|fault| slint::PlatformError::Other(fault.to_string()))?;
        connect(&app, Rc::new(on_intent));
        Ok(Self { app })
    }

    /// Puts the view on the glass.
    pub fn show(&self, view: &View) {
        show::apply(&self.app, view);
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
    frame.on_language_chosen(move |chinese| {
        let language = if chinese {
            Language::Chinese
        } else {
            Language::English
        };
        on_language(Intent::Language(language));
    });

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

    CashAdapter::get(app).on_finish(send(Intent::Finish));
    connect_paying(app, on_intent);
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
