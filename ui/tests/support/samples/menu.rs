//! The service menu.

use meterpost_ui::view::{
    EntryAsk, Language, MenuAct, MenuEntry, MenuList, MenuNumber, MenuPage, MenuPerson,
    MenuQuestion, MenuRow, MenuTone, MenuView, Phrase, Screen, Word,
};

fn view(page: MenuPage) -> MenuView {
    MenuView {
        person: Some(MenuPerson {
            name: "Chen Jianguo".into(),
            role: Word::Maintenance,
        }),
        closing_in: None,
        page,
        asks: None,
    }
}

fn act(name: &str, word: Word) -> MenuAct {
    MenuAct {
        name: name.into(),
        word,
        grave: false,
        refused: None,
    }
}

fn grave(name: &str, word: Word) -> MenuAct {
    MenuAct {
        grave: true,
        ..act(name, word)
    }
}

fn refused(name: &str, word: Word, why: Word) -> MenuAct {
    MenuAct {
        refused: Some(why),
        ..act(name, word)
    }
}

fn fact(name: impl Into<Phrase>, value: impl Into<Phrase>, tone: MenuTone) -> MenuRow {
    MenuRow {
        name: name.into(),
        value: value.into(),
        tone,
        act: None,
    }
}

fn door(page: &str, name: Word, value: impl Into<Phrase>, tone: MenuTone) -> MenuRow {
    MenuRow {
        act: Some(act(page, name)),
        ..fact(name, value, tone)
    }
}

fn given(text: &str) -> Phrase {
    Phrase::Given(text.into())
}

fn said(word: Word, values: &[&str]) -> Phrase {
    Phrase::Said(word, values.iter().map(|value| (*value).into()).collect())
}

fn list(title: Word, rows: Vec<MenuRow>, acts: Vec<MenuAct>) -> MenuList {
    MenuList {
        title,
        notice: None,
        rows,
        acts,
    }
}

fn entry(asks: EntryAsk, typed: usize, problem: Option<Word>) -> Screen {
    Screen::Menu(MenuView {
        person: None,
        ..view(MenuPage::Entry(MenuEntry {
            asks,
            typed,
            problem,
        }))
    })
}

/// What staff see first: every part of the terminal, with its state.
pub fn glance() -> MenuView {
    let rows = vec![
        door("devices", Word::Devices, Word::Works, MenuTone::Good),
        door(
            "bus",
            Word::Bus,
            Word::ConcentratorNotReached,
            MenuTone::Bad,
        ),
        door(
            "server",
            Word::Server,
            said(Word::BeingDoneFor, &["4"]),
            MenuTone::Busy,
        ),
        door("clock", Word::Clock, Word::TimeNtp, MenuTone::Good),
        door(
            "cash-box",
            Word::CashBox,
            given("¥ 12,340.00"),
            MenuTone::Neutral,
        ),
        door("pending", Word::Pending, given("2"), MenuTone::Warn),
        door("claims", Word::Claims, Word::NoneOpen, MenuTone::Good),
        door(
            "ledger",
            Word::Ledger,
            said(Word::LedgerSound, &["18,204"]),
            MenuTone::Good,
        ),
        door("network", Word::Network, Word::LinkUp, MenuTone::Good),
        door(
            "parameters",
            Word::Parameters,
            said(Word::BulletinVersion, &["7", "12"]),
            MenuTone::Neutral,
        ),
        door("logs", Word::LogLines, given("412"), MenuTone::Neutral),
        door(
            "software",
            Word::Software,
            given("0.7.0"),
            MenuTone::Neutral,
        ),
        door(
            "readiness",
            Word::Readiness,
            said(Word::NotReady, &["2", "14"]),
            MenuTone::Bad,
        ),
        MenuRow {
            act: Some(refused("power", Word::Power, Word::NotForYou)),
            ..fact(Word::Power, given(""), MenuTone::Neutral)
        },
    ];
    view(MenuPage::List(list(Word::StateAtAGlance, rows, Vec::new())))
}

