//! The pages, by the names of the rows that lead to them.

use meterpost_ledger::SaleId;

use super::role::Area;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Home,
    Devices,
    CashBox,
    Counting(u64),
    Pending,
    Sale(SaleId),
    Bus,
    Segment,
    Meter,
    MeterNumber,
    Trace,
    Ledger,
    Server,
    Network,
    Clock,
    Parameters,
    Logs,
    Software,
    Readiness,
    Power,
}

impl Page {
    /// Two names of one page are two rows that lead to it: no two controls have one name.
    const PLAIN: [(&'static str, Page); 16] = [
        ("devices", Page::Devices),
        ("paper", Page::Devices),
        ("cash-box", Page::CashBox),
        ("pending", Page::Pending),
        ("claims", Page::Pending),
        ("bus", Page::Bus),
        ("trace", Page::Trace),
        ("ledger", Page::Ledger),
        ("server", Page::Server),
        ("network", Page::Network),
        ("clock", Page::Clock),
        ("parameters", Page::Parameters),
        ("logs", Page::Logs),
        ("software", Page::Software),
        ("readiness", Page::Readiness),
        ("power", Page::Power),
    ];

    /// The page of a row's name.
    pub(super) fn parse(name: &str) -> Option<Page> {
        let plain = Page::PLAIN.into_iter().find(|(known, _)| *known == name);
        plain.map(|(_, page)| page).or_else(|| {
            let number = name.strip_prefix("sale-")?.parse().ok()?;
            Some(Page::Sale(SaleId(number)))
        })
    }

    /// Whose part of the menu it belongs to.
    pub(super) fn area(self) -> Area {
        match self {
            Page::Home => Area::Glance,
            Page::Devices => Area::Devices,
            Page::CashBox | Page::Counting(_) => Area::CashBox,
            Page::Pending | Page::Sale(_) => Area::Pending,
            Page::Bus | Page::Segment | Page::Meter | Page::MeterNumber | Page::Trace => Area::Bus,
            Page::Ledger => Area::Ledger,
            Page::Server => Area::Server,
            Page::Network | Page::Clock | Page::Parameters | Page::Logs => Area::Machine,
            Page::Software => Area::Software,
            Page::Readiness => Area::Readiness,
            Page::Power => Area::Power,
        }
    }
}
