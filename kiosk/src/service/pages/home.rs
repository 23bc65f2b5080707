//! The state at a glance: everything in one row each, which leads to its page.

use meterpost_ledger::Money;
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Word};

use super::{
    Look, checks, devices, fact, given, machine, open_claims, open_deliveries, readiness, row,
};
use crate::service::said;

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let rows = vec![
        devices(look),
        look.leading(devices::bus(look), "bus", Word::Bus),
        look.leading(machine::reached(look), "server", Word::Server),
        look.leading(machine::time(look), "clock", Word::Clock),
        cash_box(look),
        look.leading(devices::paper(look), "paper", Word::Paper),
        pending(look),
        claims(look),
        ledger(look),
        readiness(look),
        look.leading(network(look), "network", Word::Network),
        leads(look, Word::Parameters, "parameters"),
        leads(look, Word::LogLines, "logs"),
        look.leading(
            fact(Word::Software, env!("CARGO_PKG_VERSION")),
            "software",
            Word::Software,
        ),
        leads(look, Word::Power, "power"),
    ];
    look.plain(Word::StateAtAGlance, rows, Vec::new())
}

fn leads(look: &Look<'_, '_>, word: Word, name: &str) -> MenuRow {
    look.leading(row(word, given(""), MenuTone::Neutral), name, word)
}

fn devices(look: &Look<'_, '_>) -> MenuRow {
    let wrong = [
        devices::validator(look),
        devices::printer(look),
        devices::card_reader(look),
        devices::scanner(look),
    ]
    .into_iter()
    .find(|row| matches!(row.tone, MenuTone::Bad | MenuTone::Warn));
    let row = match wrong {
        Some(wrong) => MenuRow {
            name: Word::Devices.into(),
            ..wrong
        },
        None => row(Word::Devices, Word::Works, MenuTone::Good),
    };
    look.leading(row, "devices", Word::Devices)
}

fn cash_box(look: &Look<'_, '_>) -> MenuRow {
    let till = look.sight.books.till();
    let notes: u64 = till.notes().iter().map(|(_, count)| count).sum();
    let worth = look.money(till.total().unwrap_or(Money::ZERO));
    let tone = match readiness::nearly_full(notes, look.inside.facts.box_capacity) {
        true => MenuTone::Warn,
        false => MenuTone::Neutral,
    };
    let value = said(Word::Pieces, &[&worth, &notes.to_string()]);
    look.leading(row(Word::CashBox, value, tone), "cash-box", Word::CashBox)
}

/// How many, where none is as it should be.
fn count(word: Word, count: usize) -> MenuRow {
    match count {
        0 => row(word, Word::NothingThere, MenuTone::Good),
        n => row(word, given(n.to_string()), MenuTone::Warn),
    }
}

fn pending(look: &Look<'_, '_>) -> MenuRow {
    let row = count(Word::Pending, open_deliveries(look.sight).count());
    look.leading(row, "pending", Word::Pending)
}

fn claims(look: &Look<'_, '_>) -> MenuRow {
    let row = count(Word::Claims, open_claims(look.sight).count());
    look.leading(row, "claims", Word::Claims)
}

fn ledger(look: &Look<'_, '_>) -> MenuRow {
    let row = fact(Word::Ledger, look.inside.facts.size.to_string());
    look.leading(row, "ledger", Word::Ledger)
}

fn readiness(look: &Look<'_, '_>) -> MenuRow {
    let checks = checks(look.inside, look.sight);
    let row = super::readiness::verdict(&checks);
    look.leading(row, "readiness", Word::Readiness)
}

fn network(look: &Look<'_, '_>) -> MenuRow {
    let up = look.inside.facts.links.iter().find(|link| link.up);
    match up {
        Some(link) => row(Word::Network, given(link.name.clone()), MenuTone::Good),
        None => row(Word::Network, Word::LinkDown, MenuTone::Warn),
    }
}