fn devices() -> MenuView {
    let printer = "TM-T88VI-iHUB: offline; cover open; paper near end sensor active; error recoverable by closing the cover, \
                   last status bytes 16 38 12 00";
    let rows = vec![
        fact(Word::Validator, Word::Works, MenuTone::Good),
        fact(Word::Printer, given(printer), MenuTone::Bad),
        fact(Word::Paper, Word::PaperLow, MenuTone::Warn),
        fact(
            Word::CardReader,
            given("ACS ACR1252 1S CL Reader PICC 0"),
            MenuTone::Good,
        ),
        fact(Word::TestOfPrinter, Word::NotTried, MenuTone::Neutral),
    ];
    let acts = vec![
        act("test-touch", Word::TestOfTouch),
        act("test-printer", Word::TestOfPrinter),
        act("test-card", Word::TestOfCard),
        refused("test-validator", Word::TestOfValidator, Word::DeviceBusy),
    ];
    let notice = Some((MenuTone::Warn, Phrase::from(Word::CoverOpen)));
    view(MenuPage::List(MenuList {
        notice,
        ..list(Word::Devices, rows, acts)
    }))
}

fn cash_box() -> MenuView {
    let mut rows = vec![
        fact(Word::BoxState, Word::BoxIn, MenuTone::Good),
        fact(Word::Period, given("13"), MenuTone::Neutral),
        fact(Word::InTheBox, given("¥ 12,340.00"), MenuTone::Neutral),
    ];
    rows.extend(["¥ 1", "¥ 5", "¥ 10", "¥ 20", "¥ 50", "¥ 100"].map(|note| {
        let counts = said(Word::CountsOf, &["12", "345"]);
        fact(said(Word::NotesOf, &[note]), counts, MenuTone::Neutral)
    }));
    let acts = vec![grave("collect", Word::Collect)];
    view(MenuPage::List(list(Word::CashBox, rows, acts)))
}

