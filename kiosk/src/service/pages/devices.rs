//! The devices, each with its state; touching a row tests it.

use meterpost_ledger::StaffOutcome;
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Phrase, Word};

use super::{Look, given, row};
use crate::device::card::CardState;
use crate::device::printer::PrinterState;
use crate::device::scanner::ScannerState;
use crate::device::validator::CashState;
use crate::service::acts::Act;

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let mut rows = vec![
        tested(look, validator(look), Act::TestValidator),
        tested(look, printer(look), Act::TestPrinter),
        paper(look),
        tested(look, card_reader(look), Act::TestCard),
        tested(look, scanner(look), Act::TestScanner),
        bus(look),
        tested(
            look,
            row(
                Word::TestOfTouch,
                last(look, Act::TestTouch),
                MenuTone::Neutral,
            ),
            Act::TestTouch,
        ),
        tested(
            look,
            row(
                Word::TestOfColours,
                last(look, Act::TestColours),
                MenuTone::Neutral,
            ),
            Act::TestColours,
        ),
    ];
    rows.extend(door(look));
    for act in [
        Act::TestValidator,
        Act::TestPrinter,
        Act::TestCard,
        Act::TestScanner,
    ] {
        rows.push(last_row(look, act));
    }
    look.plain(Word::Devices, rows, Vec::new())
}

/// Why a device is not tested, unless it works.
pub(super) fn unless(works: bool) -> Option<Word> {
    (!works).then_some(Word::DeviceDoesNotWork)
}

fn tested(look: &Look<'_, '_>, row: MenuRow, act: Act) -> MenuRow {
    MenuRow {
        act: Some(look.button(act)),
        ..row
    }
}

/// What a test said last.
fn last(look: &Look<'_, '_>, act: Act) -> Phrase {
    match look.memory.tests.get(act.kind()) {
        None => Word::NotTried.into(),
        Some(StaffOutcome::Done) => Word::Passed.into(),
        Some(StaffOutcome::Unknown) => Word::NotKnown.into(),
        Some(_) => Word::Failed.into(),
    }
}

fn last_row(look: &Look<'_, '_>, act: Act) -> MenuRow {
    let name = match act {
        Act::TestValidator => Word::TestOfValidator,
        Act::TestPrinter => Word::TestOfPrinter,
        Act::TestScanner => Word::TestOfScanner,
        _ => Word::TestOfCard,
    };
    let tone = look
        .memory
        .tests
        .get(act.kind())
        .map_or(MenuTone::Neutral, tone_of);
    row(name, last(look, act), tone)
}

/// The sign of a test's outcome.
fn tone_of(outcome: &StaffOutcome) -> MenuTone {
    match outcome {
        StaffOutcome::Done => MenuTone::Good,
        StaffOutcome::Begun | StaffOutcome::Unknown => MenuTone::Warn,
        StaffOutcome::Refused | StaffOutcome::Failed => MenuTone::Bad,
    }
}

pub(super) fn validator(look: &Look<'_, '_>) -> MenuRow {
    let (value, tone): (Phrase, MenuTone) = match look.sight.cash {
        CashState::Disabled | CashState::Ready => (Word::Works.into(), MenuTone::Good),
        CashState::Starting => (Word::Starting.into(), MenuTone::Warn),
        CashState::Jammed => (Word::Jammed.into(), MenuTone::Bad),
        CashState::BoxFull => (Word::BoxFull.into(), MenuTone::Bad),
        CashState::BoxRemoved => (Word::BoxOut.into(), MenuTone::Bad),
        CashState::Fault(why) | CashState::Offline(why) => (given(why.clone()), MenuTone::Bad),
    };
    row(Word::Validator, value, tone)
}

pub(super) fn printer(look: &Look<'_, '_>) -> MenuRow {
    let (value, tone): (Phrase, MenuTone) = match look.sight.printer {
        PrinterState::Ready { .. } => (Word::Works.into(), MenuTone::Good),
        PrinterState::PaperOut => (Word::PaperOut.into(), MenuTone::Bad),
        PrinterState::CoverOpen => (Word::CoverOpen.into(), MenuTone::Bad),
        PrinterState::Fault(why) | PrinterState::Offline(why) => {
            (given(why.clone()), MenuTone::Bad)
        }
    };
    row(Word::Printer, value, tone)
}

pub(super) fn paper(look: &Look<'_, '_>) -> MenuRow {
    let (value, tone) = match look.sight.printer {
        PrinterState::Ready { paper_low: false } => (Word::PaperThere, MenuTone::Good),
        PrinterState::Ready { paper_low: true } => (Word::PaperLow, MenuTone::Warn),
        PrinterState::PaperOut => (Word::PaperOut, MenuTone::Bad),
        PrinterState::CoverOpen | PrinterState::Fault(_) | PrinterState::Offline(_) => {
            (Word::NotKnown, MenuTone::Warn)
        }
    };
    row(Word::Paper, value, tone)
}

pub(super) fn card_reader(look: &Look<'_, '_>) -> MenuRow {
    let (value, tone): (Phrase, MenuTone) = match look.sight.card {
        None => (Word::NotFitted.into(), MenuTone::Neutral),
        Some(CardState::Ready) => (Word::Works.into(), MenuTone::Good),
        Some(CardState::Starting) => (Word::Starting.into(), MenuTone::Warn),
        Some(CardState::Missing(why)) => (given(why.clone()), MenuTone::Bad),
    };
    row(Word::CardReader, value, tone)
}

pub(super) fn scanner(look: &Look<'_, '_>) -> MenuRow {
    let (value, tone): (Phrase, MenuTone) = match look.sight.scanner {
        None => (Word::NotFitted.into(), MenuTone::Neutral),
        Some(ScannerState::Ready) => (Word::Works.into(), MenuTone::Good),
        Some(ScannerState::Starting) => (Word::Starting.into(), MenuTone::Warn),
        Some(ScannerState::Missing(why)) => (given(why.clone()), MenuTone::Bad),
    };
    row(Word::Scanner, value, tone)
}

pub(super) fn bus(look: &Look<'_, '_>) -> MenuRow {
    match look.sight.bus {
        true => row(Word::Bus, Word::ConcentratorReached, MenuTone::Good),
        false => row(Word::Bus, Word::ConcentratorNotReached, MenuTone::Bad),
    }
}

fn door(look: &Look<'_, '_>) -> Option<MenuRow> {
    look.sight.rules.service.door.as_ref()?;
    Some(match look.inside.facts.door {
        Some(true) => row(Word::Door, Word::DoorOpen, MenuTone::Neutral),
        Some(false) => row(Word::Door, Word::DoorShut, MenuTone::Neutral),
        None => row(Word::Door, Word::DoorNotReadable, MenuTone::Warn),
    })
}
