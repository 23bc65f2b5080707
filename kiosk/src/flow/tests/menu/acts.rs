//! Tests of the devices, the cash box, open deliveries, the ledger.

use super::*;
use crate::device::scanner::{Code, ScanEvent, ScannerState};
use crate::device::validator::CashEvent;
use crate::flow::{Input, Session};
use crate::receipt::Typeface;
use crate::service::{Served, ServiceJob, Unexported};
use meterpost_ledger::Money;
use meterpost_ui::view::{MenuTone, Phrase};

#[test]
fn a_clerk_sees_what_is_pending_and_nothing_of_the_machine() {
    let mut world = world();
    enter(&mut world, CLERK);
    let refused = |name| button(&world, name).unwrap().refused;
    assert_eq!(refused("pending"), None);
    for name in [
        "devices",
        "cash-box",
        "ledger",
        "power",
        "logs",
        "readiness",
    ] {
        assert_eq!(refused(name), Some(Word::NotForYou), "{name}");
    }
    act(&mut world, "cash-box");
    assert_eq!(list(&world).title, Word::StateAtAGlance);
    act(&mut world, "restart");
    assert_eq!(view(&world).asks, None);
    assert!(acted(&world, "restart").is_empty());
}

#[test]
fn a_printed_test_page_passes_when_somebody_finds_it_right() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "devices");
    act(&mut world, "test-printer");
    act(&mut world, "right");
    use StaffOutcome::{Begun, Done, Failed};
    assert_eq!(outcomes(&world, "test-printer"), [Begun, Done]);
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, Word::Passed.into()))
    );
    world.paper = false;
    act(&mut world, "test-printer");
    assert_eq!(outcomes(&world, "test-printer").last(), Some(&Failed));
}

#[test]
fn a_test_note_is_no_money_and_comes_back() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    let balances = *world.flow.books().balances();
    act(&mut world, "devices");
    act(&mut world, "test-validator");
    world.insert(5_000);
    pass(&mut world, 2);
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "test-validator"), [Begun, Done]);
    assert_eq!(world.cash_box, 0);
    assert_eq!(*world.flow.books().balances(), balances);
    // The slot is shut again.
    world.insert(5_000);
    pass(&mut world, 2);
    assert_eq!(world.cash_box, 0);
    assert!(
        !world
            .log
            .iter()
            .any(|e| matches!(e, Event::NoteOffered { .. }))
    );
}

#[test]
fn a_scanner_passes_with_any_code_and_fails_without_one() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "devices");
    let refused = button(&world, "test-scanner").unwrap().refused;
    assert_eq!(refused, Some(Word::DeviceDoesNotWork), "none is fitted");
    world.feed(Input::Scanner(ScanEvent::State(ScannerState::Ready)));
    act(&mut world, "test-scanner");
    world.feed(Input::Scanner(ScanEvent::Scanned(Code::Meter(
        "260305510012".into(),
    ))));
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, Word::CodeRead.into()))
    );
    act(&mut world, "test-scanner");
    pass(&mut world, 31);
    use StaffOutcome::{Begun, Done, Failed};
    assert_eq!(
        outcomes(&world, "test-scanner"),
        [Begun, Done, Begun, Failed]
    );
    let says = |event: &Event| format!("{event:?}").contains("260305510012");
    assert!(
        !world.log.iter().any(says),
        "whose meter it was is in no entry"
    );
}

#[test]
fn a_touch_test_passes_with_every_field_and_fails_with_back() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "devices");
    act(&mut world, "test-touch");
    for field in 0..39 {
        menu(&mut world, MenuIntent::Touched(field));
    }
    assert!(matches!(view(&world).page, MenuPage::TouchTest { .. }));
    menu(&mut world, MenuIntent::Touched(39));
    act(&mut world, "test-touch");
    menu(&mut world, MenuIntent::Back);
    use StaffOutcome::{Begun, Done, Failed};
    assert_eq!(outcomes(&world, "test-touch"), [Begun, Done, Begun, Failed]);
    act(&mut world, "test-colours");
    for _ in 0..6 {
        assert!(matches!(view(&world).page, MenuPage::ColourTest { .. }));
        menu(&mut world, MenuIntent::Next);
    }
    act(&mut world, "wrong");
    assert_eq!(outcomes(&world, "test-colours"), [Begun, Failed]);
}

/// Up to the count.
fn collect(world: &mut World) {
    act(world, "cash-box");
    act(world, "collect");
    assert!(view(world).asks.is_some());
    act(world, "collect-meant");
    world.feed(Input::Cash(CashEvent::BoxRemoved));
    world.feed(Input::Cash(CashEvent::BoxReplaced));
}

