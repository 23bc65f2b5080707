//! Slips: intended, printed, and what became of them.

use meterpost_ledger::{Event, SaleId, Slip, SlipOutcome};
use meterpost_ui::view::SlipState;

use super::session::Session;
use super::{Effect, Flow};
use crate::device::printer::{PrintOutcome, PrinterState};

impl Flow {
    pub(super) fn on_printer(&mut self, state: PrinterState) {
        if state == self.devices.printer {
            return;
        }
        let was_usable = usable(&self.devices.printer);
        self.devices.printer = state;
        if usable(&self.devices.printer) != was_usable {
            let state = format!("{:?}", self.devices.printer);
            self.record(vec![Event::DeviceChanged {
                device: "printer".into(),
                state,
            }]);
            // Paper is back: what could not be printed is looked at now, not at the next round.
            self.retry_at = self.now;
            self.retried = None;
        }
    }

    /// Whether a slip is in the printer, a sale's or the service menu's.
    pub(super) fn printer_busy(&self) -> bool {
        self.printing.is_some() || self.menu_prints
    }

    /// A slip that was in the printer when the power went: nobody knows whether it came out.
    pub(super) fn forget_slip(&mut self, sale: SaleId, slip: Slip) -> bool {
        let outcome = SlipOutcome::Unknown("the terminal was cut off while it printed".into());
        self.record(vec![Event::SlipDone {
            sale,
            slip,
            outcome,
        }])
    }

    pub(super) fn print(&mut self, sale: SaleId, slip: Slip, copy: u32) {
        let intended = Event::SlipIntended {
            sale,
            slip,
            copy,
            amount: self.books.sale(sale).map(|s| s.slip_amount(slip)),
        };
        if self.record(vec![intended]) {
            self.printing = Some(sale);
            self.out.push(Effect::Print(sale, slip, copy));
            self.show_slip(sale, SlipState::Printing);
        }
    }

    pub(super) fn on_printed(&mut self, outcome: PrintOutcome) {
        if self.menu_printed(&outcome) {
            return;
        }
        let Some(printed) = self.printing.take() else {
            return;
        };
        let open = self.books.sale(printed).and_then(|s| {
            let slip = s.slips.last().filter(|r| r.outcome.is_none())?;
            Some((s.id, slip.slip))
        });
        let Some((sale, slip)) = open else { return };
        let (outcome, shown) = match outcome {
            PrintOutcome::Printed => (SlipOutcome::Printed, SlipState::Printed),
            PrintOutcome::NotPrinted(why) => (SlipOutcome::NotPrinted(why), SlipState::NotPrinted),
            // It may have come out: the resident is told to look for it and to write the reference down.
            PrintOutcome::Unknown(why) => (SlipOutcome::Unknown(why), SlipState::NotPrinted),
        };
        self.record(vec![Event::SlipDone {
            sale,
            slip,
            outcome,
        }]);
        self.show_slip(sale, shown);
    }

    fn show_slip(&mut self, id: SaleId, state: SlipState) {
        match &mut self.session {
            Session::Done { sale, slip, .. } | Session::Owed { sale, slip, .. } if *sale == id => {
                *slip = state;
            }
            Session::History { again, .. } => match again {
                // Whoever reads the list did not ask for the slip of somebody before.
                Some((sale, slip)) if *sale == id => *slip = state,
                _ => {}
            },
            _ => {}
        }
    }
}

/// Whether a slip can be printed now.
pub(super) fn usable(state: &PrinterState) -> bool {
    match state {
        PrinterState::Ready { .. } => true,
        PrinterState::PaperOut
        | PrinterState::CoverOpen
        | PrinterState::Fault(_)
        | PrinterState::Offline(_) => false,
    }
}
