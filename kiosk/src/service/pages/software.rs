//! The software: what runs, the slots of the image, and updates on a USB stick.

use meterpost_ledger::StaffOutcome;
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Word};

use super::machine::uptime;
use super::{Look, fact, given, row};
use crate::service::acts::Act;
use crate::service::inside::Inside;
use crate::service::software::{Health, OnStick, Slot, Slots, Software};
use crate::service::{Sight, said};

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let mut rows = vec![fact(Word::Version, env!("CARGO_PKG_VERSION")), uptime(look)];
    if let Some((free, whole)) = look.inside.facts.disk {
        let values = [format!("{free} MiB"), format!("{whole} MiB")];
        let room = said(Word::Of, &[&values[0], &values[1]]);
        rows.push(row(Word::DiskRoom, room, MenuTone::Neutral));
    }
    match &look.inside.software {
        Some(software) => {
            rows.extend(slots(&software.slots));
            rows.extend(stick(look, &software.stick));
        }
        None => rows.push(row(Word::Slots, Word::BeingDone, MenuTone::Busy)),
    }
    rows.extend(last_installation(look));
    let mut list = look.plain(Word::Software, rows, Vec::new());
    let updates = look.sight.rules.service.can.update;
    let installing = look.sight.installing;
    list.notice = installing
        .map(|installing| installing.notice(look.sight.now))
        .or((!updates).then(|| (MenuTone::Neutral, Word::UpdatesNotConfigured.into())));
    list
}

fn slots(slots: &Slots) -> Vec<MenuRow> {
    match slots {
        Slots::NotConfigured => vec![row(Word::Slots, Word::NoProgram, MenuTone::Neutral)],
        Slots::NotReadable(why) => {
            let words = said(Word::NotReadable, &[why]);
            vec![row(Word::Slots, words, MenuTone::Warn)]
        }
        Slots::Known(slots) => slots.iter().map(slot).collect(),
    }
}

fn slot(slot: &Slot) -> MenuRow {
    let (word, tone) = match (slot.booted, slot.health) {
        (true, Health::Good) => (Word::SlotRunsGood, MenuTone::Good),
        (true, Health::Trying) => (Word::SlotRunsTrying, MenuTone::Warn),
        (true, Health::Bad) => (Word::SlotRunsBad, MenuTone::Bad),
        (false, Health::Good) => (Word::SlotGood, MenuTone::Neutral),
        (false, Health::Trying) => (Word::SlotTrying, MenuTone::Warn),
        (false, Health::Bad) => (Word::SlotBad, MenuTone::Warn),
    };
    MenuRow {
        name: said(Word::Slot, &[&slot.name]),
        value: said(word, &[&slot.version]),
        tone,
        act: None,
    }
}

fn stick(look: &Look<'_, '_>, stick: &OnStick) -> Vec<MenuRow> {
    let only = |word: Word| vec![row(Word::UpdateOnStick, word, MenuTone::Neutral)];
    if !look.sight.rules.service.can.update_from {
        return only(Word::NoProgram);
    }
    match stick {
        OnStick::NotConfigured => only(Word::UsbNotConfigured),
        OnStick::NoStick => only(Word::NoStick),
        OnStick::NotReadable(why) => {
            let words = said(Word::NotReadable, &[why]);
            vec![row(Word::UpdateOnStick, words, MenuTone::Bad)]
        }
        OnStick::Bundles(names, _) if names.is_empty() => only(Word::NothingThere),
        OnStick::Bundles(names, more) => {
            let offered = names.iter().zip(0..).map(|(name, place)| MenuRow {
                act: Some(look.button(Act::UpdateFromUsb(place))),
                ..row(Word::UpdateOnStick, given(name.clone()), MenuTone::Neutral)
            });
            let rest = (*more > 0).then(|| {
                let words = said(Word::MoreNotShown, &[&more.to_string()]);
                row(Word::UpdateOnStick, words, MenuTone::Neutral)
            });
            offered.chain(rest).collect()
        }
    }
}

fn last_installation(look: &Look<'_, '_>) -> Option<MenuRow> {
    let (outcome, words) = look.memory.installed.as_ref()?;
    let tone = match outcome {
        StaffOutcome::Done => MenuTone::Good,
        StaffOutcome::Begun | StaffOutcome::Unknown => MenuTone::Warn,
        StaffOutcome::Refused | StaffOutcome::Failed => MenuTone::Bad,
    };
    Some(row(Word::LastUpdate, given(words.clone()), tone))
}

/// Why nothing is installed, or started anew, now.
pub(super) fn refusal(inside: &Inside, sight: &Sight<'_>, act: Act) -> Option<Word> {
    // What is half installed is not to be cut off.
    if sight.installing.is_some() {
        return Some(Word::UpdateUnderWay);
    }
    let can = sight.rules.service.can;
    match act {
        Act::UpdateFromUsb(_) if !can.update_from => Some(Word::NoProgram),
        // One that came from afar writes the same slot, and is open until the program was started anew.
        Act::UpdateFromUsb(_) if sight.books.open_command().is_some() => Some(Word::UpdateUnderWay),
        Act::UpdateFromUsb(place) => bundle(inside, place)
            .is_none()
            .then_some(Word::NothingThere),
        Act::Reboot => (!can.reboot).then_some(Word::NoProgram),
        Act::ShutDown => (!can.shutdown).then_some(Word::NoProgram),
        // A sale being settled is finished by whatever starts next, but is better finished now.
        _ => sight.busy.then_some(Word::SaleUnderWay),
    }
}

/// The bundle at this place of the list.
pub(in crate::service) fn bundle(inside: &Inside, place: u64) -> Option<&String> {
    let Some(Software {
        stick: OnStick::Bundles(names, _),
        ..
    }) = &inside.software
    else {
        return None;
    };
    names.get(usize::try_from(place).ok()?)
}
