//! A walk through all sessions there are, and two rules that hold in every one of them: nobody is sent away without a warning, and money
//! in the machine never leads back to the first screen before the log says that it is credited or owed.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use meterpost_ledger::{DeliveryState, Money};
use meterpost_ui::view::{Intent, Language, LossView, MenuIntent, PayWith, Screen};

use super::simulation::act;
use super::world::{Faults, METER, World};
use super::{payments, story};
use crate::device::card::{CardEvent, CardRefusal};
use crate::device::printer::PrinterState;
use crate::device::scanner::{Code, ScanEvent};
use crate::device::validator::{CashEvent, CashState};
use crate::flow::{Flow, Input, Session};

const UNKIND: Faults = Faults {
    power_cut: u64::MAX,
    lost_request: 8,
    lost_answer: 8,
    no_read_back: 5,
    refusal: 12,
    no_paper: 6,
    lost_call: 4,
};

/// Every session by its name; a new one does not compile until it has one here.
fn name(session: &Session) -> &'static str {
    match session {
        Session::Starting => "starting",
        Session::Attract => "attract",
        Session::Identify { .. } => "identify",
        Session::Number { .. } => "number",
        Session::Loss(_) => "loss",
        Session::Who { .. } => "who",
        Session::History { .. } => "history",
        Session::Reading { .. } => "reading",
        Session::Meter { .. } => "meter",
        Session::Collected { .. } => "collected",
        Session::OtherAmount { .. } => "other amount",
        Session::Pay { .. } => "pay",
        Session::Paying { .. } => "paying",
        Session::Unpaid { .. } => "unpaid",
        Session::Cash { .. } => "cash",
        Session::Delivering { .. } => "delivering",
        Session::Done { .. } => "done",
        Session::Owed { .. } => "owed",
        Session::OutOfService(_) => "out of service",
        // Staff have a walk of their own (tests/menu).
        Session::Service(_) => "service menu",
    }
}

const NAMES: [&str; 18] = [
    "attract",
    "cash",
    "collected",
    "delivering",
    "done",
    "history",
    "identify",
    "loss",
    "meter",
    "number",
    "other amount",
    "out of service",
    "owed",
    "pay",
    "paying",
    "reading",
    "unpaid",
    "who",
];

fn nobody(session: &Session) -> bool {
    matches!(
        session,
        Session::Starting | Session::Attract | Session::OutOfService(_)
    )
}

/// Whether the screen says that it closes by itself.
fn warns(flow: &Flow) -> bool {
    let view = flow.view("");
    let counts = match view.screen {
        Screen::Done(view) => view.closing_in,
        Screen::Owed(view) => view.closing_in,
        Screen::Unpaid(view) => view.closing_in,
        Screen::Collected(view) => view.closing_in,
        Screen::Cash(view) => view.finishing_in,
        Screen::Menu(view) => view.closing_in,
        Screen::Loss(LossView::Blocked { closing_in, .. }) => closing_in,
        _ => None,
    };
    view.still_there.or(counts).is_some()
}

/// Money that somebody put in and of which the log does not say yet where it went.
fn money_in(flow: &Flow) -> bool {
    flow.books().sales().any(|sale| {
        let sent = sale.last_delivery().map(|delivery| &delivery.state);
        sale.suspense > Money::ZERO
            || sale.open_note.is_some()
            || sent == Some(&DeliveryState::Intended)
    })
}

/// Everything that can happen, the passing of time included.
fn everything() -> Vec<Input> {
    let touches = [
        Intent::Start,
        Intent::Language(Language::Spanish),
        Intent::Digit(1),
        Intent::Delete,
        Intent::Clear,
        Intent::Lost,
        Intent::Find,
        Intent::Choose(0),
        Intent::Back,
        Intent::Cancel,
        Intent::Amount(1_000),
        Intent::Pay(PayWith::Cash),
        Intent::Pay(PayWith::Wallet),
        Intent::Pay(PayWith::Code),
        Intent::Finish,
        Intent::Close,
        Intent::Stay,
        Intent::ByNumber,
        Intent::OtherAmount,
        Intent::History,
        Intent::Reprint(0),
        Intent::Menu(MenuIntent::Open),
    ];
    let others = [
        Input::Tick,
        Input::Bus(false),
        Input::Server(false),
        Input::Printer(PrinterState::PaperOut),
        Input::Cash(CashEvent::State(CashState::Jammed)),
        Input::Cash(CashEvent::State(CashState::Offline("cable".into()))),
        Input::Cash(CashEvent::Returned),
        Input::Cash(CashEvent::NothingToReport {
            repeats_credits: false,
        }),
        Input::Card(CardEvent::Removed),
        Input::Card(CardEvent::Refused(CardRefusal::Pulled)),
        Input::Scanner(ScanEvent::Scanned(Code::Meter(METER.into()))),
        Input::Scanner(ScanEvent::Scanned(Code::Other)),
        Input::ReceiptFound(Some(METER.into())),
        Input::Recalled(Vec::new()),
        Input::UseRead(METER.into(), Err("no answer".into())),
    ];
    touches
        .into_iter()
        .map(Input::Person)
        .chain(others)
        .collect()
}