#[test]
fn a_collection_closes_the_count_when_the_box_is_out_and_takes_what_was_counted() {
    let mut world = world();
    sell(&mut world, 5_000);
    sell(&mut world, 2_000);
    enter(&mut world, MAINTENANCE);
    collect(&mut world);
    let collected = world.log.iter().find_map(|event| match event {
        Event::Collected { period, by, notes } => Some((*period, by.clone(), notes.clone())),
        _ => None,
    });
    let notes = vec![(Money(2_000), 1), (Money(5_000), 1)];
    assert_eq!(collected, Some((1, "Wang".to_owned(), notes)));
    digits(&mut world, "70");
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Good, Word::CountTaken.into()))
    );
    let till = world.flow.books().till();
    assert_eq!(
        (till.period(), till.total(), till.uncounted().count()),
        (2, Some(Money::ZERO), 0)
    );
    act(&mut world, "print-collection-1");
    pass(&mut world, 1);
    let slips = world
        .jobs
        .iter()
        .filter(|job| matches!(job, ServiceJob::Print(_)));
    assert_eq!(slips.count(), 2, "two copies");
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "collect"), [Begun, Done]);
    assert_eq!(outcomes(&world, "print-collection-1"), [Begun, Done]);
}

#[test]
fn a_count_that_differs_is_a_managers() {
    let mut world = world();
    sell(&mut world, 5_000);
    enter(&mut world, MAINTENANCE);
    collect(&mut world);
    digits(&mut world, "49");
    assert!(
        matches!(view(&world).page, MenuPage::Number(number) if number.problem == Some(Word::ManagerAccepts))
    );
    assert_eq!(world.flow.books().till().uncounted().count(), 1);
    menu(&mut world, MenuIntent::Leave);
    enter(&mut world, MANAGER);
    act(&mut world, "cash-box");
    act(&mut world, "count-1");
    digits(&mut world, "49");
    assert_eq!(
        world.flow.books().till().uncounted().count(),
        1,
        "it is asked first"
    );
    act(&mut world, "count-1-meant");
    assert_eq!(world.flow.books().till().uncounted().count(), 0);
    let counted = world.log.iter().any(|event| {
        matches!(event, Event::CollectionCounted { counted: Money(4_900), by, .. } if by == "Chen")
    });
    assert!(counted);
}

#[test]
fn a_power_cut_at_any_step_of_a_collection_leaves_exact_counters() {
    for steps in 0..4 {
        let mut world = world();
        sell(&mut world, 5_000);
        enter(&mut world, MAINTENANCE);
        act(&mut world, "cash-box");
        act(&mut world, "collect");
        let rest: [&dyn Fn(&mut World); 3] = [
            &|world| act(world, "collect-meant"),
            &|world| world.feed(Input::Cash(CashEvent::BoxRemoved)),
            &|world| world.feed(Input::Cash(CashEvent::BoxReplaced)),
        ];
        rest.iter().take(steps).for_each(|step| step(&mut world));
        world.cut();
        pass(&mut world, 2);
        let books = world.books();
        let till = books.till();
        let held: i64 = till.total().unwrap().0 + till.uncounted().map(|(_, m)| m.0).sum::<i64>();
        assert_eq!(held, 5_000, "after {steps} steps");
        let collections = world
            .log
            .iter()
            .filter(|e| matches!(e, Event::Collected { .. }));
        assert_eq!(
            collections.count(),
            usize::from(steps >= 2),
            "after {steps} steps"
        );
        let begun = outcomes(&world, "collect");
        let open = begun.iter().filter(|o| **o == StaffOutcome::Begun).count();
        assert_eq!(
            begun.len(),
            2 * open,
            "what was begun has an outcome: {begun:?}"
        );
        assert_eq!(*world.flow.session(), Session::Attract);
    }
}

#[test]
fn an_unknown_delivery_is_ended_by_the_meter_alone() {
    let mut world = unknown_sale();
    enter(&mut world, CLERK);
    // What was being tried in the background ends first.
    pass(&mut world, 10);
    act(&mut world, "pending");
    act(&mut world, "sale-1");
    act(&mut world, "look-again-1");
    pass(&mut world, 20);
    use StaffOutcome::{Begun, Done, Unknown};
    assert_eq!(outcomes(&world, "look-again-1"), [Begun, Unknown]);
    assert!(
        world.flow.books().sale(SaleId(1)).unwrap().delivery_open(),
        "nothing is invented"
    );
    world.faults = Faults::NONE;
    act(&mut world, "look-again-1");
    pass(&mut world, 20);
    assert_eq!(
        outcomes(&world, "look-again-1"),
        [Begun, Unknown, Begun, Done]
    );
    assert_eq!(
        world.meter.applied,
        [(8, 5_000)],
        "the meter was credited once"
    );
    assert!(!world.flow.books().sale(SaleId(1)).unwrap().delivery_open());
}

#[test]
fn a_claim_slip_comes_out_again_as_a_copy() {
    let mut world = unknown_sale();
    enter(&mut world, CLERK);
    // What was being tried in the background ends first.
    pass(&mut world, 10);
    act(&mut world, "pending");
    act(&mut world, "sale-1");
    act(&mut world, "print-claim-1");
    pass(&mut world, 3);
    use StaffOutcome::{Begun, Done};
    assert_eq!(outcomes(&world, "print-claim-1"), [Begun, Done]);
    let last = world
        .flow
        .books()
        .sale(SaleId(1))
        .unwrap()
        .slips
        .last()
        .cloned()
        .unwrap();
    assert!(last.copy > 0, "{last:?}");
}

