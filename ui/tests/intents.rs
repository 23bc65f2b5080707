//! What a person does on the glass comes out as the right intent, and as nothing else.

mod support;

use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use meterpost_ui::Appearance;
use meterpost_ui::view::{
    CashView, CashWay, Intent, Language, MenuIntent, MeterView, PayView, PayWith, PayingStep,
    QrCode, Screen, UnpaidReason, View, WalletWay,
};
use slint::LogicalPosition;
use slint::platform::WindowEvent;
use support::finger::{middle, press, release, touch};
use support::{Bench, LARGE, SMALL, label, name, samples};

const CHINESE: Language = Language::Chinese;

fn number() -> View {
    samples::view(
        CHINESE,
        Screen::Number {
            entry: "2026".into(),
            problem: None,
            reports_loss: true,
        },
    )
}

/// Every control of every state, with what it must say.
fn expected(id: &str) -> Intent {
    match id {
        "start" => Intent::Start,
        "lost" => Intent::Lost,
        "by-number" => Intent::ByNumber,
        "other-amount" => Intent::OtherAmount,
        "history" => Intent::History,
        // What concerns the glass only tells that somebody is there.
        "help" | "consumption" | "sheet-close" | "newer" | "older" | "contrast-usual"
        | "contrast-high" | "size-0" | "size-1" | "size-2" | "size-3" | "voice" | "voice-on"
        | "voice-off" | "volume-0" | "volume-1" | "volume-2" | "volume-3" | "speed-0"
        | "speed-1" | "speed-2" | "speed-3" => Intent::Stay,
        "delete" => Intent::Delete,
        "clear" => Intent::Clear,
        "find" => Intent::Find,
        "back" => Intent::Back,
        "cancel" => Intent::Cancel,
        "finish" => Intent::Finish,
        "close" => Intent::Close,
        "stay" => Intent::Stay,
        "pay-cash" => Intent::Pay(PayWith::Cash),
        "pay-wallet" => Intent::Pay(PayWith::Wallet),
        "pay-code" => Intent::Pay(PayWith::Code),
        other => {
            if let Some(name) = other.strip_prefix("menu-") {
                Intent::Menu(expected_of_menu(name))
            } else if let Some(digit) = other.strip_prefix("digit-") {
                Intent::Digit(digit.parse().unwrap())
            } else if let Some(tag) = other.strip_prefix("language-") {
                Intent::Language(Language::from_tag(tag).unwrap())
            } else if let Some(place) = other.strip_prefix("reprint-") {
                Intent::Reprint(place.parse().unwrap())
            } else if let Some(minor) = other.strip_prefix("amount-") {
                Intent::Amount(minor.parse().unwrap())
            } else if let Some(place) = other.strip_prefix("choose-") {
                Intent::Choose(place.parse().unwrap())
            } else {
                panic!("a control nobody expects: {other}")
            }
        }
    }
}

/// The same for a control of the service menu: what is not the glass's own is an act of the program's.
fn expected_of_menu(name: &str) -> MenuIntent {
    match name {
        "back" | "no" => MenuIntent::Back,
        "leave" => MenuIntent::Leave,
        "next" => MenuIntent::Next,
        "delete" => MenuIntent::Delete,
        "clear" => MenuIntent::Clear,
        "older" | "newer" => MenuIntent::Stay,
        other => {
            if let Some(digit) = other.strip_prefix("digit-") {
                MenuIntent::Digit(digit.parse().unwrap())
            } else if let Some(field) = other.strip_prefix("field-") {
                MenuIntent::Touched(field.parse().unwrap())
            } else {
                MenuIntent::Do(other.into())
            }
        }
    }
}

#[test]
fn every_control_of_every_state_says_what_it_means_and_nothing_else() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        for language in samples::LANGUAGES {
            for (state, view) in samples::all(language) {
                // By way of the first screen, so that nothing is left of what was touched before.
                let first = samples::view(language, Screen::Attract(samples::all_works()));
                let show = || {
                    if state.starts_with("history") || state.starts_with("menu") {
                        bench.show(&first);
                    }
                    bench.appear(state, &view, Appearance::default());
                };
                show();
                let names: Vec<_> = bench.controls().iter().map(name).collect();
                for id in names {
                    show();
                    assert_eq!(
                        touch(&bench, &id),
                        [expected(&id)],
                        "touching {id} in {state}"
                    );
                    show();
                    bench.control(&id).invoke_accessible_default_action();
                    assert_eq!(
                        bench.intents(),
                        [expected(&id)],
                        "the action of {id} in {state}"
                    );
                }
            }
        }
    }
}