fn look(before: &Flow, input: &Input, after: &Flow) {
    let by_itself = matches!(input, Input::Tick);
    if by_itself && !nobody(before.session()) && nobody(after.session()) {
        assert!(
            warns(before),
            "{:?} ended by itself and had not said so",
            before.session()
        );
    }
    let counting = matches!(
        before.session(),
        Session::Cash { last_paid: Some(_), finishing: false, sale, .. }
            if before.books().sale(*sale).is_some_and(|s| s.open_note.is_none())
    );
    if by_itself && counting && !matches!(after.session(), Session::Cash { .. }) {
        assert!(warns(before), "it finished by itself and had not said so");
    }
    assert!(
        !(nobody(after.session()) && money_in(after)),
        "{input:?} led from {:?} to {:?} with money in",
        before.session(),
        after.session()
    );
}

/// From here, nothing that can happen leads to the first screen while there is money in, now or after any time.
fn nothing_leads_out(flow: &Flow, now: Duration) {
    for input in everything() {
        for later in [0, 1, 45, 95, 130, 1_000] {
            let mut next = flow.clone();
            next.step(now + Duration::from_secs(later), input.clone());
            assert!(
                !(nobody(next.session()) && money_in(&next)),
                "{input:?} after {later} s leads from {:?} to {:?} with money in",
                flow.session(),
                next.session()
            );
        }
    }
}

/// What a walk has seen: sessions, and states with money in.
#[derive(Default)]
struct Seen {
    sessions: BTreeSet<&'static str>,
    with_money: usize,
}

fn watched(seed: u64, seen: &Rc<RefCell<Seen>>) -> World {
    let mut world = payments::world(UNKIND, seed);
    let seen = seen.clone();
    world.watch = Some(Box::new(move |before, input, after| {
        look(before, input, after);
        let mut seen = seen.borrow_mut();
        seen.sessions.insert(name(after.session()));
        if money_in(after) && before.session() != after.session() {
            seen.with_money += 1;
            nothing_leads_out(after, after.now);
        }
    }));
    world
}

/// Short steps, so that no countdown is jumped over.
fn idle(world: &mut World, longest: u32) {
    for _ in 0..longest {
        if world.flow.idle() {
            return;
        }
        world.pass(Duration::from_millis(400));
    }
}

#[test]
fn no_timer_without_a_warning_and_money_in_never_leads_to_the_first_screen() {
    let seen = Rc::new(RefCell::new(Seen::default()));
    for seed in 0..10 {
        let mut world = watched(seed, &seen);
        for round in 0..40 {
            for _ in 0..30 {
                let step = 20 + world.dice.below(380);
                world.pass(Duration::from_millis(step));
                act(&mut world);
            }
            if round % 4 == 3 {
                idle(&mut world, 800);
            }
        }
    }
    let seen = seen.borrow();
    let missing: Vec<_> = NAMES
        .iter()
        .filter(|name| !seen.sessions.contains(*name))
        .collect();
    assert!(missing.is_empty(), "the walk never came to {missing:?}");
    assert!(seen.with_money > 100, "{}", seen.with_money);
}

#[test]
fn every_session_that_ends_by_itself_says_so_before() {
    let waits = |world: &mut World, what: &str| {
        let mut warned = false;
        for _ in 0..700 {
            if nobody(world.flow.session()) {
                break;
            }
            warned |= warns(&world.flow);
            world.pass(Duration::from_millis(400));
        }
        assert!(nobody(world.flow.session()), "{what} ends");
        assert!(warned, "{what} says so before");
    };
    type Way = fn(&mut World);
    let steps: [(&str, Way); 8] = [
        ("identify", |world| world.touch(Intent::Start)),
        ("number", |world| {
            world.touch(Intent::Start);
            world.touch(Intent::ByNumber);
        }),
        ("loss", |world| {
            world.touch(Intent::Start);
            world.touch(Intent::Lost);
        }),
        ("who", payments::show_card),
        ("history", |world| {
            payments::show_card(world);
            world.touch(Intent::History);
            story::pass(world, 1);
        }),
        ("meter", story::find),
        ("other amount", |world| {
            story::find(world);
            world.touch(Intent::OtherAmount);
        }),
        ("pay", |world| {
            story::find(world);
            world.touch(Intent::Amount(1_000));
        }),
    ];
    for (wanted, go) in steps {
        let mut world = payments::world(Faults::NONE, 1);
        go(&mut world);
        assert_eq!(name(world.flow.session()), wanted);
        waits(&mut world, wanted);
    }
}
