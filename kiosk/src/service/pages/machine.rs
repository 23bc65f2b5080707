//! The machine: the talk with the server, network, clock, parameters, lines of the log, starting anew.

use meterpost_ledger::bulletin::deny::DENY_KIND;
use meterpost_ledger::bulletin::directory::{CHANGES_KIND, DIRECTORY_KIND};
use meterpost_ledger::bulletin::parameters::PARAMETERS_KIND;
use meterpost_ledger::bulletin::tariffs::TARIFFS_KIND;
use meterpost_ledger::{ClockQuality, LIMITS_KIND, Money};
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Phrase, Word};

use super::{Look, behind, fact, given, row};
use crate::service::acts::Act;
use crate::service::said;

/// Bulletins of which the version is shown.
const KINDS: [&str; 6] = [
    LIMITS_KIND,
    PARAMETERS_KIND,
    TARIFFS_KIND,
    DENY_KIND,
    DIRECTORY_KIND,
    CHANGES_KIND,
];

pub(super) fn reached(look: &Look<'_, '_>) -> MenuRow {
    match (look.inside.facts.server.is_some(), look.sight.online) {
        (false, _) => row(Word::Server, Word::NoServer, MenuTone::Neutral),
        (true, true) => row(Word::Server, Word::Reached, MenuTone::Good),
        (true, false) => row(Word::Server, Word::NotReached, MenuTone::Warn),
    }
}

pub(super) fn server(look: &Look<'_, '_>) -> MenuList {
    let facts = &look.inside.facts;
    let mut rows = vec![reached(look)];
    rows.extend(
        facts
            .server
            .clone()
            .map(|address| fact(Word::Address, address)),
    );
    match look.sight.books.last_contact() {
        Some(size) => {
            let gap = behind(facts, look.sight).unwrap_or(0);
            rows.push(fact(Word::LastContact, size.to_string()));
            rows.push(fact(Word::Gap, gap.to_string()));
        }
        None => rows.push(row(
            Word::LastContact,
            Word::NothingThere,
            MenuTone::Neutral,
        )),
    }
    for kind in KINDS {
        if let Some(version) = look.sight.books.bulletin_version(kind) {
            let value = said(Word::BulletinVersion, &[kind, &version.to_string()]);
            rows.push(row(Word::Bulletins, value, MenuTone::Neutral));
        }
    }
    look.plain(Word::Server, rows, vec![look.button(Act::SyncNow)])
}

pub(super) fn network(look: &Look<'_, '_>) -> MenuList {
    let mut rows = vec![reached(look)];
    for link in &look.inside.facts.links {
        let (state, tone) = match link.up {
            true => (Word::LinkUp, MenuTone::Good),
            false => (Word::LinkDown, MenuTone::Neutral),
        };
        rows.push(MenuRow {
            name: given(link.name.clone()),
            value: state.into(),
            tone,
            act: None,
        });
        rows.extend(link.addresses.iter().map(|address| MenuRow {
            name: given(link.name.clone()),
            value: given(address.clone()),
            tone: MenuTone::Neutral,
            act: None,
        }));
    }
    look.plain(Word::Network, rows, Vec::new())
}

fn quality(quality: Option<ClockQuality>) -> (Word, MenuTone) {
    match quality {
        None => (Word::NotKnown, MenuTone::Neutral),
        Some(ClockQuality::Unset) => (Word::TimeUnset, MenuTone::Bad),
        Some(ClockQuality::Restored) => (Word::TimeRestored, MenuTone::Warn),
        Some(ClockQuality::Rtc) => (Word::TimeRtc, MenuTone::Good),
        Some(ClockQuality::Ntp) => (Word::TimeNtp, MenuTone::Good),
        Some(ClockQuality::Server) => (Word::TimeServer, MenuTone::Good),
    }
}

fn now(look: &Look<'_, '_>) -> Phrase {
    match &look.inside.facts.time {
        Some(time) => given(time.clone()),
        None => Word::TimeUnset.into(),
    }
}

