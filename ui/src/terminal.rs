//! The window, and the way in and out of it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use slint::{ComponentHandle, Global, ModelRc, Timer, TimerMode, VecModel, Weak};

use crate::generated as glass;
use crate::generated::{
    AppWindow, AttractAdapter, CashAdapter, ChooseAdapter, FrameAdapter, HelpAdapter,
    HistoryAdapter, IdentifyAdapter, LossAdapter, MenuAdapter, MeterAdapter, Metrics,
    NumberAdapter, OtherAmountAdapter, PayAdapter, PayingAdapter, WhoAdapter,
};
use crate::keys::{Keys, Press};
use crate::qr;
use crate::show::{self, frame, menu};
use crate::speech::{Listener, Speaker};
use crate::view::{Intent, Language, MenuIntent, PayWith, View};
use crate::{Appearance, Sheet, TextSize, fit};

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
        connect(&app, Rc::clone(&on_intent));
        let (listener, keys) = (Rc::<Listener>::default(), Rc::<Cell<Keys>>::default());
        connect_keys(&app, &on_intent, &listener, &keys);
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
    connect_menu(app, &on_intent);
    connect_paying(app, on_intent);
}

/// The part of [`connect`] for the service menu.
fn connect_menu(app: &AppWindow, on_intent: &Rc<dyn Fn(Intent)>) {
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

/// The four keys, and whoever listens.
fn connect_keys(
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
