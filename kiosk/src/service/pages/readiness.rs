//! The readiness report: every check with pass or fail.

use meterpost_ledger::{ClockQuality, Money};
use meterpost_ui::view::{MenuList, MenuRow, MenuTone, Word};

use super::{Look, open_deliveries, row};
use crate::device::card::CardState;
use crate::device::printer::PrinterState;
use crate::device::scanner::ScannerState;
use crate::device::validator::CashState;
use crate::service::acts::Act;
use crate::service::inside::Inside;
use crate::service::{Sight, said};

/// The data disk needs this much room, in MiB: the ledger refuses to open below 8.
const LEAST_ROOM: u64 = 64;
/// A cash box counts as full at this part of its capacity, in percent.
const FULL_FROM: u64 = 90;
/// So many entries may wait for the server's cosignature.
const MOST_BEHIND: u64 = 1_000;

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) struct Check {
    /// What is checked.
    pub(in crate::service) what: Word,
    /// Whether it is so.
    pub(in crate::service) passed: bool,
}

/// Whether so many notes leave little room in a box for this many; 0: how many it takes is not known.
pub(super) fn nearly_full(notes: u64, capacity: u64) -> bool {
    capacity > 0 && notes.saturating_mul(100) >= capacity.saturating_mul(FULL_FROM)
}

/// Every check that this terminal has.
pub(in crate::service) fn checks(inside: &Inside, sight: &Sight<'_>) -> Vec<Check> {
    let facts = &inside.facts;
    let till = sight.books.till();
    let notes: u64 = till.notes().iter().map(|(_, count)| count).sum();
    let room = !nearly_full(notes, facts.box_capacity);
    let slips = sight.books.unfinished().any(|sale| {
        crate::flow::slip_wanted(sale).is_some() && sale.closed && sale.owed > Money::ZERO
    });
    let clock = matches!(
        facts.quality,
        Some(ClockQuality::Rtc | ClockQuality::Ntp | ClockQuality::Server)
    );
    let mut checks = vec![
        (Word::CheckValidator, works(sight.cash)),
        (
            Word::CheckPrinter,
            matches!(sight.printer, PrinterState::Ready { .. }),
        ),
        (
            Word::CheckPaper,
            matches!(sight.printer, PrinterState::Ready { paper_low: false }),
        ),
        (Word::CheckBus, sight.bus),
    ];
    if let Some(card) = sight.card {
        checks.push((Word::CheckCards, *card == CardState::Ready));
    }
    if let Some(scanner) = sight.scanner {
        checks.push((Word::CheckScanner, *scanner == ScannerState::Ready));
    }
    if facts.server.is_some() {
        let behind = sight
            .books
            .last_contact()
            .map(|size| facts.size.saturating_sub(size));
        checks.push((Word::CheckServer, sight.online));
        checks.push((
            Word::CheckCosigned,
            behind.is_some_and(|behind| behind <= MOST_BEHIND),
        ));
    }
    checks.extend([
        (Word::CheckClock, clock),
        (Word::CheckBox, room && *sight.cash != CashState::BoxFull),
        (Word::CheckUncounted, till.uncounted().next().is_none()),
        (Word::CheckPending, open_deliveries(sight).next().is_none()),
        (Word::CheckClaims, !slips),
        (
            Word::CheckDisk,
            facts.disk.is_none_or(|(free, _)| free >= LEAST_ROOM),
        ),
        (Word::CheckLocked, !sight.locked),
    ]);
    let check = |(what, passed)| Check { what, passed };
    checks.into_iter().map(check).collect()
}

fn works(cash: &CashState) -> bool {
    matches!(cash, CashState::Disabled | CashState::Ready)
}

/// The report in one row.
pub(super) fn verdict(checks: &[Check]) -> MenuRow {
    let failing = checks.iter().filter(|check| !check.passed).count();
    match failing {
        0 => row(Word::Readiness, Word::Ready, MenuTone::Good),
        n => {
            let values = [n.to_string(), checks.len().to_string()];
            let words = said(Word::NotReady, &[&values[0], &values[1]]);
            row(Word::Readiness, words, MenuTone::Bad)
        }
    }
}

pub(super) fn page(look: &Look<'_, '_>) -> MenuList {
    let checks = checks(look.inside, look.sight);
    let mut rows = vec![verdict(&checks)];
    rows.extend(checks.iter().map(|check| match check.passed {
        true => row(check.what, Word::Passed, MenuTone::Good),
        false => row(check.what, Word::Failed, MenuTone::Bad),
    }));
    let acts = vec![look.button(Act::PrintReadiness)];
    look.plain(Word::Readiness, rows, acts)
}

impl Check {
    /// The check on paper.
    pub(in crate::service) fn printed(&self) -> (&'static str, &'static str) {
        match self.what {
            Word::CheckValidator => ("识币器", "Note validator"),
            Word::CheckPrinter => ("打印机", "Printer"),
            Word::CheckPaper => ("纸张", "Paper"),
            Word::CheckBus => ("表计总线", "Meter bus"),
            Word::CheckCards => ("读卡器", "Card reader"),
            Word::CheckScanner => ("扫码器", "Scanner"),
            Word::CheckServer => ("服务器", "Server"),
            Word::CheckCosigned => ("账本会签", "Ledger cosigned"),
            Word::CheckClock => ("时钟", "Clock"),
            Word::CheckBox => ("钱箱空间", "Cash box room"),
            Word::CheckUncounted => ("钱箱清点", "Collections counted"),
            Word::CheckPending => ("未完成充值", "Open deliveries"),
            Word::CheckClaims => ("退款凭证", "Claim slips"),
            Word::CheckDisk => ("磁盘空间", "Disk room"),
            Word::CheckLocked => ("远程锁定", "Not closed by the server"),
            _ => ("其他", "Other"),
        }
    }
}
