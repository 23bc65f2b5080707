//! What residents do, as intents.

use std::rc::Rc;

use slint::Global;

use crate::generated as glass;
use crate::generated::{
    AppWindow, AttractAdapter, CashAdapter, ChooseAdapter, FrameAdapter, HistoryAdapter,
    IdentifyAdapter, LossAdapter, MeterAdapter, NumberAdapter, PayAdapter, PayingAdapter,
    WhoAdapter,
};
use crate::qr;
use crate::view::{Intent, Language, PayWith};

/// Turns the screens' callbacks into intents.
pub(super) fn connect(app: &AppWindow, on_intent: &Rc<dyn Fn(Intent)>) {
    let send = |intent: Intent| {
        let on_intent = Rc::clone(on_intent);
        move || on_intent(intent.clone())
    };

    let frame = FrameAdapter::get(app);
    frame.on_back(send(Intent::Back));
    frame.on_cancel(send(Intent::Cancel));
    frame.on_close(send(Intent::Close));
    frame.on_stay(send(Intent::Stay));
    let on_language = Rc::clone(on_intent);
    frame.on_language_chosen(move |place| {
        let place = usize::try_from(place).ok();
        if let Some(language) = place.and_then(|place| Language::OFFERED.get(place)) {
            on_language(Intent::Language(*language));
        }
    });

    AttractAdapter::get(app).on_start(send(Intent::Start));

    let number = NumberAdapter::get(app);
    number.on_delete(send(Intent::Delete));
    number.on_clear(send(Intent::Clear));
    number.on_find(send(Intent::Find));
    let on_digit = Rc::clone(on_intent);
    number.on_digit(move |digit| {
        if let Ok(digit @ 0..=9) = u8::try_from(digit) {
            on_digit(Intent::Digit(digit));
        }
    });

    LossAdapter::get(app).on_begin(send(Intent::Lost));

    let on_choice = Rc::clone(on_intent);
    ChooseAdapter::get(app).on_chosen(move |place| {
        if let Ok(place) = usize::try_from(place) {
            on_choice(Intent::Choose(place));
        }
    });

    let on_amount = Rc::clone(on_intent);
    MeterAdapter::get(app).on_amount_chosen(move |minor| {
        if let Ok(minor) = minor.parse() {
            on_amount(Intent::Amount(minor));
        }
    });

    MeterAdapter::get(app).on_other_amount_chosen(send(Intent::OtherAmount));
    IdentifyAdapter::get(app).on_by_number(send(Intent::ByNumber));
    WhoAdapter::get(app).on_history(send(Intent::History));
    let on_reprint = Rc::clone(on_intent);
    HistoryAdapter::get(app).on_reprint(move |place| {
        if let Ok(place) = usize::try_from(place) {
            on_reprint(Intent::Reprint(place));
        }
    });

    CashAdapter::get(app).on_finish(send(Intent::Finish));
    connect_paying(app, Rc::clone(on_intent));
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
