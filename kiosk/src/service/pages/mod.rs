//! What each page shows: rows with a state, and buttons. Pure functions of what is seen and known.

mod bus;
mod cash;
mod devices;
mod home;
mod ledger;
mod machine;
mod pending;
mod readiness;
mod software;

pub(super) use readiness::{Check, checks};
pub(super) use software::bundle;

use meterpost_ledger::{Money, Sale, SaleId};
use meterpost_ui::view::{MenuAct, MenuList, MenuRow, MenuTone, Phrase, Word};

use super::acts::Act;
use super::facts::Facts;
use super::inside::{Inside, expected};
use super::memory::Memory;
use super::page::Page;
use super::role::{Area, may};
use super::{Sight, said};
use crate::device::card::CardState;
use crate::device::printer::PrinterState;
use crate::device::scanner::ScannerState;
use crate::device::validator::CashState;

/// What a page is made of.
struct Look<'l, 's> {
    inside: &'l Inside,
    sight: &'l Sight<'s>,
    memory: &'l Memory,
}

/// The page as a list.
pub(super) fn list(page: Page, inside: &Inside, sight: &Sight<'_>, memory: &Memory) -> MenuList {
    let look = Look {
        inside,
        sight,
        memory,
    };
    let mut list = match page {
        Page::Home => home::page(&look),
        Page::Devices => devices::page(&look),
        Page::CashBox | Page::Counting(_) => cash::page(&look),
        Page::Pending => pending::page(&look),
        Page::Sale(sale) => pending::sale_page(&look, sale),
        Page::Bus | Page::MeterNumber => bus::page(&look),
        Page::Segment => bus::segment(&look),
        Page::Meter => bus::meter(&look),
        Page::Trace => bus::trace(&look),
        Page::Ledger => ledger::page(&look),
        Page::Server => machine::server(&look),
        Page::Network => machine::network(&look),
        Page::Clock => machine::clock(&look),
        Page::Parameters => machine::parameters(&look),
        Page::Logs => machine::logs(&look),
        Page::Software => software::page(&look),
        Page::Readiness => readiness::page(&look),
        Page::Power => machine::power(&look),
    };
    // What is being done, or what came of it, comes before what the page has to say.
    let doing = inside.doing.as_ref().map(|doing| doing.notice(sight.now));
    list.notice = doing.or_else(|| inside.said.clone()).or(list.notice);
    list
}

/// A row.
fn row(name: Word, value: impl Into<Phrase>, tone: MenuTone) -> MenuRow {
    MenuRow {
        name: name.into(),
        value: value.into(),
        tone,
        act: None,
    }
}

/// A row that only says something.
fn fact(name: Word, value: impl Into<String>) -> MenuRow {
    row(name, given(value), MenuTone::Neutral)
}

fn given(text: impl Into<String>) -> Phrase {
    Phrase::Given(text.into())
}

impl Look<'_, '_> {
    /// The row with the page that it leads to, where this role may see it.
    fn leading(&self, row: MenuRow, name: &str, word: Word) -> MenuRow {
        // A row without a page of its own name is one of the bus.
        let area = Page::parse(name).map_or(Area::Bus, Page::area);
        let open = may(self.inside.role, area);
        let act = MenuAct {
            name: name.to_owned(),
            word,
            grave: false,
            refused: (!open).then_some(Word::NotForYou),
        };
        MenuRow {
            act: Some(act),
            ..row
        }
    }

    /// The act as a button.
    fn button(&self, act: Act) -> MenuAct {
        MenuAct {
            name: act.name(),
            word: act.word(),
            grave: act.grave(),
            refused: refusal(self.inside, self.sight, act),
        }
    }

    fn money(&self, amount: Money) -> String {
        self.sight.money(amount)
    }

    fn plain(&self, title: Word, rows: Vec<MenuRow>, acts: Vec<MenuAct>) -> MenuList {
        MenuList {
            title,
            notice: None,
            rows,
            acts,
        }
    }
}

