//! Views as the program would make them: every screen, and every state that looks different.

pub mod account;
pub mod enrol;
pub mod loss;
pub mod menu;
pub mod number;
pub mod pay;
pub mod sale;

use meterpost_ui::view::{
    AmountChoice, Availability, DeliveryStep, Device, Earlier, HelpView, Language, MeterState,
    MeterView, OwedReason, Screen, ServiceReason, SlipState, UnpaidReason, Utility, View,
};
use number::{number, number_states};
pub use sale::cash;
use sale::{cash_states, collected, delivering, done, last_states, out_of_service, owed};

const ELECTRICITY: &str = "202608140371";
const WATER: &str = "31502609180046";

/// Two that are as different as can be, for tests that any language would do for.
pub const LANGUAGES: [Language; 2] = [Language::Chinese, Language::English];

/// All there are, the pseudo-language included, which a release lacks: measurements are made with one.
pub const EVERY_LANGUAGE: [Language; 4 + cfg!(debug_assertions) as usize] = [
    Language::Chinese,
    Language::TraditionalChinese,
    Language::English,
    Language::Spanish,
    #[cfg(debug_assertions)]
    Language::Pseudo,
];

pub const PHONE: &str = "0571-8888 6666";

pub fn code(language: Language) -> &'static str {
    language.tag()
}

fn is_chinese(language: Language) -> bool {
    matches!(language, Language::Chinese | Language::TraditionalChinese)
}

/// The screen in the frame of a terminal.
pub fn view(language: Language, screen: Screen) -> View {
    let place = match language {
        Language::Chinese => "阳光花园物业中心",
        Language::TraditionalChinese => "陽光花園管理中心",
        Language::Spanish => "Administración Jardín",
        _ => "Sunny Garden Office",
    };
    View {
        language,
        place: place.into(),
        clock: "14:05".into(),
        screen,
        still_there: None,
        help: HelpView {
            phone: PHONE.into(),
            voice: false,
        },
    }
}

/// One sample for each screen: what the documentation shows.
pub fn main(language: Language) -> Vec<(&'static str, View)> {
    let mut still_there = view(language, number(ELECTRICITY, None));
    still_there.still_there = Some(24);
    let screens = [
        ("attract", Screen::Attract(all_works())),
        ("identify", Screen::Identify(account::identify())),
        ("who", Screen::Who(account::who(language))),
        (
            "other-amount",
            Screen::OtherAmount(account::other_amount(language)),
        ),
        ("history", Screen::History(account::history(language))),
        ("collected", Screen::Collected(collected())),
        ("number", number("20260814", None)),
        (
            "reading",
            Screen::Reading {
                number: ELECTRICITY.into(),
            },
        ),
        ("meter", Screen::Meter(meter(language))),
        ("pay", Screen::Pay(pay::pay())),
        ("cash", Screen::Cash(cash())),
        ("paying", Screen::Paying(pay::paying(pay::scan()))),
        (
            "unpaid",
            Screen::Unpaid(pay::unpaid(UnpaidReason::NotConfirmed)),
        ),
        (
            "delivering",
            Screen::Delivering(delivering(DeliveryStep::Sending, false)),
        ),
        ("done", Screen::Done(done(SlipState::Printed))),
        (
            "loss",
            loss::entry(meterpost_ui::view::LossNumber::Card, "000123", None),
        ),
        (
            "loss-asking",
            Screen::Loss(meterpost_ui::view::LossView::Asking),
        ),
        ("loss-blocked", loss::blocked()),
        (
            "enrol",
            enrol::enrol(meterpost_ui::view::EnrolState::Waiting),
        ),
        (
            "owed",
            Screen::Owed(owed(OwedReason::Pending, SlipState::Printed)),
        ),
        (
            "out-of-service",
            out_of_service(ServiceReason::NothingWorks),
        ),
    ];
    let framed = screens.map(|(name, screen)| (name, view(language, screen)));
    let menu = menu::main(language).into_iter();
    let menu = menu.map(|(name, screen)| (name, view(language, screen)));
    framed
        .into_iter()
        .chain(menu)
        .chain([
            ("still-there", still_there),
            ("help", view(language, Screen::Attract(all_works()))),
            (
                "consumption",
                view(language, Screen::Meter(meter(language))),
            ),
        ])
        .collect()
}

