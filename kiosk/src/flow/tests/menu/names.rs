//! Names of rows and buttons: a test, a tool and the touch itself find them by these, so no two on one page share one.

use std::collections::BTreeSet;

use super::*;
use crate::device::scanner::{ScanEvent, ScannerState};
use crate::flow::Input;
use crate::service::acts::Act;
use crate::service::{Can, OnStick, Served, Slots, Software};

/// A terminal with something on every page: an open delivery, a collection that is not counted, bundles on a stick.
fn full() -> World {
    let mut world = unknown_sale();
    let can = Can {
        reboot: true,
        shutdown: true,
        update: true,
        update_from: true,
    };
    world.service = ServiceRules { can, ..rules() };
    world.restart();
    pass(&mut world, 20);
    world.feed(Input::Scanner(ScanEvent::State(ScannerState::Ready)));
    enter(&mut world, MANAGER);
    let bundles = ["a.raucb", "b.raucb"].map(str::to_owned).to_vec();
    let software = Software {
        slots: Slots::NotConfigured,
        stick: OnStick::Bundles(bundles, 1),
    };
    world.feed(Input::Served(Served::Software(Box::new(software))));
    world
}

fn names(list: &MenuList) -> Vec<String> {
    let rows = list.rows.iter().filter_map(|row| row.act.as_ref());
    let all = rows.chain(&list.acts);
    all.map(|act| act.name.clone()).collect()
}

/// Looks at the page that is shown, and at those that its rows lead to.
fn look(world: &mut World, seen: &mut BTreeSet<String>) {
    let page = list(world);
    let names = names(&page);
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{:?}: {names:?}", page.title);
    for name in names {
        // An act is begun; a page is opened.
        if Act::parse(&name).is_some() || !seen.insert(name.clone()) {
            continue;
        }
        act(world, &name);
        if matches!(view(world).page, MenuPage::List(_)) {
            look(world, seen);
        }
        menu(world, MenuIntent::Back);
        assert_eq!(list(world).title, page.title, "back from {name}");
    }
}

#[test]
fn no_two_controls_of_a_page_share_a_name() {
    let mut world = full();
    let mut seen = BTreeSet::new();
    look(&mut world, &mut seen);
    for wanted in [
        "devices",
        "paper",
        "bus",
        "cash-box",
        "pending",
        "claims",
        "sale-1",
        "ledger",
        "software",
        "readiness",
        "power",
        "parameters",
        "logs",
        "network",
        "clock",
        "server",
    ] {
        assert!(
            seen.contains(wanted),
            "{wanted} was not looked at: {seen:?}"
        );
    }
}