/// Why an act cannot be begun now, if anything speaks against it.
pub(super) fn refusal(inside: &Inside, sight: &Sight<'_>, act: Act) -> Option<Word> {
    if !may(inside.role, act.area()) {
        return Some(Word::NotForYou);
    }
    if inside.doing.is_some() {
        return Some(Word::DeviceBusy);
    }
    match act {
        Act::PrintClaim(sale) if !owes_slip(sight, sale) => Some(Word::NothingThere),
        Act::PrintCollection(period) if !inside.knows_collection(sight, period) => {
            Some(Word::NothingThere)
        }
        Act::TestPrinter | Act::PrintReadiness | Act::PrintCollection(_) | Act::PrintClaim(_) => {
            if !matches!(sight.printer, PrinterState::Ready { .. }) {
                return Some(Word::DeviceDoesNotWork);
            }
            sight.busy.then_some(Word::SaleUnderWay)
        }
        Act::TestCard => devices::unless(matches!(sight.card, Some(CardState::Ready))),
        Act::TestScanner => devices::unless(matches!(sight.scanner, Some(ScannerState::Ready))),
        Act::TestValidator => match sight.cash {
            CashState::Disabled | CashState::Ready => sight.busy.then_some(Word::SaleUnderWay),
            _ => Some(Word::DeviceDoesNotWork),
        },
        Act::Collect => {
            let in_path = sight.books.open_note().is_some() || sight.books.open_sale().is_some();
            in_path.then_some(Word::SaleUnderWay)
        }
        Act::Count(period) => expected(sight, period)
            .is_none()
            .then_some(Word::NothingThere),
        Act::ReadMeter | Act::AskEveryMeter => super::bus::refusal(inside, sight, act),
        Act::LookAgain(_) if !sight.bus => Some(Word::ConcentratorNotReached),
        Act::LookAgain(_) => sight.busy.then_some(Word::SaleUnderWay),
        Act::ExportLedger => sight
            .rules
            .service
            .usb
            .is_none()
            .then_some(Word::UsbNotConfigured),
        Act::UpdateFromUsb(_) | Act::Restart | Act::Reboot | Act::ShutDown => {
            software::refusal(inside, sight, act)
        }
        Act::SyncNow => (!sight.rules.reports_loss).then_some(Word::NoServer),
        Act::TestTouch | Act::TestColours | Act::VerifyLedger => None,
    }
}

/// Whether there is a slip of this sale that says what is owed or on its way.
fn owes_slip(sight: &Sight<'_>, sale: SaleId) -> bool {
    let sale = sight.books.sale(sale);
    sale.and_then(crate::flow::claim_slip).is_some()
}

/// How many entries wait for the server's cosignature, but for the one that says that it came; `None` where there never was one.
fn behind(facts: &Facts, sight: &Sight<'_>) -> Option<u64> {
    let size = sight.books.last_contact()?;
    Some(facts.size.saturating_sub(size).saturating_sub(1))
}

/// What is asked before an act.
pub(super) fn question(inside: &Inside, sight: &Sight<'_>, act: Act) -> Phrase {
    match act {
        Act::Collect => {
            let worth = sight.books.till().total().unwrap_or(Money::ZERO);
            said(Word::AskCollect, &[&sight.money(worth)])
        }
        Act::ExportLedger => Word::AskExport.into(),
        Act::UpdateFromUsb(_) => {
            let bundle = inside.chosen.as_deref().unwrap_or_default();
            said(Word::AskInstall, &[bundle])
        }
        Act::Restart => Word::AskRestart.into(),
        Act::Reboot => Word::AskReboot.into(),
        Act::ShutDown => Word::AskShutDown.into(),
        act => act.word().into(),
    }
}

/// Sales whose delivery is open, and those that owe a slip or money.
fn open_deliveries<'b>(sight: &Sight<'b>) -> impl Iterator<Item = &'b Sale> {
    sight.books.sales().filter(|sale| sale.delivery_open())
}

fn open_claims<'b>(sight: &Sight<'b>) -> impl Iterator<Item = &'b Sale> {
    sight.books.sales().filter(|sale| {
        !sale.delivery_open() && (sale.owed > Money::ZERO || sale.in_doubt > Money::ZERO)
    })
}