#[test]
fn a_residents_top_up_works_after_the_menu() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    menu(&mut world, MenuIntent::Back);
    assert_eq!(*world.flow.session(), Session::Attract);
    sell(&mut world, 5_000);
    assert_eq!(world.meter.applied, [(8, 5_000)]);
}

#[test]
fn the_ledger_is_checked_with_progress_and_a_restart_is_asked_about() {
    let mut world = world();
    enter(&mut world, MAINTENANCE);
    act(&mut world, "ledger");
    act(&mut world, "verify-ledger");
    world.feed(Input::Served(Served::Verifying(10, 30)));
    let shown = Phrase::Said(Word::VerifiedEntries, vec!["10".into(), "30".into()]);
    assert_eq!(list(&world).notice, Some((MenuTone::Busy, shown)));
    // Nobody leaves while it runs: its outcome has to be an entry.
    menu(&mut world, MenuIntent::Leave);
    world.feed(Input::Served(Served::Verified(Ok(30))));
    assert_eq!(
        outcomes(&world, "verify-ledger"),
        [StaffOutcome::Begun, StaffOutcome::Done]
    );
    menu(&mut world, MenuIntent::Back);
    act(&mut world, "power");
    act(&mut world, "restart");
    assert!(acted(&world, "restart").is_empty());
    menu(&mut world, MenuIntent::Back);
    assert_eq!(view(&world).asks, None);
    act(&mut world, "restart");
    act(&mut world, "restart-meant");
    assert!(matches!(world.jobs.last(), Some(ServiceJob::Power(_))));
    world.cut();
    assert_eq!(
        outcomes(&world, "restart"),
        [StaffOutcome::Begun, StaffOutcome::Done]
    );
}

#[test]
fn an_export_says_how_far_it_is_and_a_stick_that_takes_nothing_keeps_nobody() {
    let mut world = world_with(ServiceRules {
        usb: Some("/media/usb".into()),
        ..rules()
    });
    enter(&mut world, MAINTENANCE);
    act(&mut world, "ledger");
    let export = |world: &mut World| {
        act(world, "export-ledger");
        act(world, "export-ledger-meant");
    };
    export(&mut world);
    world.feed(Input::Served(Served::Exporting(10, 30)));
    let shown = Phrase::Said(Word::ExportedEntries, vec!["10".into(), "30".into()]);
    assert_eq!(list(&world).notice, Some((MenuTone::Busy, shown)));
    pass(&mut world, 100);
    world.feed(Input::Served(Served::Exporting(20, 30)));
    pass(&mut world, 100);
    use StaffOutcome::{Begun, Done, Failed, Unknown};
    assert_eq!(outcomes(&world, "export-ledger"), [Begun]);
    pass(&mut world, 21);
    assert_eq!(outcomes(&world, "export-ledger"), [Begun, Unknown]);
    // What comes of it after all is nothing of the act that runs then.
    act(&mut world, "verify-ledger");
    world.feed(Input::Served(Served::Exported(Ok("late".into()))));
    assert_eq!(outcomes(&world, "verify-ledger"), [Begun]);
    world.feed(Input::Served(Served::Verified(Ok(30))));
    assert_eq!(outcomes(&world, "verify-ledger"), [Begun, Done]);
    export(&mut world);
    world.feed(Input::Served(Served::Exported(Err(
        Unexported::StickPulledOut,
    ))));
    assert_eq!(
        list(&world).notice,
        Some((MenuTone::Bad, Word::StickPulledOut.into()))
    );
    assert_eq!(outcomes(&world, "export-ledger").last(), Some(&Failed));
}

#[test]
fn every_sign_on_a_slip_for_staff_is_in_the_printers_font() {
    let mut world = world();
    sell(&mut world, 5_000);
    enter(&mut world, MANAGER);
    collect(&mut world);
    digits(&mut world, "50");
    for name in [
        "print-collection-1",
        "readiness",
        "print-readiness",
        "devices",
        "test-printer",
    ] {
        act(&mut world, name);
        pass(&mut world, 1);
        if name == "print-readiness" {
            menu(&mut world, MenuIntent::Back);
            menu(&mut world, MenuIntent::Back);
        }
    }
    let typeface = Typeface::embedded().unwrap();
    let mut slips = 0;
    for job in &world.jobs {
        let ServiceJob::Print(text) = job else {
            continue;
        };
        slips += 1;
        let mut signs = format!(
            "{}{}{}{}",
            text.title.0, text.title.1, text.foot.0, text.foot.1
        );
        for (zh, en, value, _) in &text.lines {
            signs += &format!("{zh}{en}{value}");
        }
        let missing: String = signs
            .chars()
            .filter(|sign| *sign != ' ' && !typeface.has(*sign))
            .collect();
        assert_eq!(missing, "", "{:?}", text.title);
    }
    assert_eq!(slips, 4, "two of the collection, the report, the test page");
}