#[test]
fn controls_are_found_by_the_words_on_them() {
    let bench = Bench::new(LARGE);
    bench.show(&number());
    let labels: Vec<_> = bench.controls().iter().map(label).collect();
    assert!(labels.contains(&"查询".to_owned()), "{labels:?}");
    let view = View {
        language: Language::English,
        ..number()
    };
    bench.show(&view);
    let found: Vec<_> =
        ElementHandle::find_by_accessible_label(bench.terminal.component(), "Find meter")
            .filter(|element| element.accessible_role() == Some(AccessibleRole::Button))
            .collect();
    assert_eq!(found.len(), 1);
    found[0].invoke_accessible_default_action();
    assert_eq!(bench.intents(), [Intent::Find]);
}

#[test]
fn each_state_offers_the_controls_it_should() {
    let bench = Bench::new(LARGE);
    let offered = |screen| offered(&bench, screen);
    let empty = CashView {
        can_finish: false,
        ..samples::cash()
    };
    assert_eq!(offered(Screen::Cash(empty)), ["cancel"], "nothing inserted");
    assert_eq!(
        offered(Screen::Cash(samples::cash())),
        ["finish"],
        "something inserted"
    );
    let closed = MeterView {
        no_cash: true,
        usage: None,
        ..samples::meter(CHINESE)
    };
    assert_eq!(
        offered(Screen::Meter(closed)),
        ["back", "cancel"],
        "no amounts where nothing can be paid"
    );
    assert_eq!(
        offered(Screen::Reading { number: "1".into() }),
        [""; 0],
        "nothing while reading"
    );
}

/// The controls that this screen offers, by name.
fn offered(bench: &Bench, screen: Screen) -> Vec<String> {
    bench.show(&samples::view(CHINESE, screen));
    let mut names: Vec<_> = bench.controls().iter().map(name).collect();
    // Help is there on every screen.
    names.retain(|name| name != "help");
    names.sort();
    names
}

#[test]
fn only_the_ways_to_pay_that_are_possible_can_be_chosen() {
    let bench = Bench::new(LARGE);
    let ways = |cash, wallet: Option<WalletWay>, code| {
        let view = PayView {
            cash: match cash {
                true => CashWay::Open,
                false => CashWay::OutOfOrder,
            },
            wallet,
            code,
            ..samples::pay::pay()
        };
        let mut names = offered(&bench, Screen::Pay(view));
        names.retain(|name| name != "back" && name != "cancel");
        names
    };
    let enough = || Some(WalletWay::Enough("¥ 1".into()));
    assert_eq!(
        ways(true, enough(), Some(true)),
        ["pay-cash", "pay-code", "pay-wallet"]
    );
    assert_eq!(ways(true, None, None), ["pay-cash"]);
    assert_eq!(ways(false, enough(), Some(false)), ["pay-wallet"]);
    assert_eq!(ways(false, Some(WalletWay::Offline), None), ["pay-wallet"]);
    for wallet in [
        WalletWay::NeedsCard,
        WalletWay::Asking,
        WalletWay::TooLittle("¥ 1".into()),
        WalletWay::No,
    ] {
        assert_eq!(ways(false, Some(wallet), Some(true)), ["pay-code"]);
    }
}

