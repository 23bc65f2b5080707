//! The cash box: counters since ever and since the last collection, emptying, counting.

use std::collections::BTreeMap;

use meterpost_ledger::{Account, Money};
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Phrase, Word};

use super::{Look, fact, given, row};
use crate::device::validator::CashState;
use crate::service::acts::Act;
use crate::service::said;

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let till = look.sight.books.till();
    let mut rows = vec![
        box_state(look),
        fact(Word::Period, till.period().to_string()),
        fact(
            Word::InTheBox,
            look.money(till.total().unwrap_or(Money::ZERO)),
        ),
    ];
    rows.extend(counters(look));
    rows.extend(uncounted(look));
    rows.extend(closed(look));
    rows.extend(doubt(look));
    let mut acts = vec![look.button(Act::Collect)];
    let printable = look.inside.closed.as_ref().map(|closed| closed.period);
    let printable = printable.or_else(|| till.uncounted().last().map(|(period, _)| period));
    acts.extend(printable.map(|period| look.button(Act::PrintCollection(period))));
    look.plain(Word::CashBox, rows, acts)
}

fn box_state(look: &Look<'_, '_>) -> MenuRow {
    match look.sight.cash {
        CashState::BoxRemoved => row(Word::BoxState, Word::BoxOut, MenuTone::Bad),
        CashState::BoxFull => row(Word::BoxState, Word::BoxFull, MenuTone::Bad),
        CashState::Disabled | CashState::Ready | CashState::Jammed => {
            row(Word::BoxState, Word::BoxIn, MenuTone::Good)
        }
        CashState::Starting | CashState::Fault(_) | CashState::Offline(_) => {
            row(Word::BoxState, Word::NotKnown, MenuTone::Warn)
        }
    }
}

/// Each value, in the box and ever.
fn counters(look: &Look<'_, '_>) -> Vec<MenuRow> {
    let till = look.sight.books.till();
    let mut values: BTreeMap<Money, (u64, u64)> = BTreeMap::new();
    for value in &look.sight.rules.notes {
        values.entry(*value).or_default();
    }
    for (value, count) in till.notes() {
        values.entry(value).or_default().0 = count;
    }
    for (value, count) in till.notes_ever() {
        values.entry(value).or_default().1 = count;
    }
    let counted = |(value, (now, ever)): (Money, (u64, u64))| MenuRow {
        name: said(Word::NotesOf, &[&look.money(value)]),
        value: said(Word::CountsOf, &[&now.to_string(), &ever.to_string()]),
        tone: MenuTone::Neutral,
        act: None,
    };
    values.into_iter().map(counted).collect()
}

fn uncounted(look: &Look<'_, '_>) -> Vec<MenuRow> {
    let till = look.sight.books.till();
    let line = |(period, expected): (u64, Money)| MenuRow {
        name: said(Word::UncountedPeriod, &[&period.to_string()]),
        value: given(look.money(expected)),
        tone: MenuTone::Warn,
        act: Some(look.button(Act::Count(period))),
    };
    till.uncounted().map(line).collect()
}

/// What was emptied and counted in this visit.
fn closed(look: &Look<'_, '_>) -> Vec<MenuRow> {
    let Some(closed) = &look.inside.closed else {
        return Vec::new();
    };
    let mut rows = vec![fact(Word::Expected, look.money(closed.expected))];
    match closed.counted {
        Some(counted) => {
            let difference = Money(counted.0.saturating_sub(closed.expected.0));
            let tone = match difference {
                Money::ZERO => MenuTone::Good,
                _ => MenuTone::Warn,
            };
            rows.push(fact(Word::Counted, look.money(counted)));
            rows.push(row(Word::Difference, given(look.money(difference)), tone));
        }
        None => rows.push(row(Word::Counted, Word::NotCountedYet, MenuTone::Warn)),
    }
    rows
}

fn doubt(look: &Look<'_, '_>) -> Option<MenuRow> {
    let doubt = look.sight.books.balances().of(Account::CashInDoubt);
    let value: Phrase = given(look.money(doubt));
    (doubt != Money::ZERO).then(|| row(Word::NoteInDoubt, value, MenuTone::Warn))
}