pub(super) fn time(look: &Look<'_, '_>) -> MenuRow {
    let (_, tone) = quality(look.inside.facts.quality);
    row(Word::Clock, now(look), tone)
}

pub(super) fn clock(look: &Look<'_, '_>) -> MenuList {
    let facts = &look.inside.facts;
    let (how, tone) = quality(facts.quality);
    let jump = match &facts.last_jump {
        Some((from, to)) => given(format!("{from} → {to}")),
        None => Word::NothingThere.into(),
    };
    let rows = vec![
        row(Word::WallTime, now(look), MenuTone::Neutral),
        row(Word::TimeQuality, how, tone),
        row(Word::LastJump, jump, MenuTone::Neutral),
        uptime(look),
    ];
    look.plain(Word::Clock, rows, Vec::new())
}

pub(super) fn uptime(look: &Look<'_, '_>) -> MenuRow {
    let seconds = look.inside.facts.uptime;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    fact(Word::Uptime, format!("{hours}:{minutes:02}"))
}

/// Each value in force, and whether it is the configuration's or what the server has told.
pub(super) fn parameters(look: &Look<'_, '_>) -> MenuList {
    let (rules, configured) = (look.sight.rules, look.sight.configured);
    let from = |value: String, told: bool| match told {
        true => said(Word::FromServer, &[&value]),
        false => said(Word::FromConfiguration, &[&value]),
    };
    let sums = |sums: &[Money]| {
        let texts: Vec<String> = sums.iter().map(|sum| sum.to_string()).collect();
        texts.join(", ")
    };
    let parameter = |name, value: String, told| row(name, from(value, told), MenuTone::Neutral);
    let service = &rules.service;
    let mut rows = vec![
        parameter(Word::TerminalId, rules.terminal.clone(), false),
        parameter(Word::Tenant, look.inside.facts.tenant.clone(), false),
        parameter(
            Word::Place,
            rules.place.clone(),
            rules.place != configured.place,
        ),
        parameter(
            Word::Phone,
            rules.phone.clone(),
            rules.phone != configured.phone,
        ),
        parameter(Word::Currency, rules.currency.clone(), false),
        parameter(
            Word::HighestSale,
            look.money(rules.highest_sale),
            rules.highest_sale != configured.highest_sale,
        ),
        parameter(
            Word::AmountsOffered,
            sums(&rules.amounts),
            rules.amounts != configured.amounts,
        ),
        parameter(
            Word::NotesTaken,
            sums(&rules.notes),
            rules.notes != configured.notes,
        ),
        parameter(
            Word::Attempts,
            rules.attempts.to_string(),
            rules.attempts != configured.attempts,
        ),
        parameter(
            Word::MetersKnown,
            configured.meters.len().to_string(),
            false,
        ),
        row(
            Word::MenuTimeOut,
            said(Word::Seconds, &[&service.time_out.as_secs().to_string()]),
            MenuTone::Neutral,
        ),
    ];
    let limits = look.sight.books.limits();
    rows.push(match limits {
        Some(limits) => parameter(Word::LimitsInForce, limits.to_string(), true),
        None => row(Word::LimitsInForce, Word::NothingThere, MenuTone::Neutral),
    });
    look.plain(Word::Parameters, rows, Vec::new())
}

pub(super) fn logs(look: &Look<'_, '_>) -> MenuList {
    let line = |line: &String| MenuRow {
        name: given(line.clone()),
        value: given(""),
        tone: MenuTone::Neutral,
        act: None,
    };
    let rows = look.inside.facts.lines.iter().map(line).collect();
    look.plain(Word::LogLines, rows, Vec::new())
}

pub(super) fn power(look: &Look<'_, '_>) -> MenuList {
    let acts = [Act::Restart, Act::Reboot, Act::ShutDown];
    let acts = acts.into_iter().map(|act| look.button(act)).collect();
    look.plain(Word::Power, vec![uptime(look)], acts)
}