#[test]
fn a_way_that_is_not_possible_is_shown_and_says_nothing() {
    for canvas in [LARGE, SMALL] {
        let bench = Bench::new(canvas);
        let short = WalletWay::TooLittle("¥ 1".into());
        for (cash, wallet, code) in [
            (CashWay::OutOfOrder, Some(WalletWay::NeedsCard), Some(false)),
            (CashWay::NoSuchNotes, Some(WalletWay::Asking), Some(false)),
            (CashWay::AtLimit, Some(short), Some(false)),
            (CashWay::OutOfOrder, Some(WalletWay::No), Some(false)),
        ] {
            let view = PayView {
                cash,
                wallet,
                code,
                ..samples::pay::pay()
            };
            bench.show(&samples::view(CHINESE, Screen::Pay(view)));
            for id in ["pay-cash", "pay-wallet", "pay-code"] {
                let shown = bench.elements().into_iter().find(|each| name(each) == id);
                let way = shown.unwrap_or_else(|| panic!("{id} is shown"));
                assert_eq!(way.accessible_enabled(), Some(false), "{id}");
                let position = middle(&way);
                press(&bench, position);
                release(&bench, position);
                way.invoke_accessible_default_action();
                // The finger says that somebody is there, and no more.
                assert_eq!(bench.intents(), [Intent::Stay], "touching {id}");
            }
        }
    }
}

#[test]
fn paying_without_cash_can_be_cancelled_until_the_payment_may_have_come() {
    let bench = Bench::new(LARGE);
    let at = |step| offered(&bench, Screen::Paying(samples::pay::paying(step)));
    assert_eq!(at(PayingStep::Wallet), [""; 0]);
    assert_eq!(at(PayingStep::AskingCode), ["cancel"]);
    assert_eq!(at(samples::pay::scan()), ["cancel"]);
    assert_eq!(at(PayingStep::Checking), [""; 0]);
    let unreadable = PayingStep::Scan {
        code: QrCode {
            side: 21,
            dark: vec![true; 20],
        },
        left: 100,
    };
    assert_eq!(at(unreadable), ["cancel"], "nothing to scan");
    for reason in [
        UnpaidReason::NotConfirmed,
        UnpaidReason::BackInWallet,
        UnpaidReason::TooMuch,
    ] {
        let screen = Screen::Unpaid(samples::pay::unpaid(reason));
        assert_eq!(offered(&bench, screen), ["close"]);
    }
}

#[test]
fn a_finger_can_slide_off_a_button_but_a_digit_acts_at_once() {
    let bench = Bench::new(LARGE);
    bench.show(&number());
    let find = middle(&bench.control("find"));
    press(&bench, find);
    assert_eq!(bench.intents(), []);
    let away = LogicalPosition::new(5.0, 5.0);
    bench
        .terminal
        .window()
        .dispatch_event(WindowEvent::PointerMoved { position: away });
    release(&bench, away);
    assert_eq!(bench.intents(), [], "let go elsewhere");
    let seven = middle(&bench.control("digit-7"));
    press(&bench, seven);
    assert_eq!(bench.intents(), [Intent::Digit(7)]);
    release(&bench, seven);
    assert_eq!(bench.intents(), [], "once only");
}

#[test]
fn anywhere_on_the_first_screen_starts() {
    let bench = Bench::new(LARGE);
    bench.show(&samples::view(
        CHINESE,
        Screen::Attract(samples::all_works()),
    ));
    for (x, y) in [
        (700.0, 300.0),
        (60.0, 560.0),
        (1100.0, 780.0),
        (700.0, 850.0),
    ] {
        let position = LogicalPosition::new(x, y);
        press(&bench, position);
        release(&bench, position);
        assert_eq!(bench.intents(), [Intent::Start], "at {x}, {y}");
    }
}

#[test]
fn nothing_under_the_question_can_be_touched() {
    let bench = Bench::new(LARGE);
    bench.show(&number());
    let five = middle(&bench.control("digit-3"));
    bench.show(&View {
        still_there: Some(20),
        ..number()
    });
    press(&bench, five);
    release(&bench, five);
    assert_eq!(bench.intents(), [Intent::Stay], "somebody is there");
    let names: Vec<_> = bench.controls().iter().map(name).collect();
    assert_eq!(names, ["cancel", "stay"]);
}

#[test]
fn amounts_beyond_thirty_two_bits_come_back_whole() {
    let bench = Bench::new(LARGE);
    let huge = 9_007_199_254_740_993;
    let view = MeterView {
        amounts: samples::amounts(&[("¥ 1", huge)]),
        ..samples::meter(CHINESE)
    };
    bench.show(&samples::view(CHINESE, Screen::Meter(view)));
    assert_eq!(
        touch(&bench, &format!("amount-{huge}")),
        [Intent::Amount(huge)]
    );
}
