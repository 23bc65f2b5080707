//! The service menu's place in the flow: when it opens, what it sees, and what its orders do. The menu itself is [`crate::service`].

use meterpost_ledger::{Event, Sale, SaleId, Slip};
use meterpost_ui::view::{MenuIntent, MenuView};

use super::session::Session;
use super::settle::slip_wanted;
use super::{Effect, Flow};
use crate::device::card::{CardEvent, CardKind};
use crate::device::printer::PrintOutcome;
use crate::device::validator::CashCommand;
use crate::service::{Happening, Memory, Order, Served, Service, ServiceJob, Sight};

/// The slip of a closed sale that says what is owed or on its way.
pub fn claim_slip(sale: &Sale) -> Option<Slip> {
    slip_wanted(sale).filter(|slip| *slip != Slip::Receipt && sale.closed)
}

impl Flow {
    /// With what the ledger says of earlier visits to the service menu.
    pub fn remembering(mut self, memory: Memory) -> Flow {
        self.memory = memory;
        self
    }

    pub(super) fn on_menu(&mut self, intent: MenuIntent) {
        match (&self.session, intent) {
            // Never in a resident's session: what is under way there would be lost sight of. Nobody can have begun a sale, but a note on its
            // way in is waited for.
            (Session::Attract | Session::OutOfService(_), MenuIntent::Open)
                if self.books.open_sale().is_none() =>
            {
                let service = Service::open(&self.sight());
                self.session = Session::Service(Box::new(service));
            }
            (Session::Service(_), intent) => self.in_menu(Happening::Intent(intent)),
            _ => {}
        }
    }

    /// Which staff card lies in the reader, whoever may look at it: it is told once only.
    pub(super) fn watch_staff_card(&mut self, event: &CardEvent) {
        match event {
            CardEvent::Shown(card) => {
                let staff = matches!(card.kind, CardKind::Staff(_));
                self.staff_card = staff.then(|| card.clone());
            }
            CardEvent::Removed => self.staff_card = None,
            CardEvent::State(_) | CardEvent::Refused(_) | CardEvent::Pin(_) => {}
        }
    }

    /// A slip of the menu's own is finished. `false`: it was none.
    pub(super) fn menu_printed(&mut self, outcome: &PrintOutcome) -> bool {
        if !std::mem::take(&mut self.menu_prints) {
            return false;
        }
        self.in_menu(Happening::Printed(outcome.clone()));
        true
    }

    /// The engine has done something for the menu. An installation ends wherever the flow is.
    pub(super) fn on_served(&mut self, served: Served) {
        let mut ended = None;
        match (&served, &mut self.installing) {
            (Served::Installing(words), Some(installing)) => installing.words.clone_from(words),
            (Served::Installed(result), Some(installing)) => ended = Some(installing.ended(result)),
            _ => {}
        }
        let over = ended.is_some();
        if let Some(event) = ended {
            self.memory.take(&event);
            self.record(vec![event]);
        }
        self.in_menu(Happening::Served(served));
        if over {
            self.installing = None;
        }
    }

    /// Something happened that the menu may wait for; nothing where nobody is at it.
    pub(super) fn in_menu(&mut self, what: Happening) {
        if !matches!(self.session, Session::Service(_)) {
            return;
        }
        // Taken out for the step, which looks at the rest of the flow meanwhile.
        let Session::Service(mut service) = std::mem::replace(&mut self.session, Session::Attract)
        else {
            return;
        };
        let mut memory = std::mem::take(&mut self.memory);
        let orders = service.step(&self.sight(), &mut memory, what);
        self.memory = memory;
        self.session = Session::Service(service);
        for order in orders {
            if self.ledger_failed() {
                return;
            }
            self.obey(order);
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Record(event) => {
                self.record(vec![event]);
            }
            Order::Cash(command) => self.out.push(Effect::Cash(command)),
            Order::Card(command) => self.out.push(Effect::Card(command)),
            Order::Job(job) => {
                self.menu_prints |= matches!(job, ServiceJob::Print(_));
                self.out.push(Effect::Service(job));
            }
            Order::Install(installing) => {
                let job = ServiceJob::Install(installing.bundle.clone());
                self.installing = Some(installing);
                self.out.push(Effect::Service(job));
            }
            Order::LookAgain(sale) => self.asked = Some(sale),
            Order::PrintClaim(sale) => self.print_again(sale),
            Order::Leave => self.leave_menu(),
        }
    }

    /// As a copy, where one was tried before.
    fn print_again(&mut self, id: SaleId) {
        let Some((slip, copy)) = self.books.sale(id).and_then(|sale| {
            let slip = claim_slip(sale)?;
            let tried = sale.slips.iter().filter(|record| record.slip == slip);
            let copy = tried.map(|record| record.copy.saturating_add(1)).max();
            Some((slip, copy.unwrap_or(0)))
        }) else {
            return;
        };
        self.print(id, slip, copy);
    }

    fn leave_menu(&mut self) {
        self.out.push(Effect::Cash(CashCommand::Stop));
        self.end_session();
    }

    fn sight(&self) -> Sight<'_> {
        Sight {
            now: self.now,
            rules: &self.rules,
            configured: &self.configured,
            books: &self.books,
            cash: &self.devices.cash,
            printer: &self.devices.printer,
            bus: self.devices.bus,
            card: self.devices.card.as_ref(),
            scanner: self.devices.scanner.as_ref(),
            // One that is lost or withdrawn opens nothing, whenever it came.
            staff_card: self
                .staff_card
                .as_ref()
                .filter(|card| !self.rules.told.denied.contains(&card.number)),
            online: self.online,
            locked: self.locked,
            busy: self.settling.is_some() || self.printer_busy(),
            settling: self
                .asked
                .or(self.settling.as_ref().map(|settling| settling.sale)),
            installing: self.installing.as_ref(),
            language: self.language,
        }
    }

    pub(super) fn menu_view(&self, service: &Service) -> MenuView {
        service.view(&self.sight(), &self.memory)
    }

    /// What was begun in the menu before the program ended, as an entry.
    pub fn wake_menu(&mut self, new_boot: bool) -> Vec<Event> {
        self.memory.wake(self.now, new_boot)
    }
}