/// Lines as a program writes them: long ones, and one that is longer than a page.
fn logs() -> MenuView {
    let line = |turn: usize| {
        match turn % 4 {
        0 => "meterpost_kiosk::app: the engine runs".to_owned(),
        1 => "meterpost_bus::master: no answer from 10.0.3.17:4059 within 2 s; the line is opened anew".to_owned(),
        2 => format!("frame {}", "fe fe fe fe 68 71 03 14 08 26 20 68 11 04 33 33 34 33 ".repeat(3)),
        _ => format!("root {}", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
    }
    };
    let mut rows: Vec<_> = (0..30)
        .map(|turn| {
            let time = format!("14:05:{turn:02}");
            fact(given(&time), given(&line(turn)), MenuTone::Neutral)
        })
        .collect();
    let whole = "every sign of this line has to be readable, wherever it is broken; ".repeat(40);
    rows.insert(3, fact(given("14:05:02"), given(&whole), MenuTone::Warn));
    view(MenuPage::List(list(Word::LogLines, rows, Vec::new())))
}

/// Slots, a stick with updates, and one that is being installed.
fn software() -> MenuView {
    let bundle = "meterpost-2026.11.2.raucb";
    let update = |place: usize| MenuRow {
        act: Some(refused(
            &format!("update-from-usb-{place}"),
            Word::InstallUpdate,
            Word::UpdateUnderWay,
        )),
        ..fact(Word::UpdateOnStick, given(bundle), MenuTone::Neutral)
    };
    let slot =
        |name: &str, word, tone| fact(said(Word::Slot, &[name]), said(word, &["2026.11.1"]), tone);
    let rows = vec![
        fact(Word::Version, given("0.7.0"), MenuTone::Neutral),
        fact(
            Word::DiskRoom,
            said(Word::Of, &["11904 MiB", "28672 MiB"]),
            MenuTone::Neutral,
        ),
        slot("A", Word::SlotRunsGood, MenuTone::Good),
        slot("B", Word::SlotTrying, MenuTone::Warn),
        update(0),
        update(1),
        fact(
            Word::UpdateOnStick,
            said(Word::MoreNotShown, &["3"]),
            MenuTone::Neutral,
        ),
        fact(
            Word::LastUpdate,
            given("v1.raucb: signature verification failed: certificate has expired"),
            MenuTone::Bad,
        ),
    ];
    let words = said(
        Word::BeingInstalled,
        &["74", "40% copying image to rootfs.1"],
    );
    view(MenuPage::List(MenuList {
        notice: Some((MenuTone::Busy, words)),
        ..list(Word::Software, rows, Vec::new())
    }))
}

fn asks_to_install() -> MenuView {
    let bundle = "meterpost-2026.11.2.raucb";
    let words = said(Word::AskInstall, &[bundle]);
    let act = grave("update-from-usb-0-meant", Word::InstallUpdate);
    MenuView {
        asks: Some(MenuQuestion { words, act }),
        ..software()
    }
}

fn readiness() -> MenuView {
    let checks = [
        (Word::CheckValidator, Word::Passed, MenuTone::Good),
        (Word::CheckPrinter, Word::Failed, MenuTone::Bad),
        (Word::CheckPaper, Word::Passed, MenuTone::Good),
        (Word::CheckBus, Word::BeingDone, MenuTone::Busy),
        (Word::CheckCards, Word::NotFitted, MenuTone::Neutral),
        (Word::CheckServer, Word::Passed, MenuTone::Good),
    ];
    let rows = checks.map(|(check, state, tone)| fact(check, state, tone));
    let notice = (MenuTone::Bad, said(Word::NotReady, &["1", "6"]));
    let report = MenuList {
        notice: Some(notice),
        ..list(
            Word::Readiness,
            rows.into(),
            vec![act("print-report", Word::PrintReport)],
        )
    };
    MenuView {
        closing_in: Some(24),
        ..view(MenuPage::List(report))
    }
}

fn asks() -> MenuView {
    let words = said(Word::AskCollect, &["¥ 12,340.00"]);
    let act = grave("collect-yes", Word::Collect);
    MenuView {
        asks: Some(MenuQuestion { words, act }),
        ..cash_box()
    }
}

fn asks_in_vain() -> MenuView {
    let words = Phrase::from(Word::AskShutDown);
    let act = refused("shut-down-yes", Word::ShutDown, Word::SaleUnderWay);
    MenuView {
        asks: Some(MenuQuestion { words, act }),
        ..glance()
    }
}

pub fn number(problem: Option<Word>) -> Screen {
    Screen::Menu(view(MenuPage::Number(MenuNumber {
        title: Word::Counting,
        asks: said(Word::TypeWhatWasCounted, &["12", "¥ 12,340.00"]),
        entry: "¥ 12,340.00".into(),
        problem,
    })))
}

/// A touch test on as many fields as the panel has, of which some were touched.
pub fn touch_test(columns: usize, rows: usize) -> Screen {
    let touched = (0..columns * rows).map(|field| field % 3 == 0).collect();
    Screen::Menu(view(MenuPage::TouchTest { columns, touched }))
}

/// What the pictures of all screens show.
pub fn main(_: Language) -> Vec<(&'static str, Screen)> {
    vec![
        ("menu-entry", entry(EntryAsk::CardOrPin, 0, None)),
        ("menu-glance", Screen::Menu(glance())),
        ("menu-devices", Screen::Menu(devices())),
        ("menu-number", number(None)),
        ("menu-asks", Screen::Menu(asks())),
        ("menu-touch-test", touch_test(6, 4)),
    ]
}

pub fn menu_states() -> Vec<(&'static str, Screen)> {
    let nothing = || list(Word::Claims, Vec::new(), Vec::new());
    let colour = |step| Screen::Menu(view(MenuPage::ColourTest { step }));
    vec![
        ("menu-entry-typed", entry(EntryAsk::CardOrPin, 5, None)),
        (
            "menu-entry-wrong",
            entry(EntryAsk::CardOrPin, 0, Some(Word::WrongPin)),
        ),
        (
            "menu-card-pin",
            entry(EntryAsk::CardPin, 8, Some(Word::CardBlocked)),
        ),
        (
            "menu-contacts",
            entry(EntryAsk::CardPin, 0, Some(Word::CardContactsOnly)),
        ),
        ("menu-code", entry(EntryAsk::Code, 3, Some(Word::NoCodeYet))),
        ("menu-door", entry(EntryAsk::Door(52), 0, None)),
        ("menu-wait", entry(EntryAsk::Wait(118), 0, None)),
        ("menu-checking", entry(EntryAsk::Wait(0), 0, None)),
        ("menu-cash-box", Screen::Menu(cash_box())),
        ("menu-logs", Screen::Menu(logs())),
        ("menu-software", Screen::Menu(software())),
        ("menu-asks-to-install", Screen::Menu(asks_to_install())),
        ("menu-readiness", Screen::Menu(readiness())),
        (
            "menu-nothing",
            Screen::Menu(view(MenuPage::List(nothing()))),
        ),
        ("menu-asks-in-vain", Screen::Menu(asks_in_vain())),
        ("menu-number-wrong", number(Some(Word::ManagerAccepts))),
        ("menu-colour-white", colour(0)),
        ("menu-colour-black", colour(1)),
        ("menu-colour-red", colour(2)),
        ("menu-colour-green", colour(3)),
        ("menu-colour-blue", colour(4)),
        ("menu-colour-grid", colour(5)),
    ]
}