/// Every state that looks different, the samples of [`main`] included.
pub fn all(language: Language) -> Vec<(&'static str, View)> {
    let others = attract_states()
        .into_iter()
        .chain(account::account_states(language))
        .chain(number_states())
        .chain(loss::loss_states())
        .chain(enrol::enrol_states())
        .chain(meter_states(language))
        .chain(pay::pay_states())
        .chain(cash_states())
        .chain(pay::paying_states())
        .chain(pay::unpaid_states())
        .chain(last_states())
        .chain(menu::menu_states())
        .map(|(name, screen)| (name, view(language, screen)));
    let mut speaking = view(language, number("", None));
    speaking.help.voice = true;
    main(language)
        .into_iter()
        .chain(others)
        .chain([("help-voice", speaking.clone()), ("voice", speaking)])
        .collect()
}

pub fn all_works() -> Availability {
    Availability {
        cash: Device::Works,
        receipt: Device::Works,
        meters: Device::Works,
        cards: None,
        codes: None,
    }
}

fn attract_states() -> Vec<(&'static str, Screen)> {
    let (works, low, broken) = (Device::Works, Device::Low, Device::Broken);
    let state = |cash, receipt, meters| {
        Screen::Attract(Availability {
            cash,
            receipt,
            meters,
            cards: None,
            codes: None,
        })
    };
    let read = |cards, codes| {
        Screen::Attract(Availability {
            cards,
            codes,
            ..all_works()
        })
    };
    vec![
        ("attract-paper-low", state(works, low, low)),
        ("attract-no-cash", state(broken, broken, works)),
        ("attract-no-meters", state(low, works, broken)),
        ("attract-cards", read(Some(works), Some(broken))),
        ("attract-codes", read(None, Some(works))),
        ("attract-cards-codes", read(Some(works), Some(works))),
    ]
}

pub fn amounts(labels: &[(&str, i64)]) -> Vec<AmountChoice> {
    labels
        .iter()
        .map(|(label, minor)| AmountChoice {
            label: (*label).into(),
            minor: *minor,
            buys: None,
        })
        .collect()
}

fn place(language: Language) -> &'static str {
    match language {
        Language::Spanish => "Edificio 3, portal 2, piso 502",
        language if is_chinese(language) => "3号楼 2单元 502室",
        _ => "Building 3, Unit 2, Room 502",
    }
}

pub fn meter(language: Language) -> MeterView {
    let place = place(language);
    MeterView {
        number: ELECTRICITY.into(),
        utility: Utility::Electricity,
        place: place.into(),
        balance: "¥ 12.50".into(),
        state: MeterState::Ok,
        amounts: account::bought(amounts(&[
            ("¥ 10", 1_000),
            ("¥ 20", 2_000),
            ("¥ 50", 5_000),
            ("¥ 100", 10_000),
            ("¥ 200", 20_000),
        ])),
        no_cash: false,
        no_receipt: false,
        earlier: None,
        lasts_until: Some(account::day(language)),
        usage: Some(account::usage(language)),
        other_amount: true,
    }
}

fn meter_states(language: Language) -> Vec<(&'static str, Screen)> {
    let plain = MeterView {
        amounts: amounts(&[
            ("¥ 10", 1_000),
            ("¥ 20", 2_000),
            ("¥ 50", 5_000),
            ("¥ 100", 10_000),
            ("¥ 200", 20_000),
            ("¥ 500", 50_000),
        ]),
        lasts_until: None,
        usage: None,
        other_amount: false,
        ..meter(language)
    };
    let base = || plain.clone();
    let earlier = |arrived| {
        Some(Earlier {
            amount: "¥ 50.00".into(),
            reference: "K1-000042".into(),
            arrived,
        })
    };
    let low = MeterView {
        utility: Utility::Water,
        number: WATER.into(),
        balance: "¥ 1.08".into(),
        state: MeterState::Low,
        earlier: earlier(true),
        ..base()
    };
    let off = MeterView {
        utility: Utility::Gas,
        balance: "−¥ 1,234,567.89".into(),
        state: MeterState::Off,
        no_receipt: true,
        earlier: earlier(false),
        ..base()
    };
    let no_cash = MeterView {
        utility: Utility::HotWater,
        no_cash: true,
        no_receipt: true,
        amounts: Vec::new(),
        ..base()
    };
    let large = MeterView {
        utility: Utility::Heat,
        balance: "¥ 12,345.67".into(),
        amounts: amounts(&[
            ("¥ 1,000.00", 100_000),
            ("¥ 12,000.00", 1_200_000),
            ("¥ 5", 500),
        ]),
        ..base()
    };
    vec![
        ("meter-plain", Screen::Meter(base())),
        ("meter-low", Screen::Meter(low)),
        ("meter-off", Screen::Meter(off)),
        ("meter-no-cash", Screen::Meter(no_cash)),
        ("meter-large-sums", Screen::Meter(large)),
    ]
}
