//! Codes that the scanner reads. A meter's code is its number typed and "Find meter" touched, on the screens where a number can be given; in
//! every other session a code does nothing.

use meterpost_ledger::Event;
use meterpost_ui::view::{Device, NumberProblem};

use super::session::Session;
use super::{Effect, Flow, Happening};
use crate::device::scanner::{Code, ScanEvent, ScannerState};

impl Flow {
    pub(super) fn on_scanner(&mut self, event: ScanEvent) {
        if let Session::Service(_) = self.session {
            self.in_menu(Happening::Scanner(event.clone()));
        }
        match event {
            ScanEvent::State(state) => self.on_scanner_state(state),
            ScanEvent::Scanned(code) => self.on_code(code),
        }
    }

    /// The scanner as residents need to know it; `None` where there is none.
    pub(super) fn scanner(&self) -> Option<Device> {
        self.devices.scanner.as_ref().map(|state| match state {
            ScannerState::Ready => Device::Works,
            ScannerState::Starting | ScannerState::Missing(_) => Device::Broken,
        })
    }

    fn on_scanner_state(&mut self, state: ScannerState) {
        let works = |state: Option<&ScannerState>| matches!(state, Some(ScannerState::Ready));
        let changed = works(self.devices.scanner.as_ref()) != works(Some(&state));
        let words = match &state {
            ScannerState::Ready => "Ready".to_owned(),
            ScannerState::Starting => "Starting".to_owned(),
            ScannerState::Missing(why) => why.clone(),
        };
        self.devices.scanner = Some(state);
        if changed {
            self.record(vec![Event::DeviceChanged {
                device: "scanner".into(),
                state: words,
            }]);
        }
    }

    fn takes_codes(&self) -> bool {
        matches!(
            self.session,
            Session::Attract | Session::Identify { .. } | Session::Number { .. }
        )
    }

    fn on_code(&mut self, code: Code) {
        if !self.takes_codes() {
            return;
        }
        self.touched = self.now;
        match code {
            Code::Meter(number) => self.look_for(number),
            // Whose it is says the log, which is the engine's.
            Code::Receipt(text) => self.out.push(Effect::FindReceipt(text)),
            Code::Other => self.leads_nowhere(NumberProblem::CodeUnknown),
        }
    }

    /// The meter of the receipt that was scanned, where this terminal's own log proves it.
    pub(super) fn on_receipt_found(&mut self, meter: Option<String>) {
        if !self.takes_codes() {
            return;
        }
        match meter {
            Some(number) => self.look_for(number),
            None => self.leads_nowhere(NumberProblem::ReceiptElsewhere),
        }
    }

    fn look_for(&mut self, number: String) {
        self.session = Session::Number {
            entry: number,
            problem: None,
        };
        self.find();
    }
}
