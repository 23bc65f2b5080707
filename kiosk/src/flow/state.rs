//! How the terminal is, in a few words: for the server's sign of life.

use std::time::Duration;

use super::session::Session;
use super::{Flow, cash, printing};
use crate::device::card::CardState;
use crate::device::printer::PrinterState;
use crate::device::scanner::ScannerState;
use crate::device::speech::SpeechState;
use crate::device::validator::CashState;
use meterpost_ui::view::ServiceReason;

/// What the terminal is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied {
    /// It has just started.
    Starting,
    /// Nobody stands in front of it.
    Free,
    /// Somebody does.
    Busy,
    /// It serves nobody.
    OutOfService,
    /// A command has closed it.
    Locked,
}

/// A look at the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowState {
    /// What it is doing.
    pub occupied: Occupied,
    /// For how long nothing of that has changed, nor anybody touched it.
    pub quiet: Duration,
    /// Each device with `ok` or what is wrong with it, in English, for staff.
    pub devices: Vec<(&'static str, String)>,
}

/// What is known of the devices.
#[derive(Clone, Debug)]
pub(super) struct Devices {
    pub(super) cash: CashState,
    pub(super) printer: PrinterState,
    pub(super) bus: bool,
    /// `None` while there is none.
    pub(super) card: Option<CardState>,
    /// `None` while there is none.
    pub(super) scanner: Option<ScannerState>,
    /// `None` where it has no voice.
    pub(super) speech: Option<SpeechState>,
}

impl Default for Devices {
    fn default() -> Devices {
        Devices {
            cash: CashState::Starting,
            printer: PrinterState::Offline("not asked yet".into()),
            bus: false,
            card: None,
            scanner: None,
            speech: None,
        }
    }
}

impl Flow {
    /// How the terminal is now.
    pub fn state(&self) -> FlowState {
        let occupied = match &self.session {
            Session::Starting => Occupied::Starting,
            Session::Attract => Occupied::Free,
            Session::OutOfService(ServiceReason::Locked) => Occupied::Locked,
            Session::OutOfService(_) => Occupied::OutOfService,
            _ => Occupied::Busy,
        };
        let changed = match occupied {
            Occupied::Busy => self.session_since.max(self.touched),
            _ => self.session_since,
        };
        let mut devices = vec![
            ("validator", validator(&self.devices.cash)),
            ("printer", printer(&self.devices.printer)),
            ("bus", bus(self.devices.bus).to_owned()),
        ];
        devices.extend(
            self.devices
                .card
                .as_ref()
                .map(|state| ("card", card(state))),
        );
        let codes = self.devices.scanner.as_ref();
        devices.extend(codes.map(|state| ("scanner", scanner(state))));
        let voice = self.devices.speech.as_ref();
        devices.extend(voice.map(|state| ("speech", speech(state))));
        FlowState {
            occupied,
            quiet: self.now.saturating_sub(changed),
            devices,
        }
    }
}

fn validator(state: &CashState) -> String {
    match cash::works(state) {
        true => "ok".to_owned(),
        false => format!("{state:?}"),
    }
}

fn printer(state: &PrinterState) -> String {
    match state {
        PrinterState::Ready { paper_low: true } => "paper near its end".to_owned(),
        state if printing::usable(state) => "ok".to_owned(),
        state => format!("{state:?}"),
    }
}

fn card(state: &CardState) -> String {
    match state {
        CardState::Ready => "ok".to_owned(),
        CardState::Starting => "starting".to_owned(),
        CardState::Missing(why) => why.clone(),
    }
}

fn scanner(state: &ScannerState) -> String {
    match state {
        ScannerState::Ready => "ok".to_owned(),
        ScannerState::Starting => "starting".to_owned(),
        ScannerState::Missing(why) => why.clone(),
    }
}

fn speech(state: &SpeechState) -> String {
    match state {
        SpeechState::Ready => "ok".to_owned(),
        SpeechState::Starting => "starting".to_owned(),
        SpeechState::Broken(why) => why.clone(),
    }
}

fn bus(up: bool) -> &'static str {
    match up {
        true => "ok",
        false => "no concentrator is reached",
    }
}
